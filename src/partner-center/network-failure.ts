/**
 * No answer → a {@link Failure}. Of the error only its code is looked at: the rest may hold the request,
 * bearer token included. Pure.
 */
import type { Failure } from './failure.js';

/** The request cannot have reached the service. */
const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** The peer is not who it should be; asking again would not help, and going on would be unsafe. */
const CERTIFICATE =
  /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS_CERT|ERR_SSL|EPROTO$|HOSTNAME_MISMATCH)/;

/** An exchange that ended without an answer → what that means for the row. */
export function toNetworkFailure(
  error: unknown,
  { baseUrl, timeoutMs }: { readonly baseUrl: string; readonly timeoutMs: number },
): Failure {
  const code = codeOf(error);
  const host = new URL(baseUrl).host;
  if (code === 'OVERDUE') {
    return {
      code: 'no-answer-in-time',
      message: `${host} did not answer within ${timeoutMs / 1000} s.`,
      hint: 'Run the row again later; raise --timeout if the service is slow.',
      scope: 'row',
      again: 'retry',
      carriedOut: 'maybe',
    };
  }
  if (CERTIFICATE.test(code)) {
    return {
      code: 'certificate-refused',
      message: `${host} could not prove who it is (${code}).`,
      hint: 'If your network inspects TLS, name its certificate in NODE_EXTRA_CA_CERTS; otherwise do not go on.',
      scope: 'run',
      again: 'never',
      carriedOut: 'no',
    };
  }
  // Refused by Node before a connection was asked for (RFC 9110, 5.5).
  if (code === 'ERR_INVALID_CHAR') {
    return {
      code: 'header-refused',
      message: 'An id or a tag of the request holds a character that HTTP does not carry.',
      hint: 'Look at the profile in the portal, and change this customer there.',
      scope: 'row',
      again: 'never',
      carriedOut: 'no',
    };
  }
  // The base URL was checked at the start: it can only be the proxy's. Its value may hold a password.
  if (code === 'ERR_INVALID_URL') {
    return {
      code: 'proxy-invalid',
      message: 'The proxy that the environment names is not an address.',
      hint: 'Write HTTPS_PROXY (or ALL_PROXY) like http://proxy.company.example:8080, then go on where the run stopped.',
      scope: 'run',
      again: 'never',
      carriedOut: 'no',
    };
  }
  const notSent = NOT_SENT.has(code);
  return {
    code: notSent ? 'service-unreachable' : 'connection-lost',
    message: notSent
      ? `${host} cannot be reached (${code}).`
      : `The connection to ${host} was lost before a whole answer came (${code}).`,
    hint: notSent
      ? 'Check the network, the proxy settings and the base URL.'
      : 'Run the row again later.',
    scope: 'row',
    again: 'retry',
    carriedOut: notSent ? 'no' : 'maybe',
  };
}

/** The innermost code. Nothing else of the error is looked at: it holds the request, token included. */
function codeOf(error: unknown): string {
  for (let at = error, depth = 0; at instanceof Error && depth < 4; at = at.cause, depth += 1) {
    const code = 'code' in at && typeof at.code === 'string' ? at.code : '';
    if (code !== '' && !code.startsWith('ERR_BAD') && code !== 'ERR_NETWORK') return code;
  }
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
