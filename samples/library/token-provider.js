// Fetches tokens itself (client credentials), keeps each until shortly before its end, and fetches
// another one at once where the service refuses it.
//   TOKEN_URL=… CLIENT_ID=… CLIENT_SECRET=… node samples/library/token-provider.js
import { createPartnerCenter } from 'billpatch';

let cached = { token: '', until: 0 };

async function getToken(rejected) {
  if (cached.token !== rejected && Date.now() < cached.until) return cached.token;
  const answer = await fetch(process.env.TOKEN_URL, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: process.env.CLIENT_ID,
      client_secret: process.env.CLIENT_SECRET,
      scope: 'https://api.partnercenter.microsoft.com/.default',
    }),
  });
  if (!answer.ok) throw new Error(`No token: HTTP ${answer.status}`);
  const { access_token: token, expires_in: seconds } = await answer.json();
  cached = { token, until: Date.now() + (Number(seconds) - 300) * 1000 };
  return token;
}

const partnerCenter = createPartnerCenter({ getToken, baseUrl: process.env.BILLPATCH_BASE_URL });
let customers = 0;
for await (const { tenantId } of partnerCenter.customers.list()) {
  await partnerCenter.customers.byId(tenantId).profiles.billing.get();
  customers += 1;
}
console.log(`${customers} profiles read`);
