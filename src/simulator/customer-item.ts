import { fieldValue } from '../profile/billing-profile.js';
import type { BillingProfile, JsonObject } from '../profile/billing-profile.js';
import { deriveEtag, deriveGuid } from './derived-ids.js';
import { companyWords } from './generate-fields.js';
import { initialProfile, selfLink } from './simulated-customer.js';
import type { SimulatedCustomer } from './simulated-customer.js';

/** A customer in a list: no billing profile. Source: recorded answers to GET /customers. */
export function customerItem(customer: SimulatedCustomer): JsonObject {
  const { domain, companyName } = listedNames(customer);
  const id = customer.tenantId.toLowerCase();
  return {
    id,
    companyProfile: {
      tenantId: id,
      domain,
      companyName,
      links: { self: selfLink(`/customers/${id}/profiles/company`) },
      attributes: { objectType: 'CustomerCompanyProfile' },
    },
    relationshipToPartner: customer.relationship ?? 'reseller',
    links: { self: selfLink(`/customers/${id}`) },
    attributes: { objectType: 'Customer' },
  };
}

/** One customer. Source: recorded answers to GET /customers/{id}. */
export function customerDetails(customer: SimulatedCustomer, profile: BillingProfile): JsonObject {
  const { links, attributes, ...item } = customerItem(customer);
  const id = customer.tenantId.toLowerCase();
  return {
    ...item,
    commerceId: deriveGuid(`commerce of ${id}`),
    billingProfile: profile,
    allowDelegatedAccess: true,
    customDomains: [listedNames(customer).domain],
    links: links ?? {},
    attributes: { etag: deriveEtag(`customer ${id}`, 0), ...(attributes as JsonObject) },
  };
}

/** The names that lists show and filter by. They are the customer's first ones, whatever came after. */
export function listedNames(customer: SimulatedCustomer): {
  readonly domain: string;
  readonly companyName: string;
} {
  const id = customer.tenantId.toLowerCase();
  return {
    domain: customer.domain ?? companyWords(id).domain,
    companyName:
      customer.companyName ?? fieldValue(initialProfile(id, customer.profile), 'companyName'),
  };
}
