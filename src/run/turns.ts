/** Questions that come one by one, from a program: so many at once, as in a batch. */
import { createPlaces } from './places.js';
import type { Aside } from './profile-service.js';

export interface Turns {
  /** Waits for a place, then works. `aside`: gives the place to others while it waits. */
  readonly take: <T>(work: (aside: Aside) => Promise<T>) => Promise<T>;
}

/** @param onIdle everything that was begun waits aside: nobody else pays for a retry */
export function createTurns(concurrency: number, onIdle: () => void): Turns {
  let begun = 0;
  let asideNow = 0;
  const noteChange = (): void => {
    if (begun > 0 && asideNow === begun) onIdle();
  };
  const places = createPlaces(concurrency, noteChange);
  return {
    async take(work) {
      begun += 1;
      let free = await places.take();
      const aside: Aside = async (wait) => {
        free();
        asideNow += 1;
        noteChange();
        try {
          await wait();
        } finally {
          asideNow -= 1;
          // eslint-disable-next-line require-atomic-updates -- one flow, with one place
          free = await places.take();
        }
      };
      try {
        return await work(aside);
      } finally {
        begun -= 1;
        free();
      }
    },
  };
}
