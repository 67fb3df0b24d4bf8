/** What a value must be by itself, field by field, whoever the customer is. Pure. */
import type { Field } from '../profile/billing-profile.js';
import { COUNTRY_CODES, suggestCountry } from '../profile/countries.js';

export interface ValueError {
  readonly code:
    | 'too-long'
    | 'email-malformed'
    | 'email-not-allowed'
    | 'country-malformed'
    | 'company-name-malformed';
  readonly message: string;
  readonly hint: string;
}

/** Longest values that the service documents. */
const LIMITS: Partial<Record<Field, number>> = {
  addressLine1: 200,
  addressLine2: 200,
  addressFirstName: 50,
  addressMiddleName: 50,
  addressLastName: 50,
};

/** @param value neither empty nor the word that empties a field */
export function checkValue(
  field: Field,
  value: string,
  countryRules: boolean,
): ValueError | undefined {
  const limit = LIMITS[field];
  if (limit !== undefined && value.length > limit) {
    return {
      code: 'too-long',
      message: `The value has ${value.length} characters; the service takes ${limit}.`,
      hint: `Shorten it to ${limit} characters.`,
    };
  }
  if (field === 'email') return checkEmail(value);
  if (field === 'country') return checkCountry(value, countryRules);
  return field === 'companyName' ? checkCompanyName(value) : undefined;
}

/** One address: a name of words between dots, then a domain of at least two. No white space, no marks. */
const EMAIL =
  /^[^\s@,;:<>()[\]\\".]+(?:\.[^\s@,;:<>()[\]\\".]+)*@[^\s@,;:<>()[\]\\".]+(?:\.[^\s@,;:<>()[\]\\".]+)+$/;
/** Zero-width characters cannot be seen inside an address, and the mail would go nowhere. */
const INVISIBLE = /[\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/;

function checkEmail(value: string): ValueError | undefined {
  const domain = value.slice(value.indexOf('@') + 1);
  const isOdd = domain.includes('-') && /(?:^|\.)-|-(?:\.|$)/.test(domain);
  if (isOdd || !EMAIL.test(value) || INVISIBLE.test(value)) {
    return {
      code: 'email-malformed',
      message: 'This is not one e-mail address.',
      hint: 'Write a single address like ap@company.example, without a name or brackets.',
    };
  }
  // Source: the portal's rules for e-mail addresses (partner-center-api.md, 1.3).
  if (domain.toLowerCase() === 'microsoft.com') {
    return {
      code: 'email-not-allowed',
      message: 'Partner Center does not take an address at microsoft.com.',
      hint: 'Write the address at which the customer receives invoices.',
    };
  }
  return undefined;
}

function checkCountry(value: string, countryRules: boolean): ValueError | undefined {
  const code = 'country-malformed';
  if (!/^[A-Z]{2}$/.test(value)) {
    const meant = suggestCountry(value);
    return {
      code,
      message: 'The country is not a two-letter code in capitals.',
      hint: meant ? `Did you mean ${meant}?` : 'Write the ISO code, for example US, DE or GB.',
    };
  }
  // The service's own words about it are known (partner-center-api.md, 1.3).
  if (value === 'UK')
    return { code, message: 'The service does not know the country UK.', hint: 'Did you mean GB?' };
  if (!countryRules || COUNTRY_CODES.has(value)) return undefined;
  const meant = suggestCountry(value);
  return {
    code,
    message: `There is no country ${value}.`,
    hint: meant
      ? `Did you mean ${meant}?`
      : 'Write its ISO code, for example US, DE or GB. If there is one, --country-rules off lets it pass.',
  };
}

/** Only those that are nobody's name: there is a company called SAS. Without dots, in small letters. */
const LEGAL_FORMS = new Set(
  'inc incorporated ltd limited llc llp plc pty pvt corp corporation co company gmbh ltda lda sarl srl 株式会社 有限会社 有限公司'.split(
    ' ',
  ),
);

/** `Incorporated & Co., Ltd.`: nobody writes more of them one after the other. */
const LONGEST_FORMS = 40;

/** Or nothing but dots, which stand for no name either. */
function isLegalForm(word: string): boolean {
  const plain = word.toLowerCase().replaceAll('.', '');
  return plain === '' || LEGAL_FORMS.has(plain);
}

/** Source: the portal's rules for company names (partner-center-api.md, 1.3). */
function checkCompanyName(value: string): ValueError | undefined {
  const code = 'company-name-malformed';
  const hint = 'Write the name as it is to stand on the invoice.';
  if (value.length < 4 && Array.from(value).length < 2)
    return { code, message: 'A company name has at least two characters.', hint };
  if (!/[\p{L}\p{N}]/u.test(value))
    return { code, message: 'A company name does not consist of symbols alone.', hint };
  if (value.length > LONGEST_FORMS) return undefined;
  // Nearly every name is told from these by its first word.
  const first = /[^\s,&()-]+/.exec(value)?.[0] ?? '';
  if (!isLegalForm(first)) return undefined;
  if (value.split(/[\s,&()-]+/).every(isLegalForm)) {
    return {
      code,
      message: 'This is only the legal form of a company, without its name.',
      hint,
    };
  }
  return undefined;
}
