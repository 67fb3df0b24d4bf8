/**
 * The check of an address. Its statuses are documented; which address gets which is known for a few of
 * them alone (the inputs of Microsoft's own samples), and for the others it is a guess.
 */
import { isObject } from '../profile/billing-profile.js';
import type { Json, JsonObject } from '../profile/billing-profile.js';
import { emptyAnswer, faultAnswer, jsonAnswer } from './answer.js';
import type { Answer } from './answer.js';
import { foldMembers } from './fold-members.js';
import type { RuleBook } from './rule-book.js';

/** `status`: with suggestions, as since 2021; `empty`: 200 without a body or 400, as before. */
export type AddressForm = 'status' | 'empty';

interface Finding {
  readonly status: string;
  readonly message?: string;
  readonly suggestions: readonly JsonObject[];
}

type Address = Readonly<Record<(typeof PARTS)[number], string>>;

const PARTS = ['addressLine1', 'addressLine2', 'city', 'state', 'postalCode', 'country'] as const;

export function checkAddress(body: string, form: AddressForm, rulesOf: RuleBook): Answer {
  const sent = parseBody(body);
  if (sent === undefined) return faultAnswer(400, 800002, 'Invalid request input.');
  const found = judge(toAddress(sent), rulesOf);
  if (form === 'empty') {
    if (found.status.startsWith('Verified')) return emptyAnswer(200);
    // An escaped JSON text inside of the description (recorded).
    const inner = { code: '60071', message: found.message ?? 'The address is invalid.' };
    return faultAnswer(400, 2007, JSON.stringify(inner), [], 'PartnerApiServiceControllers');
  }
  return jsonAnswer(200, {
    originalAddress: sent,
    suggestedAddresses: found.suggestions,
    status: found.status,
    ...(found.message !== undefined && { validationMessage: found.message }),
  });
}

function judge(address: Address, rulesOf: RuleBook): Finding {
  if (address.country === '') return { status: 'NotValidated', suggestions: [] };
  const known = ofMicrosoft(address) ?? ofBulboac(address);
  if (known) return known;
  const rules = rulesOf(address.country.toUpperCase());
  const postal = rules?.postalCodeRegex;
  const fits = postal === undefined || new RegExp(postal, 'u').test(address.postalCode);
  if (!rules || !fits || address.addressLine1 === '' || address.city === '')
    return { status: 'None', message: INVALID, suggestions: [] };
  // A guess: a street without a number is a part of an address.
  if (!/\p{N}/u.test(address.addressLine1)) {
    const suggestions = [1, 2, 3].map((number) =>
      suggest(address, { addressLine1: `${number} ${address.addressLine1}` }),
    );
    return { status: 'StreetPartial', message: INVALID, suggestions };
  }
  return { status: 'VerifiedShippable', suggestions: [suggest(address, {})] };
}

/** Source: a message in a public issue. */
const INVALID = "Address field invalid for property: 'Region', 'PostalCode', 'City'";

const REDMOND = {
  addressLine1: '1 Microsoft Way',
  city: 'Redmond',
  state: 'WA',
  postalCode: '98052-8300',
} as const;

/** Source: the sample inputs of the .NET SDK. */
function ofMicrosoft(address: Address): Finding | undefined {
  const { addressLine1, city, state, postalCode, country } = address;
  const [, number = ''] = /^(\d*) ?microsoft way$/i.exec(addressLine1) ?? [undefined, '?'];
  if (number === '?' || country.toUpperCase() !== 'US') return undefined;
  if (city === 'Seattle' && postalCode === '98055')
    return { status: 'None', message: INVALID, suggestions: [] };
  const right = suggest(address, REDMOND);
  if (number === '') {
    const suggestions = [1, 2, 3].map((first) =>
      suggest(right, { addressLine1: `${first} Microsoft Way` }),
    );
    return { status: 'StreetPartial', message: INVALID, suggestions };
  }
  if (number === '3') return { status: 'PremisesPartial', suggestions: [right] };
  if (city !== 'Redmond' || state !== 'WA')
    return { status: 'InteractionRequired', suggestions: [right] };
  const isWhole = postalCode === REDMOND.postalCode;
  return { status: isWhole ? 'Verified' : 'VerifiedShippable', suggestions: [right] };
}

function ofBulboac(address: Address): Finding | undefined {
  if (address.country.toUpperCase() !== 'MD' || !/strada dacia/i.test(address.addressLine1))
    return undefined;
  const suggestions = ['MD-6512', 'MD-6513'].map((postalCode) => suggest(address, { postalCode }));
  return { status: 'Multiple', suggestions };
}

/** Without what is empty: the service leaves such members out. */
function suggest(address: JsonObject | Address, change: JsonObject): JsonObject {
  const entries = Object.entries({ ...address, ...change });
  return Object.fromEntries(entries.filter(([, value]) => value !== ''));
}

const toAddress = (sent: JsonObject): Address =>
  Object.fromEntries(PARTS.map((name) => [name, textOf(sent[name]).trim()])) as Address;

const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

function parseBody(text: string): JsonObject | undefined {
  try {
    const value = JSON.parse(text) as Json;
    return isObject(value) ? foldMembers(value) : undefined;
  } catch {
    return undefined;
  }
}
