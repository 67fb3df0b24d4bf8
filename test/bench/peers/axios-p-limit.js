/** axios with axios-retry as it comes, and p-limit around the rows. */
import { Agent } from 'node:http';
import axios from 'axios';
import axiosRetry from 'axios-retry';
import pLimit from 'p-limit';

import { given, ifMatch, newHeaders, report, rows } from './peer.js';

const { baseUrl: baseURL, concurrency } = given;
const httpAgent = new Agent({ keepAlive: true, maxSockets: concurrency });
const http = axios.create({ baseURL, httpAgent });

// Looks at each answer before axios-retry does.
const counts = { requests: 0, refused: 0 };
http.interceptors.request.use((config) => {
  counts.requests += 1;
  return config;
});
http.interceptors.response.use(undefined, (error) => {
  if (error.response?.status === 429) counts.refused += 1;
  throw error;
});
axiosRetry(http, { retryDelay: axiosRetry.exponentialDelay });

async function updateRow({ tenantId, desired }) {
  const path = `/v1/customers/${tenantId}/profiles/billing`;
  try {
    const { data: profile } = await http.get(path, { headers: newHeaders() });
    const headers = { ...newHeaders(), ...ifMatch(profile) };
    await http.put(path, { ...profile, ...desired }, { headers });
    return true;
  } catch {
    return false;
  }
}

await report(counts, async () => {
  const endings = await pLimit(concurrency).map(rows, updateRow);
  return endings.filter(Boolean).length;
});
httpAgent.destroy();
