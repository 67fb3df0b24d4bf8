/** Bytes of a CSV file → header and rows, as a stream: memory does not grow with the file. */
import { pipeline } from 'node:stream/promises';
import { parse, CsvError, type Options, type Parser } from 'csv-parse';
import { parse as parseSync } from 'csv-parse/sync';

import type { Warning } from '../problem.js';
import type { ColumnMap } from './column-map.js';
import { columnLetter, countKnown, parseHeader, type Header } from './columns.js';
import { decodeHead, readText } from './decode.js';
import type { Encoding } from './encoding.js';
import { FileProblem } from './file-problem.js';
import { findEncoding, type Head } from './find-encoding.js';
import { refuseControlCharacters } from './foreign-file.js';
import type { RawRow } from './parse-row.js';
import { withoutMarks } from './sheet-mark.js';

export const DELIMITERS = [',', ';', '\t', '|'] as const;

export type Delimiter = (typeof DELIMITERS)[number];

/** How a file is written: found once, so that every later reading sees the same rows. */
export interface Dialect {
  readonly encoding: Encoding;
  readonly delimiter: Delimiter;
}

/** What a CSV was made from that billpatch wrote itself. */
export interface SheetOrigin {
  readonly sheet: string;
  /** The workbook has these too; they were not read. */
  readonly otherSheets: readonly string[];
}

export interface Table {
  readonly dialect: Dialect;
  readonly header: Header;
  /** The row number of the header, as a spreadsheet shows it. */
  readonly headerLine: number;
  /** The byte at which the rows begin: after a mark, and after a line that names the delimiter. */
  readonly start: number;
  /** Lines of the text file before that. */
  readonly linesBefore: number;
  /** There is no CR in the file: to look for one costs a fifteenth of parsing. */
  readonly hasOnlyLf?: boolean;
  /** Absent where the file is text. */
  readonly origin?: SheetOrigin;
  /** What is to be said of the file as a whole, whatever its cells hold. */
  readonly warnings?: readonly Warning[];
}

export type ReadRow =
  | { readonly kind: 'record'; readonly raw: RawRow }
  | { readonly kind: 'blank' }
  /** More or fewer cells than the header: which cell belongs to which column is anybody's guess. */
  | { readonly kind: 'ragged'; readonly raw: RawRow; readonly expected: number };

/** A record of a megabyte is a quote that nobody closed. */
const MAX_RECORD_BYTES = 1024 * 1024;
/** So many blank lines may stand above the header. */
const HEADER_WITHIN = 20;

const parserOptions = (delimiter: Delimiter, hasOnlyLf = false): Options => ({
  delimiter,
  // Told, not discovered: files joined from several sources mix their line ends.
  record_delimiter: hasOnlyLf ? '\n' : ['\r\n', '\n', '\r'],
  relax_column_count: true,
  skip_empty_lines: false,
  max_record_size: MAX_RECORD_BYTES,
});

/** What is known of a file before it is read. */
export interface Reading extends Partial<Dialect> {
  /** What the user says about its columns. */
  readonly map?: ColumnMap;
  /** billpatch wrote it, though no column shows that. */
  readonly isDrawn?: boolean;
}

/** Finds the dialect and reads the header. Throws {@link FileProblem} where that is impossible. */
export async function readTable(
  path: string,
  { map, isDrawn, ...known }: Reading = {},
): Promise<Table> {
  const head = await findEncoding(path, known.encoding).catch((error: unknown) => {
    throw toFileProblem(error);
  });
  const { encoding } = head;
  const { delimiter, text, start } = await withoutSepLine(head);
  const wanted = known.delimiter ?? delimiter;
  const candidates = (wanted === undefined ? DELIMITERS : [wanted])
    .map((candidate) => firstRecord(text, candidate))
    .filter((candidate) => candidate !== undefined)
    .map((candidate) => ({ ...candidate, known: countKnown(candidate.names, map) }))
    // A pipe is too common within cells to be one by its number alone.
    .filter((found) => found.delimiter !== '|' || found.delimiter === wanted || found.known > 0);
  // By what the header then holds: counting characters picks `,` on a `;` file full of addresses.
  const best = candidates.sort((a, b) => b.known - a.known || b.names.length - a.names.length)[0];
  if (!best) {
    // Reading on gives the exact reason: an unclosed quote, a record without end.
    const rows = readRecords(path, { encoding, delimiter: wanted ?? ',' }, { start });
    while (!(await rows.next()).done);
    throw new FileProblem(
      'file-empty',
      `There is no text in the first ${HEADER_WITHIN} rows of the file.`,
      'Save the sheet again, with the column names in its first row.',
    );
  }
  refuseControlCharacters(best.names, encoding);
  return {
    dialect: { encoding, delimiter: best.delimiter },
    header: parseHeader(best.names, map, isDrawn),
    headerLine: best.line,
    start,
    linesBefore: delimiter === undefined ? 0 : 1,
    hasOnlyLf: head.hasOnlyLf,
  };
}

interface Begun {
  /** What the file says itself. */
  readonly delimiter: Delimiter | undefined;
  readonly text: string;
  readonly start: number;
}

/**
 * A first line `sep=;` tells spreadsheets the delimiter. They do not show it, so it has no number:
 * the line below it is row 1.
 */
async function withoutSepLine({ bytes, encoding, start }: Head): Promise<Begun> {
  const text = await decodeHead(bytes, encoding);
  const [line, quoted, bare] = /^(?:"sep=(.)"|sep=(.))(?:\r\n|\n|\r)/i.exec(text) ?? [];
  if (line === undefined) return { delimiter: undefined, text, start };
  const named = quoted ?? bare;
  const delimiter = DELIMITERS.find((known) => known === named);
  if (delimiter === undefined) {
    throw new FileProblem(
      'delimiter-unknown',
      `The first line says that cells are divided by "${named ?? ''}", which is not supported.`,
      'Save the file with commas, semicolons, tabs or vertical bars.',
    );
  }
  const unit = encoding.startsWith('UTF-16') ? 2 : 1;
  return { delimiter, text: text.slice(line.length), start: start + line.length * unit };
}

/** The rows below the header, in order. The table is what {@link readTable} returned. */
export async function* readRows(path: string, table: Table): AsyncGenerator<ReadRow> {
  for await (const batch of readBatches(path, table)) yield* batch;
}

/** The same, as many at a time as are ready: to wait for each row costs more than to look at it. */
export async function* readBatches(path: string, table: Table): AsyncGenerator<readonly ReadRow[]> {
  const toRows = createRowReader(table);
  for await (const records of readRecords(path, table.dialect, table)) yield toRows(records);
}

/** Numbers the records as they come: each batch goes on where the one before it ended. */
function createRowReader({
  header,
  headerLine,
  linesBefore,
  origin,
}: Table): (records: Records) => readonly ReadRow[] {
  const width = header.columns.length;
  let line = 0;
  let textLine = 1 + linesBefore;
  let ordinal = 0;
  const isExport = header.isDrawn && header.columns.every(({ role }) => role.kind !== 'result');
  return (records) => {
    const rows: ReadRow[] = [];
    for (const record of records) {
      line += 1;
      // Nobody sees the text that was made from a workbook.
      const begins = origin ? line : textLine;
      // Not `info.lines`: csv-parse counts a CRLF inside quotation marks as two lines.
      textLine += 1;
      for (const cell of record) textLine += lineBreaks(cell);
      if (line <= headerLine) continue;
      if (isBlank(record)) {
        rows.push({ kind: 'blank' });
        continue;
      }
      // Once, and before anything looks at them.
      const cells = header.isDrawn ? record.map(withoutMarks) : record;
      const raw: RawRow = isExport
        ? { ordinal, line, textLine: begins, cells, written: record }
        : { ordinal, line, textLine: begins, cells };
      ordinal += 1;
      rows.push(
        record.length === width
          ? { kind: 'record', raw }
          : { kind: 'ragged', raw, expected: width },
      );
    }
    return rows;
  };
}

const lineBreaks = (cell: string): number =>
  cell.includes('\n') || cell.includes('\r') ? (cell.match(/\r\n|\n|\r/g)?.length ?? 0) : 0;

const isBlank = (record: readonly string[]): boolean => record.every((cell) => cell.trim() === '');

type Records = readonly (readonly string[])[];

async function* readRecords(
  path: string,
  { encoding, delimiter }: Dialect,
  { start, hasOnlyLf }: Pick<Table, 'start' | 'hasOnlyLf'>,
): AsyncGenerator<Records> {
  const parser = parse(parserOptions(delimiter, hasOnlyLf));
  // Not `.pipe()`: it would swallow read errors. The parser throws them where it is iterated.
  const feeding = pipeline(readText(path, encoding, start), parser).catch(
    (error: unknown) => error,
  );
  try {
    for await (const first of parser) yield [first as readonly string[], ...readyIn(parser)];
  } catch (error) {
    const cause = (await feeding) ?? error;
    throw cause instanceof FileProblem ? cause : toFileProblem(error);
  } finally {
    parser.destroy();
  }
}

/** What else it has made of the bytes that it was given last. */
function readyIn(parser: Parser): Records {
  const records: (readonly string[])[] = [];
  for (;;) {
    const record = parser.read() as readonly string[] | null;
    if (record === null) return records;
    records.push(record);
  }
}

function firstRecord(
  text: string,
  delimiter: Delimiter,
): { delimiter: Delimiter; names: readonly string[]; line: number } | undefined {
  // One record more each time: what comes after the header, an unclosed quote for one, is not met.
  for (let line = 1; line <= HEADER_WITHIN; line += 1) {
    let records: readonly string[][];
    try {
      records = parseSync(text, { ...parserOptions(delimiter), to: line });
    } catch {
      return undefined;
    }
    const names = records[line - 1];
    if (names?.some((cell) => cell !== '')) return { delimiter, names, line };
  }
  return undefined;
}

function toFileProblem(error: unknown): FileProblem {
  if (error instanceof FileProblem) return error;
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
