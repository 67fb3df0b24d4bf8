/**
 * The billing profile of a customer, and the fields of it that billpatch can change.
 *
 * A profile stays the JSON that the service sent: members that billpatch has never heard of must
 * survive a PUT, so it is never converted to a class or a narrower shape.
 * Source: GET /v1/customers/{customer-tenant-id}/profiles/billing.
 */

export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [member: string]: Json;
}

/** A `CustomerBillingProfile` as the service sent it. */
export type BillingProfile = JsonObject;

/** Every field that can be changed, with its place in the profile, in the order of the form. */
export const FIELD_PATHS = {
  firstName: ['firstName'],
  lastName: ['lastName'],
  email: ['email'],
  culture: ['culture'],
  language: ['language'],
  companyName: ['companyName'],
  country: ['defaultAddress', 'country'],
  region: ['defaultAddress', 'region'],
  state: ['defaultAddress', 'state'],
  city: ['defaultAddress', 'city'],
  district: ['defaultAddress', 'district'],
  addressLine1: ['defaultAddress', 'addressLine1'],
  addressLine2: ['defaultAddress', 'addressLine2'],
  addressLine3: ['defaultAddress', 'addressLine3'],
  postalCode: ['defaultAddress', 'postalCode'],
  phoneNumber: ['defaultAddress', 'phoneNumber'],
  addressFirstName: ['defaultAddress', 'firstName'],
  addressMiddleName: ['defaultAddress', 'middleName'],
  addressLastName: ['defaultAddress', 'lastName'],
} as const satisfies Record<string, readonly [string] | readonly [string, string]>;

export type Field = keyof typeof FIELD_PATHS;

export const FIELDS = Object.keys(FIELD_PATHS) as readonly Field[];

/**
 * The value of a field, '' where the service has none. The service leaves null members out of its
 * answers and has been seen to answer '' for an empty phone number, so absent, null and '' are one.
 */
export function fieldValue(profile: BillingProfile, field: Field): string {
  let value: Json | undefined = profile;
  for (const name of FIELD_PATHS[field]) {
    value = isObject(value) ? value[memberName(value, name)] : undefined;
  }
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return '';
}

/**
 * The profile with some fields replaced ('' empties one) and everything else as it was, at every
 * depth and in the same order of members.
 */
export function withFields(
  profile: BillingProfile,
  values: Iterable<readonly [Field, string]>,
): BillingProfile {
  let result = profile;
  for (const [field, value] of values) {
    result = withMember(result, FIELD_PATHS[field], value === '' ? null : value);
  }
  return result;
}

function withMember(object: JsonObject, path: readonly string[], value: Json): JsonObject {
  const [first, ...rest] = path;
  if (first === undefined) return object;
  const name = memberName(object, first);
  const child = object[name];
  const next = rest.length === 0 ? value : withMember(isObject(child) ? child : {}, rest, value);
  return { ...object, [name]: next };
}

/** The service matches member names without regard to case; so a name is found as it is written. */
function memberName(object: JsonObject, name: string): string {
  if (Object.hasOwn(object, name)) return name;
  const lower = name.toLowerCase();
  return Object.keys(object).find((key) => key.toLowerCase() === lower) ?? name;
}

/** The entity tag in `attributes.etag`: a signed 64-bit integer as a decimal string, never a number. */
export function bodyEtag(profile: BillingProfile): string | undefined {
  const attributes = profile[memberName(profile, 'attributes')];
  if (!isObject(attributes)) return undefined;
  const etag = attributes[memberName(attributes, 'etag')];
  return typeof etag === 'string' && etag !== '' ? etag : undefined;
}

/** The tenant that `links.self` names, where it names one. The profile's own `id` is another id. */
export function ownerOf(profile: BillingProfile): string | undefined {
  const self = isObject(profile.links) ? profile.links.self : undefined;
  const uri = isObject(self) ? self.uri : undefined;
  const match = typeof uri === 'string' ? /\/customers\/([0-9a-f-]{36})\//i.exec(uri) : null;
  return match?.[1]?.toLowerCase();
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
