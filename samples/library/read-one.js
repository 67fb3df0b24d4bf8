// Reads the billing profile of one customer.
//   node samples/library/read-one.js TENANT-ID
import { createPartnerCenter, ServiceError } from 'billpatch';

const partnerCenter = createPartnerCenter({
  getToken: () => process.env.PARTNER_CENTER_ACCESS_TOKEN ?? '',
  baseUrl: process.env.BILLPATCH_BASE_URL, // undefined: Partner Center itself
});

const [, , tenantId] = process.argv;
try {
  const profile = await partnerCenter.customers.byId(tenantId).profiles.billing.get();
  console.log(`${profile.companyName}: ${profile.email}, ${profile.defaultAddress?.city}`);
} catch (error) {
  if (!(error instanceof ServiceError)) throw error;
  console.error(`${error.code}: ${error.message} → ${error.hint}`);
  console.error(`For Microsoft support: request ${error.requestId}`);
  process.exitCode = 1;
}
