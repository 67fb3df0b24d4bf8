/** What the peers in Node share: the rows, the headers, the change, and the line at the end. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';

const [baseUrl, file, concurrency] = process.argv.slice(2);
export const given = { baseUrl, concurrency: Number(concurrency) };

export const rows = readFileSync(file, 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => {
    const [tenantId, email, companyName] = line.split(',');
    return { tenantId, desired: { email, companyName } };
  });

export const newHeaders = () => ({
  Authorization: `Bearer ${process.env.PARTNER_CENTER_ACCESS_TOKEN}`,
  'MS-RequestId': randomUUID(),
  'MS-CorrelationId': randomUUID(),
});

export const ifMatch = (profile) => ({ 'If-Match': `"${profile.attributes.etag}"` });

/** Does all rows by `work`, which resolves to how many were updated, and says how it went. */
export async function report(counts, work) {
  const startedAt = performance.now();
  const updated = await work();
  const wallMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage();
  const failed = rows.length - updated;
  const result = { rows: rows.length, updated, failed, ...counts, wallMs };
  process.stdout.write(`${JSON.stringify({ ...result, cpuMs: (user + system) / 1000 })}\n`);
}
