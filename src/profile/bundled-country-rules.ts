/**
 * What billpatch knows of countries without asking: for `check`, which uses no network, and where the
 * service does not answer. As of November 2026. US is as the service's answer was recorded (2019),
 * with the pattern of phone numbers rebuilt from its description; of PT the postal code and language
 * were recorded (2021). Everything else is what post offices publish, which need not be what the
 * service asks for: so only what is marked in country-rules.ts as certain ever stops a row by these.
 */
import type { CountryRules, Matches } from './country-rules.js';
import { CA_STATES, US_STATES } from './states.js';

/** Country, calling code, the form of a postal code. */
const POSTAL_CODES = [
  ['AT', '43', '\\d{4}'],
  ['AU', '61', '\\d{4}'],
  ['BE', '32', '\\d{4}'],
  ['BR', '55', '\\d{5}-?\\d{3}'],
  ['CA', '1', '[A-Za-z]\\d[A-Za-z] ?\\d[A-Za-z]\\d'],
  ['CH', '41', '\\d{4}'],
  ['CN', '86', '\\d{6}'],
  ['CZ', '420', '\\d{3} ?\\d{2}'],
  ['DE', '49', '\\d{5}'],
  ['DK', '45', '\\d{4}'],
  ['ES', '34', '\\d{5}'],
  ['FI', '358', '\\d{5}'],
  ['FR', '33', '\\d{5}'],
  ['GB', '44', '[A-Za-z]{1,2}\\d[A-Za-z\\d]? ?\\d[A-Za-z]{2}'],
  ['HU', '36', '\\d{4}'],
  ['IN', '91', '\\d{6}'],
  ['IT', '39', '\\d{5}'],
  ['JP', '81', '\\d{3}-?\\d{4}'],
  ['KR', '82', '\\d{5}'],
  ['KZ', '7', '\\d{6}'],
  ['LU', '352', '\\d{4}'],
  ['MD', '373', '(MD-?)?\\d{4}'],
  ['MX', '52', '\\d{5}'],
  ['NL', '31', '\\d{4} ?[A-Za-z]{2}'],
  ['NO', '47', '\\d{4}'],
  ['NZ', '64', '\\d{4}'],
  ['PL', '48', '\\d{2}-\\d{3}'],
  ['PT', '351', '\\d{4}(-\\d{3})?'],
  ['RO', '40', '\\d{6}'],
  ['SE', '46', '\\d{3} ?\\d{2}'],
  ['SG', '65', '\\d{6}'],
  ['TR', '90', '\\d{5}'],
  ['UA', '380', '\\d{5}'],
  ['US', '1', '\\d{5}(-\\d{4})?'],
  ['ZA', '27', '\\d{4}'],
] as const;

/** What is known beyond the form of postal codes. */
const PARTICULAR: Readonly<Record<string, Partial<CountryRules>>> = {
  US: {
    isStateRequired: true,
    isCityRequired: true,
    isPostalCodeRequired: true,
    states: US_STATES,
    languages: ['en', 'es'],
    cultures: ['en-US', 'es-US'],
    phoneNumberRegex: '^(1[ \\-/.]*)?(\\(\\d{3}\\)|\\d{3})[ \\-/.]*\\d{3}[ \\-/.]*\\d{4}$',
  },
  CA: { states: CA_STATES },
  PT: { languages: ['pt-PT'] },
};

export const BUNDLED_RULES: ReadonlyMap<string, CountryRules> = new Map(
  POSTAL_CODES.map(([iso2Code, callingCode, digits]) => [
    iso2Code,
    {
      iso2Code,
      source: 'bundled',
      isStateRequired: false,
      isCityRequired: false,
      isPostalCodeRequired: false,
      states: [],
      languages: [],
      cultures: [],
      callingCodes: [callingCode],
      postalCodeRegex: `^${digits}$`,
      ...PARTICULAR[iso2Code],
    } satisfies CountryRules,
  ]),
);

const COMPILED: ReadonlyMap<string, RegExp> = new Map(
  [...BUNDLED_RULES.values()]
    .flatMap(({ postalCodeRegex, phoneNumberRegex }) => [postalCodeRegex, phoneNumberRegex])
    .filter((pattern) => pattern !== undefined)
    .map((pattern) => [pattern, new RegExp(pattern)]),
);

/** For the patterns of this file, which are known to be harmless. */
export const matchesBundled: Matches = (pattern, value) => COMPILED.get(pattern)?.test(value);
