import { describe, expect, test } from 'vitest';

import { MONTH_NAMES } from '../../src/results/month-names.js';
import { guardCell } from '../../src/results/sheet-guard.js';
import { withoutMarks } from '../../src/rows/sheet-mark.js';
import { DAMAGED_VALUES, FORMULA_PAYLOADS, PLAIN_VALUES } from '../helpers/formula-payloads.js';

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

const LANGUAGES =
  'en de fr es pt it nl da sv nb fi pl cs sk sl hr hu ro bg el tr et lv lt ru uk ja ko zh th vi id';

test.each(LANGUAGES.split(' '))('the names of the months in %s are known', (language) => {
  const names = (['long', 'short'] as const).flatMap((month) => {
    const format = new Intl.DateTimeFormat(language, { month, day: 'numeric', timeZone: 'UTC' });
    return Array.from({ length: 12 }, (_, number) =>
      format.formatToParts(Date.UTC(2024, number, 1)).filter(({ type }) => type === 'month'),
    ).flat();
  });
  const words = names.flatMap(({ value }) => value.toLowerCase().match(/[\p{L}\p{M}]+/gu) ?? []);
  expect(words.filter((word) => !MONTH_NAMES.has(word))).toEqual([]);
});
