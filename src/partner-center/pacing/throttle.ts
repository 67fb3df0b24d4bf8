/**
 * What every request passes before it is sent: one queue and one pause for all rows, since the
 * service's allowance is the partner's, and the paces that the answers showed. Updates go before
 * questions, so that little time passes between reading a profile and writing it.
 */
import type { Kind, Paces } from './paces.js';

export interface Throttle {
  /**
   * Waits for this request's turn. Where the signal says so, rejects the first of a row, and what waits
   * in a pause; other requests keep their turn: rows that were begun go on to their end.
   */
  readonly admit: (urgency: Urgency, signal: AbortSignal) => Promise<Turn>;
  /** Requests that wait for their turn. */
  readonly waiting: () => number;
}

/** The most urgent first. `first`: of a row, which is not begun before it leaves. */
const URGENCIES = ['update', 'question', 'first'] as const;
export type Urgency = (typeof URGENCIES)[number];

const kindOf = (urgency: Urgency): Kind => (urgency === 'update' ? 'update' : 'question');

/** A request that may leave. One of these is to be called, once it has an answer or will get none. */
export interface Turn {
  /** The service took the request, whatever it said of it. */
  readonly accepted: () => void;
  /**
   * The service refused (429): nobody sends before this many milliseconds have passed. Returns how
   * long, in milliseconds, the service will then have refused everything without a break.
   */
  readonly refused: (retryAfterMs: number | undefined) => number;
  /** Not sent, or lost on its way: nothing is known of it. */
  readonly lost: () => void;
}

export interface ThrottlePorts {
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  /** Rejects when the signal fires. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly paces: Paces;
}

/** Where a refusal names no time: doubled with each refusal in a row. */
const UNSAID_WAIT_MS = 2_000;
const LONGEST_UNSAID_WAIT_MS = 60_000;

interface Waiting {
  readonly go: () => void;
  readonly giveUp: () => void;
  readonly signal: AbortSignal;
}

export function createThrottle({ now, sleep, paces }: ThrottlePorts): Throttle {
  const queues: Readonly<Record<Urgency, Waiting[]>> = { update: [], question: [], first: [] };
  const underWay: Record<Kind, number> = { question: 0, update: 0 };
  let closedUntil = 0;
  let refusalsInARow = 0;
  let refusedSince = 0;
  /** Ends the sleep that is under way, where it is too long by now. */
  let timer: { readonly until: number; readonly end: AbortController } | undefined;

  const waitAt = (at: number, kind: Kind): number => {
    if (at < closedUntil) return closedUntil - at;
    // After a pause that was too short, one request finds out for all.
    if (refusalsInARow > 1 && underWay.question + underWay.update > 0) return Infinity;
    return paces.next(at, underWay, kind);
  };
  /** Lets the most urgent request go that may; false where none may. */
  const letGo = (): boolean => {
    const at = now();
    let least = Infinity;
    for (const urgency of URGENCIES) {
      if (queues[urgency].length === 0) continue;
      const kind = kindOf(urgency);
      const wait = waitAt(at, kind);
      if (wait <= 0) {
        underWay[kind] += 1;
        paces.noteSent(at, kind);
        queues[urgency].shift()?.go();
        return true;
      }
      least = Math.min(least, wait);
    }
    wakeAt(at + least);
    return false;
  };
  const dispatch = (): void => {
    while (letGo());
  };
  const wakeAt = (until: number): void => {
    if (timer?.until === until) return;
    timer?.end.abort();
    timer = undefined;
    // An answer comes first, and asks again.
    if (until === Infinity) return;
    const own = { until, end: new AbortController() };
    timer = own;
    sleep(until - now(), own.end.signal).then(
      () => {
        if (timer === own) timer = undefined;
        dispatch();
      },
      () => {
        if (timer === own) timer = undefined;
      },
    );
  };

  const pause = (retryAfterMs: number | undefined): number => {
    const at = now();
    // Requests that were under way together are refused together: that is one refusal.
    if (at >= closedUntil) {
      if (refusalsInARow === 0) refusedSince = at;
      refusalsInARow += 1;
    }
    const unsaid = Math.min(LONGEST_UNSAID_WAIT_MS, UNSAID_WAIT_MS * 2 ** (refusalsInARow - 1));
    // Asked to come back at once, and refused again: longer than asked, or it goes on for ever.
    const least = refusalsInARow > 1 ? unsaid / 2 : 0;
    closedUntil = Math.max(closedUntil, at + Math.max(retryAfterMs ?? unsaid, least));
    return closedUntil - refusedSince;
  };

  return {
    admit(urgency, signal) {
      return new Promise<Turn>((resolve, reject) => {
        const queue = queues[urgency];
        const stop = (): void => {
          if (urgency === 'first' || now() < closedUntil) waiting.giveUp();
        };
        const waiting: Waiting = {
          signal,
          go() {
            signal.removeEventListener('abort', stop);
            resolve(turn(kindOf(urgency)));
          },
          giveUp() {
            signal.removeEventListener('abort', stop);
            queue.splice(queue.indexOf(waiting), 1);
            reject(new Error('The run stops.'));
          },
        };
        queue.push(waiting);
        signal.addEventListener('abort', stop);
        if (signal.aborted) stop();
        dispatch();
      });
    },
    waiting: () => queues.update.length + queues.question.length + queues.first.length,
  };

  function turn(kind: Kind): Turn {
    const sentAt = now();
    const end = (): void => {
      underWay[kind] -= 1;
      dispatch();
    };
    return {
      accepted() {
        refusalsInARow = 0;
        paces.noteAccepted(sentAt, now(), kind);
        end();
      },
      refused(retryAfterMs) {
        const refusedMs = pause(retryAfterMs);
        for (const queue of Object.values(queues))
          for (const waiting of [...queue]) if (waiting.signal.aborted) waiting.giveUp();
        paces.noteRefused(sentAt, now(), closedUntil, kind);
        end();
        return refusedMs;
      },
      lost: end,
    };
  }
}
