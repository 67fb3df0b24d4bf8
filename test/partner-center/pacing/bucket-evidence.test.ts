import { describe, expect, it } from 'vitest';

import { createBucketEvidence } from '../../../src/partner-center/pacing/bucket-evidence.js';
import type { KindEvidence } from '../../../src/partner-center/pacing/limit-evidence.js';

const DOCUMENTED = 500 / 60_000;

/** A bucket's answers to requests at these times, noted. */
function noteBucket(
  evidence: KindEvidence,
  { perMs, burst }: { readonly perMs: number; readonly burst: number },
  times: readonly number[],
): void {
  let level = burst;
  let filledAt = times[0] ?? 0;
  let wasRefused = false;
  for (const at of times) {
    level = Math.min(burst, level + (at - filledAt) * perMs);
    filledAt = at;
    const isRefused = level < 1;
    if (!isRefused) level -= 1;
    evidence.note(at, !isRefused ? 'accepted' : wasRefused ? 'together' : 'refused');
    wasRefused = isRefused;
  }
}

const every = (ms: number, from: number, to: number): number[] =>
  Array.from({ length: Math.ceil((to - from) / ms) }, (_, n) => from + n * ms);

describe('what answers say about a limit that is a bucket', () => {
  it('nothing, as long as none was refused', () => {
    const evidence = createBucketEvidence(DOCUMENTED);
    noteBucket(evidence, { perMs: 1, burst: 1000 }, every(10, 0, 1000));
    const fit = evidence.fit(0.3);
    expect(fit?.least).toBeLessThan(DOCUMENTED / 30);
    expect(fit?.most).toBeGreaterThan(DOCUMENTED * 200);
  });

  it.each([
    [0.02, 20],
    [0.02, 100],
    [DOCUMENTED, 50],
    [0.1, 100],
  ])('a rate of %f a ms, to 5 %, when a burst of %i ended twice', (perMs, burst) => {
    const evidence = createBucketEvidence(DOCUMENTED);
    const fast = 1 / (3 * perMs);
    const emptyAfter = burst / (2 * perMs);
    const again = emptyAfter + 500;
    noteBucket(evidence, { perMs, burst }, [
      ...every(fast, 0, emptyAfter + 2 * fast),
      ...every(fast, again, again + 1000 / perMs / 20),
    ]);
    const fit = evidence.fit(0.3);
    expect(fit?.least).toBeGreaterThan(perMs * 0.95);
    expect(fit?.most).toBeLessThan(perMs * 1.05);
  });

  it('a rate below the one that was refused, where no burst is allowed', () => {
    const evidence = createBucketEvidence(DOCUMENTED);
    const limit = { perMs: 0.02, burst: 1 };
    noteBucket(evidence, limit, [...every(1 / 0.018, 0, 2000), ...every(1 / 0.023, 3000, 3100)]);
    const fit = evidence.fit(0.3);
    expect(fit?.most).toBeGreaterThanOrEqual(0.0195);
    expect(fit?.most).toBeLessThanOrEqual(0.0235);
  });

  it('no rate, where it was raised in between; and anew after that was forgotten', () => {
    const evidence = createBucketEvidence(DOCUMENTED);
    noteBucket(evidence, { perMs: 0.02, burst: 10 }, every(25, 0, 1500));
    noteBucket(evidence, { perMs: 0.06, burst: 10 }, every(25, 3000, 30_000));
    expect(evidence.fit(0.3)).toBeUndefined();
    evidence.forget();
    expect(evidence.fit(0.3)).toBeDefined();
  });

  it('does not take refusals that came together for more than one', () => {
    const once = createBucketEvidence(DOCUMENTED);
    const often = createBucketEvidence(DOCUMENTED);
    for (const evidence of [once, often]) {
      for (const at of every(50, 0, 1000)) evidence.note(at, 'accepted');
      evidence.note(1000, 'refused');
    }
    for (let n = 0; n < 20; n += 1) often.note(1000 + n, 'together');
    expect(often.fit(0.3)).toEqual(once.fit(0.3));
  });
});
