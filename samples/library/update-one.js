// Gives one customer another e-mail address for invoices.
//   node samples/library/update-one.js TENANT-ID EMAIL
import { ConflictError, createPartnerCenter, UnknownOutcomeError } from 'billpatch';

const partnerCenter = createPartnerCenter({
  getToken: () => process.env.PARTNER_CENTER_ACCESS_TOKEN ?? '',
  baseUrl: process.env.BILLPATCH_BASE_URL,
});

const [, , tenantId, email] = process.argv;
const { billing } = partnerCenter.customers.byId(tenantId).profiles;

const profile = await billing.get();
profile.email = email; // '' or null would empty it
try {
  const stored = await billing.update(profile);
  console.log(`${stored.companyName}: ${stored.email} (tag ${stored.attributes.etag})`);
} catch (error) {
  process.exitCode = 1;
  if (error instanceof ConflictError) {
    // Somebody else was faster. Nothing was overwritten: look at what it is now, then decide.
    console.error(`conflict: the address is now ${(await billing.get()).email}`);
  } else if (error instanceof UnknownOutcomeError) {
    console.error(`unknown: compare the profile before you send anything again. ${error.hint}`);
  } else throw error;
}
