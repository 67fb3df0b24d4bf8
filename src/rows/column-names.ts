/**
 * What a column name means. Names are matched without regard to case, spaces, `-`, `_`, `.` and `/`;
 * a name that is nearly a known one is an error, since a misspelt column would otherwise be carried
 * through and its values silently not applied.
 */
import { FIELDS, FIELD_PATHS, type Field } from '../profile/billing-profile.js';

export type ColumnRole =
  | { readonly kind: 'tenant' }
  | { readonly kind: 'field'; readonly field: Field }
  | { readonly kind: 'guard'; readonly field: Field }
  /** A result column of an earlier run: ignored, and left out of the new results. */
  | { readonly kind: 'result' }
  /** Nothing to billpatch: carried through to the results. */
  | { readonly kind: 'carried' };

/** The main name of the column that says which customer. */
export const TENANT_COLUMN = 'customerTenantId';

/** Other spellings of the tenant column. */
export const TENANT_ALIASES = [
  'tenant id',
  'Microsoft ID',
  'customer id',
  'Entra tenant id',
  'Azure AD tenant id',
] as const;

/**
 * Other spellings of each field; its own name and its wire path are always accepted. "billing
 * address …" and "contact …" are what Microsoft's New-PartnerCustomer calls its parameters; those that
 * would mean two fields at once, as its ContactFirstName, are left to what was here first.
 */
export const FIELD_ALIASES: Readonly<Record<Field, readonly string[]>> = {
  firstName: ['given name', 'forename'],
  lastName: ['surname', 'family name'],
  email: ['e-mail', 'email address', 'e-mail address', 'billing email', 'contact email'],
  culture: ['locale'],
  language: ['language code'],
  companyName: ['company', 'organization name', 'organisation name'],
  country: ['country code', 'country/region', 'country or region', 'billing address country'],
  region: ['billing address region'],
  state: ['province', 'state/province', 'state or province', 'billing address state'],
  city: ['town', 'town/city', 'billing address city'],
  district: [],
  addressLine1: ['address 1', 'street', 'street address', 'billing address line 1'],
  addressLine2: ['address 2', 'street address 2', 'billing address line 2'],
  addressLine3: ['address 3', 'billing address line 3'],
  postalCode: [
    'postcode',
    'zip',
    'zip code',
    'zip/postal code',
    'zip or postal code',
    'billing address postal code',
  ],
  phoneNumber: ['phone', 'telephone', 'telephone number', 'contact phone number'],
  addressFirstName: ['contact first name'],
  addressMiddleName: ['contact middle name', 'middle name'],
  addressLastName: ['contact last name'],
};

/** A name as it is compared. */
export const plain = (name: string): string =>
  name.toLowerCase().replace(/[\s\-_./\u200b\ufeff]/g, '');

const KNOWN: ReadonlyMap<string, ColumnRole> = knownNames();

function knownNames(): Map<string, ColumnRole> {
  const known = new Map<string, ColumnRole>();
  for (const name of [TENANT_COLUMN, ...TENANT_ALIASES]) known.set(plain(name), { kind: 'tenant' });
  for (const field of FIELDS) {
    for (const name of [field, FIELD_PATHS[field].join('.'), ...FIELD_ALIASES[field]]) {
      known.set(plain(name), { kind: 'field', field });
    }
  }
  return known;
}

/** The role of one header cell, or what is wrong with it. */
export function roleOf(
  name: string,
): ColumnRole | { readonly kind: 'unknown-guard' | 'near'; readonly like: string } {
  const key = plain(name);
  if (key === '') return { kind: 'carried' };
  if (/^\s*result_/i.test(name)) return { kind: 'result' };
  const exact = KNOWN.get(key);
  if (exact) return exact;

  const guard = /^\s*expect\s*:(.*)$/i.exec(name);
  if (guard?.[1] !== undefined) {
    const guarded = KNOWN.get(plain(guard[1]));
    if (guarded?.kind === 'field') return { kind: 'guard', field: guarded.field };
    return { kind: 'unknown-guard', like: nearest(plain(guard[1])) ?? 'companyName' };
  }
  if (key.startsWith('current')) {
    const guarded = KNOWN.get(key.slice('current'.length));
    if (guarded?.kind === 'field') return { kind: 'guard', field: guarded.field };
  }
  if (/^exp(ec|e|ce)?t/.test(key)) {
    const guarded = KNOWN.get(key.replace(/^exp(ec|e|ce)?t(ed)?:?/, ''));
    if (guarded?.kind === 'field') return { kind: 'near', like: `expect:${guarded.field}` };
  }
  const near = nearGuard(key) ?? nearest(key);
  return near === undefined ? { kind: 'carried' } : { kind: 'near', like: near };
}

/** A guard with a slip in its first word, or in the field that it names. */
function nearGuard(key: string): string | undefined {
  if (key.startsWith('current')) {
    const like = nearest(key.slice('current'.length));
    return like === undefined || like === TENANT_COLUMN ? undefined : `expect:${like}`;
  }
  for (const [known, role] of KNOWN) {
    if (role.kind !== 'field' || !key.endsWith(known)) continue;
    const word = key.slice(0, -known.length).replace(/:$/, '');
    if (slips(word, 'current') <= 1 || slips(word, 'expect') <= 1) return `expect:${role.field}`;
  }
  return undefined;
}

/** A known name within one slip (two in long names) of this one. */
function nearest(key: string): string | undefined {
  if (key.length < 4) return undefined;
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const [known, role] of KNOWN) {
    // Two slips bridge two letters at most; a header cell may be a whole misread file.
    if (known.length < 4 || Math.abs(known.length - key.length) > 2) continue;
    const distance = slips(key, known);
    if (distance > (known.length < 8 ? 1 : 2) || distance >= (best?.distance ?? Infinity)) continue;
    best = { name: role.kind === 'field' ? role.field : TENANT_COLUMN, distance };
  }
  return best?.name;
}

/** The field that is probably meant by a name that none has, or undefined. */
export function suggestField(name: string): Field | undefined {
  const path = plain(name.replace(/^.*\./, ''));
  const like = nearest(plain(name)) ?? nearest(path);
  const known = KNOWN.get(plain(name)) ?? KNOWN.get(path);
  if (known?.kind === 'field') return known.field;
  return FIELDS.find((field) => field === like);
}

/** Edits between two names, a swap of neighbours counting as one (optimal string alignment). */
function slips(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number): number => rows[i]?.[j] ?? Infinity;
  for (let i = 1; i <= a.length; i++) {
    rows.push([i]);
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, at(i - 2, j - 2) + 1);
      }
      rows[i]?.push(best);
    }
  }
  return at(a.length, b.length);
}
