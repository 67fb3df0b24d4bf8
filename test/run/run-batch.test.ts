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
    onIdle: () => undefined,
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
      onIdle: () => undefined,
    });
    await expect(running).rejects.toThrow('The disk is gone.');
    expect(done).toEqual([1, 2]);
  });

  it('lets others go on while some wait aside, and these come back before new ones', async () => {
    const order: string[] = [];
    let goOn: () => void = () => undefined;
    await runBatch({
      items: (async function* () {
        await Promise.resolve();
        yield* ['a', 'b', 'c', 'd'];
      })(),
      concurrency: 1,
      isStopped: () => false,
      onIdle: () => undefined,
      work: async (item, aside) => {
        order.push(item);
        if (item === 'a') await aside(() => new Promise((resolve) => (goOn = resolve)));
        if (item === 'b') goOn();
        await new Promise(setImmediate);
        order.push(`${item} done`);
      },
    });
    expect(order).toEqual(['a', 'b', 'b done', 'a done', 'c', 'c done', 'd', 'd done']);
  });

  it('says so when all that were begun wait aside and no more can be begun', async () => {
    const waiting: (() => void)[] = [];
    let idle = 0;
    let most = 0;
    await runBatch({
      items: (async function* () {
        await Promise.resolve();
        for (let n = 0; n < 200; n += 1) yield n;
      })(),
      concurrency: 4,
      isStopped: () => false,
      onIdle: () => {
        idle += 1;
        waiting.shift()?.();
      },
      work: (_item, aside) =>
        aside(async () => {
          await new Promise<void>((resolve) => waiting.push(resolve));
          most = Math.max(most, waiting.length + 1);
        }),
    });
    expect(idle).toBeGreaterThanOrEqual(200);
    // Not the whole file.
    expect(most).toBeLessThanOrEqual(64);
  });

  it('takes an item back whose wait is cut short', async () => {
    const ended: string[] = [];
    await runBatch({
      items: (async function* () {
        await Promise.resolve();
        yield 'a';
      })(),
      concurrency: 1,
      isStopped: () => false,
      onIdle: () => undefined,
      work: async (item, aside) => {
        await aside(() => Promise.reject(new Error('The run stops.'))).catch(() => undefined);
        ended.push(item);
      },
    });
    expect(ended).toEqual(['a']);
  });
});
