import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';

import { generateCustomers } from '../../src/simulator/generate-customers.js';
import {
  startSimulator,
  type Simulator,
  type SimulatorOptions,
} from '../../src/simulator/start-simulator.js';
import { RESULT_COLUMNS } from '../../src/results/result-row.js';
import { billpatch, MAIN, newFolder, readCsv, start, TOKEN, writeInput } from './billpatch.js';

const CUSTOMERS = generateCustomers(30, 3);
const id = (i: number): string => CUSTOMERS[i]?.tenantId ?? '';

let simulator: Simulator | undefined;
afterEach(async () => {
  await simulator?.close();
  simulator = undefined;
});

async function simulate(options: SimulatorOptions = {}): Promise<Simulator> {
  simulator = await startSimulator({ customers: CUSTOMERS, ...options });
  return simulator;
}

const rowsOf = (count: number): string =>
  `customerTenantId,email\n${Array.from({ length: count }, (_, i) => `${id(i)},new${i}@new.example\n`).join('')}`;

async function apply(text: string, words: readonly string[] = [], options: SimulatorOptions = {}) {
  const world = simulator ?? (await simulate(options));
  const cwd = newFolder();
  writeInput(cwd, text);
  const ran = await billpatch(
    ['apply', 'in.csv', '--base-url', world.url, '--yes', '--run-dir', 'run', ...words],
    { cwd },
  );
  const results = existsSync(join(cwd, 'run/results.csv'))
    ? readCsv(join(cwd, 'run/results.csv'))
    : [];
  return { ...ran, cwd, world, results };
}

describe('apply FILE', () => {
  test('updates every row with one GET and one PUT, and records the ids', async () => {
    const { exitCode, results, world, cwd } = await apply(rowsOf(30));
    expect(exitCode).toBe(0);
    expect(results.map((row) => row.result_status)).toEqual(Array(30).fill('updated'));
    expect(results.map((row) => row.customerTenantId)).toEqual(
      CUSTOMERS.map(({ tenantId }) => tenantId),
    );
    expect(world.counts()).toMatchObject({ get: 30, put: 30 });
    for (let i = 0; i < 30; i++)
      expect(world.profile(id(i))).toMatchObject({ email: `new${i}@new.example` });
    for (const put of world.requests.filter(({ method }) => method === 'PUT')) {
      const row = results.find((result) => result.result_put_request_id === put.requestId);
      expect(row?.customerTenantId).toBe(put.tenantId);
      // In the file with the mark that keeps a spreadsheet from rounding it.
      const etag = row?.result_etag_before?.replace(/^\t/, '');
      expect(put.headers['if-match']).toBe(`"${etag}"`);
      expect(JSON.parse(put.body ?? '')).toMatchObject({ attributes: { etag } });
      expect(put.headers['ms-correlationid']).toBe(row?.result_correlation_id);
    }
    expect(readCsv(join(cwd, 'run/failed.csv'))).toEqual([]);
  });

  test('a second run of the same file changes nothing and sends no PUT', async () => {
    const world = await simulate();
    await apply(rowsOf(5));
    const again = await apply(rowsOf(5));
    expect(again.exitCode).toBe(0);
    expect(again.results.map((row) => row.result_status)).toEqual(Array(5).fill('unchanged'));
    expect(world.counts().put).toBe(5);
  });

  test('every way in which a row can end, in one file', async () => {
    await simulate({
      customers: [
        ...CUSTOMERS.slice(0, 4),
        { ...CUSTOMERS[4]!, faults: [{ kind: 'lost-after', on: 'PUT', times: 1 }] },
        {
          ...CUSTOMERS[5]!,
          faults: [{ kind: 'edited', on: 'PUT', times: 1, fields: { addressLine2: 'c/o Desk' } }],
        },
        {
          ...CUSTOMERS[6]!,
          faults: [
            { kind: 'edited', on: 'PUT', times: 1, fields: { email: 'theirs@other.example' } },
          ],
        },
        { ...CUSTOMERS[7]!, relationship: 'none' },
        { ...CUSTOMERS[8]!, faults: [{ kind: '500-final', on: 'GET' }] },
        { ...CUSTOMERS[9]!, faults: [{ kind: 'ignored' }] },
      ],
    });
    const { exitCode, results, stdout, cwd } = await apply(
      [
        'Account,customerTenantId,Current company name,email,Note',
        `1,${id(0)},,new@new.example,"two\nlines"`,
        `2,{${id(1).toUpperCase()}},,<clear>,required`,
        `3,${id(2)},Nobody,new@new.example,`,
        `4,${id(3)},,,nothing asked`,
        ...[4, 5, 6, 7, 8, 9].map((i) => `${i + 1},${id(i)},,new@new.example,`),
        `11,11111111-2222-3333-4444-555555555555,,new@new.example,`,
        `12,${id(0)},,new@new.example,again`,
        `13,nonsense,,new@new.example,`,
      ].join('\n'),
      ['--skip-invalid'],
    );
    expect(
      results.map((row) => [
        row.Account,
        row.result_line,
        row.result_status,
        row.result_error_code,
      ]),
    ).toEqual([
      ['1', '2', 'updated', ''],
      ['2', '3', 'rejected', 'value-refused'],
      ['3', '4', 'conflict', 'guard-mismatch'],
      ['4', '5', 'unchanged', ''],
      ['5', '6', 'updated', ''],
      ['6', '7', 'updated', ''],
      ['7', '8', 'conflict', 'field-moved'],
      ['8', '9', 'rejected', 'no-relationship'],
      ['9', '10', 'failed', 'service-error'],
      ['10', '11', 'failed', 'update-ignored'],
      ['11', '12', 'rejected', 'customer-not-found'],
      ['12', '13', 'unchanged', ''],
      ['13', '14', 'invalid', 'tenant-malformed'],
    ]);
    expect(exitCode).toBe(1);
    expect(results[0]?.Note).toBe('two\nlines');
    expect(results[6]?.result_error).toContain('theirs@other.example');
    expect(results[6]?.result_error).toContain('new@new.example');
    expect(simulator?.profile(id(5))).toMatchObject({
      email: 'new@new.example',
      defaultAddress: { addressLine2: 'c/o Desk' },
    });
    expect(simulator?.history(id(4))).toBe(1);
    expect(stdout).toContain('line 14  invalid');
    expect(readCsv(join(cwd, 'run/failed.csv')).map((row) => row.Account)).toEqual([
      '2',
      '3',
      '7',
      '8',
      '9',
      '10',
      '11',
      '13',
    ]);
  });

  test('an invalid row stops the whole file before anything is sent', async () => {
    const { exitCode, stderr, world, cwd } = await apply(
      `customerTenantId,country\n${id(0)},UK\n${id(1)},US\n`,
    );
    expect(exitCode).toBe(2);
    expect(world.counts()).toMatchObject({ get: 0, put: 0 });
    expect(stderr).toContain('line 2, column B (country) "UK"');
    expect(stderr).toContain('Did you mean GB?');
    expect(readCsv(join(cwd, 'run/errors.csv'))).toMatchObject([
      { line: '2', column: 'B', value: 'UK', code: 'country-malformed' },
    ]);
  });

  test('a result file can be fed back', async () => {
    await simulate();
    const { cwd } = await apply(
      `customerTenantId,email,Note\n${id(0)},new@new.example,"a, ""b"""\n`,
    );
    const again = await apply(readFileSync(join(cwd, 'run/results.csv'), 'utf8'));
    expect(again.exitCode).toBe(0);
    expect(again.results).toMatchObject([{ Note: 'a, "b"', result_status: 'unchanged' }]);
    expect(Object.keys(again.results[0] ?? {})).toEqual([
      'customerTenantId',
      'email',
      'Note',
      ...RESULT_COLUMNS,
    ]);
  });

  test.for(['400-2055', '412', '412-odata', '409'] as const)(
    'a stale tag said with %s goes through the rule again',
    async (stale) => {
      await simulate({ stale, faults: [{ kind: 'edited', on: 'PUT', times: 1 }] });
      const { exitCode, results, world } = await apply(rowsOf(1));
      expect(exitCode).toBe(0);
      expect(results[0]?.result_status).toBe('updated');
      expect(world.counts()).toMatchObject({ get: 2, put: 2 });
    },
  );

  test.for(['header', 'body'] as const)(
    'works where the service reads the tag in the %s alone',
    async (etags) => {
      await simulate({ etags, missingTag: 'refuse' });
      expect((await apply(rowsOf(3))).exitCode).toBe(0);
    },
  );

  test('members that billpatch has never heard of survive', async () => {
    const profile = {
      email: 'a@b.example',
      companyName: 'Plum Ibex Maps Ltd',
      culture: 'en-GB',
      language: 'en',
      futureMember: { deep: [1, { deeper: null, kept: 'yes' }] },
      defaultAddress: {
        country: 'GB',
        city: 'Leeds',
        addressLine1: '1 Row',
        postalCode: 'LS1 4AP',
        newMember: 'stays',
      },
    };
    await simulate({ customers: [{ tenantId: id(0), profile }] });
    await apply(`customerTenantId,city\n${id(0)},York\n`);
    expect(simulator?.profile(id(0))).toMatchObject({
      futureMember: { deep: [1, { kept: 'yes' }] },
      defaultAddress: { city: 'York', newMember: 'stays' },
    });
  });

  test('an expired token stops the run: the rest is skipped, and nothing is lost', async () => {
    await simulate({ faults: [{ kind: '401', after: 10 }] });
    const { exitCode, results, stdout } = await apply(rowsOf(30), ['--concurrency', '2']);
    expect(exitCode).toBe(3);
    expect(results).toHaveLength(30);
    expect(results.filter((row) => row.result_status === 'skipped').length).toBeGreaterThan(20);
    expect(results.at(-1)?.result_error_code).toBe('token-refused');
    expect(stdout).toContain('The run stopped early');
  });

  test('ten refusals with 403 at the start stop the run', async () => {
    await simulate({ faults: [{ kind: '403' }] });
    const { exitCode, results } = await apply(rowsOf(30), ['--concurrency', '1']);
    expect(exitCode).toBe(3);
    expect(results.filter((row) => row.result_status === 'rejected')).toHaveLength(10);
    expect(results.filter((row) => row.result_status === 'skipped')).toHaveLength(20);
  });

  test('no secret is left anywhere', async () => {
    await simulate({
      faults: [
        { kind: '503', rate: 0.2, times: 3 },
        { kind: 'lost-before', times: 2 },
        { kind: '401', after: 20 },
      ],
    });
    const { cwd, stdout, stderr } = await apply(rowsOf(20), ['--verbose', '--json']);
    const files = readdirSync(join(cwd, 'run')).map((name) =>
      readFileSync(join(cwd, 'run', name), 'utf8'),
    );
    expect(files.length).toBeGreaterThan(4);
    for (const text of [stdout, stderr, ...files]) expect(text).not.toContain(TOKEN);
  });

  test('personal data stays off the screen, and in the files only its owner reads them', async () => {
    await simulate({
      faults: [{ kind: 'edited', on: 'PUT', times: 1, fields: { email: 'theirs@other.example' } }],
    });
    const { stdout, stderr, cwd } = await apply(
      `customerTenantId,email,firstName,phoneNumber\n${id(0)},canary@new.example,Canarina,2065550142\nx,canary@,Canarina,2065550142\n`,
      ['--skip-invalid'],
    );
    expect(stdout + stderr).not.toMatch(/canar|2065550142|theirs@/i);
    expect(stdout).toContain('conflict');
    expect(statSync(join(cwd, 'run')).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(join(cwd, 'run'))) {
      expect([name, statSync(join(cwd, 'run', name)).mode & 0o777]).toEqual([name, 0o600]);
    }
  });

  test('--json is one object on stdout', async () => {
    const { stdout } = await apply(rowsOf(2), ['--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      command: 'apply',
      exitCode: 0,
      rows: 2,
      totals: { updated: 2 },
      simulated: false,
    });
  });

  test('reads standard input, a semicolon file and a file with a mark', async () => {
    const world = await simulate();
    const cwd = newFolder();
    const input = `\ufeffMicrosoft ID;e-mail;Note\r\n${id(0)};new@new.example;"a;b, c, d, e"\r\n`;
    const ran = await billpatch(
      ['apply', '-', '--base-url', world.url, '--yes', '--run-dir', 'run'],
      { cwd, input },
    );
    expect(ran.exitCode).toBe(0);
    expect(ran.stderr).toContain('semicolon');
    expect(world.profile(id(0))).toMatchObject({ email: 'new@new.example' });
  });

  test('one Ctrl-C: no new rows, those in flight finish, exit 130', async () => {
    const world = await simulate({ latencyMs: 60 });
    const cwd = newFolder();
    writeInput(cwd, rowsOf(30));
    const { child, ended } = start(
      [
        'apply',
        'in.csv',
        '--base-url',
        world.url,
        '--yes',
        '--run-dir',
        'run',
        '--concurrency',
        '2',
      ],
      { cwd },
    );
    while (world.counts().put < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill('SIGINT');
    expect((await ended).exitCode).toBe(130);
    const results = readCsv(join(cwd, 'run/results.csv'));
    const updated = results.filter((row) => row.result_status === 'updated');
    expect(results).toHaveLength(30);
    expect(updated.length).toBeLessThan(12);
    expect(updated).toHaveLength(world.counts().put);
    expect(results.filter((row) => row.result_status === 'skipped')).toHaveLength(
      30 - updated.length,
    );
  });

  test('report draws the same results again', async () => {
    const { cwd } = await apply(rowsOf(4));
    const before = readFileSync(join(cwd, 'run/results.csv'), 'utf8');
    writeFileSync(join(cwd, 'run/results.csv'), 'spoilt');
    const ran = await billpatch(['report', 'run'], { cwd });
    expect(ran.exitCode).toBe(0);
    expect(readFileSync(join(cwd, 'run/results.csv'), 'utf8')).toBe(before);
    writeFileSync(join(cwd, 'run/input.csv'), 'customerTenantId,email\n');
    const changed = await billpatch(['report', 'run'], { cwd });
    expect(changed).toMatchObject({ exitCode: 2 });
    expect(changed.stderr).toContain('SHA-256');
  });

  test('--out gets a copy', async () => {
    const { cwd } = await apply(rowsOf(2), ['--out', 'copy.csv']);
    expect(readFileSync(join(cwd, 'copy.csv'))).toEqual(readFileSync(join(cwd, 'run/results.csv')));
  });

  test('--simulate keeps its world in the run folder', async () => {
    const cwd = newFolder();
    writeInput(cwd, rowsOf(3));
    const ran = await billpatch(['apply', 'in.csv', '--simulate', '--run-dir', 'run'], { cwd });
    expect(ran.exitCode).toBe(0);
    expect(ran.stdout).toContain('SIMULATED');
    expect(JSON.parse(readFileSync(join(cwd, 'run/run.json'), 'utf8'))).toMatchObject({
      simulated: true,
    });
    const world = await simulate({
      customers: [],
      anyTenant: true,
      stateFile: join(cwd, 'run/simulator.jsonl'),
    });
    expect(world.profile(id(0))).toMatchObject({ email: 'new0@new.example' });
  });
});

describe('what cannot be used is refused with exit 2, and nothing is sent', () => {
  const refused: readonly [name: string, text: string | Buffer, says: RegExp][] = [
    ['no id column', 'company,email\nx,a@b.example\n', /no column that names the customer/],
    [
      'a misspelt column',
      `customerTenantId,emial\n${id(0)},a@b.example\n`,
      /"emial" \(column B\).*"email"/s,
    ],
    ['a duplicate column', `customerTenantId,zip,postcode\n${id(0)},1,2\n`, /mean the same/],
    [
      'a ragged row',
      `customerTenantId,email\n${id(0)},a@b.example,x\n`,
      /line 2: The row has 3 cells/,
    ],
    [
      'an unclosed quote',
      `customerTenantId,email\n${id(0)},"a@b.example\n`,
      /line 2 .*never closed/s,
    ],
    [
      'a workbook',
      Buffer.from('PK\u0003\u0004rest', 'latin1'),
      /workbook is damaged: its end is missing/,
    ],
    ['an empty file', '', /empty/],
    ['a header alone', 'customerTenantId,email\n', /no rows/],
    [
      'no UTF-8, though it says so',
      Buffer.concat([
        Buffer.from(`\ufeffcustomerTenantId,city\n${id(0)},K`),
        Buffer.from('\u00f6ln\n', 'latin1'),
      ]),
      /not UTF-8.*line 2/s,
    ],
  ];
  test.for(refused)('%s', async ([, text, says]) => {
    const world = await simulate();
    const cwd = newFolder();
    writeInput(cwd, text);
    const ran = await billpatch(['apply', 'in.csv', '--base-url', world.url, '--yes'], { cwd });
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toMatch(says);
    expect(ran.stderr).toContain('→');
    expect(ran.stderr).not.toMatch(/\n\s+at /);
    expect(world.requests).toEqual([]);
    const checked = await billpatch(['check', 'in.csv'], { cwd });
    expect(checked).toMatchObject({ exitCode: 2 });
    expect(checked.stderr).toMatch(says);
  });

  const usage: readonly [name: string, words: readonly string[], says: RegExp][] = [
    ['a missing file', ['apply', 'nowhere.csv', '--yes'], /no file nowhere.csv/],
    ['a folder', ['apply', 'folder', '--yes'], /is a folder/],
    ['nobody to ask', ['apply', 'in.csv'], /--yes/],
    [
      'http to a foreign host',
      ['apply', 'in.csv', '--yes', '--base-url', 'http://intranet.example'],
      /not encrypted/,
    ],
    [
      'an unknown host',
      ['apply', 'in.csv', '--yes', '--base-url', 'https://intranet.example'],
      /--allow-host/,
    ],
    [
      'a password in the URL',
      ['apply', 'in.csv', '--yes', '--base-url', 'https://u:p@api.partnercenter.microsoft.com'],
      /user name or password/,
    ],
    ['an output that exists', ['apply', 'in.csv', '--yes', '--out', 'in.csv'], /exists already/],
    [
      'an output that is a link',
      ['apply', 'in.csv', '--yes', '--out', 'link.csv'],
      /exists already/,
    ],
    [
      'an output in no folder',
      ['apply', 'in.csv', '--yes', '--out', 'no/where.csv'],
      /cannot be written/,
    ],
    ['a run folder that is in use', ['apply', 'in.csv', '--yes', '--run-dir', 'full'], /not empty/],
    [
      'a number that is none',
      ['apply', 'in.csv', '--yes', '--concurrency', 'many'],
      /--concurrency/,
    ],
    ['an unknown option', ['apply', 'in.csv', '--yess'], /yess/],
    ['an unknown command', ['aply', 'in.csv'], /apply/],
    ['no command', [], /Name a command/],
  ];
  test.for(usage)('%s', async ([, words, says]) => {
    const cwd = newFolder();
    writeInput(cwd, rowsOf(1));
    mkdirSync(join(cwd, 'folder'));
    mkdirSync(join(cwd, 'full/x'), { recursive: true });
    symlinkSync('target.csv', join(cwd, 'link.csv'));
    const before = readdirSync(cwd);
    const ran = await billpatch(words, { cwd });
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toMatch(says);
    expect(ran.stderr).not.toMatch(/\n\s+at /);
    expect(readdirSync(cwd)).toEqual(before);
    expect(readFileSync(join(cwd, 'in.csv'), 'utf8')).toBe(rowsOf(1));
  });

  test('no token', async () => {
    const cwd = newFolder();
    writeInput(cwd, rowsOf(1));
    const ran = await billpatch(['apply', 'in.csv', '--yes'], {
      cwd,
      env: { PARTNER_CENTER_ACCESS_TOKEN: '' },
    });
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain('PARTNER_CENTER_ACCESS_TOKEN');
  });
});

test('a disk that takes no more stops the run before the next update, with exit 3', async () => {
  const world = await simulate();
  const cwd = newFolder();
  writeInput(cwd, rowsOf(30));
  // No file may grow beyond 16 blocks (of 1,024 bytes): the journal is the first that wants to.
  const command = `trap '' XFSZ; ulimit -f 16; exec "$0" "$@"`;
  const words = [
    'apply',
    'in.csv',
    '--base-url',
    world.url,
    '--yes',
    '--run-dir',
    'run',
    '--concurrency',
    '1',
  ];
  const ran = await new Promise<{ code: number | null; stderr: string }>((resolve) => {
    const child = spawn('bash', ['-c', command, process.execPath, MAIN, ...words], {
      cwd,
      env: { PATH: process.env.PATH, PARTNER_CENTER_ACCESS_TOKEN: TOKEN },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('close', (code) => {
      resolve({ code, stderr });
    });
  });
  expect(ran.code).toBe(3);
  expect(readCsv(join(cwd, 'run/results.csv')).at(-1)?.result_error_code).toBe('journal-failed');
  expect(ran.stderr).not.toMatch(/\n\s+at /);
  const intents =
    readFileSync(join(cwd, 'run/journal.jsonl'), 'utf8').match(/"type":"intent"/g) ?? [];
  expect(world.counts().put).toBeGreaterThan(0);
  expect(world.counts().put).toBeLessThanOrEqual(intents.length);
  expect(world.counts().put).toBeLessThan(30);
});

test('a redirect is never followed', async () => {
  let foreign = 0;
  const server = createServer((_request, response) => {
    foreign += 1;
    response.end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const location = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    await simulate({ faults: [{ kind: 'redirect', location }] });
    const { exitCode, results } = await apply(rowsOf(2));
    expect(exitCode).toBe(1);
    expect(results[0]?.result_error_code).toBe('redirected');
    expect(foreign).toBe(0);
  } finally {
    server.close();
  }
});

test('check needs no network, no token and leaves nothing behind', async () => {
  const cwd = newFolder();
  writeInput(cwd, rowsOf(3));
  const ran = await billpatch(['check', 'in.csv'], {
    cwd,
    env: { PARTNER_CENTER_ACCESS_TOKEN: '' },
  });
  expect(ran).toMatchObject({ exitCode: 0 });
  expect(ran.stdout).toContain('3 rows, read as UTF-8, comma');
  expect(readdirSync(cwd)).toEqual(['in.csv']);
});
