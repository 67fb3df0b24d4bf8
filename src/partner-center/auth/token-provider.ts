/** Where access tokens come from, as everything that talks to the service sees it. */
import { StoppedError, UsageError, type Problem } from '../../problem.js';

export interface Token {
  /** As it stands behind `Bearer`. */
  readonly value: string;
  /** Milliseconds since 1970. Absent: nobody said. */
  readonly expiresAt?: number;
}

/**
 * One for a whole run: all rows ask it, and where several need a new token at once, one is fetched
 * for all of them. Both reject with a StoppedError where there is no token to be had, or with
 * anything once the signal fires.
 */
export interface TokenProvider {
  /** A token to send now; renewed ahead of its end where that is possible. */
  readonly getToken: (signal?: AbortSignal) => Promise<Token>;
  /** Another token than this one, which the service refused with 401. */
  readonly refresh: (rejected: Token, signal?: AbortSignal) => Promise<Token>;
  /** The partner tenant that tokens are asked for; it counts where a token itself does not say. */
  readonly tenantId?: string;
}

/** The tenant that a provider's tokens are for, as far as anybody says. */
export async function tenantOf(
  tokens: TokenProvider,
  signal?: AbortSignal,
): Promise<string | undefined> {
  return tenantOfToken((await tokens.getToken(signal)).value) ?? tokens.tenantId;
}

/** The same, but for this tenant alone: a token that was renewed may have become another's. */
export function ofTenant(tenantId: string | undefined, tokens: TokenProvider): TokenProvider {
  if (tenantId === undefined) return tokens;
  let checked: Token | undefined;
  const check = (token: Token): Token => {
    if (token === checked) return token;
    const found = tenantOfToken(token.value) ?? tokens.tenantId;
    if (found !== undefined && found !== tenantId) {
      throw new StoppedError(
        'other-tenant',
        `This run belongs to the partner tenant ${tenantId}; the access token is now for ${found}.`,
        'Sign in to the tenant of the run, then go on with it.',
      );
    }
    checked = token;
    return token;
  };
  return {
    ...tokens,
    getToken: async (signal) => check(await tokens.getToken(signal)),
    refresh: async (rejected, signal) => check(await tokens.refresh(rejected, signal)),
  };
}

/** The tenant in the token's `tid` claim; undefined where the token is opaque. Not verified. */
export function tenantOfToken(token: string): string | undefined {
  const { tid } = claimsOf(token);
  return typeof tid === 'string' && isGuid(tid) ? tid.toLowerCase() : undefined;
}

export const isGuid = (text: string): boolean =>
  /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(text);

/** What the token says of itself; nothing where it is opaque. Not verified. */
export function claimsOf(token: string): Readonly<Record<string, unknown>> {
  const payload = token.split('.')[1];
  if (payload === undefined) return {};
  try {
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as unknown;
    return typeof claims === 'object' && claims !== null ? { ...claims } : {};
  } catch {
    return {};
  }
}

/** Why there is no token. Of an error that is not ours nothing is repeated: it may hold a secret. */
export function tokenProblem(error: unknown): Problem {
  if (error instanceof StoppedError || error instanceof UsageError) {
    const { code, message, hint } = error;
    return { code, message, hint };
  }
  return {
    code: 'token-unavailable',
    message: 'There is no access token to be had.',
    hint: 'Look at what gives billpatch its tokens, then go on with the run.',
  };
}
