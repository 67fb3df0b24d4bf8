/**
 * What all rows together have seen of the service. Retries are paid from one budget, so that a
 * service in trouble is not asked many times over by everybody; and where it fails again and again
 * the circuit opens, and nobody asks any more.
 */
import type { Failure } from './failure.js';

export interface ServiceHealth {
  /** Why nothing more may be sent, once the circuit is open. */
  readonly circuit: () => Failure | undefined;
  /** A question is asked for the first time: it pays for a part of a retry. */
  readonly noteQuestion: () => void;
  readonly noteWell: () => void;
  readonly noteFailure: () => void;
  /** Waits until a retry is paid for. Rejects when the signal fires. */
  readonly admitRetry: (signal: AbortSignal) => Promise<void>;
  /** Nobody else is asking, so nothing more will be paid in: lets one retry go unpaid. */
  readonly lend: () => void;
}

/** A tenth of the questions may be asked again. */
const QUESTIONS_PER_RETRY = 10;
const FAILURES_IN_A_ROW = 20;
/** Of the last answers. */
const FAILURES_IN_WINDOW = 40;
const WINDOW = 100;

export function createServiceHealth(): ServiceHealth {
  let open: Failure | undefined;
  /** Questions that no retry has been paid from yet. */
  let budget = 0;
  let lent = false;
  const waiting: (() => void)[] = [];
  let inARow = 0;
  /** The last answers, the newest last: true where one was a failure. */
  const window: boolean[] = [];
  let failures = 0;

  const letGo = (): void => {
    while (waiting.length > 0 && (budget >= QUESTIONS_PER_RETRY || lent)) {
      if (budget >= QUESTIONS_PER_RETRY) budget -= QUESTIONS_PER_RETRY;
      else lent = false;
      waiting.shift()?.();
    }
  };
  const note = (failed: boolean): void => {
    window.push(failed);
    if (failed) failures += 1;
    if (window.length > WINDOW && window.shift()) failures -= 1;
    inARow = failed ? inARow + 1 : 0;
    if (inARow >= FAILURES_IN_A_ROW)
      open ??= circuitOpen(`${FAILURES_IN_A_ROW} requests in a row failed`);
    else if (failures >= FAILURES_IN_WINDOW)
      open ??= circuitOpen(`${FAILURES_IN_WINDOW} of the last ${WINDOW} requests failed`);
  };

  return {
    circuit() {
      return open;
    },
    noteQuestion() {
      budget += 1;
      letGo();
    },
    noteWell() {
      note(false);
    },
    noteFailure() {
      note(true);
    },
    admitRetry(signal) {
      return new Promise<void>((resolve, reject) => {
        const stop = (): void => {
          waiting.splice(waiting.indexOf(go), 1);
          reject(new Error('The run stops.'));
        };
        const go = (): void => {
          signal.removeEventListener('abort', stop);
          resolve();
        };
        if (signal.aborted) {
          reject(new Error('The run stops.'));
          return;
        }
        signal.addEventListener('abort', stop);
        waiting.push(go);
        letGo();
      });
    },
    lend() {
      lent = true;
      letGo();
    },
  };
}

const circuitOpen = (what: string): Failure => ({
  code: 'circuit-open',
  message: `${what} because of the service or the network.`,
  hint: 'Wait until the service is well again, then go on with the run.',
  scope: 'run',
  again: 'never',
  carriedOut: 'no',
});
