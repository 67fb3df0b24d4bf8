/** What the identity service says, in the forms that it says it. */
import type { JsonObject } from '../profile/billing-profile.js';
import { deriveGuid } from './derived-ids.js';
import type { Subject } from './issued-tokens.js';
import { SIGN_IN_ERRORS } from './sign-in-error.js';
import type { SignInError } from './sign-in-error.js';

export interface IdentityAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An error that the simulator was told to give. */
export function scripted({ code, seconds }: SignInError): IdentityAnswer {
  if (code !== '429' && code !== '503') return refuse(code);
  const { headers, ...answer } = oauthError(
    Number(code),
    code === '429' ? 'temporarily_unavailable' : 'server_error',
    [code === '429' ? '90055' : '90033'],
  );
  const wait = seconds === undefined ? {} : { 'Retry-After': String(seconds) };
  return { ...answer, headers: { ...headers, ...wait } };
}

export function refuse(code: keyof typeof SIGN_IN_ERRORS): IdentityAnswer {
  const { error, text } = SIGN_IN_ERRORS[code];
  const status = error === 'invalid_client' || error === 'unauthorized_client' ? 401 : 400;
  return oauthError(status, error, [code], `AADSTS${code}: ${text}`);
}

export function oauthError(
  status: number,
  error: string,
  codes: readonly string[],
  text = `AADSTS${codes[0] ?? ''}: ${error}`,
): IdentityAnswer {
  const trace = 'Trace ID: 00000000-0000-4000-8000-0000000000aa';
  const answer = json(status, {
    error,
    error_description: `${text} ${trace}`,
    error_codes: codes.map(Number),
    timestamp: '2026-01-01 00:00:00Z',
    trace_id: '00000000-0000-4000-8000-0000000000aa',
    correlation_id: '00000000-0000-4000-8000-0000000000bb',
  });
  return { ...answer, headers: { ...answer.headers, 'X-Simulated-Error': error } };
}

export const json = (status: number, value: JsonObject): IdentityAnswer => ({
  status,
  headers: { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' },
  body: JSON.stringify(value),
});

export const html = (status: number, body: string): IdentityAnswer => ({
  status,
  headers: { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' },
  body,
});

/** Who it is, beside an id token. */
export function clientInfo({ tenantId, user }: Subject): string {
  const info = { uid: deriveGuid(user ?? ''), utid: tenantId };
  return Buffer.from(JSON.stringify(info)).toString('base64url');
}
