import { describe, expect, it } from 'vitest';

import { checkValue } from '../../src/rows/check-value.js';

const RULES = { countryRules: true, isText: false };
const codes = (...[field, value]: [Parameters<typeof checkValue>[0], string]): string[] =>
  checkValue(field, value, RULES).map(({ code }) => code);

describe('an e-mail address', () => {
  it.each([
    'ap@company.example',
    "o'neil+invoices@sub.company.example",
    'a@b.co',
    'ü@müller.example',
    '1@2.example',
  ])('%s is one', (value) => {
    expect(codes('email', value)).toEqual([]);
  });
  it.each([
    ...['a@.b.c', 'a@b..c', '.a@b.c', 'a.@b.c', 'a..b@c.d', 'a@b.', 'a@b', '@b.c', 'a@', 'a@b@c.d'],
    ...['a@-b.c', 'a@b-.c', 'a b@c.d', 'a@b.c,d@e.f', 'a@b.c; d@e.f', '<a@b.c>', 'A <a@b.c>'],
    ...['mailto:a@b.c', '"a"@b.c', 'a@b.c.', 'a\u200b@b.example', 'a(b)@c.d', 'a@[127.0.0.1]'],
  ])('%s is none', (value) => {
    expect(codes('email', value)).toEqual(['email-malformed']);
  });
  it('at microsoft.com is not taken; below it, it may be', () => {
    expect(codes('email', 'ap@Microsoft.com')).toEqual(['email-not-allowed']);
    expect(codes('email', 'ap@microsoft.com.example')).toEqual([]);
  });
  it('of 100,000 characters is judged at once', () => {
    const begun = performance.now();
    expect(codes('email', `${'a.'.repeat(50_000)}@`)).toEqual(['email-malformed']);
    expect(performance.now() - begun).toBeLessThan(1000);
  });
});

describe('a company name', () => {
  it.each(['1E', 'X1', '3M', '李宁', 'SAS', 'Inc. 21', 'Co & Sons', 'Ltd Brands Ltd', '3-5 Ltd'])(
    '%s is one',
    (value) => {
      expect(codes('companyName', value)).toEqual([]);
    },
  );
  it.each([
    'X',
    '李',
    '--',
    '&&&',
    '. . .',
    'Ltd',
    'Ltd.',
    'inc',
    'Inc., Ltd',
    'Co. Ltd',
    'L.L.C.',
  ])('%s is none', (value) => {
    expect(codes('companyName', value)).toEqual(['company-name-malformed']);
  });
});

describe('a country', () => {
  it.each(['US', 'GB', 'DE', 'XK', 'SS'])('%s is one', (value) => {
    expect(codes('country', value)).toEqual([]);
  });
  it.each([
    ['us', 'Did you mean US?'],
    ['UK', 'Did you mean GB?'],
    ['EL', 'Did you mean GR?'],
    ['Germany', 'Did you mean DE?'],
    ['USA', 'Did you mean US?'],
    ['Atlantis', 'Write the ISO code, for example US, DE or GB.'],
  ])('%s is none: %s', (value, hint) => {
    expect(checkValue('country', value, RULES)).toMatchObject([
      { code: 'country-malformed', hint },
    ]);
  });
  it('that is not assigned is none, unless country rules are off', () => {
    expect(codes('country', 'ZZ')).toEqual(['country-malformed']);
    expect(checkValue('country', 'ZZ', { ...RULES, countryRules: false })).toEqual([]);
    expect(checkValue('country', 'UK', { ...RULES, countryRules: false })).toHaveLength(1);
  });
});

it('what is marked as text was not read as anything', () => {
  expect(checkValue('addressLine1', '4-Mar', { ...RULES, isText: true })).toEqual([]);
  expect(codes('addressLine1', '4-Mar')).toEqual(['damaged-date']);
});

it('what a spreadsheet destroyed is not judged as well', () => {
  expect(codes('email', '#N/A')).toEqual(['damaged-error']);
  expect(codes('country', '#REF!')).toEqual(['damaged-error']);
});
