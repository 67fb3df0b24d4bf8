import { fieldValue } from '../profile/billing-profile.js';
import type { BillingProfile, Field } from '../profile/billing-profile.js';
import { faultAnswer, invalidProperty, textAnswer } from './answer.js';
import type { Answer } from './answer.js';
import { NEEDS_PHONE } from '../profile/country-rules.js';
import type { CountryRules } from './country-rules.js';
import type { RuleBook } from './rule-book.js';

const REQUIRED = ['email', 'companyName', 'country', 'city', 'addressLine1'] as const;

/** In characters. Source: documentation of the address resource. */
const LONGEST = {
  addressLine1: 200,
  addressLine2: 200,
  addressFirstName: 50,
  addressMiddleName: 50,
  addressLastName: 50,
} as const satisfies Partial<Record<Field, number>>;

/** Why the service would not store this profile, or undefined. One reason at a time, as it does. */
export function checkProfile(profile: BillingProfile, rulesOf: RuleBook): Answer | undefined {
  const value = (field: Field) => fieldValue(profile, field).trim();

  const missing = REQUIRED.find((field) => value(field) === '');
  if (missing !== undefined) return invalidMember(`The ${missing} is required.`);
  const long = Object.entries(LONGEST).find(([name, limit]) => value(name as Field).length > limit);
  if (long !== undefined) return invalidMember(`The ${long[0]} is longer than ${long[1]}.`);

  const country = value('country');
  const rules = rulesOf(country.toUpperCase());
  return rules === undefined ? unknownCountry(country) : checkAddress(value, rules);
}

/** Source: an issue about UK, where GB is right; it quotes the sentence and no code. */
export function unknownCountry(country: string): Answer {
  return textAnswer(400, `No validation rules were found for the country/region ${country}`);
}

function checkAddress(value: (field: Field) => string, rules: CountryRules): Answer | undefined {
  const [state, postalCode] = [value('state'), value('postalCode')];
  const states = rules.supportedStatesList;
  if (rules.isStateRequired && state === '') return invalidMember('The state is required.');
  if (state !== '' && states.length > 0 && !states.includes(state)) {
    return invalidProperty('StateInvalid');
  }
  // In the US a region is refused under the name of the state.
  if (rules.iso2Code === 'US' && value('region') !== '') return invalidProperty('StateInvalid');

  if (rules.isPostalCodeRequired && postalCode === '') {
    return invalidMember('The postalCode is required.');
  }
  const pattern = rules.postalCodeRegex;
  if (pattern !== undefined && postalCode !== '' && !new RegExp(pattern, 'u').test(postalCode)) {
    return invalidProperty('PostalCodeInvalid');
  }
  if (NEEDS_PHONE.has(rules.iso2Code) && value('phoneNumber') === '') {
    return faultAnswer(400, 600051, 'The phone number is required for this country.');
  }
  return undefined;
}

function invalidMember(description: string): Answer {
  return faultAnswer(400, 3000, description);
}
