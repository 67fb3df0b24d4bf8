/** Draws results.csv and failed.csv from the journal, in input order. The only user of csv-stringify. */
import { pipeline } from 'node:stream/promises';
import { Readable, type Writable } from 'node:stream';
import { stringify, type Stringifier } from 'csv-stringify';

import type { JournalIndex } from '../journal/read-journal.js';
import { writeWholeFile } from '../journal/whole-file.js';
import type { Problem } from '../problem.js';
import type { RunPaths } from '../journal/run-folder.js';
import { isFine, zeroCounts } from '../run/outcome.js';
import { readRows, type Delimiter, type Table } from '../rows/read-rows.js';
import type { Totals } from './exit-code.js';
import { RESULT_COLUMNS, toResultRow, type Recorded, type ResultRow } from './result-row.js';

/** What the journal knows of each row, and why no more rows were begun. */
export interface RecordedOutcomes extends Pick<JournalIndex, 'outcome' | 'standing'> {
  /** A plan was applied: what is still planned was not begun. */
  readonly isApplied: boolean;
  readonly stop: Problem | undefined;
}

export interface Drawn {
  readonly rows: number;
  readonly totals: Totals;
}

/** @param onRow sees every row, in input order. */
export async function writeResults(
  paths: RunPaths,
  table: Table,
  outcomes: RecordedOutcomes,
  onRow: (row: ResultRow) => void,
): Promise<Drawn> {
  const totals = zeroCounts();
  let rows = 0;
  // Columns of an earlier result are left out: the new ones stand in their place.
  const kept = table.header.columns.flatMap(({ role }, i) => (role.kind === 'result' ? [] : [i]));
  const header = [...kept.map((i) => table.header.columns[i]?.name ?? ''), ...RESULT_COLUMNS];

  await writeWholeFile(paths.results, async (resultsFile) => {
    await writeWholeFile(paths.failed, async (failedFile) => {
      const results = createSheet(resultsFile, table.dialect.delimiter, header);
      const failed = createSheet(failedFile, table.dialect.delimiter, header);
      for await (const read of readRows(paths.input, table)) {
        if (read.kind === 'blank') continue;
        const { raw } = read;
        const row = toResultRow(raw.line, await recordedOf(raw.ordinal, outcomes));
        rows += 1;
        totals[row.status] += 1;
        onRow(row);
        const cells = [...kept.map((i) => raw.cells[i] ?? ''), ...row.cells];
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
  readonly write: (cells: readonly string[]) => Promise<void> | undefined;
  readonly end: () => Promise<void>;
}

/** A CSV that a spreadsheet opens with accents intact: UTF-8 with its mark, the input's delimiter. */
function createSheet(file: Writable, delimiter: Delimiter, header: readonly string[]): Sheet {
  const rows: Stringifier = stringify({ bom: true, delimiter });
  const done = pipeline(rows, file);
  // Seen again by end(); without this an early error would be an unhandled one.
  done.catch(() => undefined);
  rows.write(header);
  return {
    write(cells) {
      if (rows.write(cells)) return undefined;
      return Promise.race([new Promise<void>((resolve) => rows.once('drain', resolve)), done]);
    },
    async end() {
      rows.end();
      await done;
    },
  };
}

/** Rows that come from anywhere, as one whole CSV file. */
export async function writeCsv(
  path: string,
  header: readonly string[],
  rows: AsyncIterable<readonly string[]>,
): Promise<void> {
  await writeWholeFile(path, async (file) => {
    const lines = async function* () {
      yield header;
      yield* rows;
    };
    // A leading tab keeps a spreadsheet's hands off a value (sheet-guard.ts), in quotation marks only.
    await pipeline(Readable.from(lines()), stringify({ bom: true, quoted_match: /^\t/ }), file);
  });
}
