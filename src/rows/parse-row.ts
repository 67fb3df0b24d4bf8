/** One record → a row that can be sent, or everything that is wrong with it. Pure. */
import type { Desired, Guards } from '../profile/decide.js';
import type { Field } from '../profile/billing-profile.js';
import { checkValue, type ValueError } from './check-value.js';
import type { Column } from './columns.js';
import { countryErrors } from './country-errors.js';
import { findDamage, isMarkedAsText } from './damaged-cell.js';
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
    | ValueError['code'];
  readonly column: Column;
  readonly value: string;
  readonly message: string;
  readonly hint: string;
}

export type ParsedRow =
  | { readonly kind: 'row'; readonly row: Row }
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

export function parseRow(
  raw: RawRow,
  columns: readonly Column[],
  checks: RowChecks = USUAL_CHECKS,
): ParsedRow {
  const errors: RowError[] = [];
  const desired = new Map<Field, string>();
  const guards = new Map<Field, string>();
  let tenantId: string | undefined;

  columns.forEach((column, index) => {
    const { role } = column;
    const cell = raw.cells[index] ?? '';
    const isText = isMarkedAsText(raw, index);
    const fail: Fail = ({ code, message, hint }) => {
      errors.push({ code, column, value: cell, message, hint });
    };
    if (role.kind === 'result') return;
    if (role.kind === 'carried') {
      // It would not come out as it came in.
      if (cell.includes('\0') || cell.includes('\ufffd')) failOnCharacters(cell, fail);
      return;
    }
    const value = cleanCell(cell);
    if (failOnCharacters(value, fail) || failOnMark(value, fail)) return;
    switch (role.kind) {
      case 'tenant':
        tenantId = parseTenantId(value);
        if (value === '') {
          fail({
            code: 'tenant-missing',
            message: 'The customer tenant id is missing.',
            hint: 'Fill in the Microsoft ID of the customer, or delete the row.',
          });
        } else if (tenantId === undefined) {
          fail({
            code: 'tenant-malformed',
            message: whyNoTenantId(value),
            hint: 'A tenant id looks like 01234567-89ab-cdef-0123-456789abcdef. Copy it from "Microsoft ID" in Partner Center.',
          });
        }
        return;
      case 'guard':
        if (value === '') return;
        if (!isText) failOnErrorValue(role.field, value, fail);
        guards.set(role.field, isClear(value) ? '' : value);
        return;
      case 'field':
        if (value === '') return;
        if (isClear(value)) desired.set(role.field, '');
        else {
          checkValue(role.field, value, { ...checks, isText }).forEach(fail);
          desired.set(role.field, value);
        }
        return;
    }
  });

  if (checks.countryRules && desired.has('country')) {
    for (const { field, ...error } of countryErrors(desired, checks)) {
      const index = columns.findIndex(({ role }) => role.kind === 'field' && role.field === field);
      const column = columns[index];
      // A cell is told once what is wrong with it.
      if (!column || errors.some((known) => known.column === column)) continue;
      errors.push({ ...error, column, value: raw.cells[index] ?? '' });
    }
  }

  if (errors.length > 0 || tenantId === undefined)
    return { kind: 'invalid', raw, errors, tenantId };
  return { kind: 'row', row: { ...raw, tenantId, desired, guards } };
}

export const isClear = (value: string): boolean =>
  value.length === CLEAR.length && value.toLowerCase() === CLEAR;

type Fail = (error: Pick<RowError, 'code' | 'message' | 'hint'>) => void;

/** The sum or the look-up that was to say which customer this is has failed. */
function failOnErrorValue(field: Field, value: string, fail: Fail): void {
  const damage = findDamage(field, value);
  if (damage?.code === 'damaged-error') fail(damage);
}

function failOnCharacters(value: string, fail: Fail): boolean {
  if (/^[ -~]*$/.test(value)) return false;
  if (value.includes('\ufffd') || /[\u0080-\u009f]/.test(value) || !value.isWellFormed()) {
    fail({
      code: 'unreadable-character',
      message: 'The cell holds a character that was damaged when the file was saved.',
      hint: 'Correct the cell and save the file as "CSV UTF-8".',
    });
    return true;
  }
  // Line breaks and tabs are what people type into cells; other control characters never are.
  // eslint-disable-next-line no-control-regex -- control characters are exactly what is looked for
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.test(value)) {
    fail({
      code: 'control-character',
      message: 'The cell holds a control character.',
      hint: 'Type the value again instead of pasting it.',
    });
    return true;
  }
  return false;
}

/** Without its result columns a result file cannot be known, and its marks would be sent. */
function failOnMark(value: string, fail: Fail): boolean {
  if (!holdsMark(value)) return false;
  fail({
    code: 'mark-left',
    message:
      'The cell holds a tab in front of a formula, as result files have it to keep spreadsheets from running one.',
    hint: 'Take the tab out, or give the file with its result_… columns: then it comes off by itself.',
  });
  return true;
}
