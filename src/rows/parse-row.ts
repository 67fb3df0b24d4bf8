/** One record → a row that can be sent, or everything that is wrong with it. Pure. */
import type { Desired, Guards } from '../profile/decide.js';
import type { Field } from '../profile/billing-profile.js';
import type { Column } from './columns.js';
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
    | 'too-long'
    | 'email-malformed'
    | 'country-malformed'
    | 'duplicate-tenant';
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

const EMAIL = /^[^\s@,;<>"]+@[^\s@,;<>"]+\.[^\s@,;<>".]+$/;

/** Longest values that the service documents. */
const LIMITS: Partial<Record<Field, number>> = {
  addressLine1: 200,
  addressLine2: 200,
  addressFirstName: 50,
  addressMiddleName: 50,
  addressLastName: 50,
};

export function parseRow(raw: RawRow, columns: readonly Column[]): ParsedRow {
  const errors: RowError[] = [];
  const desired = new Map<Field, string>();
  const guards = new Map<Field, string>();
  let tenantId: string | undefined;

  columns.forEach((column, index) => {
    const { role } = column;
    const cell = raw.cells[index] ?? '';
    const fail = (code: RowError['code'], message: string, hint: string): void => {
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
          fail(
            'tenant-missing',
            'The customer tenant id is missing.',
            'Fill in the Microsoft ID of the customer, or delete the row.',
          );
        } else if (tenantId === undefined) {
          fail(
            'tenant-malformed',
            whyNoTenantId(value),
            'A tenant id looks like 01234567-89ab-cdef-0123-456789abcdef. Copy it from "Microsoft ID" in Partner Center.',
          );
        }
        return;
      case 'guard':
        if (value !== '') guards.set(role.field, isClear(value) ? '' : value);
        return;
      case 'field':
        if (value === '') return;
        if (isClear(value)) desired.set(role.field, '');
        else {
          checkValue(role.field, value, fail);
          desired.set(role.field, value);
        }
        return;
    }
  });

  if (errors.length > 0 || tenantId === undefined)
    return { kind: 'invalid', raw, errors, tenantId };
  return { kind: 'row', row: { ...raw, tenantId, desired, guards } };
}

export const isClear = (value: string): boolean =>
  value.length === CLEAR.length && value.toLowerCase() === CLEAR;

type Fail = (code: RowError['code'], message: string, hint: string) => void;

function failOnCharacters(value: string, fail: Fail): boolean {
  if (/^[ -~]*$/.test(value)) return false;
  if (value.includes('\ufffd') || /[\u0080-\u009f]/.test(value) || !value.isWellFormed()) {
    fail(
      'unreadable-character',
      'The cell holds a character that was damaged when the file was saved.',
      'Correct the cell and save the file as "CSV UTF-8".',
    );
    return true;
  }
  // Line breaks and tabs are what people type into cells; other control characters never are.
  // eslint-disable-next-line no-control-regex -- control characters are exactly what is looked for
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.test(value)) {
    fail(
      'control-character',
      'The cell holds a control character.',
      'Type the value again instead of pasting it.',
    );
    return true;
  }
  return false;
}

/** Without its result columns a result file cannot be known, and its marks would be sent. */
function failOnMark(value: string, fail: Fail): boolean {
  if (!holdsMark(value)) return false;
  fail(
    'mark-left',
    'The cell holds a tab in front of a formula, as result files have it to keep spreadsheets from running one.',
    'Take the tab out, or give the file with its result_… columns: then it comes off by itself.',
  );
  return true;
}

function checkValue(field: Field, value: string, fail: Fail): void {
  const limit = LIMITS[field];
  if (limit !== undefined && value.length > limit) {
    fail(
      'too-long',
      `The value has ${value.length} characters; the service takes ${limit}.`,
      `Shorten it to ${limit} characters.`,
    );
  }
  // A zero-width space inside an address cannot be seen, and the mail would go nowhere.
  if (field === 'email' && (!EMAIL.test(value) || EDGE.test(value))) {
    fail(
      'email-malformed',
      'This is not one e-mail address.',
      'Write a single address like ap@company.example, without a name or brackets.',
    );
  }
  if (field === 'country' && !/^[A-Z]{2}$/.test(value)) {
    fail(
      'country-malformed',
      'The country is not a two-letter code in capitals.',
      'Write the ISO code, for example US, DE or GB.',
    );
  } else if (field === 'country' && value === 'UK') {
    fail('country-malformed', 'The service does not know the country UK.', 'Did you mean GB?');
  }
}
