import { describe, expect, it } from 'vitest';

import { runBatch } from '../../src/run/run-batch.js';

async function batch(count: number, concurrency: number, stopAfter = Infinity) {
  let busy = 0;
  let most = 0;
  let read = 0;
  const done: number[] = [];
  const items = async function* () {
    for (let n = 0; n < count; n += 1) {
      read += 1;
      await Promise.resolve();
      yield n;
    }
  };
  await runBatch({
    items: items(),
    concurrency,
    isStopped: () => done.length >= stopAfter,
    work: async (item) => {
      busy += 1;
      most = Math.max(most, busy);
      // Reading never runs ahead by more than one.
      expect(read - done.length).toBeLessThanOrEqual(concurrency + 1);
      await new Promise(setImmediate);
      busy -= 1;
      done.push(item);
    },
  });
  expect(busy).toBe(0);
  return { done, most, read };
}

describe('a batch', () => {
  it.each([1, 2, 8, 500])('does every item once, %i at a time', async (concurrency) => {
    const { done, most } = await batch(200, concurrency);
    expect([...done].sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, n) => n));
    expect(most).toBe(Math.min(concurrency, 200));
  });

  it('begins nothing more once it is stopped, and finishes what was begun', async () => {
    const { done, read } = await batch(200, 4, 10);
    expect(done.length).toBeGreaterThanOrEqual(10);
    expect(done.length).toBeLessThanOrEqual(14);
    expect(read).toBeLessThanOrEqual(15);
  });

  it('ends at once where there is nothing', async () => {
    expect((await batch(0, 3)).done).toEqual([]);
  });

  it('finishes what was begun where the items end with an error', async () => {
    const done: number[] = [];
    const items = async function* () {
      yield 1;
      yield 2;
      await new Promise(setImmediate);
      throw new Error('The disk is gone.');
    };
    const running = runBatch({
      items: items(),
      concurrency: 5,
      work: async (item) => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        done.push(item);
      },
      isStopped: () => false,
    });
    await expect(running).rejects.toThrow('The disk is gone.');
    expect(done).toEqual([1, 2]);
  });
});
