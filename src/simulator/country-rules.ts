import { BR_STATES, CA_STATES, CN_STATES, US_STATES } from './state-lists.js';

/**
 * An answer to GET /countryvalidationrules/{iso2}, in the shape that was recorded for US and PT, not
 * the older one of the documentation. What a country does not have is left out of the answer.
 */
export interface CountryRules {
  readonly iso2Code: string;
  readonly defaultCulture: string;
  readonly isStateRequired: boolean;
  readonly supportedStatesList: readonly string[];
  readonly supportedLanguagesList: readonly string[];
  readonly supportedCulturesList: readonly string[];
  readonly isPostalCodeRequired: boolean;
  readonly postalCodeRegex?: string;
  readonly isCityRequired: boolean;
  readonly isVatIdSupported: boolean;
  readonly vatIdRegex?: string;
  readonly taxIdFormat?: string;
  readonly taxIdSample?: string;
  readonly phoneNumberRegex?: string;
  readonly isTaxIdSupported: boolean;
  readonly isTaxIdOptional: boolean;
  readonly countryCallingCodesList: readonly string[];
  readonly attributes: { readonly objectType: 'CountryValidationRules' };
}

/** Countries in which a profile must have a phone number. Source: documentation of code 600051. */
export const NEEDS_PHONE: ReadonlySet<string> = new Set(
  'AM AZ BY HU IN KZ KG MD RU TJ UZ UA BR ZA PL AE SA TR TH VN MM IQ SS VE'.split(' '),
);

/** US is as recorded, PT nearly; the others are guesses in the same shape. */
const DETAILED: readonly CountryRules[] = [
  rules('US', 'en-US es-US', 'en es', '1', {
    isStateRequired: true,
    supportedStatesList: US_STATES,
    postalCodeRegex: '^\\d{5}(-\\d{4})?$',
    phoneNumberRegex: '^(1[ \\-/.]*)?(\\(\\d{3}\\)|\\d{3})[ \\-/.]*\\d{3}[ \\-/.]*\\d{4}$',
    isTaxIdSupported: true,
    isTaxIdOptional: true,
  }),
  rules('PT', 'pt-PT', 'pt-PT', '351', {
    postalCodeRegex: '^\\d{4}(-\\d{3})?$',
    isVatIdSupported: true,
    vatIdRegex: '^(PT)?\\d{9}$',
    taxIdFormat: '999999999',
    taxIdSample: '123456789',
  }),
  rules('GB', 'en-GB', 'en', '44', {
    postalCodeRegex: '^[A-Za-z]{1,2}\\d[A-Za-z\\d]? ?\\d[A-Za-z]{2}$',
    isVatIdSupported: true,
  }),
  rules('CA', 'en-CA fr-CA', 'en fr', '1', {
    isStateRequired: true,
    supportedStatesList: CA_STATES,
    postalCodeRegex: '^[A-Za-z]\\d[A-Za-z] ?\\d[A-Za-z]\\d$',
  }),
  rules('BR', 'pt-BR', 'pt', '55', {
    isStateRequired: true,
    supportedStatesList: BR_STATES,
    postalCodeRegex: '^\\d{5}-?\\d{3}$',
  }),
  rules('CN', 'zh-CN', 'zh-CHS', '86', {
    isStateRequired: true,
    supportedStatesList: CN_STATES,
    postalCodeRegex: '^\\d{6}$',
  }),
  rules('IN', 'en-IN', 'en', '91', { isStateRequired: true, postalCodeRegex: '^\\d{6}$' }),
  rules('JP', 'ja-JP', 'ja', '81', { postalCodeRegex: '^\\d{3}-?\\d{4}$' }),
  rules('IE', 'en-IE', 'en', '353', { isPostalCodeRequired: false }),
  rules('AE', 'en-AE', 'en', '971', { isPostalCodeRequired: false }),
];

/** Country, culture, calling code, digits of a postal code: all guesses, and enough for a rehearsal. */
const PLAIN = [
  ['AT', 'de-AT', '43', '\\d{4}'],
  ['AU', 'en-AU', '61', '\\d{4}'],
  ['BE', 'nl-BE', '32', '\\d{4}'],
  ['CH', 'de-CH', '41', '\\d{4}'],
  ['CZ', 'cs-CZ', '420', '\\d{3} ?\\d{2}'],
  ['DE', 'de-DE', '49', '\\d{5}'],
  ['DK', 'da-DK', '45', '\\d{4}'],
  ['ES', 'es-ES', '34', '\\d{5}'],
  ['FI', 'fi-FI', '358', '\\d{5}'],
  ['FR', 'fr-FR', '33', '\\d{5}'],
  ['HU', 'hu-HU', '36', '\\d{4}'],
  ['IT', 'it-IT', '39', '\\d{5}'],
  ['KR', 'ko-KR', '82', '\\d{5}'],
  ['KZ', 'ru-KZ', '7', '\\d{6}'],
  ['LU', 'fr-LU', '352', '\\d{4}'],
  ['MD', 'ro-MD', '373', '(MD-?)?\\d{4}'],
  ['MX', 'es-MX', '52', '\\d{5}'],
  ['NL', 'nl-NL', '31', '\\d{4} ?[A-Za-z]{2}'],
  ['NO', 'nb-NO', '47', '\\d{4}'],
  ['NZ', 'en-NZ', '64', '\\d{4}'],
  ['PL', 'pl-PL', '48', '\\d{2}-\\d{3}'],
  ['RO', 'ro-RO', '40', '\\d{6}'],
  ['SE', 'sv-SE', '46', '\\d{3} ?\\d{2}'],
  ['SG', 'en-SG', '65', '\\d{6}'],
  ['TR', 'tr-TR', '90', '\\d{5}'],
  ['UA', 'uk-UA', '380', '\\d{5}'],
  ['ZA', 'en-ZA', '27', '\\d{4}'],
] as const;

/** The rules of every country that the simulator knows, by ISO 3166-1 alpha-2 code. */
export const COUNTRY_RULES: ReadonlyMap<string, CountryRules> = new Map(
  [
    ...DETAILED,
    ...PLAIN.map(([iso2Code, culture, callingCode, digits]) =>
      rules(iso2Code, culture, culture.slice(0, 2), callingCode, {
        postalCodeRegex: `^${digits}$`,
      }),
    ),
  ].map((country) => [country.iso2Code, country]),
);

function rules(
  iso2Code: string,
  cultures: string,
  languages: string,
  callingCodes: string,
  particular: Partial<CountryRules>,
): CountryRules {
  const supportedCulturesList = cultures.split(' ');
  return {
    iso2Code,
    defaultCulture: supportedCulturesList[0] ?? '',
    isStateRequired: false,
    supportedStatesList: [],
    supportedLanguagesList: languages.split(' '),
    supportedCulturesList,
    isPostalCodeRequired: true,
    isCityRequired: true,
    isVatIdSupported: false,
    isTaxIdSupported: false,
    isTaxIdOptional: false,
    countryCallingCodesList: callingCodes.split(' '),
    ...particular,
    attributes: { objectType: 'CountryValidationRules' },
  };
}
