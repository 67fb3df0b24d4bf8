/** What each column of the input is: the header, understood. Pure. */
import { FIELDS } from '../profile/billing-profile.js';
import { mapHeader, type ColumnMap, type MappedHeader } from './column-map.js';
import { plain, roleOf, TENANT_ALIASES, TENANT_COLUMN, type ColumnRole } from './column-names.js';
import { withoutMarks } from './sheet-mark.js';

export interface Column {
  /** As the user wrote it. */
  readonly name: string;
  /** As a spreadsheet shows it: A, B, … Z, AA. */
  readonly letter: string;
  readonly role: ColumnRole;
  /** The user said so with --map. */
  readonly isMapped?: true;
}

export interface HeaderError {
  readonly code:
    | 'missing-tenant'
    | 'no-field'
    | 'duplicate-column'
    | 'unknown-guard'
    | 'misspelt-column'
    | 'mapped-column-missing'
    | 'mapped-twice';
  readonly column?: { readonly name: string; readonly letter: string };
  readonly message: string;
  readonly hint: string;
}

export interface Header {
  readonly columns: readonly Column[];
  /** billpatch drew the file: each of its cells has lost its mark (see sheet-mark). */
  readonly isDrawn: boolean;
  readonly errors: readonly HeaderError[];
}

/** The column of an exported file that says what is not in it. */
export const EXPORT_NOTE = 'export_note';

/** By the columns that only a file has which billpatch wrote; see results/sheet-guard. */
const isDrawnHeader = (names: readonly string[]): boolean =>
  names.some((name) => /^\s*result_/i.test(name) || plain(name) === plain(EXPORT_NOTE));

/**
 * Understands a header; every error in it, not only the first.
 * @param written as the file has it
 * @param map what the user says about columns; see --map
 * @param isDrawn whether billpatch wrote the file, where that is known without looking
 */
export function parseHeader(
  written: readonly string[],
  map: ColumnMap = [],
  isDrawn = isDrawnHeader(written),
): Header {
  const names = isDrawn ? written.map(withoutMarks) : written;
  const columns: Column[] = [];
  const mapped = mapHeader(names, map);
  const errors: HeaderError[] = mapErrors(names, mapped);
  const taken = new Map<string, Column>();
  const hasTenant = names.some((name, i) => (mapped.roles[i] ?? roleOf(name)).kind === 'tenant');
  names.forEach((name, index) => {
    const letter = columnLetter(index);
    const given = mapped.roles[index];
    const role = given ?? roleOf(name);
    // "Customer" or "Customer no" beside the tenant column is another column, not a slip.
    const found: typeof role =
      role.kind === 'near' && role.like === TENANT_COLUMN && hasTenant ? { kind: 'carried' } : role;
    switch (found.kind) {
      case 'near':
        errors.push({
          code: 'misspelt-column',
          column: { name, letter },
          message: `The column name "${name}" (column ${letter}) is not known, but nearly "${found.like}".`,
          hint: `Write "${found.like}" if that is meant, or give the column a name that is less like it (or --map "${name}=ignore").`,
        });
        columns.push({ name, letter, role: { kind: 'carried' } });
        return;
      case 'unknown-guard':
        errors.push({
          code: 'unknown-guard',
          column: { name, letter },
          message: `The guard "${name}" (column ${letter}) does not name a field.`,
          hint: `Write the name of a field after "expect:", for example "expect:${found.like}".`,
        });
        columns.push({ name, letter, role: { kind: 'carried' } });
        return;
      case 'tenant':
      case 'field':
      case 'guard':
      case 'result':
      case 'carried': {
        const column: Column = { name, letter, role: found, ...(given && { isMapped: true }) };
        const key = roleKey(column);
        const earlier = key === undefined ? undefined : taken.get(key);
        if (earlier) {
          errors.push({
            code: 'duplicate-column',
            column: { name, letter },
            message: `The columns "${earlier.name}" (${earlier.letter}) and "${name}" (${letter}) mean the same.`,
            hint: `Keep one of them and remove or rename the other (or --map "${name}=ignore").`,
          });
        }
        if (key !== undefined) taken.set(key, column);
        columns.push(column);
      }
    }
  });

  if (!columns.some(({ role }) => role.kind === 'tenant')) {
    errors.push({
      code: 'missing-tenant',
      message: `There is no column that names the customer. The header was read as: ${names.map((name) => `"${name}"`).join(', ')}.`,
      hint: `The first row must hold the column names, one of them "${TENANT_COLUMN}" (or ${TENANT_ALIASES.map((name) => `"${name}"`).join(', ')}), or name yours: --map "Your column=${TENANT_COLUMN}".`,
    });
  }
  if (!columns.some(({ role }) => role.kind === 'field') && errors.length === 0) {
    errors.push({
      code: 'no-field',
      message: 'No column names a field to change.',
      hint: `Add a column for each field to change: ${FIELDS.join(', ')}.`,
    });
  }
  return { columns, errors, isDrawn };
}

function mapErrors(
  names: readonly string[],
  { unknown, contradicted }: MappedHeader,
): HeaderError[] {
  const present = names.map((name) => `"${name}"`).join(', ');
  return [
    ...unknown.map(({ header }): HeaderError => ({
      code: 'mapped-column-missing',
      message: `--map names the column "${header}", which the file does not have. The header was read as: ${present}.`,
      hint: 'Write the name as it stands in the first row of the file.',
    })),
    ...contradicted.map((index): HeaderError => ({
      code: 'mapped-twice',
      column: { name: names[index] ?? '', letter: columnLetter(index) },
      message: `--map gives the column "${names[index] ?? ''}" (column ${columnLetter(index)}) two meanings.`,
      hint: 'Say once what it is.',
    })),
  ];
}

function roleKey({ name, role }: Column): string | undefined {
  switch (role.kind) {
    case 'tenant':
      return 'tenant';
    case 'field':
      return `field ${role.field}`;
    case 'guard':
      return `guard ${role.field}`;
    case 'result':
      return undefined;
    case 'carried':
      return plain(name) === '' ? undefined : `carried ${plain(name)}`;
  }
}

/** 0 → A, 25 → Z, 26 → AA. */
export function columnLetter(index: number): string {
  const last = String.fromCharCode(65 + (index % 26));
  return index < 26 ? last : columnLetter(Math.floor(index / 26) - 1) + last;
}

/** The number of columns of a header that are known by name: how the delimiter is found. */
export function countKnown(names: readonly string[], map: ColumnMap = []): number {
  const { roles } = mapHeader(names, map);
  return names.filter(
    (name, index) =>
      roles[index] !== undefined ||
      !['carried', 'near', 'unknown-guard'].includes(roleOf(name).kind),
  ).length;
}
