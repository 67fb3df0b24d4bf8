/**
 * GET and PUT /v1/customers/{customer-tenant-id}/profiles/billing, with what belongs to each: the
 * identity headers, the tag in both its places, retries of what is safe to retry, and the check
 * that an answer is what it should be.
 */
import { bodyEtag, isObject, type BillingProfile, type Json } from '../profile/billing-profile.js';
import type {
  CallTrace,
  ProfileCall,
  ProfileResult,
  ProfileService,
} from '../run/profile-service.js';
import type { Answer, Client, ExchangeResult, Request } from './client.js';
import { toFailure } from './error-map.js';
import type { Failure } from './failure.js';
import { backOffMs, MAX_ATTEMPTS } from './retry.js';
import type { ServiceHealth } from './service-health.js';
import type { Throttle } from './throttle.js';

export interface BillingProfilesPorts {
  readonly client: Client;
  readonly throttle: Throttle;
  readonly health: ServiceHealth;
  /** Rejects when the signal fires. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Between 0 and 1. */
  readonly random: () => number;
  /** Fires when the run stops: waiting ends, requests under way do not. */
  readonly stop: AbortSignal;
  /** How long the service may refuse everything (429) before the run stops, in milliseconds. */
  readonly maxWaitMs: number;
}

export function createBillingProfiles(ports: BillingProfilesPorts): ProfileService {
  return {
    get: (call) => ask({ method: 'GET', path: pathOf(call), headers: identity(call) }, call, ports),
    put: (call, { profile, etag }) =>
      ask(
        {
          method: 'PUT',
          path: pathOf(call),
          headers: {
            ...identity(call),
            'Content-Type': 'application/json',
            'If-Match': quoteEtag(etag),
          },
          body: JSON.stringify(profile),
        },
        call,
        ports,
      ),
  };
}

const pathOf = ({ tenantId }: ProfileCall): string =>
  `/v1/customers/${encodeURIComponent(tenantId)}/profiles/billing`;

const identity = ({ requestId, correlationId }: ProfileCall): Record<string, string> => ({
  'MS-RequestId': requestId,
  'MS-CorrelationId': correlationId,
  'MS-Contract-Version': 'v1',
  'X-Locale': 'en-US',
});

/** The tag in the body has no quotes, a header needs them (RFC 9110, 8.8.3); given ones are kept. */
export const quoteEtag = (etag: string): string =>
  etag.startsWith('"') || etag.startsWith('W/') ? etag : `"${etag}"`;

async function ask(
  request: Request,
  call: ProfileCall,
  ports: BillingProfilesPorts,
): Promise<ProfileResult> {
  const { health, throttle, stop } = ports;
  let trace: CallTrace = { requestId: call.requestId, attempts: 0 };
  const giveUp = (failure: Failure): ProfileResult => ({ kind: 'failure', failure, trace });
  /** Rejects when the run stops. */
  const waitForRetry = (leastMs: number, failed: number): Promise<void> =>
    call.aside(async () => {
      await ports.sleep(Math.max(backOffMs(failed, ports.random()), leastMs), stop);
      await health.admitRetry(stop);
    });

  try {
    if (call.isRepeated) await waitForRetry(0, 1);
    else health.noteQuestion();
  } catch {
    return giveUp(STOPPED);
  }
  for (let failed = 0; ;) {
    try {
      await throttle.admit(stop);
    } catch {
      return giveUp(STOPPED);
    }
    const before = health.circuit();
    if (before) return giveUp(before);
    const result = await ports.client.exchange(request);
    trace = { ...trace, attempts: trace.attempts + 1 };
    let failure: Failure;
    if (result.kind === 'failure') {
      failure = result.failure;
    } else {
      const { answer } = result;
      const serviceRequestId = answer.headers['ms-requestid'];
      trace = {
        ...trace,
        httpStatus: answer.status,
        ...(serviceRequestId === undefined
          ? {}
          : { serviceRequestId: serviceRequestId.slice(0, 100) }),
      };
      if (answer.status !== 429) throttle.accept();
      const read =
        answer.status >= 200 && answer.status < 300
          ? readProfile(answer, call.tenantId)
          : toFailure(answer.status, answer.headers, answer.body);
      if ('profile' in read) {
        health.noteWell();
        return { kind: 'profile', live: read, trace };
      }
      failure = read;
    }

    if (failure.again === 'pause') {
      const refusedMs = throttle.pause(failure.retryAfterMs);
      if (refusedMs > ports.maxWaitMs) return giveUp(refusedTooLong(failure, ports.maxWaitMs));
      continue;
    }
    if (isOutage(failure) && !isStoredSilently(request, result)) health.noteFailure();
    else health.noteWell();
    // Whether it opens with this failure or had before: what this request may have done stays said.
    const circuit = health.circuit();
    if (circuit) return giveUp({ ...circuit, carriedOut: failure.carriedOut });
    failed += 1;
    // A PUT that may have been carried out is never resent blindly: the row reads the profile first.
    const safe = request.method === 'GET' || failure.carriedOut === 'no';
    if (failure.again !== 'retry' || !safe || failed >= MAX_ATTEMPTS) return giveUp(failure);
    // A maintenance page may name hours. Longer than --max-wait no row is held; and beyond 24 days
    // a timer would fire at once.
    const asked = failure.retryAfterMs ?? 0;
    if (asked > ports.maxWaitMs) return giveUp(failure);
    try {
      await waitForRetry(asked, failed);
    } catch {
      return giveUp({ ...STOPPED, carriedOut: failure.carriedOut });
    }
  }
}

/** The service or the way to it is at fault, not this row. */
const isOutage = ({ again, code }: Failure): boolean => again === 'retry' || code === 'redirected';

/** A plain web server stores what it is sent and says no more; reading then confirms it. */
const isStoredSilently = ({ method }: Request, result: ExchangeResult): boolean =>
  method === 'PUT' &&
  result.kind === 'answer' &&
  result.answer.status < 300 &&
  result.answer.body === '';

const STOPPED: Failure = {
  code: 'run-stopped',
  message: 'The run stopped before this row was done.',
  hint: 'Go on with the run.',
  scope: 'run',
  again: 'never',
  carriedOut: 'no',
};

const refusedTooLong = (failure: Failure, maxWaitMs: number): Failure => ({
  ...failure,
  code: 'throttled-too-long',
  message: `The service asks to wait longer than ${Math.round(maxWaitMs / 1000)} s.`,
  hint: 'Go on with the run later, or allow a longer wait with --max-wait.',
  scope: 'run',
  again: 'never',
});

/** A success status → the profile, or why it is none. */
function readProfile(
  answer: Answer,
  tenantId: string,
): { readonly profile: BillingProfile; readonly etag: string } | Failure {
  if (answer.body === '') return unreadable('is empty');
  let profile: Json;
  try {
    profile = JSON.parse(answer.body) as Json;
  } catch {
    return unreadable('is no JSON');
  }
  if (!isObject(profile)) return unreadable('is no object');
  const owner = ownerOf(profile);
  if (owner !== undefined && owner !== tenantId) return unreadable("is another customer's profile");
  if (holdsInexactNumber(answer.body)) return INEXACT;
  const etag = bodyEtag(profile) ?? answer.headers.etag;
  if (etag === undefined) return NO_ETAG;
  if (!/^[\x21-\x7e]+$/.test(etag)) return unreadable('has a tag that cannot be sent back');
  return { profile, etag };
}

const unreadable = (what: string): Failure => ({
  code: 'unreadable-answer',
  message: `The service reported success, but its answer ${what}.`,
  hint: 'Check whether a proxy or a sign-in page stands in between; run the row again later.',
  scope: 'row',
  again: 'retry',
  carriedOut: 'maybe',
});

const NO_ETAG: Failure = {
  code: 'no-etag',
  message:
    'The service sent the profile without an ETag, so an update could not be protected against changes by others.',
  hint: 'Run the row again later; change it in the portal if it goes on.',
  scope: 'row',
  again: 'never',
  carriedOut: 'maybe',
};

const INEXACT: Failure = {
  code: 'inexact-number',
  message:
    'The profile holds a number that JavaScript cannot keep exactly, so sending it back would change it.',
  hint: 'Change this customer in the portal.',
  scope: 'row',
  again: 'never',
  carriedOut: 'maybe',
};

/** The tenant that `links.self` names, where it names one. The profile's own `id` is another id. */
function ownerOf(profile: BillingProfile): string | undefined {
  const self = isObject(profile.links) ? profile.links.self : undefined;
  const uri = isObject(self) ? self.uri : undefined;
  const match = typeof uri === 'string' ? /\/customers\/([0-9a-f-]{36})\//i.exec(uri) : null;
  return match?.[1]?.toLowerCase();
}

/** Whether a number in the text would come back from JSON.parse as another number. */
function holdsInexactNumber(body: string): boolean {
  // Only long literals can: a double keeps 15 significant digits.
  // Nearly every tag has more digits, but stands in quotation marks.
  if (!/[:,[]\s*-?(?:\d[\d.]{15}|[\d.]+[eE])/.test(body)) return false;
  for (const [token] of body.matchAll(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g)) {
    if (token.startsWith('"') || (token.length < 16 && !/e/i.test(token))) continue;
    if (String(Number(token)) !== token) return true;
  }
  return false;
}
