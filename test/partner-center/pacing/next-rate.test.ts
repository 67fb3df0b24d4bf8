import { describe, expect, it } from 'vitest';

import { MARGIN, nextRate, type Refusal } from '../../../src/partner-center/pacing/next-rate.js';

const REFUSAL: Refusal = {
  pace: 20,
  delivered: 5,
  held: 0,
  fit: undefined,
  isMeasured: true,
  believed: 0,
  settled: 0,
};
const after = (what: Partial<Refusal>) => nextRate({ ...REFUSAL, ...what });

describe('after a refusal', () => {
  it('settles a little below a close fit', () => {
    expect(after({ fit: { least: 8, most: 8 } })).toEqual({
      pace: 8 * MARGIN,
      ceiling: 8,
      mode: 'settled',
      believed: 8,
      isContradiction: false,
    });
  });

  it('settles below the refused pace, wherever the fit lies', () => {
    const { pace } = after({ fit: { least: 19.9, most: 20.5 } });
    expect(pace).toBeLessThan(20 * 0.99);
  });

  it('takes no close fit for a measurement where too little was answered', () => {
    expect(after({ fit: { least: 8, most: 8 }, isMeasured: false }).mode).toBe('search');
  });

  it('goes on from a single fit that what was delivered contradicts, and believes the second', () => {
    const fit = { least: 8, most: 8 };
    const first = after({ fit, delivered: 12 });
    expect(first).toMatchObject({ mode: 'search', pace: 8, ceiling: 20, believed: 8 });
    const second = after({ fit, delivered: 12, believed: first.believed });
    expect(second).toMatchObject({ mode: 'settled', pace: 8 * MARGIN });
  });

  it('goes back to the pace that it had left only to look for more', () => {
    const fit = { least: 2, most: 90 };
    expect(after({ settled: 18, fit })).toMatchObject({ mode: 'settled', pace: 18 });
    expect(after({ settled: 20, fit }).mode).toBe('search');
  });

  it('does not go back where nothing fits any more, and no measurement says that it was right', () => {
    expect(after({ settled: 18 }).mode).toBe('search');
    expect(after({ settled: 18, believed: 19 })).toMatchObject({ mode: 'settled', pace: 18 });
    // Too far below what was given in between.
    expect(after({ settled: 12, believed: 12.5 }).mode).toBe('search');
  });

  it('keeps the pace that had held', () => {
    expect(after({ held: 18, fit: { least: 2, most: 20 } }).pace).toBe(18);
  });

  it('otherwise halves what lies between what was delivered and the refused pace', () => {
    expect(after({}).pace).toBe(10);
    expect(after({ fit: { least: 12.8, most: 20 } }).pace).toBe(16);
    // The refused pace may lie far beyond what the answers leave.
    expect(after({ fit: { least: 7.2, most: 12.8 } }).pace).toBeCloseTo(9.6);
    expect(after({ held: 18, fit: { least: 7.2, most: 12.8 } }).pace).toBe(12.8 * MARGIN);
    expect(after({ fit: { least: 18, most: 21 }, isMeasured: false }).pace).toBe(18 * MARGIN);
  });

  it('says where the answers contradict each other', () => {
    expect(after({}).isContradiction).toBe(true);
    expect(after({ fit: { least: 2, most: 20 } }).isContradiction).toBe(false);
  });

  it('never goes on at the refused pace, or above', () => {
    for (const delivered of [0.1, 5, 19.9, 20, 40])
      for (const held of [0, 10, 19.9, 20, 30])
        for (const settled of [0, 19.95, 25])
          for (const fit of [undefined, { least: 1, most: 90 }, { least: 20, most: 21 }])
            expect(after({ delivered, held, settled, fit }).pace).toBeLessThan(20);
  });
});
