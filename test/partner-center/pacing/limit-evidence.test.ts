import { describe, expect, it } from 'vitest';

import { createLimitEvidence } from '../../../src/partner-center/pacing/limit-evidence.js';
import { fixedWindow, type Limit, tokenBucket } from '../../bench/pacing/virtual-run.js';

const DOCUMENTED = 500 / 60_000;

/** What is known of a limit that was met six times, at about its rate. */
function evidenceOf(limit: Limit, perMs: number): ReturnType<typeof createLimitEvidence> {
  const evidence = createLimitEvidence(DOCUMENTED);
  let at = 0;
  for (const part of [0.5, 0.9, 0.7, 0.95, 0.6, 0.97]) {
    for (; limit(at) === 0; at += part / perMs) evidence.note(at, 'accepted');
    evidence.note(at, 'refused');
    at += 1100;
  }
  return evidence;
}

describe('what answers say about a limit of either kind', () => {
  it('finds the rate of a bucket', () => {
    // One of the rates that are looked at.
    const perMs = DOCUMENTED * 1.03 ** 47;
    const limit = tokenBucket({ perMs, burst: 37, refusedCount: false });
    const fit = evidenceOf(limit, perMs).fit();
    expect(fit?.least).toBeGreaterThan(perMs * 0.9);
    expect(fit?.most).toBeLessThan(perMs * 1.1);
  });

  it('finds the rate of windows, which is that of no bucket', () => {
    const perMs = 0.037;
    const evidence = evidenceOf(fixedWindow({ perMs, burst: 37 }), perMs);
    expect(evidence.mayBeBucket()).toBe(false);
    const fit = evidence.fit();
    expect(fit?.least).toBeGreaterThan(perMs * 0.9);
    expect(fit?.most).toBeLessThan(perMs * 1.1);
    evidence.forget();
    expect(evidence.mayBeBucket()).toBe(true);
  });
});
