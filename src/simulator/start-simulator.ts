import type { BillingProfile } from '../profile/billing-profile.js';
import type { PageRules } from './customer-page.js';
import type { PutPolicy } from './decide-put.js';
import { createFaultPlan } from './fault-plan.js';
import type { Fault } from './fault.js';
import { createIdentity } from './identity.js';
import type { IdentityOptions, TokenRequest } from './identity.js';
import { listen } from './listen.js';
import { createRandom } from './random.js';
import { createRequestCounter } from './request-counter.js';
import type { RequestCounts } from './request-counter.js';
import { createRequestLog } from './request-log.js';
import type { RecordedRequest } from './request-log.js';
import { createResponder } from './respond.js';
import { createService } from './service.js';
import type { ServicePolicy } from './service.js';
import type { ProfileFields, SimulatedCustomer } from './simulated-customer.js';
import type { SignInError } from './sign-in-error.js';
import { openStateFile } from './state-file.js';
import { createThrottle } from './throttle.js';
import type { ThrottleOptions } from './throttle.js';
import { createWorld } from './world.js';
import type { CommittedProfile } from './world.js';

/** Every option has a default; what each does, and what of it is a guess, is in the README here. */
export interface SimulatorOptions
  extends Partial<PutPolicy>, Partial<PageRules>, ThrottleOptions, Partial<IdentityOptions> {
  /** On 127.0.0.1. Default: 0, any that is free. */
  readonly port?: number;
  /** The world at the start. Default: empty. */
  readonly customers?: readonly SimulatedCustomer[];
  /** Any GUID is a customer, with a profile that follows from the id. Default: false. */
  readonly anyTenant?: boolean;
  /** Commits are appended here and read back at the next start. Default: none. */
  readonly stateFile?: string;
  /** Each answer is held back by `latencyMs`, and by up to `jitterMs` more. Default: 0 and 0. */
  readonly latencyMs?: number;
  readonly jitterMs?: number;
  /** The only bearer token that is accepted. Default: any that is not empty. */
  readonly token?: string;
  /** JSON begins with a byte order mark, as the service's does. Default: true. */
  readonly bom?: boolean;
  /** Default: `ignore`. */
  readonly idempotency?: ServicePolicy['idempotency'];
  /** How an address that is checked is answered. Default: `status`. */
  readonly addressForm?: NonNullable<ServicePolicy['addressForm']>;
  /** Rules that differ from the usual ones, by country; null: none. Default: none differ. */
  readonly countryRules?: NonNullable<ServicePolicy['countryRules']>;
  readonly faults?: readonly Fault[];
  /** For rates of faults, jitter and generated ids. Default: 1. */
  readonly seed?: number;
  /** Requests that `requests` holds at most, the newest. Default: 10,000; 0 for none. */
  readonly keepRequests?: number;
  /** Milliseconds since 1970. Default: the clock of the machine. */
  readonly now?: () => number;
  /** Called once for each request, when its answer is decided. */
  readonly log?: (request: RecordedRequest) => void;
}

export interface Simulator {
  /** `http://127.0.0.1:PORT`, without the version prefix and without a slash at the end. */
  readonly url: string;
  /** The newest requests, oldest first. */
  readonly requests: readonly RecordedRequest[];
  readonly counts: () => RequestCounts;
  /** Requests to the token endpoints, oldest first. */
  readonly tokenRequests: readonly TokenRequest[];
  /** The profile as committed, whatever the answers said; undefined for nobody's tenant. */
  readonly profile: (tenantId: string) => BillingProfile | undefined;
  /** How many PUTs were committed for a customer, earlier starts with the same file included. */
  readonly history: (tenantId: string) => number;
  /** Another writer: the fields change, and so does the tag. */
  readonly edit: (tenantId: string, fields: ProfileFields) => void;
  readonly script: (fault: Fault) => void;
  /** Access tokens that were given out so far are no longer accepted (with `tokens: issued`). */
  readonly revokeTokens: () => void;
  readonly scriptSignIn: (error: SignInError) => void;
  /** Ends every fault and every error of the sign-in, those of the options included. */
  readonly clearFaults: () => void;
  /** Cuts every connection. A second call does nothing. */
  readonly close: () => Promise<void>;
}

/** Starts a Partner Center on a loopback port. Rejects where port or state file cannot be had. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const customers = options.customers ?? [];
  const policy = { ...DEFAULT_POLICY, ...options };
  const random = createRandom(options.seed ?? 1);
  const stateFile = options.stateFile === undefined ? undefined : openStateFile(options.stateFile);
  const world = createWorld({
    customers,
    anyTenant: options.anyTenant ?? false,
    committed: stateFile?.committed ?? new Map<string, CommittedProfile>(),
    save: stateFile?.append ?? (() => undefined),
  });
  const faults = createFaultPlan(random);
  for (const fault of options.faults ?? []) faults.add(fault);
  for (const { tenantId, faults: own = [] } of customers) {
    for (const fault of own) faults.add({ ...fault, tenantId });
  }

  const identity = createIdentity({ ...DEFAULT_IDENTITY, ...options });
  const log = createRequestLog(options.keepRequests ?? 10_000);
  const counter = createRequestCounter();
  const listener = await listen(
    options.port ?? 0,
    createResponder({
      ports: {
        world,
        service: createService(world, policy),
        faults,
        throttle: createThrottle(options),
        token: options.token,
        checkIssued: identity.check,
        stale: policy.stale,
      },
      identity,
      counter,
      record: (request) => {
        log.add(request);
        options.log?.(request);
      },
      random,
      now: options.now ?? Date.now,
      bom: options.bom ?? true,
      latencyMs: options.latencyMs ?? 0,
      jitterMs: options.jitterMs ?? 0,
    }),
  );

  let closed: Promise<void> | undefined;
  return {
    url: listener.url,
    get requests() {
      return log.newest();
    },
    counts: counter.counts,
    tokenRequests: identity.requests,
    profile: (tenantId) => world.profile(tenantId.toLowerCase()),
    history: (tenantId) => world.puts(tenantId.toLowerCase()),
    edit: (tenantId, fields) => {
      world.edit(tenantId.toLowerCase(), fields);
    },
    script: faults.add,
    revokeTokens: identity.revoke,
    scriptSignIn: identity.script,
    clearFaults: () => {
      faults.clear();
      identity.clear();
    },
    close: () => (closed ??= listener.close().then(() => stateFile?.close())),
  };
}

const DEFAULT_POLICY = {
  etags: 'either',
  stale: '400-2055',
  missingTag: 'accept',
  update: 'replace',
  idempotency: 'ignore',
  pageSize: 500,
  nextLinks: 'plain',
  pagingEnd: 'no-link',
  addressForm: 'status',
} as const satisfies ServicePolicy;

const DEFAULT_IDENTITY = {
  tokens: 'any',
  tokenSeconds: 3600,
  rotation: 'keep',
  mfaClaim: true,
  requireMfa: false,
  signInErrors: [],
  certificates: [],
  devicePolls: ['authorization_pending', 'slow_down', 'authorization_pending'],
} as const satisfies IdentityOptions;
