/** So many things at a time. The only place that knows p-limit. */
import pLimit from 'p-limit';

export interface Places {
  /** Waits for a place; what it gives back ends the use of it. */
  readonly take: () => Promise<() => void>;
  /** Places in use, and those that are waited for. */
  readonly taken: () => number;
}

/** @param onFree called each time that a place was given back */
export function createPlaces(count: number, onFree: () => void = () => undefined): Places {
  const limit = pLimit(count);
  return {
    take: () =>
      new Promise((got) => {
        void limit(
          () =>
            new Promise<void>((free) => {
              got(free);
            }),
        ).then(onFree);
      }),
    taken: () => limit.activeCount + limit.pendingCount,
  };
}
