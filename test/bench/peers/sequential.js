/**
 * One customer after the other, as a loop over Set-PartnerCustomer of the PowerShell module: GET of
 * the whole customer, PUT of the billing profile in it; what is refused or fails is tried again three
 * times, after 0.5, 1.5 and 3.5 seconds, whatever Retry-After says. Its concurrency is 1.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { given, ifMatch, newHeaders, report, rows } from './peer.js';

const WAITS_MS = [500, 1500, 3500];
const NEVER_AGAIN = new Set([400, 401, 403, 404, 409, 417]);
const counts = { requests: 0, refused: 0 };

async function send(path, { headers = {}, ...request } = {}) {
  for (let attempt = 0; ; attempt += 1) {
    counts.requests += 1;
    const answer = await fetch(`${given.baseUrl}${path}`, {
      ...request,
      headers: { ...newHeaders(), ...headers },
    });
    if (answer.ok) return answer.json();
    if (answer.status === 429) counts.refused += 1;
    await answer.text();
    if (NEVER_AGAIN.has(answer.status) || attempt === WAITS_MS.length) {
      throw new Error(`${path}: ${answer.status}`);
    }
    await sleep(WAITS_MS[attempt]);
  }
}

await report(counts, async () => {
  let updated = 0;
  for (const { tenantId, desired } of rows) {
    const path = `/v1/customers/${tenantId}`;
    try {
      const { billingProfile: profile } = await send(path);
      await send(`${path}/profiles/billing`, {
        method: 'PUT',
        headers: { 'Content-Type': 'application/json', ...ifMatch(profile) },
        body: JSON.stringify({ ...profile, ...desired }),
      });
      updated += 1;
    } catch {
      // The next one, as with -ErrorAction Continue.
    }
  }
  return updated;
});
