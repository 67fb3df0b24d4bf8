/**
 * One row of an export: a live profile as cells that `apply` reads back as exactly these values.
 * What would not come back is left out, which asks for nothing, and is named. Pure.
 */
import { FIELDS, fieldValue, type BillingProfile } from '../profile/billing-profile.js';
import { TENANT_COLUMN, type ColumnRole } from '../rows/column-names.js';
import { EXPORT_NOTE, type Column } from '../rows/columns.js';
import { parseRow, type RawRow, type Row } from '../rows/parse-row.js';

const FIELD_COLUMNS = FIELDS.map((field) => toColumn(field, { kind: 'field', field }));
const GUARD_COLUMN = toColumn('expect:companyName', { kind: 'guard', field: 'companyName' });
const TENANT = toColumn(TENANT_COLUMN, { kind: 'tenant' });

/** A spreadsheet cuts longer cells; one character is for the mark (see sheet-guard). */
const LONGEST_CELL = 32_766;

/** Where a spreadsheet takes semicolons for delimiters, quotation marks do not hold a cell together. */
const HIDDEN_FORMULA = /[;\n][\s"]*[=+\-@＝＋－＠]/;

const columnsOf = (withGuards: boolean): readonly Column[] => [
  ...FIELD_COLUMNS,
  ...(withGuards ? [GUARD_COLUMN] : []),
];

export const exportHeader = (withGuards: boolean): readonly string[] => [
  TENANT_COLUMN,
  ...columnsOf(withGuards).map(({ name }) => name),
  EXPORT_NOTE,
];

export interface ExportRow {
  readonly cells: readonly string[];
  /** Columns whose live value is not in the cells. */
  readonly leftOut: readonly string[];
}

export function toExportRow(
  tenantId: string,
  profile: BillingProfile,
  withGuards: boolean,
): ExportRow {
  const leftOut: string[] = [];
  const cells = columnsOf(withGuards).map((column) => {
    const { role } = column;
    if (role.kind !== 'field' && role.kind !== 'guard') return '';
    const value = fieldValue(profile, role.field);
    if (value === '' || comesBack(tenantId, column, value)) return value;
    leftOut.push(column.name);
    return '';
  });
  for (const at of refusedTogether(tenantId, cells, withGuards)) {
    leftOut.push(columnsOf(withGuards)[at]?.name ?? '');
    cells[at] = '';
  }
  const note =
    leftOut.length === 0
      ? ''
      : `left out, since a cell cannot hold the live value as it is: ${leftOut.join(', ')}`;
  return { cells: [tenantId, ...cells, note], leftOut };
}

/** Judged by the reader itself, so that both can never disagree. */
function comesBack(tenantId: string, column: Column, value: string): boolean {
  // A spreadsheet saves another line break in place of a CR, drops tabs (LibreOffice), and cuts.
  if (/[\r\t]/.test(value) || value.length > LONGEST_CELL) return false;
  if (HIDDEN_FORMULA.test(value)) return false;
  const cells = [tenantId, value];
  const raw: RawRow = { ordinal: 0, line: 0, textLine: 0, cells, written: asWritten(cells) };
  const parsed = parseRow(raw, [TENANT, column]);
  return parsed.kind === 'row' && valueOf(parsed.row, column.role) === value;
}

/** Numbers and dates are marked as text; the name of an error is none of either (sheet-guard). */
const asWritten = (cells: readonly string[]): readonly string[] =>
  cells.map((cell) => (/^#|^Err:/i.test(cell) ? cell : `\t${cell}`));

/** Where values do not go together in their country, as some live profiles have them. */
function refusedTogether(
  tenantId: string,
  cells: readonly string[],
  withGuards: boolean,
): readonly number[] {
  const columns = [TENANT, ...columnsOf(withGuards)];
  const all = [tenantId, ...cells];
  const raw: RawRow = { ordinal: 0, line: 0, textLine: 0, cells: all, written: asWritten(all) };
  const parsed = parseRow(raw, columns);
  return parsed.kind === 'row'
    ? []
    : parsed.errors.map(({ column }) => columns.indexOf(column) - 1).filter((at) => at >= 0);
}

function valueOf({ desired, guards }: Row, role: ColumnRole): string | undefined {
  if (role.kind === 'field') return desired.get(role.field);
  return role.kind === 'guard' ? guards.get(role.field) : undefined;
}

function toColumn(name: string, role: ColumnRole): Column {
  return { name, letter: '', role };
}
