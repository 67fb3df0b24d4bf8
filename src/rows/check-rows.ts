/**
 * The whole-file check. One pass notes what each tenant is asked; a second, where it is needed,
 * gives every row its verdict. Nothing of the file is kept in memory but the index of tenants.
 */
import { hash } from 'node:crypto';

import type { Warning } from '../problem.js';
import { createChangeCounter, type ChangeTotals } from '../profile/change-totals.js';
import { createAccidentWatch } from './accidents.js';
import { createCountryWatch } from './country-watch.js';
import type { Column } from './columns.js';
import {
  cleanCell,
  createRowJudge,
  createRowParser,
  isValid,
  USUAL_CHECKS,
  type ParsedRow,
  type RawRow,
  type Row,
  type RowChecks,
  type RowError,
} from './parse-row.js';
import { readBatches, type Table } from './read-rows.js';
import { createRowChoice } from './row-choice.js';
import type { Shard } from './shard.js';
import { createTenantIndex, type TenantIndex } from './tenant-index.js';
import { createTenantSet, type TenantSet } from './tenant-set.js';

/** What becomes of a row before any request. */
export type Verdict =
  | { readonly kind: 'row'; readonly row: Row }
  /** Asks for the same as an earlier line. */
  | { readonly kind: 'duplicate'; readonly row: Row; readonly ofLine: number }
  | {
      readonly kind: 'invalid';
      readonly raw: RawRow;
      readonly tenantId: string | undefined;
      readonly errors: readonly RowError[];
    };

export interface RaggedRow {
  readonly raw: RawRow;
  readonly expected: number;
}

/** What is needed to judge a row by itself and beside the others. */
export interface SurveyedTable {
  readonly table: Table;
  readonly checks: RowChecks;
  /** Absent where no tenant is named twice: then there is nothing to look up. */
  readonly tenants?: TenantIndex;
}

export interface Survey extends SurveyedTable {
  /** Records below the header, blank lines aside. */
  readonly rows: number;
  readonly blankLines: number;
  /** Cells with spaces or invisible characters at their edges, which are not part of the value. */
  readonly cleanedCells: number;
  /** Rows that fail their own checks; those that contradict another row are found by the verdicts. */
  readonly invalidRows: number;
  readonly repeatedTenants: number;
  /** How many rows are in the shard, and fail their own checks; without a shard, all of them are. */
  readonly own: { readonly rows: number; readonly invalidRows: number };
  /** What the rows of the shard that pass their own checks ask for; not all of it need be a change. */
  readonly asked: ChangeTotals;
  /** What looks like an accident of the spreadsheet. */
  readonly warnings: readonly Warning[];
  /** The first of them: rows that cannot be told apart into columns. */
  readonly raggedRows: readonly RaggedRow[];
}

/** How many ragged rows are named: a file with more has one mistake, many times. */
const RAGGED_SHOWN = 100;

/** Reads the file once, or twice where it names a customer twice. */
export async function surveyRows(
  path: string,
  table: Table,
  checks: RowChecks = USUAL_CHECKS,
  shard?: Shard,
): Promise<Survey> {
  const tenants = createTenantSet();
  const isOwn = createRowChoice(table, shard);
  const own = { rows: 0, invalidRows: 0 };
  const raggedRows: RaggedRow[] = [];
  let rows = 0;
  let blankLines = 0;
  let cleanedCells = 0;
  let invalidRows = 0;
  let withTenant = 0;
  const { columns } = table.header;
  const asked = createChangeCounter();
  const counters = columns.map(({ role }) =>
    role.kind === 'field' ? asked.of(role.field) : undefined,
  );
  const countAsked = (to: string | undefined, at: number): void => {
    if (to !== undefined) counters[at]?.(to);
  };
  const accidents = createAccidentWatch(columns);
  const countries = createCountryWatch(checks);
  const judge = createRowJudge(columns, checks);
  for await (const batch of readBatches(path, table))
    for (const read of batch) {
      if (read.kind === 'blank') {
        blankLines += 1;
        continue;
      }
      rows += 1;
      if (read.kind === 'ragged') {
        if (raggedRows.length < RAGGED_SHOWN) raggedRows.push(read);
        continue;
      }
      const judged = judge(read.raw);
      cleanedCells += judged.cleanedCells;
      const counted = isOwn(read.raw);
      if (counted) own.rows += 1;
      if (isValid(judged)) {
        if (counted) judged.values.forEach(countAsked);
        countries.add(judged);
      } else {
        invalidRows += 1;
        if (counted) own.invalidRows += 1;
      }
      accidents.add(judged);
      if (judged.tenantId !== undefined) {
        withTenant += 1;
        // Only where a customer is named twice does it matter what its rows ask for.
        tenants.add(judged.tenantId);
      }
    }
  const repeatedTenants = withTenant - tenants.size;
  return {
    table,
    checks,
    ...(repeatedTenants > 0 && { tenants: await indexTenants(path, table, checks, tenants) }),
    rows,
    blankLines,
    cleanedCells,
    invalidRows,
    repeatedTenants,
    own,
    asked: asked.totals(),
    warnings: [...(table.warnings ?? []), ...accidents.warnings(), ...countries.warnings()],
    raggedRows,
  };
}

/** Which row asks for what: a pass of its own, for a file that names a customer twice. */
async function indexTenants(
  path: string,
  table: Table,
  checks: RowChecks,
  known: TenantSet,
): Promise<TenantIndex> {
  const index = createTenantIndex(known);
  const parse = createRowParser(table.header.columns, checks);
  for await (const batch of readBatches(path, table))
    for (const read of batch) {
      if (read.kind !== 'record') continue;
      const parsed = parse(read.raw);
      const tenantId = tenantOf(parsed);
      if (tenantId !== undefined)
        index.add(tenantId, read.raw.line, digestOf(parsed, read.raw, table.header.columns));
    }
  return index;
}

/**
 * Rows with their verdicts, in input order. The survey must be of the same file.
 * @param isWanted whether to look at the row; the default is every row
 */
export async function* readVerdicts(
  path: string,
  { table, checks, tenants }: SurveyedTable,
  isWanted: (row: RawRow) => boolean = () => true,
): AsyncGenerator<Verdict> {
  const parse = createRowParser(table.header.columns, checks);
  for await (const batch of readBatches(path, table))
    for (const read of batch) {
      if (read.kind === 'record' && isWanted(read.raw))
        yield verdictOf(parse(read.raw), read.raw, table, tenants);
    }
}

function verdictOf(
  parsed: ParsedRow,
  raw: RawRow,
  { header: { columns } }: Table,
  index: TenantIndex | undefined,
): Verdict {
  const tenantId = tenantOf(parsed);
  const repetition =
    tenantId === undefined || index === undefined
      ? { kind: 'single' as const }
      : index.look(tenantId, raw.line, digestOf(parsed, raw, columns));
  const errors = parsed.kind === 'invalid' ? [...parsed.errors] : [];
  if (repetition.kind === 'differs') {
    const at = columns.findIndex(({ role }) => role.kind === 'tenant');
    const column = columns[at];
    if (column) {
      errors.push({
        code: 'duplicate-tenant',
        column,
        value: raw.cells[at] ?? '',
        message: `Line ${repetition.line} names the same customer with other values.`,
        hint: 'Keep the row that is right and delete the other.',
      });
    }
  }
  if (parsed.kind === 'invalid' || errors.length > 0)
    return { kind: 'invalid', raw, tenantId, errors };
  if (repetition.kind === 'same')
    return { kind: 'duplicate', row: parsed.row, ofLine: repetition.line };
  return parsed;
}

const tenantOf = (parsed: ParsedRow): string | undefined =>
  parsed.kind === 'row' ? parsed.row.tenantId : parsed.tenantId;

/**
 * Stands for all that the row asks for; what is only carried through does not count. A row that is
 * invalid is never the same as one that is not, or the good one would end as its duplicate.
 */
function digestOf({ kind }: ParsedRow, raw: RawRow, columns: readonly Column[]): Buffer {
  let text: string = kind;
  columns.forEach(({ role }, i) => {
    if (role.kind === 'field' || role.kind === 'guard')
      text += `${cleanCell(raw.cells[i] ?? '')}\u0000`;
  });
  return hash('sha256', text, 'buffer');
}
