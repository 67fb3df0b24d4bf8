import { describe, expect, it } from 'vitest';

import { FIELDS, type Field } from '../../src/profile/billing-profile.js';
import { findDamage } from '../../src/rows/damaged-cell.js';

const kindOf = (field: Field, value: string): string => {
  const damage = findDamage(field, value);
  return damage ? `${damage.code.slice(8)}${damage.isDoubtful ? '?' : ''}` : '';
};

describe('a cell that a spreadsheet damaged', () => {
  it.each(
    (
      '#N/A #REF! #VALUE! #NAME? #DIV/0! #NULL! #NUM! #SPILL! ### ##### ############ Err:502 Err:508 ' +
      '#NV #BEZUG! #WERT! #ZAHL! #VALEUR! #NOM? #¡VALOR! #¿NOMBRE? #N/D #RIF! #WAARDE! #n/a'
    ).split(' '),
  )('%s is an error in every field', (value) => {
    for (const field of FIELDS) expect([field, kindOf(field, value)]).toEqual([field, 'error']);
  });

  it.each([
    '4.25556E+09',
    '4,25556E+09',
    '1.23E+15',
    '1E+05',
    '-2.5E-07',
    '4.25556e+09',
    '1234567890123450',
    '12345678901234500000',
    '123456789012300',
  ])('%s is a number that lost its digits', (value) => {
    for (const field of FIELDS) expect([field, kindOf(field, value)]).toEqual([field, 'number']);
  });

  it.each([
    '03/04/2026',
    '3/4/2026',
    '12/31/2026',
    '31/12/2026',
    '03.04.2026',
    '25-12-2026',
    '2026-03-04',
    '2026/03/04',
    '2026-03-04 00:00:00',
    '2026-03-04T00:00:00Z',
    '12/31/2026 5:30 PM',
  ])('%s is a date', (value) => {
    expect(kindOf('addressLine1', value)).toBe('date');
    expect(kindOf('companyName', value)).toBe('date');
    expect(kindOf('postalCode', value)).toBe('date');
    // Pairs of digits are how some countries write numbers: said, not refused.
    expect(kindOf('phoneNumber', value)).toBe('date?');
  });

  it.each(['4-Mar', '04-Mar-26', '4-Mar-2026', 'Mar-26', '4. Mrz', '04. Okt', 'mars-26', '04/mar'])(
    '%s is a date, which a company might be called',
    (value) => {
      expect(kindOf('addressLine2', value)).toBe('date');
      expect(kindOf('postalCode', value)).toBe('date');
      expect(kindOf('companyName', value)).toBe('date?');
    },
  );

  it.each(['May 26', '26 May', 'March 15', '6 October', 'Mrz 26'])('%s may be meant', (value) => {
    for (const field of ['companyName', 'city', 'addressLine1'] as const)
      expect(kindOf(field, value)).toBe('date?');
  });
});

describe('what only looks like it', () => {
  it.each([
    ...['1E', '1E5', '3E', '3-5 Ltd', '2026 Main St', '3/4', '3-4', '12/1', '1/2 High Street'],
    ...['4255550100', '+14255550100', '123456789012345', '00501', '98052-8300', '1100-148', '0'],
    ...['May', 'March', 'Suite 26', 'Apt 4', 'mar26', 'Jan 3rd', '1st May', 'Mayor 5', '#1', '# 5'],
    ...['99/99/2026', '31/31/2026', '2026-13-01', '12/31/1066', '10.1.2', '1.2.3.4', '#ff0000'],
    ...['Errr:502', 'Err:5', 'E+09', '.5E+1', '4 E+09', '12:30', '2026', '100-0001', '01-234'],
  ])('%s is left alone', (value) => {
    for (const field of ['companyName', 'addressLine1', 'phoneNumber', 'postalCode'] as const)
      expect([field, kindOf(field, value)]).toEqual([field, '']);
  });

  it('words and long texts are never damage, in no time', () => {
    let state = 5;
    const below = (n: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * n);
    };
    const words = ['Mar', 'May', '26', 'Street', '2026', '#N/A', '4.2E+09', '03/04/2026', 'Suite'];
    for (let i = 0; i < 2000; i += 1) {
      const text = Array.from({ length: 3 + below(4) }, () => words[below(words.length)]).join(' ');
      // Three words of which one is no part of a date are an address.
      expect(kindOf('addressLine1', `${text} Street`)).toBe('');
    }
    expect(kindOf('addressLine1', '1'.repeat(1_000_000))).toBe('');
  });
});
