/** What an answer of the identity service comes to. Pure; nothing of its words is repeated. */
import type { Problem } from '../../problem.js';
import type { ExchangeResult } from '../client.js';
import { parseRetryAfter } from '../error-map.js';
import type { GrantOutcome } from './grant.js';
import { parseRefusal, toSignInProblem } from './sign-in-problem.js';

export interface TokenAnswer {
  /** Absent: nothing was asked. */
  readonly last: ExchangeResult | undefined;
  /** Its JSON, where it is some. */
  readonly body: unknown;
  /** Milliseconds since 1970, when it was asked for. */
  readonly askedAt: number;
  /** Whether MSAL, which checks the nonce, took it. */
  readonly isAccepted: boolean;
  readonly username: string | undefined;
}

export function toOutcome({
  last,
  body,
  askedAt,
  isAccepted,
  username,
}: TokenAnswer): GrantOutcome {
  if (last?.kind === 'failure') {
    const { code, message, hint, again } = last.failure;
    const said = `Microsoft Entra ID could not be asked for a token: ${message}`;
    return again === 'never'
      ? { kind: 'refused', problem: { code: `sign-in-${code}`, message: said, hint } }
      : { kind: 'later', isThrottled: false, problem: { ...UNREACHABLE, message: said } };
  }
  const status = last?.answer.status ?? 0;
  if (last && (status === 429 || status >= 500)) {
    const { headers } = last.answer;
    const afterMs = parseRetryAfter(headers['retry-after'], headers.date);
    return {
      kind: 'later',
      isThrottled: status === 429,
      ...(afterMs !== undefined && { afterMs }),
      problem: BUSY,
    };
  }
  const refusal = parseRefusal(body);
  if (refusal) return { kind: 'refused', problem: toSignInProblem(refusal) };
  const said = last && isAccepted ? tokensIn(body) : undefined;
  if (!said) return { kind: 'refused', problem: UNREADABLE };
  const { accessToken, seconds, refreshToken } = said;
  return {
    kind: 'granted',
    grant: {
      accessToken,
      expiresAt: askedAt + seconds * 1000,
      ...(refreshToken !== undefined && { refreshToken }),
      ...(username !== undefined && username !== '' && { username }),
    },
  };
}

/** Numbers may come as text, as those of v1 do. */
function tokensIn(body: unknown) {
  if (typeof body !== 'object' || body === null) return undefined;
  const { access_token, expires_in, refresh_token } = body as Record<string, unknown>;
  const seconds = Number(expires_in);
  if (typeof access_token !== 'string' || !(seconds > 0)) return undefined;
  return {
    accessToken: access_token,
    seconds,
    refreshToken: typeof refresh_token === 'string' ? refresh_token : undefined,
  };
}

const UNREACHABLE = {
  code: 'sign-in-unreachable',
  hint: 'Check the network and the proxy settings, then go on where the run stopped.',
};

const BUSY: Problem = {
  code: 'sign-in-unavailable',
  message: 'Microsoft Entra ID is busy or not available at the moment.',
  hint: 'Go on with the run later.',
};

const UNREADABLE: Problem = {
  code: 'sign-in-unreadable',
  message: 'The answer to the sign-in is not one of Microsoft Entra ID.',
  hint: 'Check whether a proxy or a sign-in page stands in between.',
};
