/** A program's function as a provider of tokens: what it returns is checked, and asked for once at a time. */
import type { Token, TokenProvider } from '../partner-center/auth/token-provider.js';
import { StoppedError } from '../problem.js';
import { unlessAborted } from './unless-aborted.js';

/** @param rejected the token that the service refused: another one is wanted */
export type GetToken = (rejected?: string) => Promise<string> | string;

/** Tokens that several need at the same moment are fetched once. */
export function toTokenProvider(getToken: GetToken): TokenProvider {
  const underWay = new Map<string | undefined, Promise<Token>>();
  const fetchOnce = (rejected?: string): Promise<Token> => {
    const known = underWay.get(rejected);
    if (known) return known;
    const fetched = fetchToken(getToken, rejected).finally(() => underWay.delete(rejected));
    underWay.set(rejected, fetched);
    return fetched;
  };
  return {
    getToken: (signal) => unlessAborted(fetchOnce(), signal),
    refresh: ({ value }, signal) => unlessAborted(fetchOnce(value), signal),
  };
}

async function fetchToken(getToken: GetToken, rejected: string | undefined): Promise<Token> {
  let value: unknown;
  try {
    value = await (rejected === undefined ? getToken() : getToken(rejected));
  } catch {
    // Nothing of it is repeated: what fetches tokens may have its secrets in its errors.
    throw new StoppedError(
      'token-unavailable',
      'There is no access token to be had: getToken failed.',
      'Look at what getToken throws; billpatch repeats nothing of it, since it may hold a secret.',
    );
  }
  // RFC 6750, 2.1. Anything else would be altered, or end the header early.
  if (typeof value === 'string' && /^[A-Za-z0-9\-._~+/]+=*$/.test(value)) return { value };
  throw new StoppedError(
    'token-malformed',
    `getToken returned ${typeof value === 'string' ? 'a text with characters that no token has' : 'no text'}.`,
    'Return the access token itself, without "Bearer".',
  );
}
