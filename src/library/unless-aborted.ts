/** Waits for something, but no longer than the signal lets. */
import { setMaxListeners } from 'node:events';

import { StoppedError } from '../problem.js';

export const interrupted = (): StoppedError =>
  new StoppedError(
    'interrupted',
    'The signal was aborted before the answer was there.',
    'Nothing was written; ask again when it suits.',
  );

/** The caller's signal, or one that never fires. */
export function stopSignal(signal?: AbortSignal): AbortSignal {
  const stop = signal ?? new AbortController().signal;
  // Every question that waits listens, and a program may have one signal for all; Node warns at eleven.
  setMaxListeners(0, stop);
  return stop;
}

/** Rejects with a StoppedError (`interrupted`) once the signal fires; the work itself goes on unseen. */
export function unlessAborted<T>(work: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return work;
  return new Promise<T>((resolve, reject) => {
    const stop = (): void => {
      reject(interrupted());
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', stop);
    });
  });
}
