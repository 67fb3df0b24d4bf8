/** What is allowed of one kind of requests. Times are milliseconds since 1970. */
export interface RateLimit {
  /** Asked once for each request: 0 = go on, otherwise the whole seconds until one would be let in. */
  readonly take: (nowMs: number) => number;
  /** From now on so many are allowed; what was used stays used. */
  readonly change: (ratePerMinute: number, nowMs: number) => void;
}

/** For Retry-After, which has no fractions (RFC 9110, 10.2.3), and 0 would be an invitation. */
export function toRetrySeconds(waitMs: number): number {
  return Math.max(1, Math.ceil(waitMs / 1000));
}
