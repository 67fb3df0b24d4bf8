/** Bytes of a CSV file → header and rows, as a stream: memory does not grow with the file. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { parse, CsvError, type Info, type Options } from 'csv-parse';
import { parse as parseSync } from 'csv-parse/sync';

import type { ColumnMap } from './column-map.js';
import { columnLetter, countKnown, parseHeader, type Header } from './columns.js';
import { decodeUtf8, refuseForeignBytes } from './decode.js';
import { FileProblem } from './file-problem.js';
import type { RawRow } from './parse-row.js';
import { withoutMarks } from './sheet-mark.js';

export type Delimiter = ',' | ';' | '\t';

/** How a file is written: found once, so that every later reading sees the same rows. */
export interface Dialect {
  readonly encoding: 'UTF-8';
  readonly delimiter: Delimiter;
}

export interface Table {
  readonly dialect: Dialect;
  readonly header: Header;
  /** The row number of the header, as a spreadsheet shows it. */
  readonly headerLine: number;
}

export type ReadRow =
  | { readonly kind: 'record'; readonly raw: RawRow }
  | { readonly kind: 'blank' }
  /** More or fewer cells than the header: which cell belongs to which column is anybody's guess. */
  | { readonly kind: 'ragged'; readonly raw: RawRow; readonly expected: number };

/** A record of a megabyte is a quote that nobody closed. */
const MAX_RECORD_BYTES = 1024 * 1024;
const HEAD_BYTES = 64 * 1024;
/** So many blank lines may stand above the header. */
const HEADER_WITHIN = 20;

const parserOptions = (delimiter: Delimiter): Options => ({
  bom: true,
  delimiter,
  // Told, not discovered: files joined from several sources mix their line ends.
  record_delimiter: ['\r\n', '\n', '\r'],
  relax_column_count: true,
  skip_empty_lines: false,
  max_record_size: MAX_RECORD_BYTES,
  info: true,
});

/** What is known of a file before it is read. */
export interface Reading {
  /** What the user says about its columns. */
  readonly map?: ColumnMap;
  /** billpatch wrote it, though no column shows that. */
  readonly isDrawn?: boolean;
}

/** Finds the dialect and reads the header. Throws {@link FileProblem} where that is impossible. */
export async function readTable(path: string, { map, isDrawn }: Reading = {}): Promise<Table> {
  const head = await readHead(path);
  refuseForeignBytes(head);
  const text = new TextDecoder('utf-8').decode(head);
  const candidates = ([',', ';', '\t'] as const).map((delimiter) => firstRecord(text, delimiter));
  // By what the header then holds: counting characters picks `,` on a `;` file full of addresses.
  const best = candidates
    .filter((candidate) => candidate !== undefined)
    .sort(
      (a, b) =>
        countKnown(b.names, map) - countKnown(a.names, map) || b.names.length - a.names.length,
    )[0];
  if (!best) {
    // Reading on gives the exact reason: an unclosed quote, a record without end.
    const rows = readRecords(path, ',');
    while (!(await rows.next()).done);
    throw new FileProblem(
      'file-empty',
      `There is no text in the first ${HEADER_WITHIN} rows of the file.`,
      'Save the sheet again, with the column names in its first row.',
    );
  }
  return {
    dialect: { encoding: 'UTF-8', delimiter: best.delimiter },
    header: parseHeader(best.names, map, isDrawn),
    headerLine: best.line,
  };
}

/** The rows below the header, in order. The table is what {@link readTable} returned. */
export async function* readRows(
  path: string,
  { dialect, header, headerLine }: Table,
): AsyncGenerator<ReadRow> {
  const width = header.columns.length;
  let line = 0;
  let textLine = 1;
  let ordinal = 0;
  for await (const { record } of readRecords(path, dialect.delimiter)) {
    line += 1;
    const begins = textLine;
    // Not `info.lines`: csv-parse counts a CRLF inside quotation marks as two lines.
    textLine += 1 + record.reduce((sum, cell) => sum + lineBreaks(cell), 0);
    if (line <= headerLine) continue;
    if (record.every((cell) => cell.trim() === '')) {
      yield { kind: 'blank' };
      continue;
    }
    // Once, and before anything looks at them.
    const cells = header.isDrawn ? record.map(withoutMarks) : record;
    const raw: RawRow = { ordinal, line, textLine: begins, cells };
    ordinal += 1;
    yield record.length === width
      ? { kind: 'record', raw }
      : { kind: 'ragged', raw, expected: width };
  }
}

const lineBreaks = (cell: string): number => cell.match(/\r\n|\n|\r/g)?.length ?? 0;

interface ParsedRecord {
  readonly record: readonly string[];
  readonly info: Info;
}

async function* readRecords(path: string, delimiter: Delimiter): AsyncGenerator<ParsedRecord> {
  const parser = parse(parserOptions(delimiter));
  // Not `.pipe()`: it would swallow read errors. The parser throws them where it is iterated.
  const feeding = pipeline(createReadStream(path), decodeUtf8, parser).catch(
    (error: unknown) => error,
  );
  try {
    for await (const parsed of parser) yield parsed as ParsedRecord;
  } catch (error) {
    const cause = (await feeding) ?? error;
    throw cause instanceof FileProblem ? cause : toFileProblem(error);
  } finally {
    parser.destroy();
  }
}

function firstRecord(
  text: string,
  delimiter: Delimiter,
): { delimiter: Delimiter; names: readonly string[]; line: number } | undefined {
  // One record more each time: what comes after the header, an unclosed quote for one, is not met.
  for (let line = 1; line <= HEADER_WITHIN; line += 1) {
    let records: readonly { record: string[] }[];
    try {
      records = parseSync(text, {
        ...parserOptions(delimiter),
        to: line,
      }) as unknown as typeof records;
    } catch {
      return undefined;
    }
    const names = records[line - 1]?.record;
    if (names?.some((cell) => cell !== '')) return { delimiter, names, line };
  }
  return undefined;
}

async function readHead(path: string): Promise<Buffer> {
  try {
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw toFileProblem(error);
  }
}

function toFileProblem(error: unknown): FileProblem {
  if (error instanceof CsvError) {
    // Rows, as everywhere: `lines` is the end of the file where a quotation mark is never closed.
    const line = typeof error.records === 'number' ? error.records + 1 : undefined;
    const column = typeof error.index === 'number' ? ` in column ${columnLetter(error.index)}` : '';
    const where = line === undefined ? '' : ` at line ${line}${column}`;
    const known: Readonly<Record<string, FileProblem>> = {
      CSV_QUOTE_NOT_CLOSED: new FileProblem(
        'quote-not-closed',
        `A quotation mark that opens${where} is never closed.`,
        'Close it, or write it twice ("") where it is part of the text.',
      ),
      INVALID_OPENING_QUOTE: misplacedQuote(where),
      CSV_INVALID_CLOSING_QUOTE: misplacedQuote(where),
      CSV_MAX_RECORD_SIZE: new FileProblem(
        'record-too-long',
        `A row is longer than 1 MB${where}.`,
        'Look for a quotation mark that is never closed, or for a cell that does not belong there.',
      ),
    };
    const malformed = `The file cannot be read as a CSV${where} (${error.code}).`;
    return (
      known[error.code] ??
      new FileProblem('csv-malformed', malformed, 'Save it again from the spreadsheet.')
    );
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'There is no such file.',
    EISDIR: 'That is a folder, not a file.',
    EACCES: 'The file may not be read by this user.',
  };
  return new FileProblem(
    'file-unreadable',
    reasons[code] ?? `The file cannot be read (${code || String(error)}).`,
    'Check the path, and that the file is not open elsewhere.',
  );
}

const misplacedQuote = (where: string): FileProblem =>
  new FileProblem(
    'quote-misplaced',
    `A quotation mark stands in the middle of a cell${where}.`,
    'Put the whole cell in quotation marks and write each one inside it twice ("").',
  );
