import { createFixedWindow } from './fixed-window.js';
import type { WindowStart } from './fixed-window.js';
import type { RateLimit } from './rate-limit.js';
import { createTokenBucket } from './token-bucket.js';

/** The limits from a moment on, in milliseconds since the first request. A rate left out stays. */
export interface RateChange {
  readonly atMs: number;
  readonly ratePerMinute?: number;
  readonly putRatePerMinute?: number;
}

export interface ThrottleOptions {
  /** Requests allowed on average. Default: no limit. */
  readonly ratePerMinute?: number;
  /** PUTs have an allowance of their own, and take none of the others'. Default: they share. */
  readonly putRatePerMinute?: number;
  /** What a rested token bucket lets through at once. Default: a minute's worth at the start. */
  readonly burst?: number;
  /** Fixed windows of this length instead of a token bucket. Default: a bucket. */
  readonly windowSeconds?: number;
  /** Default: `request`. */
  readonly windowStart?: WindowStart;
  /** Refused requests count as well. Default: false. */
  readonly countRefused?: boolean;
  /** Rates in the course of time, in order. A limit that is not there to begin with never is. */
  readonly rateChanges?: readonly RateChange[];
}

/** Asked once for each request: 0 = go on, otherwise the whole seconds until one would be let in. */
export type Throttle = (method: string, nowMs: number) => number;

/** What is allowed of all requests together, or of PUTs and of the others apart. */
export function createThrottle(options: ThrottleOptions): Throttle {
  const all = toLimit(options, options.ratePerMinute);
  const puts = toLimit(options, options.putRatePerMinute);
  const changes = [...(options.rateChanges ?? [])];
  let firstMs: number | undefined;

  return (method, nowMs) => {
    firstMs ??= nowMs;
    for (let next = changes[0]; next !== undefined; next = changes[0]) {
      const atMs = firstMs + next.atMs;
      if (atMs > nowMs) break;
      changes.shift();
      if (next.ratePerMinute !== undefined) all?.change(next.ratePerMinute, atMs);
      if (next.putRatePerMinute !== undefined) puts?.change(next.putRatePerMinute, atMs);
    }
    const limit = method === 'PUT' ? (puts ?? all) : all;
    return limit?.take(nowMs) ?? 0;
  };
}

function toLimit(options: ThrottleOptions, ratePerMinute?: number): RateLimit | undefined {
  if (ratePerMinute === undefined) return undefined;
  const { burst = ratePerMinute, windowSeconds, windowStart = 'request' } = options;
  const rate = { ratePerMinute, countRefused: options.countRefused ?? false };
  if (windowSeconds === undefined) return createTokenBucket({ ...rate, burst });
  return createFixedWindow({ ...rate, windowSeconds, windowStart });
}
