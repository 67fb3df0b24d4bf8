import { describe, expect, it } from 'vitest';

import { openingWindow } from '../../../src/partner-center/pacing/opening.js';
import { createPace, type PaceOptions } from '../../../src/partner-center/pacing/pace.js';
import { fixedWindow, seeded, tokenBucket, virtualRun } from '../../bench/pacing/virtual-run.js';

const DOCUMENTED = 500 / 60_000;
const OPTIONS: PaceOptions = { concurrency: 16, expected: 400, shards: 1 };

describe('before the first refusal', () => {
  it.each([
    [{ accepted: 0 }, 1],
    [{ accepted: 2 }, 3],
    [{ accepted: 100 }, 4],
    [{ accepted: 100, expected: 2000 }, 10],
    [{ accepted: 100, expected: 100_000 }, 64],
    // A documented allowance would have shown itself.
    [{ accepted: 300, beyondDocumented: 150 }, 24],
    [{ accepted: 300, expected: 100_000, concurrency: 8 }, 8],
  ])('%o: so many under way', (what, most) => {
    const opening = { concurrency: 64, expected: 400, beyondDocumented: 0, ...what };
    expect(openingWindow(opening)).toBe(most);
  });
});

/** Requests on a clock that is only counted, until all are accepted. */
function run(
  limit: (at: number) => number,
  options: Partial<PaceOptions> = {},
  latencyMs = 100,
  watch: Partial<Parameters<typeof virtualRun>[0]> = {},
) {
  const given = { ...OPTIONS, ...options };
  return virtualRun({
    pace: createPace(given),
    limit,
    latencyMs,
    concurrency: given.concurrency,
    requests: given.expected,
    random: seeded(1),
    ...watch,
  });
}

describe('the documented allowance', () => {
  for (const latencyMs of [100, 300])
    for (const burst of [1, 10, 100])
      for (const refusedCount of [false, true])
        it(`burst ${burst}, ${latencyMs} ms, refusals ${refusedCount ? 'counted' : 'free'}: 0.92 of it, 1 % refused`, () => {
          const limit = tokenBucket({ perMs: DOCUMENTED, burst, refusedCount });
          const { lastMs, refused } = run(limit, {}, latencyMs);
          expect((400 - burst) / DOCUMENTED / lastMs).toBeGreaterThanOrEqual(0.92);
          expect(refused).toBeLessThanOrEqual(4);
        });

  it('is shared among shards', () => {
    const limit = tokenBucket({ perMs: DOCUMENTED / 4, burst: 1, refusedCount: false });
    const { lastMs, refused } = run(limit, { shards: 4, expected: 100 });
    expect(99 / (DOCUMENTED / 4) / lastMs).toBeGreaterThanOrEqual(0.92);
    expect(refused).toBeLessThanOrEqual(4);
  });
});

describe('other limits', () => {
  for (const perMs of [0.005, 0.02, 0.037, 0.1, 0.5])
    for (const part of [0, 0.2, 1]) {
      const burst = Math.max(1, perMs * 1000 * part);
      for (const latencyMs of [20, 100])
        it(`${perMs} a ms, bursts of ${burst}, ${latencyMs} ms: at least 0.85 of it in 80 s`, () => {
          const expected = Math.round(burst + perMs * 80_000);
          const limit = tokenBucket({ perMs, burst, refusedCount: false });
          const { lastMs } = run(limit, { expected, concurrency: 64 }, latencyMs);
          expect((expected - burst) / perMs / lastMs).toBeGreaterThanOrEqual(0.85);
        });
    }

  it.each([DOCUMENTED, 0.02, 0.1])('%f a ms, doubled: used within 15 s', (before) => {
    const changeMs = 40_000;
    const perMs = (at: number): number => (at < changeMs ? before : 2 * before);
    const accepted: number[] = [];
    const limit = tokenBucket({ perMs, burst: Math.max(1, before * 1000), refusedCount: false });
    run(limit, { concurrency: 64, expected: Math.round(before * 120_000) }, 100, {
      endMs: changeMs + 25_000,
      onAnswer: (at, isAccepted) => isAccepted && accepted.push(at),
    });
    const later = accepted.filter((at) => at >= changeMs + 15_000).length;
    expect(later / 10_000).toBeGreaterThanOrEqual(0.85 * 2 * before);
  });

  it.each([
    [0.02, 20],
    [0.037, 20],
    [0.037, 300],
    [0.1, 100],
  ])('%f a ms, %i ms, that is known: left alone in the last minute', (perMs, latencyMs) => {
    const refusedAt: number[] = [];
    const limit = tokenBucket({ perMs, burst: 1, refusedCount: false });
    const { lastMs } = run(limit, { concurrency: 64, expected: perMs * 90_000 }, latencyMs, {
      onAnswer: (at, isAccepted) => !isAccepted && refusedAt.push(at),
    });
    expect(Math.max(...refusedAt)).toBeLessThan(lastMs - 50_000);
  });

  it('a whole minute’s allowance in fixed windows', () => {
    const limit = fixedWindow({ perMs: DOCUMENTED, burst: 500 });
    const { lastMs, refused } = run(limit, { expected: 1500 });
    expect(lastMs).toBeLessThan(165_000);
    expect(refused).toBeLessThanOrEqual(30);
  });

  it('one that is halved, then doubled: nothing is lost, and most of it is used', () => {
    const perMs = (at: number): number => (at < 40_000 ? 0.02 : at < 80_000 ? 0.01 : 0.02);
    const { lastMs, refused } = run(tokenBucket({ perMs, burst: 20, refusedCount: false }), {
      expected: 3000,
    });
    expect(lastMs).toBeLessThan(1.25 * 170_000);
    expect(refused).toBeLessThanOrEqual(90);
  });
});

describe('--max-rate', () => {
  it('that is right costs nothing', () => {
    const limit = tokenBucket({ perMs: DOCUMENTED, burst: 1, refusedCount: true });
    const { lastMs, refused } = run(limit, { maxRate: 499 });
    expect(refused).toBe(0);
    expect(399 / DOCUMENTED / lastMs).toBeGreaterThanOrEqual(0.99);
  });

  it('is never passed', () => {
    const { lastMs } = run(() => 0, { maxRate: 600, expected: 1200 });
    expect(lastMs).toBeGreaterThanOrEqual(119_900);
  });
});

it('without a limit, as many are under way as may be, within a few round trips', () => {
  const { lastMs } = run(() => 0, { expected: 4000 });
  expect(lastMs).toBeLessThan(1.02 * 4000 * (100 / 16));
});
