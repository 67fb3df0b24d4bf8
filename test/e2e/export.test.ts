import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';

import { FIELDS } from '../../src/profile/billing-profile.js';
import { generateCustomers } from '../../src/simulator/generate-customers.js';
import {
  startSimulator,
  type Simulator,
  type SimulatorOptions,
} from '../../src/simulator/start-simulator.js';
import {
  billpatch,
  newFolder,
  readCsv,
  start,
  TOKEN,
  writeInput,
  type Result,
} from './billpatch.js';

async function simulate(options: SimulatorOptions): Promise<Simulator> {
  const simulator = await startSimulator(options);
  onTestFinished(simulator.close);
  return simulator;
}

const id = (number: number): string =>
  `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

const EXPORT = (url: string, ...words: string[]): string[] => [
  ...['export', '--quiet', '--run-dir', 'run', '--base-url', url],
  ...words,
];

interface Summary {
  readonly exitCode: number;
  readonly rows: number;
  readonly totals: Readonly<Record<string, number>>;
  readonly export: Readonly<Record<string, number | string | null>>;
  readonly stopped?: { readonly code: string };
}
const parsed = (stdout: string): Summary => JSON.parse(stdout) as Summary;

const exported = (cwd: string): Result[] => readCsv(join(cwd, 'run', 'customers.csv'));

/** How often each profile was read. */
function readings({ requests }: Simulator): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { path, method, status } of requests) {
    if (method !== 'GET' || status !== 200) continue;
    const tenantId = /customers\/([^/]+)\/profiles/.exec(path)?.[1];
    if (tenantId !== undefined) counts.set(tenantId, (counts.get(tenantId) ?? 0) + 1);
  }
  return counts;
}

const putsOf = ({ requests }: Simulator): number =>
  requests.filter(({ method }) => method === 'PUT').length;

async function appliedUnchanged(cwd: string, simulator: Simulator, file: string, rows: number) {
  const applied = await billpatch(
    ['apply', file, '--yes', '--json', '--run-dir', 'applied', '--base-url', simulator.url],
    { cwd },
  );
  expect(applied.exitCode, applied.stderr).toBe(0);
  expect(parsed(applied.stdout)).toMatchObject({ rows, totals: { unchanged: rows } });
  expect(putsOf(simulator)).toBe(0);
}

describe('every customer', () => {
  test.each([
    ['plain', 'no-link'],
    ['v1', '400-2000'],
  ] as const)(
    '1,200 over pages (%s, %s), and back',
    async (nextLinks, pagingEnd) => {
      const cwd = newFolder();
      const customers = generateCustomers(1200, 4);
      const simulator = await simulate({ customers, nextLinks, pagingEnd });
      const ran = await billpatch(EXPORT(simulator.url, '--with-guards', '--json'), { cwd });
      expect(ran.exitCode, ran.stderr).toBe(0);
      expect(parsed(ran.stdout)).toMatchObject({
        rows: 1200,
        export: { customers: 1200, exported: 1200, failed: 0, leftOut: 0 },
      });
      const rows = exported(cwd);
      expect(rows.map(({ customerTenantId }) => customerTenantId)).toEqual(
        customers.map(({ tenantId }) => tenantId),
      );
      expect(Object.keys(rows[0] ?? {})).toEqual([
        'customerTenantId',
        ...FIELDS,
        'expect:companyName',
        'export_note',
      ]);
      expect(rows.every((row) => row['expect:companyName'] === row.companyName)).toBe(true);
      expect(rows.every(({ companyName }) => companyName !== '')).toBe(true);
      expect(Math.max(...readings(simulator).values())).toBe(1);
      expect(
        readFileSync(join(cwd, 'run', 'customers.csv'))
          .subarray(0, 3)
          .toString('hex'),
      ).toBe('efbbbf');
      for (const name of readdirSync(join(cwd, 'run'))) {
        expect(statSync(join(cwd, 'run', name)).mode & 0o777).toBe(0o600);
        expect(readFileSync(join(cwd, 'run', name), 'utf8')).not.toContain(TOKEN);
      }
      await appliedUnchanged(cwd, simulator, join('run', 'customers.csv'), 1200);
    },
    60_000,
  );

  test('into a folder named after the time, and where --out says', async () => {
    const cwd = newFolder();
    const simulator = await simulate({ customers: generateCustomers(3) });
    const words = ['export', '--base-url', simulator.url, '--out', 'all.csv'];
    const ran = await billpatch(words, { cwd });
    expect(ran.exitCode, ran.stderr).toBe(0);
    const folder = readdirSync(cwd).find((name) => /^export\.\d{8}-\d{6}\.run$/.test(name)) ?? '';
    expect(folder).not.toBe('');
    const file = join(folder, 'customers.csv');
    expect(readFileSync(join(cwd, 'all.csv'))).toEqual(readFileSync(join(cwd, file)));
    expect(ran.stdout).toContain(file);
    expect(ran.stdout).toMatch(/3 {2}exported/);

    const again = await billpatch(words, { cwd });
    expect(again.exitCode).toBe(2);
    expect(again.stderr).toContain('all.csv exists already');
  });

  test('a partner without customers is told so, and no folder stays', async () => {
    const cwd = newFolder();
    const simulator = await simulate({});
    const ran = await billpatch(EXPORT(simulator.url), { cwd });
    expect([ran.exitCode, readdirSync(cwd)]).toEqual([2, []]);
    expect(ran.stderr).toContain('lists no customers');
  });

  test('a rehearsal exports invented customers', async () => {
    const cwd = newFolder();
    const ran = await billpatch(['export', '--simulate', '--json'], { cwd });
    expect(ran.exitCode, ran.stderr).toBe(0);
    expect(parsed(ran.stdout).export).toMatchObject({ exported: 40 });
  });

  test('the names in the list cannot become formulas or rows in the run folder', async () => {
    const cwd = newFolder();
    const simulator = await simulate({
      customers: [{ tenantId: id(1), companyName: '=1+1\n"x",y', domain: '@evil' }],
    });
    expect((await billpatch(EXPORT(simulator.url), { cwd })).exitCode).toBe(0);
    expect(readFileSync(join(cwd, 'run', 'input.csv'), 'utf8')).toBe(
      `\ufeffcustomerTenantId,Customer,domain\n${id(1)},"\t=1+1 ""x"",y","\t@evil"\n`,
    );
  });
});

describe('values', () => {
  /** Field values that a spreadsheet would run or turn into something else. */
  const GUARDED = [
    ...['=1+1', '+1', '-1+2', '@SUM(A1)', '=cmd|"/c calc"!A0', '＝1+1', '＋1', '－1', '＠x', "'=1"],
    ...['00501', '+44 20 7946 0000', '(020) 7946 0142', '123456789012', '12345678901234567890'],
    ...['1-2', '3/4', '10:30', '1e5', '1.50', '1,5', 'May 12', '12 May 2024', '1. Mai', 'SEPT2'],
    ...['TRUE', 'false', '5%', '$5', '1 2/3', '2024-01-01', '2024-01-01T10:00Z', '10 pm', 'Ⅻ 1'],
  ].filter((value) => value !== 'Ⅻ 1');
  const PLAIN = [
    ...['98052', 'SW1A 1AA', '12 Meadow Row', 'Suite 4', '5th Floor', 'a,b;c', 'say "hi"'],
    ...['two\nlines', 'Ünï çødé 株式会社 🏢', 'x\u00a0y', '<CLEAR', '1 High Street', 'A/B'],
  ];
  /** Values that the reader of input files would not give back. */
  const LEFT_OUT = [
    ' edge',
    'edge\u00a0',
    '\u200bzero',
    '<clear>',
    '<Clear>',
    'bell\u0007',
    'a\r\nb',
    'a\tb',
    'a;=1+1;b',
    'a\n=1',
  ];

  async function exportValues(values: readonly string[]) {
    const cwd = newFolder();
    const customers = values.map((addressLine3, number) => ({
      tenantId: id(number),
      profile: { country: 'DE', addressLine3 },
    }));
    const simulator = await simulate({ customers });
    const ran = await billpatch(EXPORT(simulator.url, '--with-guards', '--json'), { cwd });
    expect(ran.exitCode, ran.stderr).toBe(0);
    return { cwd, simulator, rows: exported(cwd), summary: parsed(ran.stdout) };
  }

  test('that a spreadsheet would damage get a tab in quotation marks, and come back', async () => {
    const { cwd, simulator, rows } = await exportValues(GUARDED);
    expect(rows.map((row) => row.addressLine3)).toEqual(GUARDED.map((value) => `\t${value}`));
    const text = readFileSync(join(cwd, 'run', 'customers.csv'), 'utf8');
    expect(text.split('\t').every((part, at) => at === 0 || text.includes(`"\t${part}`))).toBe(
      true,
    );
    await appliedUnchanged(cwd, simulator, join('run', 'customers.csv'), GUARDED.length);
  });

  test('that it would not are as they are, and come back', async () => {
    const { cwd, simulator, rows, summary } = await exportValues(PLAIN);
    expect(rows.map((row) => row.addressLine3)).toEqual(PLAIN);
    expect(summary.export.leftOut).toBe(0);
    await appliedUnchanged(cwd, simulator, join('run', 'customers.csv'), PLAIN.length);
  });

  test('that would not come back are left out, and said', async () => {
    const { cwd, simulator, rows, summary } = await exportValues(LEFT_OUT);
    expect(rows.map((row) => row.addressLine3)).toEqual(LEFT_OUT.map(() => ''));
    expect(rows.every((row) => row.export_note?.endsWith(': addressLine3'))).toBe(true);
    expect(summary.export.leftOut).toBe(LEFT_OUT.length);
    await appliedUnchanged(cwd, simulator, join('run', 'customers.csv'), LEFT_OUT.length);
  });

  test('that check refuses are left out, guards too', async () => {
    const cwd = newFolder();
    const profile = {
      email: 'Ada <ada@x.example>',
      companyName: ' Edge Ltd',
      defaultAddress: {
        country: 'uk',
        city: 'Bonn',
        addressLine1: 'x'.repeat(201),
        postalCode: 501,
      },
    };
    const simulator = await simulate({ customers: [{ tenantId: id(1), profile }] });
    const ran = await billpatch(EXPORT(simulator.url, '--with-guards'), { cwd });
    expect(ran.exitCode, ran.stderr).toBe(0);
    expect(exported(cwd)[0]).toMatchObject({
      city: 'Bonn',
      postalCode: '501',
      'expect:companyName': '',
      export_note:
        'left out, since a cell cannot hold the live value as it is: email, companyName, country, addressLine1, expect:companyName',
    });
    expect(ran.stdout).toContain('5 values left out');
    await appliedUnchanged(cwd, simulator, join('run', 'customers.csv'), 1);
  });

  test('changed in the file are applied, the tab of others notwithstanding', async () => {
    const cwd = newFolder();
    const simulator = await simulate({
      customers: [
        { tenantId: id(1), profile: { country: 'DE', phoneNumber: '+49 30 1', city: 'Bonn' } },
      ],
    });
    await billpatch(EXPORT(simulator.url, '--with-guards'), { cwd });
    const file = join(cwd, 'run', 'customers.csv');
    writeFileSync(join(cwd, 'edited.csv'), readFileSync(file, 'utf8').replace('Bonn', 'Köln'));
    const applied = await billpatch(['apply', 'edited.csv', '--yes', '--base-url', simulator.url], {
      cwd,
    });
    expect(applied.exitCode, applied.stderr).toBe(0);
    expect(simulator.profile(id(1))?.defaultAddress).toMatchObject({
      city: 'Köln',
      phoneNumber: '+49 30 1',
    });
  });
});

describe('going on', () => {
  const customers = generateCustomers(120, 6);

  async function until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise((go) => setTimeout(go, 10));
  }

  test('a kill amid the profiles: none is read twice, and the file is whole', async () => {
    const cwd = newFolder();
    const simulator = await simulate({ customers, latencyMs: 15 });
    const { child, ended } = start(EXPORT(simulator.url, '--concurrency', '4'), { cwd });
    await until(() => readings(simulator).size > 40);
    child.kill('SIGKILL');
    await ended;
    expect(existsSync(join(cwd, 'run', 'customers.csv'))).toBe(false);
    const first = new Set(
      readFileSync(join(cwd, 'run', 'journal.jsonl'), 'utf8')
        .split('\n')
        .flatMap(
          (line) => /^\{"type":"outcome".*?"tenantId":"([^"]+)".*"\}$/.exec(line)?.[1] ?? [],
        ),
    );
    expect(first.size).toBeGreaterThan(20);
    const before = simulator.requests.length;

    const resumed = await billpatch(['resume', 'run', '--quiet', '--out', 'all.csv', '--json'], {
      cwd,
    });
    expect(resumed.exitCode, resumed.stderr).toBe(0);
    expect(parsed(resumed.stdout).export).toMatchObject({ exported: 120, failed: 0 });
    const asked = simulator.requests.slice(before).map(({ path }) => path.split('/')[3] ?? '');
    expect(asked.filter((tenantId) => first.has(tenantId))).toEqual([]);
    // What was answered, but not yet written down, is all that is asked again.
    expect(asked).toHaveLength(120 - first.size);
    expect(exported(cwd).map((row) => row.customerTenantId)).toEqual(
      customers.map(({ tenantId }) => tenantId),
    );
    expect(readFileSync(join(cwd, 'all.csv'))).toEqual(
      readFileSync(join(cwd, 'run', 'customers.csv')),
    );
    expect(putsOf(simulator)).toBe(0);

    const done = simulator.requests.length;
    rmSync(join(cwd, 'run', 'customers.csv'));
    expect((await billpatch(['resume', 'run', '--quiet'], { cwd })).exitCode).toBe(0);
    expect(exported(cwd)).toHaveLength(120);
    rmSync(join(cwd, 'run', 'customers.csv'));
    expect((await billpatch(['report', 'run'], { cwd })).exitCode).toBe(0);
    expect(exported(cwd)).toHaveLength(120);
    expect(simulator.requests).toHaveLength(done);
  }, 60_000);

  test('a kill amid the list: the list begins again', async () => {
    const cwd = newFolder();
    const simulator = await simulate({ customers, pageSize: 10, latencyMs: 40 });
    const { child, ended } = start(EXPORT(simulator.url), { cwd });
    await until(() => simulator.requests.length >= 4);
    child.kill('SIGKILL');
    await ended;
    expect(existsSync(join(cwd, 'run', 'input.csv'))).toBe(false);
    expect((await billpatch(['report', 'run'], { cwd })).exitCode).toBe(2);
    const resumed = await billpatch(['resume', 'run', '--quiet', '--concurrency', '16'], { cwd });
    expect(resumed.exitCode, resumed.stderr).toBe(0);
    expect(exported(cwd)).toHaveLength(120);
    expect(Math.max(...readings(simulator).values())).toBe(1);
  }, 60_000);

  test.each([['list'], ['profiles']])(
    'Ctrl-C amid the %s exits with 130',
    async (where) => {
      const cwd = newFolder();
      const simulator = await simulate({ customers, pageSize: 10, latencyMs: 30 });
      const { child, ended } = start(EXPORT(simulator.url, '--concurrency', '4'), { cwd });
      await until(() =>
        where === 'list' ? simulator.requests.length >= 4 : readings(simulator).size > 10,
      );
      child.kill('SIGINT');
      const ran = await ended;
      expect(ran.exitCode, ran.stderr).toBe(130);
      expect(ran.stdout + ran.stderr).toContain('billpatch resume run');
      expect(existsSync(join(cwd, 'run', 'customers.csv'))).toBe(false);
      const resumed = await billpatch(['resume', 'run', '--quiet'], { cwd });
      expect(resumed.exitCode, resumed.stderr).toBe(0);
      expect(exported(cwd)).toHaveLength(120);
      expect(Math.max(...readings(simulator).values())).toBe(1);
    },
    60_000,
  );

  test('a list that the service does not give: exit 3, and the run can go on', async () => {
    const cwd = newFolder();
    const simulator = await simulate({ customers, faults: [{ kind: '401', route: 'customers' }] });
    const ran = await billpatch(EXPORT(simulator.url, '--json'), { cwd });
    expect(ran.exitCode).toBe(3);
    expect(ran.stderr).toContain('billpatch resume run');
    simulator.clearFaults();
    expect((await billpatch(['resume', 'run', '--quiet'], { cwd })).exitCode).toBe(0);
    expect(exported(cwd)).toHaveLength(120);
  });

  test('with another address or token it is refused', async () => {
    const cwd = newFolder();
    const simulator = await simulate({ customers, faults: [{ kind: '401', route: 'customers' }] });
    await billpatch(EXPORT(simulator.url), { cwd });
    const other = await billpatch(['resume', 'run', '--base-url', 'http://127.0.0.1:1'], { cwd });
    expect([other.exitCode, other.stderr.includes('belongs to')]).toEqual([2, true]);
  });

  test('nothing of an export can be applied or taken back as a run', async () => {
    const cwd = newFolder();
    const simulator = await simulate({ customers: generateCustomers(2) });
    await billpatch(EXPORT(simulator.url), { cwd });
    for (const command of ['apply', 'undo']) {
      const ran = await billpatch([command, 'run', '--yes'], { cwd });
      expect(ran.exitCode, `${command}: ${ran.stderr}`).toBe(2);
    }
    expect(putsOf(simulator)).toBe(0);
  });
});

describe('customers that cannot be read', () => {
  test('are named, the others exported; resume tries those again that may work', async () => {
    const cwd = newFolder();
    const customers = generateCustomers(6, 2).map((customer, number) =>
      number === 1
        ? { ...customer, relationship: 'none' as const }
        : number === 3
          ? { ...customer, faults: [{ kind: '500-final' as const }] }
          : customer,
    );
    const simulator = await simulate({ customers });
    const ran = await billpatch(EXPORT(simulator.url, '--out', 'all.csv'), { cwd });
    expect(ran.exitCode, ran.stderr).toBe(1);
    expect(ran.stdout).toContain('2  could not be read');
    const bad = [customers[1]?.tenantId, customers[3]?.tenantId];
    const failed = readCsv(join(cwd, 'run', 'failed.csv'));
    expect(failed.map((row) => row.customerTenantId)).toEqual(bad);
    expect(failed.every((row) => row.Customer !== '')).toBe(true);
    expect(exported(cwd).map((row) => row.customerTenantId)).toEqual(
      customers.map(({ tenantId }) => tenantId).filter((tenantId) => !bad.includes(tenantId)),
    );
    simulator.clearFaults();
    const before = simulator.requests.length;
    const again = await billpatch(['resume', 'run', '--json', '--quiet'], { cwd });
    expect(again.exitCode).toBe(1);
    expect(parsed(again.stdout).export).toMatchObject({ customers: 6, exported: 5, failed: 1 });
    expect(simulator.requests.length - before).toBe(1);
  });
});

describe('--from', () => {
  const customers = generateCustomers(5, 8);
  const known = customers.map(({ tenantId }) => tenantId);

  test('any file with a tenant column: whatever else it holds does not count', async () => {
    const cwd = newFolder();
    const simulator = await simulate({ customers });
    const [a = '', b = '', c = ''] = known;
    writeInput(
      cwd,
      `Microsoft ID;e-mail;emial;Note\n{${c.toUpperCase()}};not an address;x;=1\n${a};a@x.example;;\n${a};b@x.example;;\n${b};;;\n`,
      'who.csv',
    );
    const ran = await billpatch(EXPORT(simulator.url, '--from', 'who.csv', '--json'), { cwd });
    expect(ran.exitCode, ran.stderr).toBe(0);
    expect(parsed(ran.stdout)).toMatchObject({ rows: 4, export: { customers: 3, exported: 3 } });
    expect(exported(cwd).map((row) => row.customerTenantId)).toEqual([c, a, b]);
    expect(simulator.requests.every(({ path }) => path.endsWith('/profiles/billing'))).toBe(true);
    await appliedUnchanged(cwd, simulator, join('run', 'customers.csv'), 3);
  });

  test('standard input, and a file of tenant ids alone', async () => {
    const cwd = newFolder();
    const simulator = await simulate({ customers });
    const input = `tenant id\n${known[4]}\n`;
    const ran = await billpatch(EXPORT(simulator.url, '--from', '-'), { cwd, input });
    expect(ran.exitCode, ran.stderr).toBe(0);
    expect(exported(cwd).map((row) => row.customerTenantId)).toEqual([known[4]]);
    expect(exported(cwd)[0]?.['expect:companyName']).toBeUndefined();
  });

  test('ids that are none are refused before anything is asked', async () => {
    const cwd = newFolder();
    const simulator = await simulate({ customers });
    writeInput(cwd, `customerTenantId\n${known[0]}\nnot-an-id\n`, 'who.csv');
    const ran = await billpatch(EXPORT(simulator.url, '--from', 'who.csv'), { cwd });
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain('line 3');
    expect(ran.stderr).not.toContain('--skip-invalid');
    expect(simulator.requests).toEqual([]);
    expect(readCsv(join(cwd, 'run', 'errors.csv'))).toHaveLength(1);
  });

  test('a file without a tenant column, or none at all, is refused', async () => {
    const cwd = newFolder();
    writeInput(cwd, 'email\na@x.example\n', 'who.csv');
    for (const file of ['who.csv', 'missing.csv']) {
      const words = ['export', '--from', file, '--base-url', 'http://127.0.0.1:1'];
      expect((await billpatch(words, { cwd })).exitCode).toBe(2);
    }
  });

  test('goes on after a kill with the file as it was', async () => {
    const cwd = newFolder();
    const many = generateCustomers(60, 8);
    const simulator = await simulate({ customers: many, latencyMs: 20 });
    const file = writeInput(
      cwd,
      `customerTenantId,email\n${many.map(({ tenantId }) => `${tenantId},?`).join('\n')}\n`,
    );
    const { child, ended } = start(
      EXPORT(simulator.url, '--from', 'in.csv', '--with-guards', '--concurrency', '2'),
      { cwd },
    );
    while (readings(simulator).size < 15) await new Promise((go) => setTimeout(go, 10));
    child.kill('SIGKILL');
    await ended;
    rmSync(file);
    const resumed = await billpatch(['resume', 'run', '--quiet'], { cwd });
    expect(resumed.exitCode, resumed.stderr).toBe(0);
    expect(exported(cwd)).toHaveLength(60);
    expect(exported(cwd)[0]?.['expect:companyName']).not.toBe('');
  });
});
