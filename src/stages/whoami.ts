/** `whoami`: as whom billpatch would work, and for which partner. Never a secret. */
import {
  authorityOf,
  createTokens,
  type SignInOptions,
} from '../partner-center/auth/create-tokens.js';
import type { SignInMode } from '../partner-center/auth/mode.js';
import { claimsOf, tenantOfToken } from '../partner-center/auth/token-provider.js';
import type { Problem } from '../problem.js';
import type { Host } from './host.js';
import { partnerTenantOf } from './run-target.js';
import { FIRST_CUSTOMER, probe } from './probe.js';
import { refuseUncheckedTls, signInPorts } from './sign-in.js';

export interface WhoAmI {
  readonly mode: SignInMode;
  /** Why this way of signing in. */
  readonly because: string;
  /** Settings that are set as well, and not used. */
  readonly unused: readonly string[];
  readonly cloud: string;
  readonly baseUrl: string;
  /** Of modes that ask for tokens. */
  readonly authority?: string;
  readonly tenantId?: string;
  /** Absent: the token does not say. */
  readonly subject?: { readonly kind: 'user' | 'app'; readonly name: string };
  /** ISO 8601. */
  readonly expiresAt?: string;
  /** Whether the token says that there was a second factor; an app needs none. */
  readonly mfa: 'yes' | 'no' | 'not needed' | 'not known';
  /** Where it was asked for: whether the service accepts it. */
  readonly check?: Checked;
}

export type Checked = { readonly ok: true } | { readonly ok: false; readonly problem: Problem };

export interface WhoAmIOptions extends SignInOptions {
  readonly baseUrl: string;
  readonly check: boolean;
}

const MAX_WAIT_MS = 30_000;

export async function whoAmI(options: WhoAmIOptions, host: Host): Promise<WhoAmI> {
  refuseUncheckedTls(host.env);
  const { tokens, chosen, login } = await createTokens(options, signInPorts(host, MAX_WAIT_MS));
  const { mode } = chosen.signIn;
  const tenantId = await partnerTenantOf(
    { kind: 'service', baseUrl: options.baseUrl, tokens },
    host,
  );
  const { value, expiresAt } = await tokens.getToken(host.interrupt);
  const claims = claimsOf(value);
  const authority = login?.authority ?? authorityOf(options, host.env);
  const subject =
    subjectOf(claims) ??
    (login?.username === undefined ? undefined : { kind: 'user' as const, name: login.username });
  return {
    mode,
    because: chosen.because,
    unused: chosen.unused,
    cloud: options.cloud,
    baseUrl: options.baseUrl,
    ...(mode !== 'access-token' && { authority }),
    ...(tenantId !== undefined && { tenantId: tenantOfToken(value) ?? tenantId }),
    ...(subject && { subject }),
    ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt).toISOString() }),
    mfa: mfaOf(claims),
    ...(options.check && { check: await checkOf(options.baseUrl, value, host) }),
  };
}

function subjectOf(claims: Readonly<Record<string, unknown>>): WhoAmI['subject'] {
  const { upn, preferred_username, unique_name, appid, azp } = claims;
  const user = [upn, preferred_username, unique_name].find((name) => typeof name === 'string');
  if (typeof user === 'string') return { kind: 'user', name: user };
  const app = [appid, azp].find((name) => typeof name === 'string');
  return typeof app === 'string' ? { kind: 'app', name: app } : undefined;
}

/** Source: `amr` in the access token reference; Partner Center asks for it of app + user. */
function mfaOf(claims: Readonly<Record<string, unknown>>): WhoAmI['mfa'] {
  if (claims.idtyp === 'app') return 'not needed';
  if (Array.isArray(claims.amr)) return claims.amr.includes('mfa') ? 'yes' : 'no';
  return 'not known';
}

async function checkOf(baseUrl: string, token: string, host: Host): Promise<Checked> {
  const { problem } = await probe(baseUrl, FIRST_CUSTOMER, token, host);
  return problem ? { ok: false, problem } : { ok: true };
}
