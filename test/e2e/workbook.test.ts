/** A workbook as the input of every command, through the built program. */
import { createHash } from 'node:crypto';
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

import { startSimulator } from '../../src/simulator/start-simulator.js';
import { workbookOf } from '../helpers/workbook.js';
import { billpatch, newFolder, readCsv, writeInput } from './billpatch.js';

const tenant = (row: number): string => `44444444-0000-4000-8000-${String(row).padStart(12, '0')}`;
const HEAD = ['customerTenantId', 'Zip', 'city', 'Account'];
const sheets = [
  { name: 'Read me', rows: [['hidden']], state: 'hidden' as const },
  {
    name: 'November',
    rows: [
      HEAD,
      [tenant(1), { number: 501, format: '00000' }, { shared: 'Holtsville\nNY' }, 123456789012],
      [],
      [{ shared: tenant(2) }, '98052', 'Zürich', { number: 45000, format: 'm/d/yyyy' }],
    ],
    hiddenRows: [4],
  },
  { name: 'October', rows: [HEAD, [tenant(3), '1', 'Ely', null]] },
];
const BOOK = workbookOf(sheets);

async function world(): Promise<{
  cwd: string;
  at: readonly string[];
  zip: (row: number) => unknown;
}> {
  const simulator = await startSimulator({ anyTenant: true });
  onTestFinished(simulator.close);
  const cwd = newFolder();
  writeInput(cwd, BOOK, 'november.xlsx');
  const zip = (row: number): unknown =>
    (simulator.profile(tenant(row)) as { defaultAddress: { postalCode: string } }).defaultAddress
      .postalCode;
  return { cwd, at: ['--base-url', simulator.url], zip };
}

test('check says which sheet it read, and what that hides', async () => {
  const { cwd } = await world();
  const ran = await billpatch(['check', 'november.xlsx'], { cwd });
  expect(ran.exitCode, ran.stderr).toBe(0);
  expect(ran.stdout).toContain(
    'november.xlsx: 2 rows, read from the sheet "November" of a workbook; not read: "Read me", "October"\n',
  );
  expect(ran.stdout).toContain('line 4: The sheet hides this row, by hand or by a filter');
  const other = await billpatch(['check', 'november.xlsx', '--sheet', 'october', '--json'], {
    cwd,
  });
  expect(JSON.parse(other.stdout)).toMatchObject({
    sheet: 'October',
    otherSheets: ['Read me', 'November'],
    rows: 1,
  });
  const none = await billpatch(['check', 'november.xlsx', '--sheet', 'December'], { cwd });
  expect(none).toMatchObject({ exitCode: 2 });
  expect(none.stderr).toContain('Its sheets are "Read me", "November", "October".');
  expect(readdirSync(cwd)).toEqual(['november.xlsx']);
});

test('apply takes it, keeps it as it came, and later stages read the same', async () => {
  const { cwd, at, zip } = await world();
  const options = [...at, '--yes', '--run-dir', 'run', '--json'];
  const ran = await billpatch(['apply', 'november.xlsx', ...options], { cwd });
  expect(ran.exitCode, ran.stderr).toBe(0);
  expect([zip(1), zip(2)]).toEqual(['00501', '98052']);
  const results = readCsv(join(cwd, 'run/results.csv'));
  expect(results.map((row) => [row.result_line, row.city, row.Account])).toEqual([
    // With the mark that keeps a spreadsheet's hands off them.
    ['2', 'Holtsville\nNY', '\t123456789012'],
    ['4', 'Zürich', '\t2023-03-15'],
  ]);
  expect(readFileSync(join(cwd, 'run/input.xlsx'))).toEqual(BOOK);
  const { input } = JSON.parse(readFileSync(join(cwd, 'run/run.json'), 'utf8')) as {
    input: Record<string, unknown>;
  };
  expect(input).toMatchObject({
    sha256: createHash('sha256').update(BOOK).digest('hex'),
    bytes: BOOK.length,
    workbook: { sheet: 'November' },
  });
  expect(JSON.parse(ran.stdout)).toMatchObject({ input: { sheet: 'November' } });
  const undone = await billpatch(['undo', 'run', '--yes', '--run-dir', 'undo'], { cwd });
  expect(undone.exitCode, undone.stderr).toBe(0);
  expect(zip(1)).not.toBe('00501');
});

test('plan and apply of the plan take it, but not once the workbook or its CSV was changed', async () => {
  const { cwd, at, zip } = await world();
  const planned = await billpatch(['plan', 'november.xlsx', ...at, '--run-dir', 'run'], { cwd });
  expect(planned.exitCode, planned.stderr).toBe(0);
  expect(planned.stderr).toContain('read from the sheet "November" of a workbook');
  for (const name of ['input.xlsx', 'input.csv']) {
    const file = join(cwd, 'run', name);
    const whole = readFileSync(file);
    appendFileSync(file, ' ');
    const refused = await billpatch(['apply', 'run', '--yes'], { cwd });
    expect(refused).toMatchObject({ exitCode: 2 });
    expect(refused.stderr).toContain(`${name} in the run folder was changed`);
    writeFileSync(file, whole);
  }
  const applied = await billpatch(['apply', 'run', '--yes'], { cwd });
  expect(applied.exitCode, applied.stderr).toBe(0);
  expect(zip(2)).toBe('98052');
});

test('errors name the line and the column of the sheet', async () => {
  const cwd = newFolder();
  const rows = [
    [],
    [null, 'customerTenantId', 'email'],
    [null, tenant(1), 'a@x.example'],
    [],
    [null, 'x', 'a\nb'],
  ];
  writeInput(cwd, workbookOf([{ name: 'S', rows }]), 'in.csv');
  const ran = await billpatch(['apply', 'in.csv', '--simulate', '--json'], { cwd });
  expect(ran.exitCode).toBe(2);
  expect(ran.stderr).toContain('  line 5, column B (customerTenantId)');
  expect(ran.stderr).toContain('  line 5, column C (email)');
  expect(ran.stderr).not.toContain('of the text file');
});

test('one that is cut off or no workbook leaves nothing behind', async () => {
  const cwd = newFolder();
  writeInput(cwd, BOOK.subarray(0, 900), 'cut.xlsx');
  writeInput(
    cwd,
    Buffer.from(
      `d0cf11e0a1b11ae1${Buffer.from('EncryptedPackage\0', 'utf16le').toString('hex')}`,
      'hex',
    ),
    'locked.xlsx',
  );
  for (const [file, says] of [
    ['cut.xlsx', 'damaged'],
    ['locked.xlsx', 'password'],
  ] as const) {
    const ran = await billpatch(['apply', file, '--simulate'], { cwd });
    expect(ran).toMatchObject({ exitCode: 2 });
    expect(ran.stderr).toContain(says);
  }
  expect(readdirSync(cwd).sort()).toEqual(['cut.xlsx', 'locked.xlsx']);
});

test('UTF-8 text loads neither the decoder nor the reader of workbooks', async () => {
  const cwd = newFolder();
  writeInput(cwd, `customerTenantId,city\n${tenant(1)},Zürich\n`);
  const env = { NODE_DEBUG: 'esm,module' };
  const { stderr, exitCode } = await billpatch(['check', 'in.csv'], { cwd, env });
  expect(exitCode).toBe(0);
  const loaded = (name: string): boolean => stderr.includes(`node_modules/${name}/`);
  expect(loaded('csv-parse')).toBe(true);
  expect(['iconv-lite', 'hucre'].filter(loaded)).toEqual([]);
});

test('--encoding insists, and what is unknown is refused with examples', async () => {
  const cwd = newFolder();
  const text = `customerTenantId,city\n${tenant(1)},\u00a3\u00f3d\u009f\n`;
  writeInput(cwd, Buffer.from(text, 'latin1'));
  const ran = await billpatch(['check', 'in.csv', '--encoding', 'cp1250'], { cwd });
  expect(ran.stdout).toContain('read as windows-1250, comma');
  const bad = await billpatch(['check', 'in.csv', '--encoding', 'ebcdic'], { cwd });
  expect(bad).toMatchObject({ exitCode: 2 });
  expect(bad.stderr).toMatch(/no encoding ebcdic[\s\S]*windows-1250/);
  const sheet = await billpatch(['check', 'in.csv', '--sheet', 'S'], { cwd });
  expect(sheet).toMatchObject({ exitCode: 2 });
  expect(sheet.stderr).toContain('no workbook');
});
