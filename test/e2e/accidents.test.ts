/** Warnings of what looks like an accident in the spreadsheet, through the built program. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

import type { Warning } from '../../src/problem.js';
import { startSimulator } from '../../src/simulator/start-simulator.js';
import { billpatch, newFolder, writeInput, type Ran } from './billpatch.js';

const tenant = (row: number): string => `33333333-0000-4000-8000-${String(row).padStart(12, '0')}`;
const ROWS = 12;
const sheet = (cells: (row: number) => string): string =>
  Array.from({ length: ROWS }, (_, row) => `${tenant(row)},${cells(row)}\n`).join('');
/** All with one address, and the postal code dragged down. */
const DRAGGED = `customerTenantId,email,Zip\n${sheet((row) => `ap@fabrikam.example,${98052 + row}`)}`;
const HEADING = '2 warnings; nothing is stopped by them:';
const SERIES =
  '  lines 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 2 more: Column C (Zip) counts up by one from row to row in 12 rows (lines 2 to 13)';

const json = ({ stdout }: Ran) =>
  JSON.parse(stdout) as Record<string, never> & { readonly warnings: readonly Warning[] };
const order = (text: string, parts: readonly string[]): readonly string[] =>
  [...parts].sort((a, b) => text.indexOf(a) - text.indexOf(b));

test('check names them before the columns, and values only on request', async () => {
  const cwd = newFolder();
  writeInput(cwd, DRAGGED);
  const [plain, verbose, asJson] = await Promise.all([
    billpatch(['check', 'in.csv'], { cwd }),
    billpatch(['check', 'in.csv', '--verbose'], { cwd }),
    billpatch(['check', 'in.csv', '--json'], { cwd }),
  ]);
  expect([plain.exitCode, verbose.exitCode, asJson.exitCode]).toEqual([0, 0, 0]);
  const parts = ['in.csv: 12 rows', HEADING, SERIES, '      → ', '  A  customerTenantId →'];
  for (const part of parts) expect(plain.stdout).toContain(part);
  expect(order(plain.stdout, parts)).toEqual(parts);
  expect(plain.stdout).not.toMatch(/98052|fabrikam/);
  expect(verbose.stdout).toContain('98052 … 98063');
  expect(verbose.stdout).toContain('ap@fabrikam.example (12 rows)');
  expect(asJson.stdout).not.toMatch(/98052|fabrikam/);
  expect(json(asJson).warnings).toMatchObject([
    { code: 'series', lines: [2, 3, 4, 5, 6, 7, 8, 9, 10, 11], lineCount: 12 },
    { code: 'email-repeated', lineCount: 12 },
  ]);
});

test('a file that is refused tells them with its errors', async () => {
  const cwd = newFolder();
  writeInput(cwd, `${DRAGGED}${tenant(99)},none,\n`);
  const ran = await billpatch(['apply', 'in.csv', '--simulate', '--json'], { cwd });
  expect(ran.exitCode).toBe(2);
  const parts = [HEADING, '1 error in the file'];
  expect(order(ran.stderr, parts)).toEqual(parts);
  expect(json(ran).warnings.map(({ code }) => code)).toEqual(['series', 'email-repeated']);
});

test('plan says them before the first request, then what only the live profiles show; the run keeps them', async () => {
  const simulator = await startSimulator({ anyTenant: true });
  onTestFinished(simulator.close);
  const cwd = newFolder();
  for (let row = 0; row < ROWS; row += 1)
    simulator.edit(tenant(row), { firstName: `Ada${row}`, lastName: `Meyer${row}` });
  // Two rows are swapped; the others ask for what is live already.
  const names = sheet((row) => (row < 2 ? `meyer${row},ada${row}` : `Ada${row},Meyer${row}`));
  writeInput(cwd, `customerTenantId,First name,Last name\n${names}`);
  const at = ['--base-url', simulator.url];

  const planned = await billpatch(['plan', 'in.csv', ...at, '--run-dir', 'run', '--verbose'], {
    cwd,
  });
  expect(planned.exitCode, planned.stderr).toBe(0);
  // The names of this file count up, too.
  expect(planned.stderr).toMatch(/^in\.csv: 12 rows.*\n2 warnings; /);
  const swapped =
    '  lines 2, 3: In 2 rows the first and the last name trade places with those of the live profile.\n      Ada0 Meyer0 → meyer0 ada0\n';
  expect(planned.stdout.startsWith(`1 warning; nothing is stopped by it:\n${swapped}`)).toBe(true);

  const manifest = JSON.parse(readFileSync(join(cwd, 'run/run.json'), 'utf8')) as {
    readonly warnings: readonly Warning[];
    readonly plan: { readonly warnings: readonly Warning[] };
  };
  expect(manifest.warnings.map(({ code }) => code)).toEqual(['series', 'series']);
  expect(manifest.plan.warnings.map(({ code }) => code)).toEqual(['names-swapped']);
  const page = readFileSync(join(cwd, 'run/report.html'), 'utf8');
  const body = page.slice(page.indexOf('<section class="warnings"'));
  expect(body).toContain('trade places with those of the live profile');

  const codes = ['series', 'series', 'names-swapped'];
  const report = await billpatch(['report', 'run', '--json'], { cwd });
  expect(json(report).warnings.map(({ code }) => code)).toEqual(codes);
  expect(report.stdout).not.toContain('Ada');

  // Without progress, but not without warnings; and before what would be asked.
  const applied = await billpatch(['apply', 'run', '--yes', '--json', '--quiet'], { cwd });
  expect(applied.exitCode, applied.stderr).toBe(0);
  expect(applied.stderr).toMatch(/^3 warnings; nothing is stopped by them:\n/);
  expect(json(applied).warnings.map(({ code }) => code)).toEqual(codes);

  const undone = await billpatch(['undo', 'run', '--plan', '--run-dir', 'undo', '--json'], { cwd });
  expect(undone.exitCode, undone.stderr).toBe(0);
  expect(json(undone).warnings).toEqual([]);
});
