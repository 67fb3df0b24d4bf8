/** Where the rows of a run come from, as a program gives them. */
import { Readable } from 'node:stream';

import { UsageError } from '../problem.js';
import { toCsv } from '../results/write-results.js';
import type { NewRunOptions } from '../stages/begin-run.js';

/**
 * One row: names of columns, as in a file, and their values. Every column that a file may have may be
 * here, guards (`expect:companyName`) and columns that are only carried through included. `''`, `null`,
 * `undefined` and an absent column leave a field alone; `'<clear>'` empties it. Values are text:
 * a number would have lost the zeros of `00501`.
 */
export type InputRow = Readonly<Record<string, string | null | undefined>>;

/** Rows of a file, of a stream of its bytes, or made by the program. */
export type RunInput =
  | {
      /** The path of a CSV file or a workbook, as for the command line. */
      readonly file: string;
      /** The run folder, new or empty. Default: beside the file, named after it and the time. */
      readonly runDir?: string;
    }
  | {
      /** The bytes of such a file; text is taken as UTF-8. */
      readonly stream: AsyncIterable<Uint8Array | string>;
      readonly runDir: string;
    }
  | {
      /** Taken one by one: memory does not grow with their number. */
      readonly rows: Iterable<InputRow> | AsyncIterable<InputRow>;
      /** All columns, in order. Default: those of the first row. */
      readonly columns?: readonly string[];
      readonly runDir: string;
    };

export function toSource(input: RunInput): Pick<NewRunOptions, 'file' | 'source' | 'runDir'> {
  if ('file' in input) {
    const { file, runDir } = input;
    return { file, ...(runDir !== undefined && { runDir }) };
  }
  if ('stream' in input) {
    const stream = Readable.from(bytesOf(input.stream));
    return { file: 'stream', source: { kind: 'stream', stream }, runDir: input.runDir };
  }
  const stream = Readable.from(csvOf(input.rows, input.columns));
  return { file: 'rows', source: { kind: 'stream', stream }, runDir: input.runDir };
}

async function* bytesOf(stream: AsyncIterable<Uint8Array | string>): AsyncGenerator<Buffer> {
  for await (const chunk of stream)
    yield typeof chunk === 'string' ? Buffer.from(chunk) : Buffer.from(chunk);
}

async function* csvOf(
  rows: Iterable<InputRow> | AsyncIterable<InputRow>,
  columns: readonly string[] | undefined,
): AsyncGenerator<Buffer> {
  const iterator =
    Symbol.asyncIterator in rows ? rows[Symbol.asyncIterator]() : rows[Symbol.iterator]();
  const first = await iterator.next();
  const header = columns ?? (first.done === true ? [] : Object.keys(first.value));
  if (header.length === 0) {
    throw new UsageError(
      'rows-empty',
      first.done === true ? 'There are no rows.' : 'The first row has no columns.',
      'Give at least one row, with customerTenantId and the fields to change.',
    );
  }
  const known = new Set(header);
  const cells = async function* () {
    for (let next = first, row = 1; next.done !== true; next = await iterator.next(), row += 1)
      yield cellsOf(next.value, row, header, known);
  };
  try {
    yield* toCsv(header, cells()) as AsyncIterable<Buffer>;
  } finally {
    await iterator.return?.();
  }
}

function cellsOf(
  given: InputRow,
  row: number,
  header: readonly string[],
  known: ReadonlySet<string>,
): string[] {
  for (const [name, value] of Object.entries<unknown>(given)) {
    if (!known.has(name)) {
      throw new UsageError(
        'row-column-unknown',
        `Row ${row} has a column that the first has not: ${name}.`,
        'Give every row the same columns, or name all of them in `columns`.',
      );
    }
    if (typeof value !== 'string' && value !== null && value !== undefined) {
      throw new UsageError(
        'not-a-text',
        `Row ${row} holds a ${typeof value} in ${name}; values are text.`,
        "Write it as text ('00501').",
      );
    }
  }
  const cells = header.map((name) => given[name] ?? '');
  // A row of nothing is a blank line to a spreadsheet, and would come to no ending.
  if (cells.every((cell) => cell.trim() === '')) {
    throw new UsageError(
      'row-empty',
      `Row ${row} holds nothing.`,
      'Leave it away, or name its customer.',
    );
  }
  return cells;
}
