import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';

import { FIELDS, fieldValue } from '../../src/profile/billing-profile.js';
import { generateCustomers } from '../../src/simulator/generate-customers.js';
import {
  startSimulator,
  type Simulator,
  type SimulatorOptions,
} from '../../src/simulator/start-simulator.js';
import { rawServer } from '../helpers/raw-server.js';
import { billpatch, newFolder, readCsv, start, TOKEN } from './billpatch.js';

const CUSTOMERS = generateCustomers(5, 9);
const [FIRST = '', SECOND = '', THIRD = ''] = CUSTOMERS.map(({ tenantId }) => tenantId);
const NOBODY = '00000000-0000-4000-8000-00000000ffff';

async function simulate(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await startSimulator({ customers: CUSTOMERS, ...options });
  onTestFinished(simulator.close);
  return simulator;
}

const get = (url: string, words: readonly string[], cwd = newFolder()) =>
  billpatch(['get', ...words, '--base-url', url], { cwd });

test('a profile, field by field, by the names of the columns', async () => {
  const simulator = await simulate();
  const cwd = newFolder();
  const ran = await get(simulator.url, [FIRST], cwd);
  expect([ran.exitCode, ran.stderr]).toEqual([0, '']);
  const [title = '', ...lines] = ran.stdout.trimEnd().split('\n');
  const profile = simulator.profile(FIRST) ?? {};
  expect(title).toBe(`${fieldValue(profile, 'companyName')}  ${FIRST}`);
  expect(lines.map((line) => line.trim().split(/\s+/)[0])).toEqual([...FIELDS, 'ETag']);
  expect(ran.stdout).toMatch(new RegExp(`^ {2}email +${fieldValue(profile, 'email')}$`, 'm'));
  expect(ran.stdout).toMatch(/^ {2}addressLine3 +\(empty\)$/m);
  // It only reads, and leaves nothing behind.
  expect(readdirSync(cwd)).toEqual([]);
  expect(simulator.counts()).toMatchObject({ get: 1, put: 0 });
});

test('several, in the order asked for, each once; what cannot be shown is said, the others are shown', async () => {
  const simulator = await simulate({
    faults: [
      { kind: '403-relationship', tenantId: SECOND },
      { kind: 'slow', tenantId: FIRST, seconds: 0.3 },
    ],
  });
  const ran = await get(simulator.url, [FIRST, NOBODY, SECOND, THIRD, `{${FIRST.toUpperCase()}}`]);
  expect(ran.exitCode).toBe(1);
  const titles = ran.stdout.split('\n').filter((line) => /^\S/.test(line));
  expect(titles.map((line) => line.split('  ').at(-1))).toEqual([FIRST, THIRD]);
  expect(ran.stderr).toContain(`${NOBODY}: Partner Center does not know this customer.\n  → `);
  expect(ran.stderr).toContain(`${SECOND}: The partner has no reseller relationship`);
  expect(ran.stderr).toMatch(/ {2}request id [0-9a-f-]{36}, correlation id [0-9a-f-]{36}\n/);
  expect(ran.stderr).not.toContain(TOKEN);
  expect(simulator.counts().get).toBe(4);
});

test('--json is byte for byte what the service sent, one line for each', async () => {
  const json = (id: string): string =>
    `{"id":"${id}","ümlaut":"\\u00e9\\/","2":1,"1":2.50,"companyName":"X","attributes":{"etag":"-4","objectType":"CustomerBillingProfile"}}`;
  const server = await rawServer((request, response) => {
    const id = request.url?.split('/')[3] ?? '';
    response.end(`\ufeff${id === SECOND ? json(id).replace(',', ',\r\n  ') : json(id)}`);
  });
  const ran = await get(server.url, [FIRST, SECOND, '--json']);
  expect(ran).toEqual({
    exitCode: 0,
    stdout: `${json(FIRST)}\n${json(SECOND).replace(',', ',   ')}\n`,
    stderr: '',
  });
});

test('--csv is a file that apply takes, and that changes nothing', async () => {
  const simulator = await simulate();
  simulator.edit(SECOND, { postalCode: '00501', addressLine2: '=1+1' });
  const cwd = newFolder();
  const ran = await get(simulator.url, [FIRST, SECOND, '--csv'], cwd);
  expect([ran.exitCode, ran.stderr]).toEqual([0, '']);
  writeFileSync(join(cwd, 'got.csv'), ran.stdout);
  const rows = readCsv(join(cwd, 'got.csv'));
  expect(Object.keys(rows[0] ?? {})).toEqual(['customerTenantId', ...FIELDS, 'export_note']);
  expect(rows[1]).toMatchObject({ postalCode: '\t00501', addressLine2: '\t=1+1' });
  const applied = await billpatch(
    ['apply', 'got.csv', '--yes', '--json', '--quiet', '--base-url', simulator.url],
    { cwd },
  );
  expect(JSON.parse(applied.stdout)).toMatchObject({ exitCode: 0, totals: { unchanged: 2 } });
  const none = await get(simulator.url, [NOBODY, '--csv']);
  expect([none.exitCode, none.stdout]).toEqual([1, '']);
});

test('what a cell cannot hold is left out of --csv, and said', async () => {
  const simulator = await simulate();
  simulator.edit(FIRST, { city: ' Leeds' });
  const ran = await get(simulator.url, [FIRST, '--csv']);
  expect(ran.stdout).toContain('left out, since a cell cannot hold the live value');
  expect(ran.stderr).toBe(
    `${FIRST}: left out, since a cell cannot hold the live value as it is: city\n`,
  );
});

test('what a profile holds moves no cursor', async () => {
  const simulator = await simulate();
  simulator.edit(FIRST, { companyName: 'A\u001b[2J\r\nemail  x', city: 'b\u0085c' });
  const { stdout } = await get(simulator.url, [FIRST]);
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  expect(stdout.split('\n')).toHaveLength(FIELDS.length + 3);
});

describe('refused before any request', () => {
  test.each([
    [[], 'Not enough'],
    [['x'], 'is no tenant id'],
    [[FIRST, 'x'], '"x" is no tenant id; nothing was asked'],
    [[`${FIRST}/../y`], 'is no tenant id'],
    [['-'], 'is no tenant id'],
    [[FIRST, '--csv', '--json'], 'two forms of the same'],
    [[FIRST, '--emial'], 'Unknown argument'],
  ])('%j', async (words, message) => {
    const simulator = await simulate();
    const ran = await get(simulator.url, words);
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain(message);
    expect(simulator.requests).toEqual([]);
  });
});

test('a token that is refused stops it: exit 3, and nobody else is asked', async () => {
  const simulator = await simulate({ token: 'another' });
  const ran = await get(simulator.url, [FIRST, SECOND, THIRD, '--concurrency', '1']);
  expect([ran.exitCode, ran.stdout]).toEqual([3, '']);
  expect(ran.stderr).toContain(`${FIRST}: The service did not accept the access token`);
  expect(ran.stderr).toContain(`${SECOND}: not asked.\n${THIRD}: not asked.\n`);
  expect(simulator.counts().get).toBe(1);
  expect(ran.stderr).not.toContain(TOKEN);
});

test('a rehearsal shows an invented profile', async () => {
  const cwd = newFolder();
  const ran = await billpatch(['get', NOBODY, '--simulate'], {
    cwd,
    env: { PARTNER_CENTER_ACCESS_TOKEN: '' },
  });
  expect([ran.exitCode, ran.stdout.split('\n').length]).toEqual([0, FIELDS.length + 3]);
  expect(existsSync(join(cwd, 'simulator.jsonl'))).toBe(false);
});

test('Ctrl-C ends it', async () => {
  const server = await rawServer((_request, response) => {
    setTimeout(() => response.writeHead(404).end(), 1_000);
  });
  const { child, ended } = start(
    ['get', FIRST, SECOND, THIRD, '--concurrency', '1', '--base-url', server.url],
    { cwd: newFolder() },
  );
  const timer = setInterval(() => {
    if (server.requests.length > 0 && child.kill('SIGINT')) clearInterval(timer);
  }, 20);
  const ran = await ended;
  clearInterval(timer);
  expect(ran.exitCode).toBe(130);
  expect(server.requests.length).toBeLessThan(3);
});
