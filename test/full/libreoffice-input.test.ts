/**
 * Files as a real spreadsheet saves them: CSV in each encoding and separator, and workbooks.
 * Full level only; says why where it is skipped.
 */
import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { Encoding } from '../../src/rows/encoding.js';
import { readRows, readTable, type Delimiter, type Dialect } from '../../src/rows/read-rows.js';
import { readWorkbook } from '../../src/rows/read-workbook.js';
import { workbookOf, type CellSpec } from '../helpers/workbook.js';

const FULL = process.env.BILLPATCH_TEST_LEVEL === 'full';
const run = promisify(execFile);

const missing = !FULL
  ? 'only at the full level (npm run test:full)'
  : spawnSync('soffice', ['--version']).status === 0
    ? undefined
    : 'soffice is not installed (test/full/install-servers.sh)';

const T = '01234567-89ab-cdef-0123-456789abcdef';
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'billpatch-office-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Its own profile, so that it neither disturbs nor is disturbed by one that runs. */
async function convert(file: string, to: string, infilter?: string): Promise<string> {
  const out = await mkdtemp(join(folder, 'out-'));
  await run(
    'soffice',
    [
      `-env:UserInstallation=file://${folder}/profile`,
      '--headless',
      ...(infilter === undefined ? [] : [`--infilter=${infilter}`]),
      '--convert-to',
      to,
      '--outdir',
      out,
      file,
    ],
    { timeout: 120_000 },
  );
  const name = (file.split('/').at(-1) ?? '').replace(/\.\w+$/, '');
  return join(out, `${name}.${to.split(':')[0] ?? ''}`);
}

async function cellsOf(path: string, known?: Partial<Dialect>) {
  const table = await readTable(path, known);
  const cells: (readonly string[])[] = [];
  for await (const row of readRows(path, table))
    cells.push(row.kind === 'blank' ? [] : row.raw.cells);
  return { dialect: table.dialect, cells };
}

const csv = (rows: readonly (readonly string[])[]): string =>
  rows.map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',')).join('\n') +
  '\n';
const HEAD = ['tenant id', 'city', 'postalCode', 'notes'];
/** Every column as text. */
const AS_TEXT = 'CSV:44,34,76,1,1/2/2/2/3/2/4/2';

describe.runIf(FULL)('LibreOffice', () => {
  test.runIf(missing)('is there', ({ skip }) => {
    skip(missing);
  });

  /** Its number of the encoding, what is found by the bytes alone, and a text of it. */
  const encodings: readonly [Encoding, number, boolean, string][] = [
    ['UTF-8', 76, true, 'Zürich – “n” 北京 🏭'],
    ['UTF-16LE', 65535, true, 'Zürich – “n” 北京 🏭'],
    ['windows-1252', 1, true, 'Zürich – “n” €'],
    ['windows-1250', 33, false, 'Łódź, Český'],
    ['windows-1251', 34, false, 'Москва'],
    ['ISO-8859-2', 13, false, 'Győr'],
    ['macintosh', 2, false, 'Übersee “n”'],
    ['Shift_JIS', 64, false, '東京都港区'],
    ['GB18030', 85, false, '北京市海淀区'],
  ];
  const separators: readonly [Delimiter, number][] = [
    [',', 44],
    [';', 59],
    ['\t', 9],
    ['|', 124],
  ];
  const cases = encodings.flatMap(([encoding, number, isFound, city], at) =>
    separators
      // All of them in UTF-8, and each of them somewhere else.
      .filter((_, i) => at === 0 || i === at % separators.length)
      .map(([delimiter, code]) => ({ encoding, number, isFound, city, delimiter, code })),
  );

  test.skipIf(missing).for(cases)(
    'saves a CSV in $encoding with $delimiter',
    { timeout: 180_000 },
    async ({ encoding, number, isFound, city, delimiter, code }) => {
      const rows = [
        [T, city, '00501', 'a, b; c|d\te'],
        [T, `${city} "x"`, '=1+1', 'line\nbreak'],
        [T, '  edges  ', '1E5', "'"],
      ];
      const source = join(folder, `${encoding}-${code}.csv`);
      await writeFile(source, csv([HEAD, ...rows]));
      const filter = `csv:Text - txt - csv (StarCalc):${code},34,${number},1,,0,false,true,false`;
      const saved = await convert(source, filter, AS_TEXT);
      const { dialect, cells } = await cellsOf(saved, isFound ? {} : { encoding });
      expect(dialect).toEqual({ encoding, delimiter });
      expect(cells).toEqual(rows);
    },
  );

  test.skipIf(missing)(
    'saves a workbook of texts',
    async () => {
      const rows = [
        [T, 'Zürich – “n” 北京 🏭', '00501', ' edges '],
        [T, 'a "b" <c> &amp; _x000D_', '1E5', 'line\nbreak'],
      ];
      const source = join(folder, 'texts.csv');
      await writeFile(source, csv([HEAD, ...rows]));
      const saved = await convert(source, 'xlsx', AS_TEXT);
      expect([...(await readWorkbook(readFileSync(saved))).rows]).toEqual([HEAD, ...rows]);
    },
    180_000,
  );

  test.skipIf(missing)(
    'saves numbers with their formats again, and they are read the same',
    async () => {
      const numbers: readonly CellSpec[] = [
        { number: 501, format: '00000' },
        { number: 123456789, format: '00000\\-0000' },
        { number: 501, format: '[<=99999]00000;00000\\-0000' },
        { number: 4255550123, format: '[<=9999999]###\\-####;\\(###\\)\\ ###\\-####' },
        { number: 442079460142, format: '\\+##\\ ##\\ ####\\ ####' },
        { number: 7, format: '"A-"000' },
        { number: 0.05, format: '0%' },
        { number: 98052, format: '0' },
        98052,
        12345678901,
        { number: 45000, format: 'yyyy\\-mm\\-dd' },
        { number: 45000.3125, format: 'yyyy\\-mm\\-dd\\ hh:mm:ss' },
        true,
        { xml: (ref) => `<c r="${ref}"><f>40+2</f><v>42</v></c>` },
      ];
      const made = join(folder, 'numbers.xlsx');
      await writeFile(
        made,
        workbookOf([
          { name: 'S', rows: [['tenant id', 'city'], ...numbers.map((cell) => ['x', cell])] },
        ]),
      );
      const columnOf = async (path: string): Promise<unknown> =>
        [...(await readWorkbook(readFileSync(path))).rows].slice(1).map(([, text]) => text);
      const expected = [
        '00501',
        '12345-6789',
        '00501',
        '(425) 555-0123',
        '+44 20 7946 0142',
        'A-007',
        '5%',
        '98052',
        '98052',
        '12345678901',
        '2023-03-15',
        '2023-03-15 07:30:00',
        'TRUE',
        '42',
      ];
      expect(await columnOf(made)).toEqual(expected);
      expect(await columnOf(await convert(made, 'xlsx'))).toEqual(expected);
    },
    180_000,
  );

  test.skipIf(missing)(
    'saves old and OpenDocument workbooks, which are refused by name',
    async () => {
      const source = join(folder, 'other.csv');
      await writeFile(source, csv([HEAD, [T, 'Ely', '1', '']]));
      const { compoundProblem } = await import('../../src/rows/compound-file.js');
      expect(compoundProblem(readFileSync(await convert(source, 'xls'))).code).toBe(
        'workbook-too-old',
      );
      await expect(readWorkbook(readFileSync(await convert(source, 'ods')))).rejects.toMatchObject({
        code: 'workbook-unsupported',
      });
    },
    180_000,
  );
});
