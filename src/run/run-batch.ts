/** Many rows at once, but only so many. */
import { createPlaces } from './places.js';
import type { Aside } from './profile-service.js';

export interface Batch<Item> {
  readonly items: AsyncIterable<Item>;
  /** Items in work at the same time. */
  readonly concurrency: number;
  /** Must not reject. `aside`: gives the item's place to others while it waits. */
  readonly work: (item: Item, aside: Aside) => Promise<void>;
  /** Asked before each item: true, and no more are begun; those in work are finished. */
  readonly isStopped: () => boolean;
  /** While false, none is begun until one of those in work has ended. Default: always true. */
  readonly mayBegin?: () => boolean;
  /** Every item that was begun waits aside, and no other can be begun. */
  readonly onIdle: () => void;
}

/** Items that may wait aside; more, and none is begun until one of them is done. */
const MOST_ASIDE = 64;

export async function runBatch<Item>({
  items,
  concurrency,
  work,
  isStopped,
  mayBegin = () => true,
  onIdle,
}: Batch<Item>): Promise<void> {
  let changed: () => void = () => undefined;
  const change = (): Promise<void> => new Promise((resolve) => (changed = resolve));
  let begun = 0;
  let asideNow = 0;
  let allBegun = false;
  const noteChange = (): void => {
    const noneComes = allBegun || asideNow >= MOST_ASIDE || !mayBegin();
    if (begun > 0 && asideNow === begun && noneComes) onIdle();
    changed();
  };

  const { take, taken } = createPlaces(concurrency, noteChange);

  const begin = async (item: Item): Promise<void> => {
    let free = await take();
    const aside: Aside = async (wait) => {
      free();
      asideNow += 1;
      noteChange();
      try {
        await wait();
      } finally {
        // Before those that were not begun: these are not let in while this one waits for a place.
        asideNow -= 1;
        // eslint-disable-next-line require-atomic-updates -- an item is one flow, with one place
        free = await take();
      }
    };
    await work(item, aside);
    begun -= 1;
    free();
  };

  try {
    for await (const item of items) {
      if (isStopped()) break;
      begun += 1;
      void begin(item);
      // Reading waits for a free place: p-limit's own queue would hold the whole file.
      while (taken() >= concurrency || asideNow >= MOST_ASIDE || !mayBegin()) await change();
    }
  } finally {
    // Also where the items end with an error: once begun, a row must be recorded.
    allBegun = true;
    noteChange();
    while (begun > 0 || taken() > 0) await change();
  }
}
