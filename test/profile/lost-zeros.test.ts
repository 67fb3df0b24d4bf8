import { describe, expect, it } from 'vitest';

import { BUNDLED_RULES, matchesBundled } from '../../src/profile/bundled-country-rules.js';
import { isLiveWithoutZeros, withLostZeros } from '../../src/profile/lost-zeros.js';

const fits = (country: string) => (code: string) =>
  matchesBundled(BUNDLED_RULES.get(country)!.postalCodeRegex!, code);

describe('zeros that a spreadsheet took', () => {
  it.each([
    ['US', '2139', '02139'],
    ['US', '501', '00501'],
    ['DE', '1067', '01067'],
    ['FR', '6000', '06000'],
    ['BR', '1001000', '01001000'],
    ['JP', '600000', '0600000'],
    ['SG', '18956', '018956'],
    ['US', '98052', undefined],
    ['US', '98052-8300', undefined],
    ['US', '50', undefined],
    ['US', '0213', undefined],
    ['US', '0', undefined],
    ['US', '980520', undefined],
    ['GB', '1234', undefined],
    ['NL', '123', undefined],
    ['PL', '1234', undefined],
  ])('%s %s: %s', (country, code, expected) => {
    expect(withLostZeros(code, fits(country))).toBe(expected);
  });

  it('are not proposed where two lengths fit, or nobody knows', () => {
    expect(withLostZeros('12', (code) => /^(\d{3}|\d{4})$/.test(code))).toBeUndefined();
    expect(withLostZeros('12', () => undefined)).toBeUndefined();
  });

  it('of every US and German code are given back, or it is none that lost one', () => {
    for (const country of ['US', 'DE']) {
      for (let number = 100; number < 100_000; number += 37) {
        const code = String(number).padStart(5, '0');
        const damaged = String(number);
        expect(withLostZeros(damaged, fits(country)) ?? damaged).toBe(code);
        expect(isLiveWithoutZeros(damaged, code)).toBe(code !== damaged);
      }
    }
  });

  it.each([
    ['2139', '02139', true],
    ['501', '00501', true],
    ['2139', '2139', false],
    ['02139', '2139', false],
    ['2139', '02139-4307', false],
    ['', '00', false],
    ['0', '00', false],
  ])('%j is the live %j without them: %s', (code, live, expected) => {
    expect(isLiveWithoutZeros(code, live)).toBe(expected);
  });
});
