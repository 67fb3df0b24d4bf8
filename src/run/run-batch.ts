/** Many rows at once, but only so many. */
import type { Aside } from './profile-service.js';
import { createTurns } from './turns.js';

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
  let allBegun = false;
  const noteChange = (): void => {
    const noneComes = allBegun || turns.aside() >= MOST_ASIDE || !mayBegin();
    if (turns.begun() > 0 && turns.aside() === turns.begun() && noneComes) onIdle();
    changed();
  };
  const turns = createTurns(concurrency, noteChange);

  try {
    for await (const item of items) {
      if (isStopped()) break;
      void turns.take((aside) => work(item, aside));
      // Reading waits for a free place: p-limit's own queue would hold the whole file.
      while (turns.taken() >= concurrency || turns.aside() >= MOST_ASIDE || !mayBegin())
        await change();
    }
  } finally {
    // Also where the items end with an error: once begun, a row must be recorded.
    allBegun = true;
    noteChange();
    while (turns.begun() > 0 || turns.taken() > 0) await change();
  }
}
