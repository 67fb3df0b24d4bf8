import { describe, expect, it } from 'vitest';

import { BUNDLED_RULES, matchesBundled } from '../../src/profile/bundled-country-rules.js';
import { withFields, type Field } from '../../src/profile/billing-profile.js';
import { COUNTRY_CODES, suggestCountry } from '../../src/profile/countries.js';
import {
  findViolations,
  judgeProfile,
  NEEDS_PHONE,
  type CountryRules,
  type RulesAnswer,
} from '../../src/profile/country-rules.js';
import { US_STATES, suggestState } from '../../src/profile/states.js';
import { BASE } from '../helpers/scripted-service.js';

const rulesOf = (country: string, over: Partial<CountryRules> = {}): CountryRules => ({
  ...BUNDLED_RULES.get(country)!,
  source: 'service',
  ...over,
});

type Values = Partial<Record<Field, string>>;
const GOOD: Record<string, Values> = {
  US: { state: 'WA', city: 'Redmond', postalCode: '98052', phoneNumber: '4255550100' },
  DE: { city: 'Bonn', postalCode: '53111', state: '', phoneNumber: '' },
  PT: { city: 'Lisboa', postalCode: '1100-148', language: 'pt-PT', phoneNumber: '' },
};

const codes = (country: string, values: Values, over: Partial<CountryRules> = {}): string[] =>
  findViolations(
    (field) => ({ addressLine1: '1 Way', ...GOOD[country], ...values })[field] ?? '',
    rulesOf(country, over),
    matchesBundled,
  ).map(({ code, field }) => `${code} ${field}`);

describe('a rule', () => {
  it.each<[string, string, Values, string | undefined]>([
    ['a sound address', 'US', {}, undefined],
    ['a sound address', 'DE', {}, undefined],
    ['a sound address', 'PT', {}, undefined],
    ['ZIP+4', 'US', { postalCode: '98052-8300' }, undefined],
    ['state missing', 'US', { state: '' }, 'state-missing state'],
    ['state not needed', 'DE', { state: '' }, undefined],
    ['state of another list', 'US', { state: 'ON' }, 'state-not-listed state'],
    ['state by its name', 'US', { state: 'Washington' }, 'state-not-listed state'],
    ['state in small letters', 'US', { state: 'wa' }, 'state-not-listed state'],
    ['a territory', 'US', { state: 'PR' }, 'state-not-listed state'],
    ['any state without a list', 'DE', { state: 'NRW' }, undefined],
    ['region in the US', 'US', { region: 'West' }, 'region-not-empty region'],
    ['region elsewhere', 'DE', { region: 'West' }, undefined],
    ['city missing', 'US', { city: '' }, 'city-missing city'],
    ['first line missing', 'US', { addressLine1: '' }, 'address-missing addressLine1'],
    ['postal code missing', 'US', { postalCode: '' }, 'postal-code-missing postalCode'],
    ['postal code of letters', 'US', { postalCode: 'ABCDE' }, 'postal-code-malformed postalCode'],
    ['postal code too long', 'US', { postalCode: '980521' }, 'postal-code-malformed postalCode'],
    ['one zero lost', 'US', { postalCode: '2139' }, 'postal-code-damaged postalCode'],
    ['two zeros lost', 'US', { postalCode: '501' }, 'postal-code-damaged postalCode'],
    ['one zero lost', 'DE', { postalCode: '1067' }, 'postal-code-damaged postalCode'],
    ['three digits short', 'US', { postalCode: '50' }, 'postal-code-malformed postalCode'],
    ['phone not needed', 'US', { phoneNumber: '' }, undefined],
    ['phone with separators', 'US', { phoneNumber: '1 (425) 555-0100' }, undefined],
    ['phone in E.164', 'US', { phoneNumber: '+1 425 555 0100' }, 'phone-malformed phoneNumber'],
    ['phone with letters', 'US', { phoneNumber: '1-800-MICROS' }, 'phone-malformed phoneNumber'],
    ['any phone without a pattern', 'DE', { phoneNumber: '+49 228 1' }, undefined],
    ['culture of the list', 'US', { culture: 'es-US' }, undefined],
    ['culture in other letters', 'US', { culture: 'EN-us' }, undefined],
    ['culture of another country', 'US', { culture: 'de-DE' }, 'culture-not-listed culture'],
    ['any culture without a list', 'DE', { culture: 'en-US' }, undefined],
    ['language of the list', 'US', { language: 'es' }, undefined],
    ['language in other letters', 'US', { language: 'En' }, undefined],
    ['language with its country', 'PT', { language: 'pt' }, 'language-not-listed language'],
  ])('%s, %s %j', (_, country, values, expected) => {
    expect(codes(country, values)).toEqual(expected === undefined ? [] : [expected]);
  });

  it('says nothing of what nobody knows', () => {
    const none = findViolations(() => undefined, rulesOf('US'), matchesBundled);
    expect(none).toEqual([]);
    expect(
      findViolations(
        (field) => (field === 'postalCode' ? 'x' : undefined),
        rulesOf('US'),
        () => undefined,
      ),
    ).toEqual([]);
  });

  it('makes a phone number mandatory where the service does', () => {
    expect(NEEDS_PHONE.size).toBe(24);
    for (const country of ['BR', 'IN', 'PL', 'TR', 'UA', 'ZA'])
      expect(codes(country, { city: 'X', phoneNumber: '' })).toContain(
        'phone-required phoneNumber',
      );
  });

  it('is certain from the service; of the bundled ones only what is known', () => {
    const bad: Values = {
      state: 'XX',
      region: 'x',
      postalCode: 'x',
      phoneNumber: 'x',
      culture: 'x',
    };
    const certain = (source: CountryRules['source']) =>
      findViolations((field) => bad[field], rulesOf('US', { source }), matchesBundled)
        .filter(({ isCertain }) => isCertain)
        .map(({ field }) => field);
    expect(certain('service')).toEqual(['state', 'region', 'postalCode', 'phoneNumber', 'culture']);
    expect(certain('bundled')).toEqual(['state', 'region']);
  });

  it.each<[string, Values, string]>([
    ['US', { state: 'Washington' }, 'WA'],
    ['US', { state: 'd.c.' }, 'DC'],
    ['US', { postalCode: '2139' }, '02139'],
    ['US', { phoneNumber: '+1 425 555 0100' }, '425 555 0100'],
    ['US', { phoneNumber: '0014255550100' }, '4255550100'],
    ['CA', { state: 'Québec', postalCode: 'K1A 0B1' }, 'QC'],
  ])('of %s proposes for %j: %s', (country, values, suggestion) => {
    const [found] = findViolations((field) => values[field], rulesOf(country), matchesBundled);
    expect(found?.suggestion).toBe(suggestion);
  });
});

describe('a violation stops a row', () => {
  const service: RulesAnswer = { kind: 'rules', rules: rulesOf('US') };
  const live = withFields(BASE, [
    ['state', 'WA'],
    ['postalCode', 'rotten'],
    ['addressLine1', '1 Way'],
  ]);
  const judge = (values: Values, answer: RulesAnswer = service) => {
    const result = withFields(live, Object.entries(values) as [Field, string][]);
    const { caused, standing } = judgeProfile(live, result, answer, matchesBundled);
    return { caused: caused.map(({ code }) => code), standing: standing.map(({ code }) => code) };
  };

  it('not where it stood before and the row leaves the field alone', () => {
    expect(judge({ city: 'Seattle' })).toEqual({ caused: [], standing: ['postal-code-malformed'] });
  });
  it('where the row sets another value that is wrong too', () => {
    expect(judge({ postalCode: 'worse' })).toEqual({
      caused: ['postal-code-malformed'],
      standing: [],
    });
  });
  it('where the row puts the old value under the rules of another country', () => {
    const german: RulesAnswer = { kind: 'rules', rules: rulesOf('DE') };
    expect(judge({ country: 'DE' }, german).caused).toEqual(['postal-code-malformed']);
  });
  it('where the service does not know the country that the row sets', () => {
    expect(judge({ country: 'XK' }, { kind: 'unknown-country' }).caused).toEqual([
      'country-unknown',
    ]);
    expect(judge({ city: 'Seattle' }, { kind: 'unknown-country' })).toEqual({
      caused: [],
      standing: ['country-unknown'],
    });
  });
  it('never where no rules are to be had', () => {
    expect(judge({ postalCode: 'worse' }, { kind: 'none' })).toEqual({ caused: [], standing: [] });
  });
});

describe('countries and states', () => {
  it('are all there', () => {
    // 249 of ISO 3166-1, and XK.
    expect(COUNTRY_CODES.size).toBe(250);
    expect(US_STATES).toHaveLength(51);
    const names = new Intl.DisplayNames(['en'], { type: 'region' });
    for (const code of COUNTRY_CODES) expect([code, names.of(code) !== code]).toEqual([code, true]);
  });

  it.each([
    ['us', 'US'],
    ['Gb', 'GB'],
    ['UK', 'GB'],
    ['USA', 'US'],
    ['Germany', 'DE'],
    ['united  kingdom', 'GB'],
    ['Deutschland', 'DE'],
    ['Atlantis', undefined],
    ['', undefined],
  ])('%j is meant as %s', (text, code) => {
    expect(suggestCountry(text)).toBe(code);
  });

  it('a state that is none has no proposal', () => {
    expect(suggestState('US', 'Bavaria', US_STATES)).toBeUndefined();
    expect(suggestState('DE', '', US_STATES)).toBeUndefined();
  });
});
