import { describe, expect, it } from 'vitest';

import { createDotnetMatches, translate } from '../../src/partner-center/dotnet-pattern.js';

describe('a pattern of .NET', () => {
  it.each<[string, string, boolean]>([
    ['^\\d{5}(-\\d{4})?$', '98052-8300', true],
    ['^\\d{5}(-\\d{4})?$', '9805', false],
    ['\\A\\d{4}\\z', '1234', true],
    ['\\A\\d{4}\\Z', '12345', false],
    ['(?i)^[a-z]\\d$', 'A1', true],
    ['(?is)^[a-z].$', 'A\n', true],
    ['^(?<area>\\d{3})-\\k<area>$', '425-425', true],
    ["^(?'area'\\d{3})$", '425', true],
    ['^[ \\-/.]+$', '-./ ', true],
    ['^\\d\\-\\d$', '1-2', true],
    ['^\\p{L}+$', 'Würzburg', true],
    ['^(?:a|b)(?=c)c$', 'ac', true],
    ['(?<!x)yz$', 'yz', true],
    ['\\d{3}', 'ab123cd', true],
    ['^[\\]\\[]$', ']', true],
  ])('%s on %j is %s', (pattern, value, expected) => {
    expect(createDotnetMatches().matches(pattern, value)).toBe(expected);
  });

  it.each([
    ['an atomic group', '^(?>a+)b$'],
    ['a possessive quantifier', '^a++b$'],
    ['a difference of classes', '^[a-z-[aeiou]]+$'],
    ['a comment', '^a(?#comment)$'],
    ['a flag in the middle', '^a(?i)b$'],
    ['a flag of its own', '(?x)^ a $'],
    ['a condition', '^(a)?(?(1)b|c)$'],
    ['a balancing group', '^(?<a>x)(?<b-a>y)$'],
    ['an escape of its own', '^\\e$'],
    ['the end of the last match', '\\Ga'],
    ['a block of Unicode', '^\\p{IsGreek}$'],
    ['the ends of the text between lines', '(?m)\\Aa\\z'],
    ['a bracket that comes first', '^[]a]$'],
    ['no end of a class', '^[a'],
    ['no end of a group', '^(a'],
    ['no pattern at all', '*'],
    ['too long', 'a'.repeat(3000)],
  ])('with %s stops nobody, and is named', (_, pattern) => {
    const { matches, unusable } = createDotnetMatches();
    expect(translate(pattern)).toBeUndefined();
    expect(matches(pattern, 'x')).toBeUndefined();
    expect(unusable()).toEqual([pattern]);
  });

  it('knows more digits and letters than one of JavaScript: then nobody is stopped', () => {
    const { matches } = createDotnetMatches();
    expect(matches('^\\d{3}$', '\u0661\u0662\u0663')).toBeUndefined();
    expect(matches('^\\w+$', 'Zürich')).toBeUndefined();
    expect(matches('^[0-9]{3}$', '\u0661\u0662\u0663')).toBe(false);
  });

  it('does not look at values that are no codes', () => {
    expect(createDotnetMatches().matches('^a+$', 'a'.repeat(300))).toBeUndefined();
  });
});

describe('a pattern that would run for ever', () => {
  it.each([
    ['(a+)+$', `${'a'.repeat(60)}!`],
    ['^(a|aa)+$', `${'a'.repeat(80)}!`],
    ['^(\\d+)*$', `${'1'.repeat(60)}x`],
    ['^(([a-z])+.)+[A-Z]([a-z])+$', 'a'.repeat(60)],
    ['^(?:\\s*\\d+\\s*)*$', `${'1 '.repeat(60)}x`],
  ])('%s is ended, and not tried again', (pattern, value) => {
    const { matches, unusable } = createDotnetMatches();
    const begun = performance.now();
    expect(matches(pattern, value)).toBeUndefined();
    // Ended at 100 ms; the machine may be busy.
    expect(performance.now() - begun).toBeLessThan(2000);
    const again = performance.now();
    for (let i = 0; i < 1000; i += 1) expect(matches(pattern, value)).toBeUndefined();
    expect(performance.now() - again).toBeLessThan(500);
    expect(unusable()).toEqual([pattern]);
  });

  it('leaves the others as they are', () => {
    const { matches } = createDotnetMatches();
    matches('(a+)+$', `${'a'.repeat(60)}!`);
    expect(matches('^\\d{5}$', '98052')).toBe(true);
  });
});
