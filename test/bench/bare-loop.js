/**
 * What the program is compared with: GET and PUT for each row and nothing else. axios as it comes
 * but for a keep-alive agent; ids and If-Match are sent; no checks, no journal, no retries.
 *
 *   node bare-loop.js BASE-URL FILE CONCURRENCY
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent } from 'node:http';
import axios from 'axios';

const [baseURL, file, concurrency] = process.argv.slice(2);
const rows = readFileSync(file, 'utf8').trim().split('\n').slice(1).values();
const httpAgent = new Agent({ keepAlive: true, maxSockets: Number(concurrency) });
const http = axios.create({ baseURL, httpAgent });

const headers = (correlationId) => ({
  Authorization: `Bearer ${process.env.PARTNER_CENTER_ACCESS_TOKEN}`,
  'MS-RequestId': randomUUID(),
  'MS-CorrelationId': correlationId,
});

// The workers share one iterator, so each row is taken once.
async function worker() {
  for (const row of rows) {
    const [tenantId, email, companyName] = row.split(',');
    const path = `/v1/customers/${tenantId}/profiles/billing`;
    const correlationId = randomUUID();
    const { data } = await http.get(path, { headers: headers(correlationId) });
    await http.put(
      path,
      { ...data, email, companyName },
      { headers: { ...headers(correlationId), 'If-Match': `"${data.attributes.etag}"` } },
    );
  }
}

const startedAt = performance.now();
await Promise.all(Array.from({ length: Number(concurrency) }, worker));
process.stdout.write(`${JSON.stringify({ loopMs: performance.now() - startedAt })}\n`);
httpAgent.destroy();
