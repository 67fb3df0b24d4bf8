/**
 * What an address must be in its country: rules × values → what breaks them. Pure; patterns are
 * matched by whoever is given, since those of the service come from outside.
 * Source: GET /v1/countryvalidationrules/{iso2} (partner-center-api.md, 5.2), and refusals of the
 * service that its answer does not speak of (1.3).
 */
import { fieldValue, type BillingProfile, type Field } from './billing-profile.js';
import { suggestCountry } from './countries.js';
import { withLostZeros } from './lost-zeros.js';
import { suggestState } from './states.js';

export interface CountryRules {
  /** ISO 3166-1 alpha-2, in capitals. */
  readonly iso2Code: string;
  /** Asked of the service, or brought along. */
  readonly source: 'service' | 'bundled';
  readonly isStateRequired: boolean;
  readonly isCityRequired: boolean;
  readonly isPostalCodeRequired: boolean;
  /** Empty: nothing is said of them. So are the other lists. */
  readonly states: readonly string[];
  readonly languages: readonly string[];
  readonly cultures: readonly string[];
  readonly callingCodes: readonly string[];
  readonly postalCodeRegex?: string;
  readonly phoneNumberRegex?: string;
}

/** What is to be had of the rules of a country. */
export type RulesAnswer =
  | {
      readonly kind: 'rules';
      readonly rules: CountryRules;
      /** Why these are the bundled ones, where the service was to be asked. */
      readonly instead?: string;
    }
  /** The service has no rules for it, and so takes no address there. */
  | { readonly kind: 'unknown-country' }
  /** Nothing is known; the service decides when it is sent the update. */
  | { readonly kind: 'none'; readonly instead?: string };

/** Whether a value matches a pattern; undefined where that cannot be told. */
export type Matches = (pattern: string, value: string) => boolean | undefined;

export interface Violation {
  readonly code:
    | 'country-unknown'
    | 'state-missing'
    | 'state-not-listed'
    | 'region-not-empty'
    | 'city-missing'
    | 'address-missing'
    | 'postal-code-missing'
    | 'postal-code-damaged'
    | 'postal-code-malformed'
    | 'phone-required'
    | 'phone-malformed'
    | 'culture-not-listed'
    | 'language-not-listed';
  readonly field: Field;
  readonly value: string;
  readonly message: string;
  readonly hint: string;
  /** Whether the service is known to go by this rule: a guess only warns. */
  readonly isCertain: boolean;
  /** What the value was probably meant to be. */
  readonly suggestion?: string;
}

/** Fields that the rules speak of: a row that changes none of them needs no rules. */
export const RULED_FIELDS: ReadonlySet<Field> = new Set<Field>([
  'country',
  'region',
  'state',
  'city',
  'addressLine1',
  'postalCode',
  'phoneNumber',
  'culture',
  'language',
]);

/** Source: documentation of code 600051, and its newer table (partner-center-api.md, 1.3). */
export const NEEDS_PHONE: ReadonlySet<string> = new Set(
  'AM AZ BY HU IN KZ KG MD RU TJ UZ UA BR ZA PL AE SA TR TH VN MM IQ SS VE'.split(' '),
);

/** Countries whose list of states is known without asking. */
const KNOWN_STATES = new Set(['US', 'CA']);

/** A value that is looked at: undefined where nobody knows it, '' where there is none. */
export type ValueOf = (field: Field) => string | undefined;

/** Everything that breaks the rules, field by field. */
export function findViolations(
  valueOf: ValueOf,
  rules: CountryRules,
  matches: Matches,
): readonly Violation[] {
  const given: Given = { valueOf, rules, matches, found: [] };
  findInState(given);
  findInPlace(given);
  findInPostalCode(given);
  findInPhone(given);
  findInList(given, 'culture', rules.cultures);
  findInList(given, 'language', rules.languages);
  return given.found;
}

/** What a change of the profile brings about, and what was wrong before and stays so. */
export interface Judgement {
  readonly caused: readonly Violation[];
  readonly standing: readonly Violation[];
}

export function judgeProfile(
  live: BillingProfile,
  result: BillingProfile,
  answer: RulesAnswer,
  matches: Matches,
): Judgement {
  const found = violationsOf(result, answer, matches);
  // In another country every rule is another one: what breaks it was not there before.
  const isSameCountry = countryOf(live) === countryOf(result);
  const before = isSameCountry ? violationsOf(live, answer, matches) : [];
  const stood = (violation: Violation): boolean =>
    before.some(
      ({ code, field, value }) =>
        code === violation.code && field === violation.field && value === violation.value,
    );
  return {
    caused: found.filter((violation) => !stood(violation)),
    standing: found.filter(stood),
  };
}

export const countryOf = (profile: BillingProfile): string => fieldValue(profile, 'country');

function violationsOf(
  profile: BillingProfile,
  answer: RulesAnswer,
  matches: Matches,
): readonly Violation[] {
  switch (answer.kind) {
    case 'none':
      return [];
    case 'unknown-country':
      return [unknownCountry(countryOf(profile))];
    case 'rules':
      return findViolations((field) => fieldValue(profile, field), answer.rules, matches);
  }
}

function unknownCountry(country: string): Violation {
  const suggestion = suggestCountry(country);
  return {
    code: 'country-unknown',
    field: 'country',
    value: country,
    message:
      country === '' ? 'An address needs a country.' : `The service knows no country ${country}.`,
    hint:
      suggestion === undefined
        ? 'Write the ISO code of the country, two capitals: US, DE, GB.'
        : `Did you mean ${suggestion}?`,
    isCertain: true,
    ...(suggestion !== undefined && { suggestion }),
  };
}

interface Given {
  readonly valueOf: ValueOf;
  readonly rules: CountryRules;
  readonly matches: Matches;
  readonly found: Violation[];
}

function findInState({ valueOf, rules, found }: Given): void {
  const { iso2Code, states, source } = rules;
  const state = valueOf('state');
  const isCertain = source === 'service' || KNOWN_STATES.has(iso2Code);
  if (state === '' && rules.isStateRequired) {
    found.push({
      code: 'state-missing',
      field: 'state',
      value: '',
      message: `An address in ${iso2Code} needs a state.`,
      hint: 'Fill in state.',
      isCertain: source === 'service',
    });
  } else if (state !== undefined && state !== '' && states.length > 0 && !states.includes(state)) {
    const suggestion = suggestState(iso2Code, state, states);
    found.push({
      code: 'state-not-listed',
      field: 'state',
      value: state,
      message: `${iso2Code} has no state of that name.`,
      hint:
        suggestion !== undefined
          ? `Did you mean ${suggestion}?`
          : iso2Code === 'US' && US_TERRITORIES.has(state)
            ? 'The territories of the US have a country code of their own: PR, GU, VI, AS, MP.'
            : `Write it as the service lists it, for example ${states.slice(0, 3).join(', ')}.`,
      isCertain,
      ...(suggestion !== undefined && { suggestion }),
    });
  }
  const region = valueOf('region');
  // Not in the answer of the service, but it refuses it, with code 27002 (observed).
  if (iso2Code === 'US' && region !== undefined && region !== '') {
    found.push({
      code: 'region-not-empty',
      field: 'region',
      value: region,
      message: 'In the US the region must be empty.',
      hint: 'Empty it with <clear>; the state belongs into state.',
      isCertain: true,
    });
  }
}

const US_TERRITORIES = new Set(['PR', 'GU', 'VI', 'AS', 'MP']);

function findInPlace({ valueOf, rules: { iso2Code, isCityRequired, source }, found }: Given): void {
  if (isCityRequired && valueOf('city') === '') {
    found.push({
      code: 'city-missing',
      field: 'city',
      value: '',
      message: `An address in ${iso2Code} needs a city.`,
      hint: 'Fill in city.',
      isCertain: source === 'service',
    });
  }
  // Documented with at least one character.
  if (valueOf('addressLine1') === '') {
    found.push({
      code: 'address-missing',
      field: 'addressLine1',
      value: '',
      message: 'An address needs its first line.',
      hint: 'Fill in addressLine1.',
      isCertain: source === 'service',
    });
  }
}

function findInPostalCode({ valueOf, rules, matches, found }: Given): void {
  const { iso2Code, postalCodeRegex: pattern, source } = rules;
  const value = valueOf('postalCode');
  if (value === undefined || (value !== '' && pattern === undefined)) return;
  const isCertain = source === 'service';
  if (value === '') {
    if (!rules.isPostalCodeRequired) return;
    found.push({
      code: 'postal-code-missing',
      field: 'postalCode',
      value,
      message: `An address in ${iso2Code} needs a postal code.`,
      hint: 'Fill in postalCode.',
      isCertain,
    });
    return;
  }
  if (pattern === undefined || matches(pattern, value) !== false) return;
  const padded = withLostZeros(value, (code) => matches(pattern, code));
  if (padded !== undefined) {
    found.push({
      code: 'postal-code-damaged',
      field: 'postalCode',
      value,
      message: `This is no postal code of ${iso2Code}: a spreadsheet may have taken the leading zero off.`,
      hint: `Did you mean ${padded}? --repair applies this.`,
      // The damage is evidence of its own, whoever the rule is from.
      isCertain: true,
      suggestion: padded,
    });
    return;
  }
  found.push({
    code: 'postal-code-malformed',
    field: 'postalCode',
    value,
    message: `This is no postal code of ${iso2Code}.`,
    hint: 'Compare it with the address; look whether the country is right too.',
    isCertain,
  });
}

function findInPhone({ valueOf, rules, matches, found }: Given): void {
  const { iso2Code, phoneNumberRegex: pattern, source, callingCodes } = rules;
  const value = valueOf('phoneNumber');
  if (value === undefined) return;
  const isCertain = source === 'service';
  if (value === '') {
    if (!NEEDS_PHONE.has(iso2Code)) return;
    found.push({
      code: 'phone-required',
      field: 'phoneNumber',
      value,
      message: `A phone number is mandatory in ${iso2Code}.`,
      hint: 'Fill in phoneNumber.',
      isCertain,
    });
    return;
  }
  if (pattern === undefined || matches(pattern, value) !== false) return;
  const suggestion = withoutCallingCode(value, callingCodes).find(
    (number) => matches(pattern, number) === true,
  );
  found.push({
    code: 'phone-malformed',
    field: 'phoneNumber',
    value,
    message: `The phone number is not in the form that ${iso2Code} asks for.`,
    hint:
      suggestion === undefined
        ? 'Write it as people in that country do, without letters and extension.'
        : 'Write it without the calling code of the country.',
    isCertain,
    ...(suggestion !== undefined && { suggestion }),
  });
}

/** The service's pattern for the US takes no `+1` (recorded). */
function withoutCallingCode(number: string, callingCodes: readonly string[]): string[] {
  const prefix = /^(?:\+|00)\s*(?=.*$)/.exec(number)?.[0];
  if (prefix === undefined) return [];
  const international = number.slice(prefix.length);
  return callingCodes
    .filter((code) => code !== '' && international.startsWith(code))
    .map((code) => international.slice(code.length).replace(/^[\s\-./]+/, ''));
}

/** Letter case aside: the service stores `EN-US` as `en-US`, and takes `En` as it is (observed). */
function findInList(
  { valueOf, rules: { iso2Code, source }, found }: Given,
  field: 'culture' | 'language',
  listed: readonly string[],
): void {
  const value = valueOf(field);
  if (value === undefined || value === '' || listed.length === 0 || listed.includes(value)) return;
  if (listed.some((entry) => entry.toLowerCase() === value.toLowerCase())) return;
  found.push({
    code: `${field}-not-listed`,
    field,
    value,
    message: `The service does not offer this ${field} in ${iso2Code}.`,
    hint: `It offers ${listed.slice(0, 10).join(', ')}${listed.length > 10 ? ' and more' : ''}.`,
    isCertain: source === 'service',
  });
}
