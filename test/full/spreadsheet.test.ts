/**
 * C7: result files in a real spreadsheet (LibreOffice Calc, headless; test/full/install-servers.sh
 * installs it). No cell of them is a formula, whatever delimiter they are opened with; what is shown is
 * what was written, and saved again as a workbook or a CSV it reads back right.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import { runPaths } from '../../src/journal/run-folder.js';
import { writeCsv, writeResults } from '../../src/results/write-results.js';
import { readRows, readTable, type Delimiter } from '../../src/rows/read-rows.js';
import { DAMAGED_VALUES, FORMULA_PAYLOADS, PLAIN_VALUES } from '../helpers/formula-payloads.js';
import { newFolder } from '../e2e/billpatch.js';

const DELIMITERS: readonly Delimiter[] = [',', ';', '\t'];
const FULL = process.env.BILLPATCH_TEST_LEVEL === 'full';
const VALUES = [...FORMULA_PAYLOADS, ...DAMAGED_VALUES, ...PLAIN_VALUES];
const HEADER = ['customerTenantId', 'email', "=cmd|'/C calc'!A0", 'Account'];
const ROWS = VALUES.map((value, i) => [
  `77777777-0000-4000-8000-${String(i).padStart(12, '0')}`,
  'ap@x.example',
  value,
  '00501',
]);

const missing = spawnSync('soffice', ['--version']).error ? 'soffice is not installed' : undefined;

/** How LibreOffice reads: delimiter, quotation mark, UTF-8, from line 1, numbers and dates found. */
const readAs = (...delimiters: readonly Delimiter[]): string =>
  `CSV:${delimiters.map((text) => text.charCodeAt(0)).join('/')},34,76,1,,0,false,true`;

/** @param to what to save as: an ending, and options of it */
function convert(folder: string, file: string, to: string, options: readonly string[]): string {
  const profile = `-env:UserInstallation=file://${join(folder, 'profile')}`;
  const out = join(folder, 'out');
  execFileSync(
    'soffice',
    [profile, '--headless', ...options, '--convert-to', to, '--outdir', out, join(folder, file)],
    { stdio: 'pipe', timeout: 120_000 },
  );
  return join(out, file.replace(/\.[^.]+$/, `.${/^[a-z]+/.exec(to)?.[0] ?? ''}`));
}

async function drawn(delimiter: Delimiter): Promise<string> {
  const folder = newFolder();
  const paths = runPaths(folder);
  const quoted = [HEADER, ...ROWS].map((cells) =>
    cells.map((text) => `"${text.replaceAll('"', '""')}"`).join(','),
  );
  writeFileSync(paths.input, quoted.join('\r\n'));
  const problem = { code: 'x', message: '=1+1', hint: '@SUM(1)' };
  await writeResults(
    paths,
    await readTable(paths.input),
    delimiter,
    {
      outcome: (row) =>
        Promise.resolve({
          type: 'outcome',
          row,
          line: row + 2,
          tenantId: ROWS[row]![0]!,
          status: 'rejected',
          problem,
          changes: [{ field: 'city', from: '=1+1', to: VALUES[row]! }],
          trace: { correlationId: '-1', attempts: 1, etagBefore: '-4242348048554929329' },
          at: '2026-11-23T07:30:00.000Z',
        }),
      standing: () => 'rejected',
      isApplied: true,
      stop: undefined,
    },
    () => undefined,
  );
  const cells = async function* () {
    for (const row of ROWS) yield await Promise.resolve([...row].reverse());
  };
  await writeCsv(paths.plan, [...HEADER].reverse(), cells(), delimiter);
  return folder;
}

const formulas = (flat: string): string[] =>
  [...readFileSync(flat, 'utf8').matchAll(/table:formula="([^"]*)"/g)].map(
    ([, text]) => text ?? '',
  );

describe.skipIf(!FULL)('LibreOffice', () => {
  test('runs formulas of a file without marks, so what follows shows something', (context) => {
    if (missing !== undefined) context.skip(missing);
    const folder = newFolder();
    writeFileSync(join(folder, 'live.csv'), 'a,b\n=1+1,"=SUM(1;1)"\n');
    const flat = convert(folder, 'live.csv', 'fods', [`--infilter=${readAs(',')}`]);
    expect(formulas(flat)).toHaveLength(2);
  });

  test.for(DELIMITERS)(
    'no formula in files with %j',
    { timeout: 300_000 },
    async (written, context) => {
      if (missing !== undefined) context.skip(missing);
      const folder = await drawn(written);
      // Its own; what a CSV has elsewhere; and all at once, as the dialog proposes.
      const opened = new Set([written, ',', ';'].map((one) => readAs(one as Delimiter)));
      for (const file of ['results.csv', 'plan.csv']) {
        for (const filter of [...opened, readAs(...DELIMITERS)]) {
          const flat = convert(folder, file, 'fods', [`--infilter=${filter}`]);
          expect([file, filter, formulas(flat)]).toEqual([file, filter, []]);
        }
      }
    },
  );

  test('shown as text to the last digit, and saved again as CSV it reads back', async (context) => {
    if (missing !== undefined) context.skip(missing);
    const folder = await drawn(';');
    // By way of a workbook, as somebody saves it who works with it.
    for (const kind of ['xlsx', 'ods']) {
      copyFileSync(join(folder, 'results.csv'), join(folder, `${kind}-way.csv`));
      const book = convert(folder, `${kind}-way.csv`, kind, [`--infilter=${readAs(';')}`]);
      copyFileSync(book, join(folder, `book-${kind}.${kind}`));
      const saved = convert(
        folder,
        `book-${kind}.${kind}`,
        'csv:Text - txt - csv (StarCalc):59,34,76,1,,0,false,true',
        [],
      );
      const table = await readTable(saved);
      expect(table.header.columns.slice(0, 4).map(({ name }) => name)).toEqual(HEADER);
      const lost: string[] = [];
      let at = 0;
      for await (const read of readRows(saved, table)) {
        if (read.kind !== 'record') continue;
        const value = VALUES[at]!;
        const back = read.raw.cells[2] ?? '';
        expect([read.raw.cells[0], read.raw.cells[3]]).toEqual([ROWS[at]![0], '00501']);
        // A sheet has one kind of line break, and may drop a value's own tabs; nothing else.
        if (plainly(back) !== plainly(value)) lost.push(JSON.stringify([value, back]));
        at += 1;
      }
      expect([kind, at, lost]).toEqual([kind, VALUES.length, []]);
    }
  }, 300_000);
});

const plainly = (text: string): string => text.replace(/\r\n?/g, '\n').replace(/[\t\v]/g, '');
