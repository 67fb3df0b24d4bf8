/** Where a program's requests go, with whose token, and how fast: checked once, before anything else. */
import type { TokenProvider } from '../partner-center/auth/token-provider.js';
import { CLOUDS, parseBaseUrl, type Cloud } from '../partner-center/base-url.js';
import { UsageError } from '../problem.js';
import type { Pace } from '../stages/pace.js';
import { toTokenProvider, type GetToken } from './tokens.js';

/** Where access tokens come from. */
export interface TokenSettings {
  /**
   * An access token for the audience of the cloud (`https://api.partnercenter.microsoft.com`), without
   * `Bearer`. Asked before every request, so it keeps its own cache; where several need one at once, it
   * is asked once. Where the service refused a token (401), it is asked once more, with that token:
   * what it returns then is tried, unless it is the same. What it throws is not repeated anywhere.
   */
  readonly getToken: GetToken;
}

export interface ConnectionSettings {
  /** Which Partner Center. Default: `global`. */
  readonly cloud?: Cloud;
  /** Another address instead: https, or http on this machine. Scheme and host only. */
  readonly baseUrl?: string;
  /** Hosts that the token may be sent to, next to Partner Center's and this machine. */
  readonly allowHosts?: readonly string[];
  /** Questions under way at once. Default: 8; from 1 to 1000. */
  readonly concurrency?: number;
  /** For one exchange, to its last byte, in milliseconds. Default: 100,000. */
  readonly timeoutMs?: number;
  /** How long the service may refuse everything (429) before giving up, in milliseconds. Default: 300,000. */
  readonly maxWaitMs?: number;
  /** Requests per minute at the most. Default: as many as the service is found to take. */
  readonly maxRate?: number;
}

const USUAL_PACE: Pace = { concurrency: 8, timeoutMs: 100_000, maxWaitMs: 300_000 };
const MOST = {
  concurrency: 1000,
  timeoutMs: 3_600_000,
  maxWaitMs: 86_400_000,
  maxRate: 1_000_000,
} as const;

/** Throws UsageError where a number is out of bounds. */
export function paceOf(settings: ConnectionSettings): Pace {
  return { ...USUAL_PACE, ...givenPace(settings) };
}

/** What was given of it. */
export function givenPace(settings: ConnectionSettings): Partial<Pace> {
  const pace: { -readonly [name in keyof Pace]?: number } = {};
  for (const name of ['concurrency', 'timeoutMs', 'maxWaitMs', 'maxRate'] as const) {
    const value: unknown = settings[name];
    if (value === undefined) continue;
    const least = name === 'maxWaitMs' ? 0 : 1;
    if (!Number.isInteger(value) || Number(value) < least || Number(value) > MOST[name]) {
      throw new UsageError(
        'option-value',
        `${name} is no whole number from ${least} to ${MOST[name]}.`,
        `For example: ${name}: ${USUAL_PACE[name] ?? 500}`,
      );
    }
    pace[name] = Number(value);
  }
  return pace;
}

/** Throws UsageError where the token must not go there. */
export function baseUrlOf(settings: ConnectionSettings): string {
  return givenBaseUrl(settings) ?? CLOUDS.global;
}

/** Undefined where neither an address nor a cloud was named. */
export function givenBaseUrl({
  cloud,
  baseUrl,
  allowHosts = [],
}: ConnectionSettings): string | undefined {
  if (baseUrl !== undefined) return parseBaseUrl(baseUrl, allowHosts);
  if (cloud === undefined) return undefined;
  if (Object.hasOwn(CLOUDS, cloud)) return CLOUDS[cloud];
  throw new UsageError(
    'cloud-unknown',
    `There is no such cloud.`,
    `Name one of: ${Object.keys(CLOUDS).join(', ')}.`,
  );
}

/** Throws UsageError where there is no function. */
export function tokensOf({ getToken }: Partial<TokenSettings>): TokenProvider {
  if (typeof getToken === 'function') return toTokenProvider(getToken);
  throw TOKEN_MISSING;
}

/** Of a stage that may turn out to need none. */
export const tokensIfNeeded = (settings: Partial<TokenSettings>): TokenProvider =>
  settings.getToken === undefined ? NO_TOKENS : tokensOf(settings);

const TOKEN_MISSING = new UsageError(
  'token-missing',
  'There is no access token: getToken is missing.',
  'Give a function that returns one: getToken: () => token.',
);

const NO_TOKENS: TokenProvider = {
  getToken: () => Promise.reject(TOKEN_MISSING),
  refresh: () => Promise.reject(TOKEN_MISSING),
};
