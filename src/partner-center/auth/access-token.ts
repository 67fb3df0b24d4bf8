/** An access token that was handed in: from the environment, or from a file only its owner can read. */
import { StoppedError, UsageError } from '../../problem.js';
import { readSecret, type SecretName } from './secret.js';
import { claimsOf, isGuid, type Token, type TokenProvider } from './token-provider.js';

export const ACCESS_TOKEN = {
  variable: 'PARTNER_CENTER_ACCESS_TOKEN',
  fileVariable: 'PARTNER_CENTER_ACCESS_TOKEN_FILE',
  what: 'access token',
} as const satisfies SecretName;

type Env = Readonly<Record<string, string | undefined>>;

export async function readAccessToken(env: Env): Promise<string> {
  const token = (await readSecret(env, ACCESS_TOKEN))?.replace(/^Bearer\s+/i, '');
  if (token === undefined || token === '') {
    throw new UsageError(
      'token-missing',
      'There is no access token.',
      `Set ${ACCESS_TOKEN.variable} (or ${ACCESS_TOKEN.fileVariable}, a file of mode 0600) to an access token for Partner Center, or rehearse with --simulate.`,
    );
  }
  // RFC 6750, 2.1. Anything else would be altered, or end the header early.
  if (!/^[A-Za-z0-9\-._~+/]+=*$/.test(token)) {
    throw new UsageError(
      'token-malformed',
      'The access token holds characters that no token has.',
      'Copy it again, whole and without quotation marks.',
    );
  }
  return token;
}

/**
 * One that was handed in cannot be renewed here. A file is read again, though, when its token is
 * refused: whoever wrote it may have renewed it.
 */
export async function createGivenTokens(env: Env): Promise<TokenProvider> {
  let current = toToken(await readAccessToken(env));
  // An opaque token does not say; whoever hands it in may.
  const tenant = env.AZURE_TENANT_ID?.trim().toLowerCase() ?? '';
  return {
    ...(isGuid(tenant) && { tenantId: tenant }),
    getToken: () => Promise.resolve(current),
    async refresh(rejected) {
      if (current.value !== rejected.value) return current;
      const read = toToken(await readAccessToken(env));
      // eslint-disable-next-line require-atomic-updates -- who asks at the same time reads the same
      current = read;
      if (current.value !== rejected.value) return current;
      throw new StoppedError(
        'token-refused',
        'The service did not accept the access token: it has expired or is not meant for Partner Center.',
        'Get a new access token, then go on where the run stopped.',
      );
    },
  };
}

function toToken(value: string): Token {
  const { exp } = claimsOf(value);
  return { value, ...(typeof exp === 'number' && { expiresAt: exp * 1000 }) };
}
