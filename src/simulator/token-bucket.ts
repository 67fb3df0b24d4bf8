export interface TokenBucketOptions {
  readonly ratePerMinute: number;
  /** How many requests a rested bucket lets through at once. */
  readonly burst: number;
  /** A refused request takes its share as well, so that hammering makes the wait longer. */
  readonly countRefused: boolean;
}

/** Asked once for each request: 0 = go on, otherwise the whole seconds until one would be let in. */
export type TokenBucket = (nowMs: number) => number;

/** One bucket for everybody. Source: documentation of API throttling. */
export function createTokenBucket(options: TokenBucketOptions): TokenBucket {
  const perMs = options.ratePerMinute / 60_000;
  let level = options.burst;
  let filledAt: number | undefined;
  return (nowMs) => {
    level = Math.min(options.burst, level + (nowMs - (filledAt ?? nowMs)) * perMs);
    filledAt = nowMs;
    if (level >= 1) {
      level -= 1;
      return 0;
    }
    // A floor: a client that hammered for an hour is let in again after a burst's worth of rest.
    if (options.countRefused) level = Math.max(-options.burst, level - 1);
    return Math.max(1, Math.ceil((1 - level) / perMs / 1000));
  };
}
