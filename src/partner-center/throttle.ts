/**
 * What every request passes before it is sent. The service's allowance belongs to the partner, not
 * to a row: so one refusal (429) pauses everybody, and after a pause requests are let out at a
 * measured pace, since a burst would only be refused again.
 */
export interface Throttle {
  /** Waits for this request's turn. Rejects where the signal says so. */
  readonly admit: (signal: AbortSignal) => Promise<void>;
  /**
   * The service refused: nobody sends before this many milliseconds have passed. Returns how long,
   * in milliseconds, the service will then have refused everything without a break.
   */
  readonly pause: (retryAfterMs: number | undefined) => number;
  /** The service took a request. */
  readonly accept: () => void;
}

export interface ThrottlePorts {
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** The documented allowance, 500 a minute: where the pace begins after the first refusal. */
const DOCUMENTED_PER_MS = 500 / 60_000;
const SLOWEST_PER_MS = 0.2 / 1000;
/** Where a refusal names no time: doubled with each refusal in a row. */
const UNSAID_WAIT_MS = 2_000;
const LONGEST_UNSAID_WAIT_MS = 60_000;

const NEVER = new AbortController().signal;

export function createThrottle({ now, sleep }: ThrottlePorts): Throttle {
  let closedUntil = 0;
  /** Undefined until the first refusal: before it, only the rows in flight bound the rate. */
  let perMs: number | undefined;
  let nextTurn = 0;
  let refusalsInARow = 0;
  let refusedSince = 0;

  return {
    async admit(signal) {
      for (;;) {
        const at = now();
        if (at < closedUntil) {
          await sleep(closedUntil - at, signal);
          continue;
        }
        if (perMs === undefined) return;
        const turn = Math.max(nextTurn, at);
        nextTurn = turn + 1 / perMs;
        // Not to be cut short: rows in flight keep the pace to their end.
        if (turn > at) await sleep(turn - at, NEVER);
        // A pause may have begun while this request waited for its turn.
        if (now() >= closedUntil) return;
      }
    },
    pause(retryAfterMs) {
      const at = now();
      // Requests that were under way together are refused together: that is one refusal.
      if (at >= closedUntil) {
        if (refusalsInARow === 0) refusedSince = at;
        refusalsInARow += 1;
        // A refusal right after a pause says "too soon" and nothing about the pace.
        if (refusalsInARow === 1)
          perMs = perMs === undefined ? DOCUMENTED_PER_MS : Math.max(SLOWEST_PER_MS, perMs * 0.7);
      }
      const unsaid = Math.min(LONGEST_UNSAID_WAIT_MS, UNSAID_WAIT_MS * 2 ** (refusalsInARow - 1));
      // Asked to come back at once, and refused again: longer than asked, or it goes on for ever.
      const least = refusalsInARow > 1 ? unsaid / 2 : 0;
      const wait = Math.max(retryAfterMs ?? unsaid, least);
      closedUntil = Math.max(closedUntil, at + wait);
      nextTurn = Math.max(nextTurn, closedUntil);
      return closedUntil - refusedSince;
    },
    accept() {
      refusalsInARow = 0;
      if (perMs !== undefined) perMs *= 1.005;
    },
  };
}
