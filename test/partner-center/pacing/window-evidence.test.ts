import { describe, expect, it } from 'vitest';

import type { KindEvidence } from '../../../src/partner-center/pacing/limit-evidence.js';
import { createWindowEvidence } from '../../../src/partner-center/pacing/window-evidence.js';
import { fixedWindow, type Limit, tokenBucket } from '../../bench/pacing/virtual-run.js';

/** At these distances, one after the other from refusal to refusal, with a pause after each. */
function meet(
  evidence: KindEvidence,
  limit: Limit,
  { from = 0, gapsMs }: { readonly from?: number; readonly gapsMs: readonly number[] },
): number {
  let at = from;
  for (const [n, gapMs] of gapsMs.entries()) {
    for (; limit(at) === 0; at += gapMs) evidence.note(at, 'accepted');
    evidence.note(at, 'refused');
    at += 1000 + 37 * n;
  }
  return at;
}

describe('what answers say about a limit in fixed windows', () => {
  it.each([
    [1000, 37],
    [1000, 100],
    [200, 20],
    [500, 50],
  ])('windows of %i ms with %i requests: their rate, to 10 %', (lengthMs, held) => {
    const perMs = held / lengthMs;
    const evidence = createWindowEvidence();
    meet(evidence, fixedWindow({ perMs, burst: held }), {
      gapsMs: [0.5, 0.9, 0.7, 0.95, 0.6, 0.97].map((part) => part / perMs),
    });
    const fit = evidence.fit(0.3);
    expect(fit?.least).toBeGreaterThan(perMs * 0.9);
    expect(fit?.most).toBeLessThan(perMs * 1.1);
  });

  it('nothing before the third refusal', () => {
    const evidence = createWindowEvidence();
    const limit = fixedWindow({ perMs: 0.02, burst: 20 });
    const after = meet(evidence, limit, { gapsMs: [30, 45] });
    expect(evidence.fit(0.3)).toBeUndefined();
    meet(evidence, limit, { from: after, gapsMs: [40] });
    expect(evidence.fit(0.3)).toBeDefined();
  });

  it('no rate, where the limit is a bucket that holds several seconds of it', () => {
    const evidence = createWindowEvidence();
    const limit = tokenBucket({ perMs: 0.02, burst: 100, refusedCount: false });
    meet(evidence, limit, { gapsMs: [10, 30, 20, 40] });
    expect(evidence.fit(0.3)).toBeUndefined();
  });

  it('no rate, where more is given than before; and anew after that was forgotten', () => {
    const evidence = createWindowEvidence();
    const after = meet(evidence, fixedWindow({ perMs: 0.02, burst: 20 }), {
      gapsMs: [25, 45, 35, 48],
    });
    const more = fixedWindow({ perMs: 0.06, burst: 60 });
    const later = meet(evidence, more, { from: after, gapsMs: [8, 15, 12, 16] });
    expect(evidence.fit(0.3)).toBeUndefined();
    evidence.forget();
    meet(evidence, more, { from: later, gapsMs: [8, 15, 12, 16] });
    expect(evidence.fit(0.3)?.least).toBeGreaterThan(0.054);
  });

  it('does not count refusals that came together', () => {
    const evidence = createWindowEvidence();
    for (let at = 0; at < 1000; at += 50) evidence.note(at, 'accepted');
    evidence.note(1000, 'refused');
    for (let n = 0; n < 20; n += 1) evidence.note(1000 + n, 'together');
    expect(evidence.fit(0.3)).toBeUndefined();
  });
});
