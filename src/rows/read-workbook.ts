/**
 * A sheet of an .xlsx workbook → rows of texts, as the sheet shows them. The only user of hucre, which
 * is given nothing but the parts it needs, unpacked within bounds (zip-parts.ts).
 */
import type { Sheet } from 'hucre';

import type { Warning } from '../problem.js';
import { columnLetter } from './columns.js';
import { FileProblem } from './file-problem.js';
import type { SheetOrigin } from './read-rows.js';
import { cellText, type FormatNumber } from './sheet-cell.js';
import { countStrings, scanSheet, type SheetScan } from './sheet-scan.js';
import {
  textOf,
  workbookParts,
  type Parts,
  type SheetPart,
  type WorkbookParts,
} from './workbook-parts.js';
import { damaged, toZip, zipParts } from './zip-parts.js';

export interface WorkbookRows {
  readonly origin: SheetOrigin;
  /** From row 1 of the sheet on, all of one length; rows without text are there too. */
  readonly rows: Iterable<readonly string[]>;
  /** What the sheet does not show. */
  readonly warnings: readonly Warning[];
}

/** What is read of a workbook is held in memory; a CSV may have any number of rows. */
const MOST_CELLS = 1_500_000;
const NAMED = 10;

/** @param wanted the name of a sheet; absent: the first that is not hidden */
export async function readWorkbook(bytes: Buffer, wanted?: string): Promise<WorkbookRows> {
  const parts = zipParts(bytes);
  const workbook = workbookParts(parts);
  const { name, part } = chooseSheet(workbook.sheets, wanted);
  if (part === undefined) throw noTable(name, workbook);
  const scan = scanSheet(textOf(parts, part), MOST_CELLS);
  refuseScan(scan, parts, workbook);
  const texts = await readTexts(parts, { workbook, name, part, scan });
  const first = texts.rows.findIndex((row) => row.some((text) => text.trim() !== ''));
  if (first < 0) throw noTable(name, workbook);
  refuseMerged(texts.sheet, first, scan);
  return {
    origin: {
      sheet: name,
      otherSheets: workbook.sheets.map((sheet) => sheet.name).filter((other) => other !== name),
    },
    rows: texts.rows,
    warnings: [...hiddenRows(texts, first), ...hiddenColumns(texts, first)],
  };
}

const listed = (names: readonly string[], quote = '"'): string => {
  const shown = names.slice(0, NAMED).map((name) => `${quote}${name}${quote}`);
  return (
    shown.join(', ') +
    (names.length > shown.length ? ` and ${names.length - shown.length} more` : '')
  );
};

function chooseSheet(sheets: readonly SheetPart[], wanted: string | undefined): SheetPart {
  const first = sheets.find(({ isHidden, part }) => !isHidden && part !== undefined) ?? sheets[0];
  // Spreadsheets have no two sheets whose names differ in case alone.
  const plain = (name: string): string => name.trim().toLowerCase();
  const chosen =
    wanted === undefined
      ? first
      : (sheets.find(({ name }) => name === wanted) ??
        sheets.find(({ name }) => plain(name) === plain(wanted)));
  if (chosen) return chosen;
  throw new FileProblem(
    'sheet-unknown',
    `The workbook has no sheet "${wanted ?? ''}".`,
    `Its sheets are ${listed(sheets.map(({ name }) => name))}.`,
  );
}

const noTable = (name: string, { sheets }: WorkbookParts): FileProblem =>
  new FileProblem(
    'sheet-empty',
    `The sheet "${name}" holds no table.`,
    `Name the sheet with --sheet; there are ${listed(sheets.map((sheet) => sheet.name))}.`,
  );

function refuseScan(scan: SheetScan, parts: Parts, { strings }: WorkbookParts): void {
  if (scan.cells > MOST_CELLS) {
    throw new FileProblem(
      'workbook-too-large',
      `The sheet has more than ${MOST_CELLS.toLocaleString('en')} cells.`,
      'Save it as "CSV UTF-8 (comma delimited)", which may have any number of rows.',
    );
  }
  if (!scan.isWhole) throw damaged('its sheet has no end');
  const known = strings === undefined ? 0 : countStrings(textOf(parts, strings));
  if (scan.lastString >= known) throw damaged('texts of its cells are missing');
}

interface Chosen {
  readonly workbook: WorkbookParts;
  readonly name: string;
  readonly part: string;
  readonly scan: SheetScan;
}

interface Texts {
  readonly sheet: Sheet;
  readonly rows: readonly (readonly string[])[];
}

async function readTexts(parts: Parts, { workbook, name, part, scan }: Chosen): Promise<Texts> {
  const needed = [...workbook.common, part].flatMap((each) => {
    const found = parts.get(each);
    return found ? [{ name: each, bytes: found.read() }] : [];
  });
  const { formatValue, readXlsx } = await import('hucre');
  const range = `A1:${columnLetter(Math.max(0, scan.columns - 1))}${Math.max(1, scan.rows)}`;
  const sheet = await readXlsx(toZip(needed), { sheets: [name], readStyles: true, range }).then(
    ({ sheets }) => sheets[0],
    // It was given nothing but the file, so whatever it throws is about that.
    () => undefined,
  );
  if (!sheet) throw damaged('its parts do not fit together');
  refuseWithoutValue(sheet);
  const rows = Array.from({ length: scan.rows }, (_, row) =>
    Array.from({ length: scan.columns }, (__, column) =>
      scan.nameless.has(`${row},${column}`) ? '' : textAt(sheet, row, column, formatValue),
    ),
  );
  return { sheet, rows };
}

function textAt(sheet: Sheet, row: number, column: number, formatNumber: FormatNumber): string {
  const value = sheet.rows[row]?.[column] ?? null;
  const format =
    typeof value === 'number' ? sheet.cells?.get(`${row},${column}`)?.style : undefined;
  return cellText(value, format?.numFmt, formatNumber);
}

/** Programs that write workbooks do not always calculate them. */
function refuseWithoutValue({ cells = new Map<string, never>() }: Sheet): void {
  const without: string[] = [];
  for (const [key, { formula, value }] of cells) {
    if (formula === undefined || value !== null) continue;
    const [row = 0, column = 0] = key.split(',').map(Number);
    without.push(`${columnLetter(column)}${row + 1}`);
  }
  if (without.length === 0) return;
  throw new FileProblem(
    'formula-without-value',
    `${without.length === 1 ? 'A formula has' : 'Formulas have'} no value yet, in ${listed(without, '')}.`,
    'Open the workbook in the spreadsheet, which calculates it, and save it again.',
  );
}

/** Only the first of merged cells holds the value: which rows the others mean is anybody's guess. */
function refuseMerged({ merges = [] }: Sheet, first: number, scan: SheetScan): void {
  const names = merges
    .filter(
      ({ startRow, endRow, startCol }) =>
        endRow >= first && startRow < scan.rows && startCol < scan.columns,
    )
    .map(
      ({ startRow, startCol, endRow, endCol }) =>
        `${columnLetter(startCol)}${startRow + 1}:${columnLetter(endCol)}${endRow + 1}`,
    );
  if (names.length === 0) return;
  throw new FileProblem(
    'cells-merged',
    `Cells are merged (${listed(names, '')}): only the first of them holds the value.`,
    'Take the merging back (in Excel: Home, Merge & Center, Unmerge Cells), and fill every cell that needs the value.',
  );
}

function hiddenRows({ sheet, rows }: Texts, first: number): readonly Warning[] {
  const lines: number[] = [];
  for (const [row, { hidden, height }] of sheet.rowDefs ?? []) {
    const isUsed = row > first && rows[row]?.some((text) => text.trim() !== '') === true;
    if (isUsed && (hidden === true || height === 0)) lines.push(row + 1);
  }
  if (lines.length === 0) return [];
  lines.sort((a, b) => a - b);
  return [
    {
      code: 'hidden-rows',
      message: `The sheet hides ${lines.length === 1 ? 'this row' : `${lines.length} rows`}, by hand or by a filter; ${lines.length === 1 ? 'it is' : 'they are'} used all the same.`,
      hint: 'Delete the rows that are not meant, or show them to see what they hold.',
      lines: lines.slice(0, NAMED),
      lineCount: lines.length,
    },
  ];
}

function hiddenColumns({ sheet, rows }: Texts, first: number): readonly Warning[] {
  const header = rows[first] ?? [];
  const names = header.flatMap((name, column) =>
    sheet.columns?.[column]?.hidden === true && name.trim() !== ''
      ? [`${columnLetter(column)} (${name.trim().replace(/\s+/g, ' ')})`]
      : [],
  );
  if (names.length === 0) return [];
  return [
    {
      code: 'hidden-columns',
      message: `The sheet hides the column${names.length === 1 ? '' : 's'} ${listed(names, '')}; used all the same.`,
      hint: 'Delete the columns that are not meant, or show them to see what they hold.',
      lines: [first + 1],
      lineCount: 1,
    },
  ];
}
