import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { holdsMark, withMarks, withoutMarks } from '../../src/rows/sheet-mark.js';

/** Texts made of what the mark is about, and texts of anything at all. */
const pieces = fc.constantFrom(
  ...[
    '\t',
    '\t\t',
    '=',
    '+',
    '-',
    '@',
    '＝',
    ';',
    ',',
    '\n',
    '\r',
    '\r\n',
    '"',
    "'",
    ' ',
    '\u00a0',
  ],
  ...['\u200b', '\0', 'x', '=1+1', 'Suite 4', '00501', '\ud800', '😀', 'é', '\u001b'],
);
const texts = fc.oneof(
  fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 40 }),
);
const RUNS = { numRuns: 20_000 };

describe('the mark', () => {
  test('comes off exactly, of every text there is', () => {
    fc.assert(
      fc.property(texts, fc.boolean(), (text, isEndangered) => {
        expect(withoutMarks(withMarks(text, isEndangered))).toBe(text);
      }),
      RUNS,
    );
  });

  test('leaves no two texts alike', () => {
    const endangered = (text: string): boolean => text.length % 2 === 0;
    const seen = new Map<string, string>();
    fc.assert(
      fc.property(texts, (text) => {
        const cell = withMarks(text, endangered(text));
        expect(seen.get(cell) ?? text).toBe(text);
        seen.set(cell, text);
      }),
      RUNS,
    );
  });

  test('stands where a formula could begin, whatever the delimiter of who opens the file', () => {
    fc.assert(
      fc.property(texts, (text) => {
        for (const cell of withMarks(text, true)
          .split(/[;,\r\n]/)
          .slice(1)) {
          expect(cell).not.toMatch(/^[\s"']*(?<!\t)[=+\-@＝]/);
        }
      }),
      RUNS,
    );
  });

  test.each([
    ['=1+1', true, '\t=1+1'],
    ['=1+1', false, '=1+1'],
    ['\tx', false, '\t\tx'],
    ['a;=1', false, 'a;\t=1'],
    ['a; "=1', false, 'a; "\t=1'],
    ['a;\t=1', false, 'a;\t\t=1'],
    ['line\n+44', false, 'line\n\t+44'],
    ['a-b, c=d', false, 'a-b, c=d'],
    ['invoices@x.example', false, 'invoices@x.example'],
  ])('%j, endangered: %s → %j', (text, isEndangered, cell) => {
    expect(withMarks(text, isEndangered)).toBe(cell);
    expect(holdsMark(cell)).toBe(/;.*\t[=]|\n\t/.test(cell));
  });

  test('is found in a long cell at once', () => {
    const spaces = `;${' '.repeat(1_000_000)}`;
    const started = performance.now();
    expect(withoutMarks(withMarks(`${spaces}=1`, false))).toBe(`${spaces}=1`);
    expect(withoutMarks(withMarks(spaces.repeat(2), true))).toBe(spaces.repeat(2));
    expect(performance.now() - started).toBeLessThan(2000);
  });
});
