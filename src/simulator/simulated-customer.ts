import { FIELD_PATHS, FIELDS } from '../profile/billing-profile.js';
import type { BillingProfile, Field, JsonObject } from '../profile/billing-profile.js';
import { deriveEtag, deriveGuid } from './derived-ids.js';
import type { Fault } from './fault.js';
import { foldMembers, withoutNulls } from './fold-members.js';
import { generateFields } from './generate-fields.js';

/** Some fields of a profile by name; '' means that the profile does not have it. */
export type ProfileFields = Readonly<Partial<Record<Field, string>>>;

/** One customer of the simulated world, as it is at the start. */
export interface SimulatedCustomer {
  readonly tenantId: string;
  /**
   * Fields alone: they lie on top of a generated profile of the same country. A whole profile (it
   * has a member that is no field, such as `defaultAddress`): taken as it is, with `id`, `links` and
   * `attributes` added where it has none. Default: generated from the tenant id.
   */
  readonly profile?: ProfileFields | BillingProfile;
  readonly domain?: string;
  /** The name in the list of customers. It does not follow the billing profile, as with the service. */
  readonly companyName?: string;
  /** Default: `reseller`. With `none`, everything about the customer is 403, code 20002. */
  readonly relationship?: 'reseller' | 'none';
  readonly faults?: readonly Fault[];
}

/** The profile before anybody changed it. The same customer always gets the same. */
export function initialProfile(tenantId: string, profile: SimulatedCustomer['profile'] = {}) {
  const whole: BillingProfile = isFields(profile)
    ? fromFields({ ...generateFields(tenantId, profile.country), ...profile })
    : withoutNulls(foldMembers(profile));
  return stampProfile(whole, tenantId, 0);
}

/** Puts in what the service owns. Version 0 keeps the tag that a whole profile came with. */
export function stampProfile(
  profile: BillingProfile,
  tenantId: string,
  version: number,
): BillingProfile {
  const { id, links, attributes, ...values } = profile;
  const kept = (attributes ?? {}) as JsonObject;
  const etag = version === 0 ? kept.etag : undefined;
  return {
    id: id ?? deriveGuid(`profile of ${tenantId}`),
    ...values,
    links: links ?? { self: selfLink(`/customers/${tenantId}/profiles/billing`) },
    attributes: {
      ...kept,
      etag: etag ?? deriveEtag(tenantId, version),
      objectType: 'CustomerBillingProfile',
    },
  };
}

/** Links in answers have no version prefix. Source: recorded answers. */
export function selfLink(uri: string): JsonObject {
  return { uri, method: 'GET', headers: [] };
}

function isFields(profile: ProfileFields | BillingProfile): profile is ProfileFields {
  const names: readonly string[] = FIELDS;
  return Object.keys(profile).every((name) => names.includes(name));
}

/** Built in one go instead of field by field: with `anyTenant` this runs for every GET. */
function fromFields(fields: ProfileFields): BillingProfile {
  const profile: Record<string, string> = {};
  const defaultAddress: Record<string, string> = {};
  for (const field of FIELDS) {
    const value = fields[field] ?? '';
    const [first, second] = FIELD_PATHS[field] as readonly [string, string?];
    if (value !== '' && second === undefined) profile[first] = value;
    else if (value !== '' && second !== undefined) defaultAddress[second] = value;
  }
  return { ...profile, defaultAddress };
}
