/** One record → a row that can be sent, or everything that is wrong with it. Pure. */
import type { Desired, Guards } from '../profile/decide.js';
import type { Field } from '../profile/billing-profile.js';
import type { ValueOf, Violation } from '../profile/country-rules.js';
import { checkValue, type ValueError } from './check-value.js';
import type { ColumnRole } from './column-names.js';
import type { Column } from './columns.js';
import { offlineViolations, stopsFile } from './country-errors.js';
import { findDamage, isMarkedAsText, type Damage } from './damaged-cell.js';
import { holdsMark } from './sheet-mark.js';

/** A record as it stands in the file. */
export interface RawRow {
  /** 0 for the first row after the header; blank lines do not count. */
  readonly ordinal: number;
  /** The row number that a spreadsheet shows. */
  readonly line: number;
  /** The line of the text file on which it begins; differs after a cell with a line break. */
  readonly textLine: number;
  readonly cells: readonly string[];
  /** Of an export: the cells as they stand in the file, with the marks that say what is text. */
  readonly written?: readonly string[];
}

export interface Row extends RawRow {
  /** Lower case, without braces. */
  readonly tenantId: string;
  readonly desired: Desired;
  readonly guards: Guards;
}

export interface RowError {
  readonly code:
    | 'tenant-missing'
    | 'tenant-malformed'
    | 'unreadable-character'
    | 'control-character'
    | 'mark-left'
    | 'duplicate-tenant'
    | ValueError['code']
    | Damage['code']
    | Violation['code'];
  readonly column: Column;
  readonly value: string;
  readonly message: string;
  readonly hint: string;
}

/** What is probably wrong in a row, and does not make it invalid: see country-watch. */
export interface Doubt {
  readonly code: Damage['code'] | Violation['code'];
  readonly field: Field;
  readonly message: string;
  readonly hint: string;
}

export type ParsedRow =
  | { readonly kind: 'row'; readonly row: Row; readonly doubts: readonly Doubt[] }
  | {
      readonly kind: 'invalid';
      readonly raw: RawRow;
      readonly errors: readonly RowError[];
      /** Known even where another cell is wrong, so that duplicates are still found. */
      readonly tenantId: string | undefined;
    };

/** The cell that empties a field. */
export const CLEAR = '<clear>';

/** White space, no-break spaces, zero-width and direction marks: what hides at the edges of cells. */
const EDGE = /[\s\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/;

const isPlain = (code: number): boolean => code > 0x20 && code < 0x7f;

/**
 * A cell without what cannot be seen at its edges. Walked by hand: an expression that ends in `+$`
 * takes seconds on a cell with some ten thousand spaces in its middle.
 */
export function cleanCell(cell: string): string {
  let start = 0;
  let end = cell.length;
  // Nearly every cell: a letter, a digit or a sign of ASCII at both ends.
  if (isPlain(cell.charCodeAt(0)) && isPlain(cell.charCodeAt(end - 1))) return cell;
  while (start < end && EDGE.test(cell.charAt(start))) start += 1;
  while (end > start && EDGE.test(cell.charAt(end - 1))) end -= 1;
  return cell.slice(start, end);
}

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** A tenant id in its one form, or undefined. Ids are only ever 8-4-4-4-12 hexadecimal digits. */
export function parseTenantId(text: string): string | undefined {
  const id = cleanCell(text)
    .replace(/^\{(.*)\}$/, '$1')
    .toLowerCase();
  return GUID.test(id) ? id : undefined;
}

/** A character that does not belong there may look as if it did, or not be seen at all. */
function whyNoTenantId(value: string): string {
  // eslint-disable-next-line no-control-regex -- all of ASCII can be seen, or is refused by name
  const odd = /[^\u0000-\u007f]/u.exec(value)?.[0];
  if (odd === undefined) return 'This is not a tenant id.';
  const code = `U+${(odd.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
  const what = EDGE.test(odd) ? `a character that cannot be seen (${code})` : `"${odd}" (${code})`;
  return `This is not a tenant id: it holds ${what} among its digits.`;
}

/** How far a row is judged by itself. */
export interface RowChecks {
  /** Whether what is known of its country may make it an error. */
  readonly countryRules: boolean;
  /** Whether postal codes are given their leading zeros back, later, beside the live profile. */
  readonly repair: boolean;
}

export const USUAL_CHECKS: RowChecks = { countryRules: true, repair: false };

/** A record, judged cell by cell: all that is told of it where nobody needs it as a {@link Row}. */
export interface JudgedRow {
  readonly raw: RawRow;
  readonly tenantId: string | undefined;
  /**
   * By column. Of a field: what the cell asks for, right or wrong, '' to empty it; of a guard what it
   * says; undefined where the cell says nothing, and of other columns.
   */
  readonly values: readonly (string | undefined)[];
  readonly errors: readonly RowError[];
  readonly doubts: readonly Doubt[];
  /** Cells with something at their edges that is not part of the value. */
  readonly cleanedCells: number;
}

export const isValid = ({ errors, tenantId }: JudgedRow): boolean =>
  errors.length === 0 && tenantId !== undefined;

export const parseRow = (
  raw: RawRow,
  columns: readonly Column[],
  checks: RowChecks = USUAL_CHECKS,
): ParsedRow => createRowParser(columns, checks)(raw);

/** For the rows of a whole file. */
export function createRowParser(
  columns: readonly Column[],
  checks: RowChecks = USUAL_CHECKS,
): (raw: RawRow) => ParsedRow {
  const judge = createRowJudge(columns, checks);
  return (raw) => toParsedRow(judge(raw), columns);
}

function toParsedRow(
  { raw, tenantId, values, errors, doubts }: JudgedRow,
  columns: readonly Column[],
): ParsedRow {
  if (errors.length > 0 || tenantId === undefined)
    return { kind: 'invalid', raw, errors, tenantId };
  const desired = new Map<Field, string>();
  const guards = new Map<Field, string>();
  columns.forEach(({ role }, index) => {
    const value = values[index];
    if (value === undefined) return;
    if (role.kind === 'field') desired.set(role.field, value);
    if (role.kind === 'guard') guards.set(role.field, value);
  });
  return { kind: 'row', row: toRow(raw, tenantId, desired, guards), doubts };
}

/** Member by member: `...raw` alone would take as long as everything else that is done for a row. */
function toRow(
  { ordinal, line, textLine, cells, written }: RawRow,
  tenantId: string,
  desired: Desired,
  guards: Guards,
): Row {
  const row = { ordinal, line, textLine, cells, tenantId, desired, guards };
  return written ? { ...row, written } : row;
}

/** The same without maps. Allocates next to nothing for a cell: there may be ten million. */
export function createRowJudge(
  columns: readonly Column[],
  checks: RowChecks = USUAL_CHECKS,
): (raw: RawRow) => JudgedRow {
  const places = columns.map((column, index): Place => ({ column, index, known: undefined }));
  const placeOf = new Map(
    places.flatMap((place): [Field, Place][] =>
      place.column.role.kind === 'field' ? [[place.column.role.field, place]] : [],
    ),
  );
  return (raw) => {
    const { cells } = raw;
    const found: Found = { errors: [], doubts: [], cleanedCells: 0 };
    const values: (string | undefined)[] = [];
    let tenantId: string | undefined;
    for (const place of places) {
      const { role } = place.column;
      const cell = cells[place.index] ?? '';
      let value: string | undefined;
      if (role.kind === 'tenant') tenantId = readTenantId(place, cell, found);
      else if (cell === '') value = undefined;
      else if (role.kind === 'field' || role.kind === 'guard')
        value = readValue(place, role, raw, cell, checks, found);
      else if (role.kind === 'carried' && (cell.includes('\0') || cell.includes('\ufffd')))
        // It would not come out as it came in.
        failOnCharacters(place, cell, cell, found);
      values.push(value);
    }
    if (checks.countryRules) judgeByCountry(raw, values, placeOf, checks, found);
    const { errors, doubts, cleanedCells } = found;
    return { raw, tenantId, values, errors, doubts, cleanedCells };
  };
}

interface Found {
  readonly errors: RowError[];
  readonly doubts: Doubt[];
  cleanedCells: number;
}

/** A column, and the last of its cells in which nothing was wrong: many rows are in one country. */
interface Place {
  readonly column: Column;
  readonly index: number;
  known: string | undefined;
}

function readTenantId(place: Place, cell: string, found: Found): string | undefined {
  // Nearly every one, as it stands.
  if (GUID.test(cell)) return cell;
  const value = clean(cell, found);
  if (failOnText(place, cell, value, found)) return undefined;
  const tenantId = parseTenantId(value);
  if (tenantId === undefined)
    fail(place, cell, value === '' ? TENANT_MISSING : tenantMalformed(value), found);
  return tenantId;
}

function clean(cell: string, found: Found): string {
  const value = cleanCell(cell);
  if (value.length !== cell.length) found.cleanedCells += 1;
  return value;
}

function readValue(
  place: Place,
  role: Extract<ColumnRole, { kind: 'field' | 'guard' }>,
  raw: RawRow,
  cell: string,
  checks: RowChecks,
  found: Found,
): string | undefined {
  // Not the cell itself: what is equal is compared the faster for being the same string.
  if (place.known === cell) return place.known;
  const value = clean(cell, found);
  if (value === '') return undefined;
  if (failOnText(place, cell, value, found)) return value;
  if (isClear(value)) return '';
  const isMarked = isMarkedAsText(raw, place.index);
  const damage = isMarked ? undefined : findDamage(role.field, value);
  if (role.kind === 'guard') {
    // The sum or the look-up that was to say which customer this is has failed.
    if (damage?.code === 'damaged-error') {
      fail(place, cell, damage, found);
      return value;
    }
  } else if (damage && !damage.isDoubtful) {
    // What is left of a damaged value need not be judged as well.
    fail(place, cell, damage, found);
    return value;
  } else {
    if (damage) found.doubts.push({ ...damage, field: role.field });
    const error = checkValue(role.field, value, checks.countryRules);
    if (error) fail(place, cell, error, found);
    if (damage || error) return value;
  }
  // Without its mark the same cell might be damage; what is cleaned is counted each time.
  if (!isMarked && value === cell) place.known = value;
  return value;
}

/** Only where the row names the country itself. */
function judgeByCountry(
  raw: RawRow,
  values: readonly (string | undefined)[],
  placeOf: ReadonlyMap<Field, Place>,
  checks: RowChecks,
  found: Found,
): void {
  const valueOf: ValueOf = (field) => {
    const place = placeOf.get(field);
    return place && values[place.index];
  };
  for (const violation of offlineViolations(valueOf)) {
    const { field } = violation;
    if (!stopsFile(violation, checks)) {
      found.doubts.push(violation);
      continue;
    }
    const place = placeOf.get(field);
    // A cell is told once what is wrong with it.
    if (!place || found.errors.some(({ column }) => column === place.column)) continue;
    fail(place, raw.cells[place.index] ?? '', violation, found);
  }
}

function fail(
  { column }: Place,
  cell: string,
  { code, message, hint }: Pick<RowError, 'code' | 'message' | 'hint'>,
  { errors }: Found,
): void {
  errors.push({ code, column, value: cell, message, hint });
}

const TENANT_MISSING = {
  code: 'tenant-missing',
  message: 'The customer tenant id is missing.',
  hint: 'Fill in the Microsoft ID of the customer, or delete the row.',
} as const;

const UNREADABLE = {
  code: 'unreadable-character',
  message: 'The cell holds a character that was damaged when the file was saved.',
  hint: 'Correct the cell and save the file as "CSV UTF-8".',
} as const;

const CONTROL = {
  code: 'control-character',
  message: 'The cell holds a control character.',
  hint: 'Type the value again instead of pasting it.',
} as const;

const MARK_LEFT = {
  code: 'mark-left',
  message:
    'The cell holds a tab in front of a formula, as result files have it to keep spreadsheets from running one.',
  hint: 'Take the tab out, or give the file with its result_… columns: then it comes off by itself.',
} as const;

const tenantMalformed = (value: string): Pick<RowError, 'code' | 'message' | 'hint'> => ({
  code: 'tenant-malformed',
  message: whyNoTenantId(value),
  hint: 'A tenant id looks like 01234567-89ab-cdef-0123-456789abcdef. Copy it from "Microsoft ID" in Partner Center.',
});

export const isClear = (value: string): boolean =>
  value.length === CLEAR.length && value.toLowerCase() === CLEAR;

/** Nearly every cell is plain ASCII on one line, where nothing of this kind can be. */
const failOnText = (place: Place, cell: string, value: string, found: Found): boolean =>
  !/^[ -~]*$/.test(value) &&
  (failOnCharacters(place, cell, value, found) || failOnMark(place, cell, value, found));

function failOnCharacters(place: Place, cell: string, value: string, found: Found): boolean {
  if (value.includes('\ufffd') || /[\u0080-\u009f]/.test(value) || !value.isWellFormed()) {
    fail(place, cell, UNREADABLE, found);
    return true;
  }
  // Line breaks and tabs are what people type into cells; other control characters never are.
  // eslint-disable-next-line no-control-regex -- control characters are exactly what is looked for
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.test(value)) {
    fail(place, cell, CONTROL, found);
    return true;
  }
  return false;
}

/** Without its result columns a result file cannot be known, and its marks would be sent. */
function failOnMark(place: Place, cell: string, value: string, found: Found): boolean {
  if (!holdsMark(value)) return false;
  fail(place, cell, MARK_LEFT, found);
  return true;
}
