/**
 * The files that people open: results.csv and failed.csv, drawn from the journal in input order, and
 * others. No cell of them is live in a spreadsheet (sheet-guard.ts). The only user of csv-stringify.
 */
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { stringify } from 'csv-stringify';
import { stringify as stringifySync } from 'csv-stringify/sync';

import type { JournalIndex } from '../journal/read-journal.js';
import { writeWholeFile } from '../journal/whole-file.js';
import type { Problem } from '../problem.js';
import type { Manifest, RunPaths } from '../journal/run-folder.js';
import { isFine, zeroCounts } from '../run/outcome.js';
import type { RawRow } from '../rows/parse-row.js';
import { readRows, type Delimiter, type Table } from '../rows/read-rows.js';
import type { Totals } from './exit-code.js';
import { RESULT_COLUMNS, toResultRow, type Recorded, type ResultRow } from './result-row.js';
import { guardCell } from './sheet-guard.js';

/** What the journal knows of each row, and why no more rows were begun. */
export interface RecordedOutcomes extends Pick<JournalIndex, 'outcome' | 'standing'> {
  /** A plan was applied: what is still planned was not begun. */
  readonly isApplied: boolean;
  readonly stop: Problem | undefined;
}

/** A time is for the sheet to read; all else may hold what a customer or the service wrote. */
const FINISHED_AT = RESULT_COLUMNS.indexOf('result_finished_at');

export interface Drawn {
  readonly rows: number;
  readonly totals: Totals;
}

/**
 * @param onRow sees every row, in input order
 * @param isOwn whether a row of the input is the run's; the default is every row
 */
export async function writeResults(
  paths: RunPaths,
  table: Table,
  delimiter: Delimiter,
  outcomes: RecordedOutcomes,
  onRow: (row: ResultRow) => void,
  isOwn: (row: RawRow) => boolean = () => true,
): Promise<Drawn> {
  const totals = zeroCounts();
  let rows = 0;
  // Columns of an earlier result are left out: the new ones stand in their place.
  const kept = table.header.columns.flatMap(({ role }, i) => (role.kind === 'result' ? [] : [i]));
  const names = kept.map((i) => guardCell(table.header.columns[i]?.name ?? ''));
  const header = [...names, ...RESULT_COLUMNS];

  await writeWholeFile(paths.results, async (resultsFile) => {
    await writeWholeFile(paths.failed, async (failedFile) => {
      const results = createSheet(resultsFile, delimiter, header);
      const failed = createSheet(failedFile, delimiter, header);
      for await (const read of readRows(paths.input, table)) {
        if (read.kind === 'blank' || !isOwn(read.raw)) continue;
        const { raw } = read;
        const row = toResultRow(raw.line, await recordedOf(raw.ordinal, outcomes));
        rows += 1;
        totals[row.status] += 1;
        onRow(row);
        const cells = [
          ...kept.map((i) => guardCell(raw.cells[i] ?? '')),
          ...row.cells.map((cell, at) => (at === FINISHED_AT ? cell : guardCell(cell))),
        ];
        await results.write(cells);
        if (!isFine(row.status)) await failed.write(cells);
      }
      await Promise.all([results.end(), failed.end()]);
    });
  });
  return { rows, totals };
}

export async function recordedOf(row: number, outcomes: RecordedOutcomes): Promise<Recorded> {
  const entry = await outcomes.outcome(row);
  if (entry && !(outcomes.isApplied && entry.status === 'planned'))
    return { kind: 'outcome', entry };
  return outcomes.standing(row) === 'intent'
    ? { kind: 'cut-off' }
    : { kind: 'not-begun', stop: outcomes.stop };
}

interface Sheet {
  /** Undefined where nothing needs to be waited for. */
  readonly write: (cells: readonly string[]) => Promise<void> | undefined;
  /** Ends the file. */
  readonly end: () => Promise<void>;
}

/** Rows that are made into text, and written, together: each by itself costs twice as much. */
const ROWS_AT_ONCE = 128;

/** What separates the cells of what is drawn: as it was asked for, or else as in the input. */
export const sheetDelimiter = ({
  input,
  options,
}: Pick<Manifest, 'input' | 'options'>): Delimiter =>
  options.outDelimiter ?? ([';', '\t'] as const).find((known) => known === input.delimiter) ?? ',';

/**
 * A CSV that a spreadsheet opens with accents intact: UTF-8 with its byte order mark. A tab holds in
 * quotation marks only, and so does a carriage return.
 */
const sheetFormat = (delimiter: Delimiter) => ({ bom: true, delimiter, quoted_match: /[\t\r]/ });

function createSheet(file: Writable, delimiter: Delimiter, header: readonly string[]): Sheet {
  const format = sheetFormat(delimiter);
  let rows: (readonly string[])[] = [header];
  let isBegun = false;
  let bytes = Buffer.alloc(0);
  // Waits until it is written, so that there is never more in memory than this one buffer.
  const flush = (): Promise<void> => {
    const text = stringifySync(rows, { ...format, bom: !isBegun });
    rows = [];
    isBegun = true;
    const length = Buffer.byteLength(text);
    if (bytes.length < length) bytes = Buffer.allocUnsafe(2 * length);
    bytes.write(text);
    return new Promise((resolve, reject) => {
      file.write(bytes.subarray(0, length), (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  };
  return {
    write(cells) {
      rows.push(cells);
      return rows.length < ROWS_AT_ONCE ? undefined : flush();
    },
    async end() {
      if (rows.length > 0) await flush();
      file.end();
    },
  };
}

/** Rows as lines of such a file, ends included, without its byte order mark. */
export function createCsvLines(): (cells: readonly string[]) => string {
  const format = { ...sheetFormat(','), bom: false };
  return (cells) => stringifySync([cells.map(guardCell)], format);
}

/** Rows that come from anywhere as the bytes of a CSV, cell for cell. Reading throws an error of theirs. */
export function toCsv(
  header: readonly string[],
  rows: AsyncIterable<readonly string[]> | Iterable<readonly string[]>,
): Readable {
  const lines = async function* () {
    yield header;
    yield* rows;
  };
  const csv = stringify(sheetFormat(','));
  pipeline(Readable.from(lines()), csv).catch(() => undefined);
  return csv;
}

/** Rows that come from anywhere, as one whole CSV file of guarded cells. */
export async function writeCsv(
  path: string,
  header: readonly string[],
  rows: AsyncIterable<readonly string[]>,
  delimiter: Delimiter = ',',
): Promise<void> {
  await writeWholeFile(path, async (file) => {
    const sheet = createSheet(file, delimiter, header.map(guardCell));
    for await (const cells of rows) await sheet.write(cells.map(guardCell));
    await sheet.end();
  });
}
