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
  const raw: RawRow = { ordinal: 0, line: 0, textLine: 0, cells: [tenantId, value] };
  const parsed = parseRow(raw, [TENANT, column]);
  return parsed.kind === 'row' && valueOf(parsed.row, column.role) === value;
}

function valueOf({ desired, guards }: Row, role: ColumnRole): string | undefined {
  if (role.kind === 'field') return desired.get(role.field);
  return role.kind === 'guard' ? guards.get(role.field) : undefined;
}

function toColumn(name: string, role: ColumnRole): Column {
  return { name, letter: '', role };
}
