/** Work for which there are only so many places, one of which it gives to others while it waits. */
import { createPlaces } from './places.js';
import type { Aside } from './profile-service.js';

export interface Turns {
  /** Waits for a place, then works. `aside`: gives the place to others while it waits. */
  readonly take: <T>(work: (aside: Aside) => Promise<T>) => Promise<T>;
  /** What was begun and has not ended, those that wait for a place included. */
  readonly begun: () => number;
  /** Of these, what waits aside. */
  readonly aside: () => number;
  /** Places in use, and those that are waited for. */
  readonly taken: () => number;
}

/** @param onChange called each time that a place was given back, or something went aside */
export function createTurns(concurrency: number, onChange: () => void): Turns {
  let begun = 0;
  let asideNow = 0;
  const places = createPlaces(concurrency, onChange);
  return {
    async take(work) {
      begun += 1;
      let free = await places.take();
      const aside: Aside = async (wait) => {
        free();
        asideNow += 1;
        onChange();
        try {
          await wait();
        } finally {
          // Before those that were not begun: these are not let in while this one waits for a place.
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
    begun: () => begun,
    aside: () => asideNow,
    taken: places.taken,
  };
}
