import { describe, expect, it } from 'vitest';

import { createPaces } from '../../../src/partner-center/pacing/paces.js';
import { virtualRows } from '../../bench/pacing/virtual-rows.js';
import { seeded, tokenBucket } from '../../bench/pacing/virtual-run.js';

const SECONDS = 120;

/** Of rows that could be done in two minutes, how many were; and requests refused. */
function drive(
  limits: { readonly updates?: number; readonly all?: number },
  { changed = 1, maxRate = undefined as number | undefined, burst = 1, latencyMs = 100 } = {},
) {
  const random = seeded(1);
  const bucket = (perSecond: number) =>
    tokenBucket({ perMs: perSecond / 1000, burst, refusedCount: false });
  const all = limits.all === undefined ? [] : [bucket(limits.all)];
  const updates = limits.updates === undefined ? [] : [bucket(limits.updates)];
  const { updates: byUpdates = Infinity, all: byAll = Infinity } = limits;
  const bound = SECONDS * Math.min(byUpdates / changed, byAll / (1 + changed));
  const done = virtualRows({
    paces: createPaces({
      concurrency: 16,
      expected: Math.round(bound * (1 + changed)),
      shards: 1,
      ...(maxRate !== undefined && { maxRate }),
    }),
    limitOf: { question: all, update: [...updates, ...all] },
    isChanged: () => random() < changed,
    latencyMs,
    concurrency: 16,
    endMs: SECONDS * 1000,
  });
  return {
    ...done,
    goodput: done.rows / bound,
    share: (done.refused.question + done.refused.update) / done.requests,
  };
}

describe('where updates have a limit of their own', () => {
  it.each([
    [500 / 60, 1],
    [500 / 60, 0.2],
    [20, 0.2],
    [100 / 60, 0.2],
  ])('%f a second, %f of the rows change: at least 0.78 of it', (updates, changed) => {
    const { goodput, share, refused } = drive({ updates }, { changed });
    expect(goodput).toBeGreaterThanOrEqual(0.78);
    expect(refused.question).toBe(0);
    expect(share).toBeLessThanOrEqual(0.02);
  });

  it('and all requests have another: at least 0.8 of what both leave', () => {
    const { goodput } = drive({ updates: 5, all: 20 }, { burst: 5, changed: 0.2 });
    expect(goodput).toBeGreaterThanOrEqual(0.8);
  });

  it('--max-rate stays the cap of all requests', () => {
    const { requests } = drive({ updates: 5 }, { changed: 0.1, maxRate: 600 });
    expect(requests).toBeLessThanOrEqual((SECONDS * 600) / 60 + 2);
    expect(requests).toBeGreaterThanOrEqual(0.8 * SECONDS * 10);
  });
});

describe('where one limit is all there is', () => {
  it.each([
    [500 / 60, 1],
    [500 / 60, 0.2],
    [20, 1],
    [20, 0.2],
  ])('%f a second, %f of the rows change: as with one pace', (all, changed) => {
    const { goodput, share } = drive({ all }, { changed });
    expect(goodput).toBeGreaterThanOrEqual(0.86);
    expect(share).toBeLessThanOrEqual(0.02);
  });
});
