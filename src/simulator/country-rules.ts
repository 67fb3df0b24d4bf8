import { BUNDLED_RULES } from '../profile/bundled-country-rules.js';
import type { CountryRules as BundledRules } from '../profile/country-rules.js';
import { BR_STATES, CN_STATES } from './state-lists.js';

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

/** What the program does not know of a country; all of it guesses but for US and PT. */
const PARTICULAR: Readonly<Record<string, Partial<CountryRules>>> = {
  US: { isTaxIdSupported: true, isTaxIdOptional: true },
  PT: {
    isVatIdSupported: true,
    vatIdRegex: '^(PT)?\\d{9}$',
    taxIdFormat: '999999999',
    taxIdSample: '123456789',
  },
  GB: { isVatIdSupported: true },
  CA: {
    isStateRequired: true,
    supportedCulturesList: ['en-CA', 'fr-CA'],
    supportedLanguagesList: ['en', 'fr'],
  },
  BR: { isStateRequired: true, supportedStatesList: BR_STATES },
  CN: { isStateRequired: true, supportedStatesList: CN_STATES, supportedLanguagesList: ['zh-CHS'] },
  IN: { isStateRequired: true },
};

/** Where a country is not asked for a postal code: guesses, and enough for a rehearsal. */
const WITHOUT_POSTAL_CODE = [
  ['IE', 'en-IE', '353'],
  ['AE', 'en-AE', '971'],
] as const;

/** Guesses: what most people there would choose. */
const CULTURES: Readonly<Record<string, string>> = {
  AT: 'de-AT',
  AU: 'en-AU',
  BE: 'nl-BE',
  BR: 'pt-BR',
  CA: 'en-CA',
  CH: 'de-CH',
  CN: 'zh-CN',
  CZ: 'cs-CZ',
  DE: 'de-DE',
  DK: 'da-DK',
  ES: 'es-ES',
  FI: 'fi-FI',
  FR: 'fr-FR',
  GB: 'en-GB',
  HU: 'hu-HU',
  IN: 'en-IN',
  IT: 'it-IT',
  JP: 'ja-JP',
  KR: 'ko-KR',
  KZ: 'ru-KZ',
  LU: 'fr-LU',
  MD: 'ro-MD',
  MX: 'es-MX',
  NL: 'nl-NL',
  NO: 'nb-NO',
  NZ: 'en-NZ',
  PL: 'pl-PL',
  PT: 'pt-PT',
  RO: 'ro-RO',
  SE: 'sv-SE',
  SG: 'en-SG',
  TR: 'tr-TR',
  UA: 'uk-UA',
  ZA: 'en-ZA',
};

/** The rules of every country that the simulator knows, by ISO 3166-1 alpha-2 code. */
export const COUNTRY_RULES: ReadonlyMap<string, CountryRules> = new Map(
  [
    ...[...BUNDLED_RULES.values()].map(fromBundled),
    ...WITHOUT_POSTAL_CODE.map(([iso2Code, culture, callingCode]) => ({
      ...emptyRules(iso2Code, [culture]),
      isPostalCodeRequired: false,
      countryCallingCodesList: [callingCode],
    })),
  ].map((country) => [country.iso2Code, country]),
);

/** What the program brings along, in the shape of the service's answer. */
function fromBundled(known: BundledRules): CountryRules {
  const { iso2Code, states, languages, cultures, callingCodes } = known;
  const { postalCodeRegex, phoneNumberRegex } = known;
  const usual = emptyRules(iso2Code, cultures.length > 0 ? cultures : [CULTURES[iso2Code] ?? '']);
  return {
    ...usual,
    isStateRequired: known.isStateRequired,
    supportedStatesList: states,
    ...(languages.length > 0 && { supportedLanguagesList: languages }),
    ...(postalCodeRegex !== undefined && { postalCodeRegex }),
    ...(phoneNumberRegex !== undefined && { phoneNumberRegex }),
    countryCallingCodesList: callingCodes,
    ...PARTICULAR[iso2Code],
  };
}

function emptyRules(iso2Code: string, cultures: readonly string[]): CountryRules {
  const [defaultCulture = ''] = cultures;
  return {
    iso2Code,
    defaultCulture,
    isStateRequired: false,
    supportedStatesList: [],
    supportedLanguagesList: [defaultCulture.slice(0, 2)],
    supportedCulturesList: cultures,
    isPostalCodeRequired: true,
    isCityRequired: true,
    isVatIdSupported: false,
    isTaxIdSupported: false,
    isTaxIdOptional: false,
    countryCallingCodesList: [],
    attributes: { objectType: 'CountryValidationRules' },
  };
}
