/** A file of which only the tenant column counts: whatever else it holds is carried through. */
import type { Column } from './columns.js';
import type { Table } from './read-rows.js';

export function tenantsOnly(table: Table): Table {
  const columns = table.header.columns.map((column): Column =>
    column.role.kind === 'field' || column.role.kind === 'guard'
      ? { ...column, role: { kind: 'carried' } }
      : column,
  );
  const errors = table.header.errors.filter(
    ({ code, column }) =>
      code === 'missing-tenant' ||
      (code === 'duplicate-column' &&
        columns.some(({ letter, role }) => letter === column?.letter && role.kind === 'tenant')),
  );
  return { ...table, header: { ...table.header, columns, errors } };
}
