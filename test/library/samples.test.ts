/** The programs of samples/library, run as they stand. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

import { fieldValue } from '../../src/profile/billing-profile.js';
import { generateCustomers } from '../../src/simulator/generate-customers.js';
import { startSimulator, type SimulatorOptions } from '../../src/simulator/start-simulator.js';
import { newFolder, ROOT, writeInput, type Ran } from '../e2e/billpatch.js';
import { rawServer } from '../helpers/raw-server.js';

const FOLDER = join(ROOT, 'samples', 'library');
const CUSTOMERS = generateCustomers(12, 5);
const ids = CUSTOMERS.map(({ tenantId }) => tenantId);
const [FIRST = '', SECOND = ''] = ids;

async function simulate(options: SimulatorOptions = {}) {
  const simulator = await startSimulator({ customers: CUSTOMERS, ...options });
  onTestFinished(simulator.close);
  return simulator;
}

const sample = (
  name: string,
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Ran> =>
  new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(FOLDER, name), ...words],
      { env: { PARTNER_CENTER_ACCESS_TOKEN: 'a-token', ...env }, timeout: 30_000 },
      (error, stdout, stderr) => {
        const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
        resolve({ exitCode, stdout, stderr });
      },
    );
  });

test('read-one.js', async () => {
  const { url, profile } = await simulate();
  const ran = await sample('read-one.js', [FIRST], { BILLPATCH_BASE_URL: url });
  expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
  expect(ran.stdout).toContain(fieldValue(profile(FIRST) ?? {}, 'email'));
  const unknown = await sample('read-one.js', ['00000000-0000-4000-8000-00000000ffff'], {
    BILLPATCH_BASE_URL: url,
  });
  expect(unknown).toMatchObject({ exitCode: 1, stdout: '' });
  expect(unknown.stderr).toMatch(/^customer-not-found: .* → .*\nFor Microsoft support: request /);
});

test('update-one.js', async () => {
  const simulator = await simulate();
  const env = { BILLPATCH_BASE_URL: simulator.url };
  const ran = await sample('update-one.js', [FIRST, 'new@sample.example'], env);
  expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
  expect(simulator.profile(FIRST)?.email).toBe('new@sample.example');
  // Another writer, between reading and writing.
  simulator.script({
    kind: 'edited',
    on: 'GET',
    times: 1,
    fields: { email: 'theirs@sample.example' },
  });
  const late = await sample('update-one.js', [FIRST, 'late@sample.example'], env);
  expect([late.exitCode, late.stderr]).toEqual([
    1,
    'conflict: the address is now theirs@sample.example\n',
  ]);
  expect(simulator.profile(FIRST)?.email).toBe('theirs@sample.example');
});

test('update-many.js', async () => {
  const simulator = await simulate();
  const runDir = join(newFolder(), 'many.run');
  const ran = await sample('update-many.js', [runDir], { BILLPATCH_BASE_URL: simulator.url });
  expect([ran.exitCode, ran.stderr]).toEqual([0, '10 of 12\n12 of 12\n']);
  expect(ids.map((id) => simulator.profile(id)?.lastName)).toEqual(ids.map(() => 'Payable'));
  expect(existsSync(join(runDir, 'journal.jsonl'))).toBe(true);
});

test('token-provider.js', async () => {
  const tokens = ['expired-token', 'fresh-token'];
  const endpoint = await rawServer((_request, response, number) => {
    const token = tokens[number - 1] ?? 'fresh-token';
    response.end(JSON.stringify({ access_token: token, expires_in: '3599' }));
  });
  const simulator = await simulate({ token: 'fresh-token' });
  const ran = await sample('token-provider.js', [], {
    BILLPATCH_BASE_URL: simulator.url,
    TOKEN_URL: endpoint.url,
    CLIENT_ID: 'app',
    CLIENT_SECRET: 'canary-secret',
  });
  expect(ran).toMatchObject({ exitCode: 0, stdout: '12 profiles read\n', stderr: '' });
  // One that was refused, one for all the rest.
  expect(endpoint.requests).toHaveLength(2);
  expect(simulator.requests.filter(({ status }) => status === 401)).toHaveLength(1);
});

test('plan-and-review.js', async () => {
  const simulator = await simulate();
  const folder = newFolder();
  const env = { BILLPATCH_BASE_URL: simulator.url };
  const rows = (column: string, value: string): string =>
    `customerTenantId,email,${column}\n${FIRST},ok@sample.example,${value}\n${SECOND},ok@sample.example,${value}\n`;
  const refused = writeInput(folder, rows('companyName', 'Renamed Ltd'), 'refused.csv');
  const no = await sample('plan-and-review.js', [refused], env);
  expect(no.exitCode).toBe(1);
  expect(no.stdout).toMatch(/^Not applied\.\nline \d: companyName .* → Renamed Ltd\n/);
  const wrong = writeInput(folder, rows('country', 'Germany'), 'wrong.csv');
  expect(await sample('plan-and-review.js', [wrong], env)).toMatchObject({
    exitCode: 2,
    stdout: expect.stringContaining('line 2: The country is not a two-letter code') as string,
  });
  expect(simulator.counts().put).toBe(0);
  const allowed = writeInput(folder, rows('remark', 'carried'), 'allowed.csv');
  const yes = await sample('plan-and-review.js', [allowed], env);
  expect([yes.exitCode, yes.stdout]).toEqual([0, '2 of 2 updated\n']);
  expect(simulator.profile(SECOND)?.email).toBe('ok@sample.example');
});

test('README names every program', () => {
  const text = readFileSync(join(ROOT, 'samples', 'README.md'), 'utf8');
  const named = [...text.matchAll(/\(library\/([a-z-]+\.js)\)/g)].map(([, name]) => name);
  expect(named.sort()).toEqual(readdirSync(FOLDER).sort());
});
