/** --map, --out-delimiter, template, and what check says of each column. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';

import { FIELDS } from '../../src/profile/billing-profile.js';
import { startSimulator } from '../../src/simulator/start-simulator.js';
import { billpatch, newFolder, ROOT, writeInput } from './billpatch.js';

const id = (i: number): string => `66666666-0000-4000-8000-00000000000${i}`;
const MAP = [
  '--map',
  'Kunde=customerTenantId',
  '--map',
  'Rechnung, an=email',
  '--map',
  'city=ignore',
];
const FOREIGN = [
  'Kunde;"Rechnung, an";city;=Konto',
  `${id(1)};a@neu.example;Köln;+49`,
  `${id(2)};b@neu.example;00501;"a;=1"`,
].join('\r\n');

async function world() {
  const customers = [1, 2].map((i) => ({
    tenantId: id(i),
    profile: {
      companyName: 'Before Ltd',
      country: 'IE',
      city: 'Cork',
      addressLine1: '1 Quay',
      email: `${i}@alt.example`,
    },
  }));
  const simulator = await startSimulator({ customers });
  onTestFinished(simulator.close);
  const cwd = newFolder();
  const file = writeInput(cwd, FOREIGN);
  const run = (words: readonly string[], env: Record<string, string> = {}) =>
    billpatch(words, {
      cwd,
      env: { BILLPATCH_BASE_URL: simulator.url, BILLPATCH_YES: 'true', ...env },
    });
  const text = (name: string): string => readFileSync(join(cwd, name), 'utf8');
  const email = (i: number): unknown => simulator.profile(id(i))?.email;
  return { simulator, cwd, file, run, text, email };
}

describe('--map', () => {
  test('holds through check, plan, apply, report, undo, and for the result file', async () => {
    const { run, text, email, simulator } = await world();
    const check = await run(['check', 'in.csv', ...MAP]);
    expect(check.stdout).toContain(
      [
        '  A  Kunde → which customer (--map)',
        '  B  Rechnung, an → email (--map)',
        '  C  city → carried through to the results (--map)',
        '  D  =Konto → carried through to the results',
      ].join('\n'),
    );
    expect((await run(['plan', 'in.csv', ...MAP, '--run-dir', 'run'])).exitCode).toBe(0);
    expect(text('run/plan.csv')).toContain(`2;${id(1)};`);
    expect((await run(['apply', 'run', '--limit', '1'])).exitCode).toBe(3);
    expect((await run(['resume', 'run'])).exitCode).toBe(0);
    expect([email(1), email(2)]).toEqual(['a@neu.example', 'b@neu.example']);
    expect(simulator.profile(id(2))?.defaultAddress).toMatchObject({ city: 'Cork' });

    const results = text('run/results.csv');
    expect(results.split('\n')[0]).toMatch(
      /^\ufeffKunde;Rechnung, an;city;"\t=Konto";result_line;/,
    );
    expect(results).toContain('"\t00501";"a;\t=1"');
    expect((await run(['report', 'run'])).exitCode).toBe(0);
    expect(text('run/results.csv')).toBe(results);
    // The environment says it as well, and the file may go round.
    const env = { BILLPATCH_MAP: 'Kunde=customerTenantId,Rechnung, an=email,city=ignore' };
    const again = await run(['apply', 'run/results.csv', '--run-dir', 'again'], env);
    expect(again.stdout).toContain('2  unchanged');
    const own = (name: string) =>
      text(name)
        .split('\n')
        .map((line) => line.split(';').slice(0, 4));
    expect(own('again/results.csv')).toEqual(own('run/results.csv'));

    expect((await run(['undo', 'run', '--run-dir', 'undone'])).exitCode).toBe(0);
    expect([email(1), email(2)]).toEqual(['1@alt.example', '2@alt.example']);
    // Its input has our names; nothing of the map is left in it.
    expect(text('undone/results.csv')).toMatch(/^\ufeffcustomerTenantId;email;/);
  });

  test.each([
    [['--map', 'Post=email'], '"Kunde", "Rechnung, an", "city", "=Konto"'],
    [
      ['--map', 'Kunde=customerTenantId', '--map', 'city=email', '--map', 'Rechnung, an=email'],
      'mean the same',
    ],
    [['--map', 'Kunde=customerTenantID', '--map', 'city=emial'], 'Did you mean email?'],
    [['--map', 'Kunde'], 'an equals sign'],
  ])('%j is refused', async (words, said) => {
    const cwd = newFolder();
    writeInput(cwd, FOREIGN);
    const { exitCode, stderr } = await billpatch(['check', 'in.csv', ...words], { cwd });
    expect(exitCode).toBe(2);
    expect(stderr).toContain(said);
  });

  test('--json names what was mapped', async () => {
    const cwd = newFolder();
    writeInput(cwd, FOREIGN);
    const { stdout } = await billpatch(['check', 'in.csv', '--json', ...MAP], { cwd });
    const { columns } = JSON.parse(stdout) as { columns: readonly object[] };
    expect(columns).toEqual([
      { name: 'Kunde', letter: 'A', kind: 'tenant', mapped: true },
      { name: 'Rechnung, an', letter: 'B', kind: 'field', field: 'email', mapped: true },
      { name: 'city', letter: 'C', kind: 'carried', mapped: true },
      { name: '=Konto', letter: 'D', kind: 'carried' },
    ]);
  });

  test('belongs to a file, not to a plan', async () => {
    const { run } = await world();
    await run(['plan', 'in.csv', ...MAP, '--run-dir', 'run']);
    for (const words of [MAP, ['--out-delimiter', 'tab']])
      expect(await run(['apply', 'run', ...words])).toMatchObject({ exitCode: 2 });
  });
});

test('a mark that lost its result columns is refused, not sent', async () => {
  const cwd = newFolder();
  writeInput(cwd, `customerTenantId,addressLine2\n${id(1)},"a;\t=1"\n`);
  const { exitCode, stderr } = await billpatch(['check', 'in.csv'], { cwd });
  expect(exitCode).toBe(2);
  expect(stderr).toContain('line 2, column B (addressLine2)');
  writeInput(cwd, `customerTenantId,addressLine2,result_line\n${id(1)},"a;\t=1",2\n`);
  expect((await billpatch(['check', 'in.csv'], { cwd })).exitCode).toBe(0);
});

describe('--out-delimiter', () => {
  test.each([
    ['comma', ','],
    [',', ','],
    ['semicolon', ';'],
    [';', ';'],
    ['tab', '\t'],
    ['\\t', '\t'],
  ])('%j is %j in every file, remembered, and read again', async (name, delimiter) => {
    const { run, text } = await world();
    const words = [...MAP, '--out-delimiter', name, '--run-dir', 'run', '--out', 'out.csv'];
    expect((await run(['apply', 'in.csv', ...words])).exitCode).toBe(0);
    const header = text('run/results.csv').split('\n')[0] ?? '';
    expect(header).toMatch(/^\ufeffKunde/);
    expect(header.split(delimiter).slice(-14)[0]).toBe('result_line');
    expect(text('run/failed.csv').split('\n')[0]).toBe(header);
    expect(text('out.csv')).toBe(text('run/results.csv'));
    const drawn = text('run/results.csv');
    await run(['report', 'run']);
    expect(text('run/results.csv')).toBe(drawn);
    const again = await run(['check', 'run/results.csv', ...MAP]);
    expect(again.exitCode).toBe(0);
    expect(again.stdout).toContain(
      `, ${{ ',': 'comma', ';': 'semicolon', '\t': 'tab' }[delimiter]}\n`,
    );
  });

  test('is also that of errors.csv and of an export', async () => {
    const { run, text } = await world();
    const mistakes = join(ROOT, 'samples/mistakes.csv');
    await run(['apply', mistakes, '--run-dir', 'bad', '--out-delimiter', 'semicolon']);
    expect(text('bad/errors.csv')).toMatch(/^\ufeffline;column;name;/);
    await run(['export', '--run-dir', 'all', '--out-delimiter', 'semicolon']);
    expect(text('all/customers.csv')).toMatch(/^\ufeffcustomerTenantId;firstName;/);
  });

  test('is one of three', async () => {
    const cwd = newFolder();
    const ran = await billpatch(['template', '--out-delimiter', 'pipe'], { cwd });
    expect(ran).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ran.stderr).toContain('comma, semicolon or tab');
  });
});

describe('template', () => {
  test('has every field, and check takes it once a row is filled in', async () => {
    const cwd = newFolder();
    const { stdout, exitCode } = await billpatch(['template'], { cwd });
    expect(exitCode).toBe(0);
    expect(stdout).toBe(
      `\ufeff${['customerTenantId', 'expect:companyName', ...FIELDS].join(',')}\r\n`,
    );
    const empty = writeInput(cwd, stdout, 'empty.csv');
    expect((await billpatch(['check', empty], { cwd })).stderr).toContain('no rows');
    const filled = writeInput(
      cwd,
      `${stdout}${id(1)},,,,ap@x.example${','.repeat(FIELDS.length - 3)}\r\n`,
    );
    const checked = await billpatch(['check', filled], { cwd });
    expect([checked.exitCode, checked.stderr]).toEqual([0, '']);
    expect(checked.stdout).toContain('1 ready to apply');
  });

  test('has the columns that are asked for, in a new file', async () => {
    const cwd = newFolder();
    const words = ['template', '--fields', 'E-Mail, expect:country,zip,email', '--out', 'new.csv'];
    const ran = await billpatch([...words, '--out-delimiter', 'semicolon'], { cwd });
    expect([ran.exitCode, ran.stdout]).toEqual([0, '']);
    const text = '\ufeffcustomerTenantId;email;expect:country;postalCode\r\n';
    expect(readFileSync(join(cwd, 'new.csv'), 'utf8')).toBe(text);
    expect((await billpatch(words, { cwd })).exitCode).toBe(2);
    expect(readFileSync(join(cwd, 'new.csv'), 'utf8')).toBe(text);
  });

  test('knows no other columns', async () => {
    const cwd = newFolder();
    const ran = await billpatch(['template', '--fields', 'emial', '--out', 'new.csv'], { cwd });
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain('Did you mean email?');
    expect(existsSync(join(cwd, 'new.csv'))).toBe(false);
  });
});

test('an option that is given twice counts once; one that may be repeated, every time', async () => {
  const cwd = newFolder();
  writeInput(cwd, FOREIGN);
  const { exitCode, stdout } = await billpatch(['check', 'in.csv', '--json', '--json', ...MAP], {
    cwd,
  });
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ rows: 2 });
  const twice = ['template', '--out-delimiter', 'tab', '--out-delimiter', 'semicolon'];
  expect((await billpatch(twice, { cwd })).stdout).toContain('customerTenantId;');
});
