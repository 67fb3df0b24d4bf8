import { toRetrySeconds } from './rate-limit.js';
import type { RateLimit } from './rate-limit.js';

export interface TokenBucketOptions {
  readonly ratePerMinute: number;
  /** How many requests a rested bucket lets through at once. */
  readonly burst: number;
  /** A refused request takes its share as well, so that hammering makes the wait longer. */
  readonly countRefused: boolean;
}

/** One bucket for everybody. Source: documentation of API throttling. */
export function createTokenBucket({
  ratePerMinute,
  burst,
  countRefused,
}: TokenBucketOptions): RateLimit {
  let perMs = ratePerMinute / 60_000;
  let level = burst;
  let filledAt: number | undefined;
  const fill = (nowMs: number) => {
    level = Math.min(burst, level + (nowMs - (filledAt ?? nowMs)) * perMs);
    filledAt = nowMs;
  };
  return {
    take: (nowMs) => {
      fill(nowMs);
      if (level >= 1) {
        level -= 1;
        return 0;
      }
      // A floor: a client that hammered for an hour is let in again after a burst's worth of rest.
      if (countRefused) level = Math.max(-burst, level - 1);
      return toRetrySeconds((1 - level) / perMs);
    },
    change: (rate, nowMs) => {
      fill(nowMs);
      perMs = rate / 60_000;
    },
  };
}
