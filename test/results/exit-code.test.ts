import { describe, expect, it } from 'vitest';

import { exitCodeOf, type Totals } from '../../src/results/exit-code.js';
import { duration, progressLine } from '../../src/results/progress.js';
import { STATUSES, type Status } from '../../src/run/outcome.js';

const totals = (over: Partial<Record<Status, number>> = {}): Totals => ({
  ...(Object.fromEntries(STATUSES.map((status) => [status, 0])) as Record<Status, number>),
  ...over,
});
const stop = (code: string) => ({ code, message: 'M.', hint: 'H.' });

describe('the exit code', () => {
  it.each([
    [{}, 0],
    [{ updated: 1, unchanged: 2, planned: 3 }, 0],
    [{ updated: 9, invalid: 1 }, 1],
    [{ conflict: 1 }, 1],
    [{ rejected: 1 }, 1],
    [{ failed: 1 }, 1],
    [{ skipped: 1 }, 1],
    [{ unknown: 1 }, 4],
    [{ failed: 5, unknown: 1 }, 4],
  ])('of a run to its end with %j is %i', (counts, code) => {
    expect(exitCodeOf(totals(counts), undefined)).toBe(code);
  });

  it('of a run that stopped says so before anything else', () => {
    expect(exitCodeOf(totals({ unknown: 1 }), stop('interrupted'))).toBe(130);
    expect(exitCodeOf(totals(), stop('circuit-open'))).toBe(3);
  });
});

describe('progress', () => {
  it('names the rate and the rest once they mean something', () => {
    const counts = totals({ updated: 398, conflict: 2 });
    expect(progressLine({ done: 400, total: 1000, counts, elapsedMs: 40_000 })).toBe(
      '400 of 1000 rows · 10.0 a second · about 1 min 0 s left · updated 398, conflict 2',
    );
    expect(progressLine({ done: 0, total: 9, counts: totals(), elapsedMs: 0 })).toBe('0 of 9 rows');
  });

  it.each([
    [0, '0 ms'],
    [850, '850 ms'],
    [12_000, '12 s'],
    [59_700, '1 min 0 s'],
    [185_000, '3 min 5 s'],
    [7_440_000, '2 h 4 min'],
  ])('%i ms are %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });
});
