/** Tokens that renew themselves: ahead of their end, and once for everybody who needs a new one. */
import { StoppedError, type Problem } from '../../problem.js';
import { backOffMs, MAX_ATTEMPTS } from '../retry.js';
import type { GrantOutcome } from './grant.js';
import type { Token, TokenProvider } from './token-provider.js';

export interface RenewalPorts {
  /**
   * Asks for a token. Must not reject but with a StoppedError or UsageError.
   * @param rejected the value that the service refused, where that is the reason
   */
  readonly acquire: (rejected: string | undefined) => Promise<GrantOutcome>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Rejects when the signal fires. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Between 0 and 1. */
  readonly random: () => number;
  /** How long the identity service may refuse everything (429), in milliseconds. */
  readonly maxWaitMs: number;
  readonly tenantId?: string;
}

interface Current {
  readonly token: Token & { readonly expiresAt: number };
  /** From then on a new one is asked for. */
  readonly renewAt: number;
}

const AHEAD_MS = 5 * 60_000;
/** Between two tries while the present token still works. */
const LOOK_AGAIN_MS = 30_000;
const LEAST_WAIT_MS = 1000;

/** When to renew a token ahead of its end: five minutes, or a fifth of a shorter life. Pure. */
export const renewalTime = (nowMs: number, expiresAtMs: number): number =>
  expiresAtMs - Math.min(AHEAD_MS, Math.max(0, expiresAtMs - nowMs) / 5);

export function createRenewedTokens(ports: RenewalPorts): TokenProvider {
  const { now } = ports;
  let current: Current | undefined;
  let pending: Promise<Token> | undefined;
  let ended: Error | undefined;

  const isGood = (): boolean => current !== undefined && now() < current.token.expiresAt;

  /** @param mayWait whether there is nothing to go on with meanwhile */
  const renew = async (
    rejected: string | undefined,
    mayWait: boolean,
    signal: AbortSignal,
  ): Promise<Token> => {
    let waited = 0;
    for (let attempt = 1; ; attempt += 1) {
      const askedAt = now();
      const outcome = await ports.acquire(rejected);
      if (outcome.kind === 'granted') {
        const { accessToken: value, expiresAt } = outcome.grant;
        const token = { value, expiresAt };
        current = { token, renewAt: renewalTime(askedAt, expiresAt) };
        return token;
      }
      if (outcome.kind === 'refused') throw stopped(outcome.problem);
      if (!mayWait && current) {
        current = { ...current, renewAt: now() + LOOK_AGAIN_MS };
        return current.token;
      }
      const waitMs = Math.max(
        outcome.afterMs ?? 0,
        backOffMs(attempt, ports.random()),
        LEAST_WAIT_MS,
      );
      waited += waitMs;
      const isOver = outcome.isThrottled ? waited > ports.maxWaitMs : attempt >= MAX_ATTEMPTS;
      if (isOver || waited > ports.maxWaitMs) throw stopped(outcome.problem);
      await ports.sleep(waitMs, signal);
    }
  };

  /** One at a time: who comes while it is under way gets what it brings. */
  const renewOnce = (
    rejected: string | undefined,
    mayWait: boolean,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<Token> => {
    if (ended !== undefined) return Promise.reject(ended);
    pending ??= renew(rejected, mayWait, signal)
      .catch((error: unknown) => {
        // Refused once, refused for good: nobody asks for the rows that are left.
        if (!signal.aborted && error instanceof Error) ended = error;
        throw error;
      })
      .finally(() => {
        pending = undefined;
      });
    return pending;
  };

  return {
    ...(ports.tenantId !== undefined && { tenantId: ports.tenantId }),
    getToken(signal) {
      if (current && now() < current.renewAt) return Promise.resolve(current.token);
      return renewOnce(undefined, !isGood(), signal);
    },
    async refresh(rejected, signal) {
      if (current && current.token.value !== rejected.value && isGood()) return current.token;
      const token = await renewOnce(rejected.value, true, signal);
      // A renewal that was under way, ahead of the end, may have left it at the present token.
      return token.value === rejected.value ? renewOnce(rejected.value, true, signal) : token;
    },
  };
}

const stopped = ({ code, message, hint }: Problem): StoppedError =>
  new StoppedError(code, message, hint);
