import { describe, expect, test } from 'vitest';

import { createCellGuard } from '../../src/results/sheet-guard.js';
import { withoutMarks } from '../../src/rows/sheet-mark.js';
import { DAMAGED_VALUES, FORMULA_PAYLOADS, PLAIN_VALUES } from '../helpers/formula-payloads.js';

const guardCell = createCellGuard();

test('there are 60 payloads', () => {
  expect(new Set(FORMULA_PAYLOADS).size).toBe(60);
});

describe('a cell', () => {
  test.each(FORMULA_PAYLOADS.map((value) => [value]))('%j is no formula any more', (value) => {
    const cell = guardCell(value);
    // As a whole, and as the parts that another delimiter would make of it.
    for (const part of [cell, ...cell.split(/[;,\r\n]/).slice(1)])
      expect(part).not.toMatch(/^[\s"'\p{C}]*(?<!\t[\s"'\p{C}]*)[=+\-@＝＋－＠]/u);
    expect(withoutMarks(cell)).toBe(value);
  });

  test.each(DAMAGED_VALUES.map((value) => [value]))('%j gets a tab', (value) => {
    expect(guardCell(value)).toBe(`\t${value}`);
    expect(withoutMarks(guardCell(value))).toBe(value);
  });

  test.each(PLAIN_VALUES.map((value) => [value]))('%j is left alone', (value) => {
    expect(guardCell(value)).toBe(value);
  });
});
