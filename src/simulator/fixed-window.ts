import { toRetrySeconds } from './rate-limit.js';
import type { RateLimit } from './rate-limit.js';

/** Where a window begins: with the first request after the last one, or where the clock says so. */
export type WindowStart = 'request' | 'clock';

export interface FixedWindowOptions {
  readonly ratePerMinute: number;
  readonly windowSeconds: number;
  readonly windowStart: WindowStart;
  /** What was refused in one window is missing in the next. */
  readonly countRefused: boolean;
}

/** So many in each window, as soon as somebody asks for them, and none until the next. */
export function createFixedWindow({
  ratePerMinute,
  windowSeconds,
  windowStart,
  countRefused,
}: FixedWindowOptions): RateLimit {
  const lengthMs = windowSeconds * 1000;
  const toAllowed = (rate: number) => Math.max(1, Math.round((rate * windowSeconds) / 60));
  let allowed = toAllowed(ratePerMinute);
  let startMs: number | undefined;
  let used = 0;

  const startOf = (nowMs: number): number => {
    if (windowStart === 'clock') return Math.floor(nowMs / lengthMs) * lengthMs;
    return startMs === undefined || nowMs - startMs >= lengthMs ? nowMs : startMs;
  };
  const begin = (nowMs: number) => {
    const start = startOf(nowMs);
    if (start === startMs) return;
    // A ceiling: a client that hammered for an hour loses one window, and a rest of one is enough.
    const isNext = startMs !== undefined && nowMs - startMs < 2 * lengthMs;
    used = isNext ? Math.min(allowed, Math.max(0, used - allowed)) : 0;
    startMs = start;
  };
  return {
    take: (nowMs) => {
      begin(nowMs);
      if (used < allowed) {
        used += 1;
        return 0;
      }
      if (countRefused) used += 1;
      const isNextLost = used >= 2 * allowed;
      return toRetrySeconds((startMs ?? nowMs) + lengthMs * (isNextLost ? 2 : 1) - nowMs);
    },
    change: (rate, nowMs) => {
      begin(nowMs);
      allowed = toAllowed(rate);
    },
  };
}
