/**
 * The input that is in the run folder, as a table. A workbook stays as it came, and a CSV is made of
 * its sheet: what every later stage reads.
 */
import { readFile, rename, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { fileSha256, type Manifest, type RunPaths } from '../journal/run-folder.js';
import { writeWholeFile } from '../journal/whole-file.js';
import { compoundProblem } from '../rows/compound-file.js';
import type { Encoding } from '../rows/encoding.js';
import { FileProblem } from '../rows/file-problem.js';
import { readHead } from '../rows/find-encoding.js';
import { isCompound, isZip } from '../rows/foreign-file.js';
import type { Dialect, Table } from '../rows/read-rows.js';
import { readInput, type InputKind } from './read-input.js';

/** How the user wants the file to be read. */
export interface AskedReading {
  readonly encoding?: Encoding;
  /** Of a workbook. */
  readonly sheet?: string;
}

export interface TakenTable {
  readonly table: Table;
  /** As run.json keeps it. */
  readonly workbook?: NonNullable<Manifest['input']['workbook']>;
}

/** It is held in memory as a whole. */
const WORKBOOK_BYTES = 128 * 1024 * 1024;

/** Whether a file has to be in a folder of its own before it is a table. */
export async function isWorkbook(path: string): Promise<boolean> {
  const { head } = await readHead(path);
  return isZip(head) || isCompound(head);
}

/** A file of text. */
export const readText = (
  paths: Pick<RunPaths, 'input'>,
  { encoding }: AskedReading,
  kind: InputKind,
): Promise<Table> =>
  readInput(paths, { ...kind, input: { ...kind.input, ...(encoding && { encoding }) } });

export async function takeTable(
  paths: Pick<RunPaths, 'input' | 'workbook'>,
  asked: AskedReading,
  kind: InputKind,
): Promise<TakenTable> {
  const { sheet } = asked;
  if (!(await isWorkbook(paths.input))) {
    if (sheet !== undefined) throw noWorkbook(sheet);
    return { table: await readText(paths, asked, kind) };
  }
  if ((await stat(paths.input)).size > WORKBOOK_BYTES) throw TOO_LARGE;
  await rename(paths.input, paths.workbook);
  const bytes = await readFile(paths.workbook);
  if (isCompound(bytes)) throw compoundProblem(bytes);
  const { readWorkbook } = await import('../rows/read-workbook.js');
  const { origin, rows, warnings } = await readWorkbook(bytes, sheet);
  await writeWholeFile(paths.input, (file) => pipeline(Readable.from(linesOf(rows)), file));
  const table = await readInput(paths, { ...kind, input: { ...kind.input, ...AS_WRITTEN } });
  return {
    table: { ...table, origin, warnings },
    workbook: { ...origin, csvSha256: await fileSha256(paths.input) },
  };
}

const AS_WRITTEN = { encoding: 'UTF-8', delimiter: ',' } as const satisfies Dialect;

function* linesOf(rows: Iterable<readonly string[]>): Generator<string> {
  for (const row of rows)
    yield `${row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',')}\r\n`;
}

const noWorkbook = (sheet: string): FileProblem =>
  new FileProblem(
    'sheet-unknown',
    `The file is text, no workbook, so it has no sheet "${sheet}".`,
    'Leave --sheet away.',
  );

const TOO_LARGE = new FileProblem(
  'workbook-too-large',
  'The workbook is larger than 128 MB.',
  'Save the sheet as "CSV UTF-8 (comma delimited)", which may be of any size.',
);
