/**
 * With what an app proves who it is: a secret, or a JWT that its certificate has signed. Sources:
 * RFC 7523; Microsoft identity platform, certificate credentials.
 */
import { constants, verify, X509Certificate } from 'node:crypto';

import type { SIGN_IN_ERRORS } from './sign-in-error.js';

export interface ProofPolicy {
  /** The certificates of every app, in PEM; none: any signature will do. */
  readonly certificates: readonly string[];
}

type Refusal = keyof typeof SIGN_IN_ERRORS;

const TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
/** Clocks may be so far apart, in seconds. */
const SKEW = 300;

/** Which error a proof is answered with; undefined where there is none, or it is good. */
export function refuseProof(
  form: URLSearchParams,
  path: string,
  { certificates }: ProofPolicy,
  nowMs: number,
): Refusal | undefined {
  const assertion = form.get('client_assertion');
  if (assertion === null) return undefined;
  const [head = '', payload = '', signature = '', ...more] = assertion.split('.');
  const header = parsePart(head);
  const claims = parsePart(payload);
  if (form.get('client_assertion_type') !== TYPE || !header || !claims || more.length > 0)
    return '50027';
  const { aud, iss, sub, exp, nbf } = claims;
  if (iss !== sub || sub !== form.get('client_id')) return '700021';
  // The host is not looked at: MSAL is told https, and this one speaks http.
  if (typeof aud !== 'string' || !URL.canParse(aud) || new URL(aud).pathname !== path)
    return '700023';
  const seconds = nowMs / 1000;
  if (!(Number(exp) > seconds - SKEW) || Number(nbf ?? 0) > seconds + SKEW) return '700024';
  if (header.alg !== 'PS256' || typeof header['x5t#S256'] !== 'string' || signature === '')
    return '50027';
  if (certificates.length === 0) return undefined;
  const thumbprint = Buffer.from(header['x5t#S256'], 'base64url').toString('hex');
  const own = certificates
    .map((pem) => new X509Certificate(pem))
    .find(({ fingerprint256 }) => fingerprint256.replaceAll(':', '').toLowerCase() === thumbprint);
  if (!own || !isSignedBy(own, `${head}.${payload}`, signature)) return '700027';
  const isGood = nowMs >= Date.parse(own.validFrom) && nowMs <= Date.parse(own.validTo);
  return isGood ? undefined : '1000502';
}

/** PS256. Source: RFC 7518, 3.5. */
const isSignedBy = ({ publicKey }: X509Certificate, text: string, signature: string): boolean =>
  verify(
    'sha256',
    Buffer.from(text),
    {
      key: publicKey,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
    },
    Buffer.from(signature, 'base64url'),
  );

function parsePart(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
