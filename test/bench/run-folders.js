/** Run folders that no run made, with entries as large as a real run's. */
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import axios from 'axios';

import { encodeEntry } from '../../dist/journal/entry.js';
import { writeInput } from './processes.js';

/** Rows that are under way together, and end in another order than they began. */
const TOGETHER = 8;

/**
 * The first rows are updated. Where that is all of them, the run came to its end; otherwise it is as a
 * crash leaves it, and the others were never begun.
 */
export async function writeRun({ url, folder, done, rows }) {
  const file = writeInput(folder, rows);
  const runDir = file.replace(/csv$/, 'run');
  mkdirSync(runDir);
  const input = readFileSync(file);
  writeFileSync(join(runDir, 'input.csv'), input);
  const sha256 = createHash('sha256').update(input).digest('hex');
  const at = new Date().toISOString();
  const isWhole = done === rows;
  const manifest = {
    format: 1,
    tool: { name: 'billpatch', version: '0' },
    input: {
      name: file,
      sha256,
      bytes: input.length,
      rows,
      repeatedTenants: 0,
      encoding: 'UTF-8',
      delimiter: ',',
    },
    baseUrl: url,
    simulated: false,
    options: {
      concurrency: 8,
      skipInvalid: false,
      strict: false,
      timeoutSeconds: 100,
      maxWaitSeconds: 300,
    },
    stages: [{ stage: 'apply', startedAt: at, ...(isWhole && { endedAt: at, exitCode: 0 }) }],
  };
  writeFileSync(join(runDir, 'run.json'), JSON.stringify(manifest));

  const journal = createWriteStream(join(runDir, 'journal.jsonl'));
  const write = (entry) => journal.write(encodeEntry(entry)) || once(journal, 'drain');
  await write({ type: 'open', format: 1, stage: 'apply', inputSha256: sha256, baseUrl: url, at });
  const lines = input.toString('utf8').split('\n');
  const { data: before } = await axios.get(
    `${url}/v1/customers/${lines[1].split(',')[0]}/profiles/billing`,
    { headers: { Authorization: 'Bearer x' } },
  );
  for (let first = 0; first < done; first += TOGETHER) {
    const together = Array.from({ length: Math.min(TOGETHER, done - first) }, (_, i) =>
      entriesOf(first + i, { line: lines[first + i + 1], before, at }),
    );
    for (const [intent] of together) await write(intent);
    for (const [, outcome] of together.reverse()) await write(outcome);
  }
  if (isWhole) await write({ type: 'close', at });
  journal.end();
  await once(journal, 'close');
  return runDir;
}

/** Of one row: an open, and a close where it is whole, come on top. */
export const ENTRIES_A_ROW = 2;

function entriesOf(row, { line, before, at }) {
  const [tenantId, email, companyName] = line.split(',');
  const changes = [
    { field: 'email', from: before.email, to: email },
    { field: 'companyName', from: before.companyName, to: companyName },
  ];
  const ref = { row, line: row + 2, tenantId };
  const [requestId, correlationId] = [randomUUID(), randomUUID()];
  const etag = '-1234567890123456789';
  const trace = {
    correlationId,
    companyName: before.companyName,
    attempts: 2,
    getRequestId: randomUUID(),
    putRequestId: requestId,
    httpStatus: 200,
    etagBefore: etag,
    etagAfter: etag,
  };
  const ids = { requestId, correlationId, etag };
  return [
    { type: 'intent', ...ref, round: 1, ...ids, changes, before, at },
    { type: 'outcome', ...ref, status: 'updated', changes, trace, at },
  ];
}
