import type { BillingProfile } from '../profile/billing-profile.js';
import { deriveGuid } from './derived-ids.js';
import { companyWords, generateFields } from './generate-fields.js';
import { initialProfile } from './simulated-customer.js';
import type { SimulatedCustomer } from './simulated-customer.js';

/** `count` invented customers in eight countries; the same count and seed, the same customers. */
export function generateCustomers(count: number, seed = 1): SimulatedCustomer[] {
  return Array.from({ length: count }, (_, index) => {
    const tenantId = deriveGuid(`customer ${index} of ${seed}`);
    const profile = generateFields(tenantId);
    return {
      tenantId,
      profile,
      companyName: profile.companyName ?? '',
      domain: companyWords(tenantId).domain,
    };
  });
}

/** The profile that any GUID has before anybody changed it. */
export function generateProfile(tenantId: string): BillingProfile {
  return initialProfile(tenantId.toLowerCase());
}
