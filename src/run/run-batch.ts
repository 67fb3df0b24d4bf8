/** Many rows at once, but only so many. The only place that knows p-limit. */
import pLimit from 'p-limit';

export interface Batch<Item> {
  readonly items: AsyncIterable<Item>;
  /** Items in work at the same time. */
  readonly concurrency: number;
  /** Must not reject. */
  readonly work: (item: Item) => Promise<void>;
  /** Asked before each item: true, and no more are begun; those in work are finished. */
  readonly isStopped: () => boolean;
}

export async function runBatch<Item>({
  items,
  concurrency,
  work,
  isStopped,
}: Batch<Item>): Promise<void> {
  const limit = pLimit(concurrency);
  let slotFreed: () => void = () => undefined;
  const busy = (): number => limit.activeCount + limit.pendingCount;
  const freed = (): Promise<void> => new Promise((resolve) => (slotFreed = resolve));

  try {
    for await (const item of items) {
      if (isStopped()) break;
      void limit(() => work(item)).finally(() => {
        slotFreed();
      });
      // Reading waits for a free slot: p-limit's own queue would hold the whole file.
      while (busy() >= concurrency) await freed();
    }
  } finally {
    // Also where the items end with an error: once begun, a row must be recorded.
    while (busy() > 0) await freed();
  }
}
