/** What the report counts while the rows go by: its size does not grow with them. */
import type { Field } from '../../profile/billing-profile.js';
import { isFine, zeroCounts, type Status } from '../../run/outcome.js';
import type { ReportRow, ReportView } from '../report-html.js';

export interface FieldTally {
  /** Changes of rows that are planned or updated. */
  made: number;
  /** Of these, the ones that empty the field. */
  emptied: number;
  /** Changes of rows that need attention. */
  open: number;
}

export interface Tally {
  rows: number;
  /** Rows that the report itself holds. */
  held: number;
  readonly statuses: Record<Status, number>;
  readonly fields: Map<Field, FieldTally>;
}

export const createTally = (): Tally => ({
  rows: 0,
  held: 0,
  statuses: zeroCounts(),
  fields: new Map(),
});

export function addRow(tally: Tally, { status, changes }: ReportRow): void {
  tally.rows += 1;
  tally.statuses[status] += 1;
  for (const { field, to } of changes) {
    const known = tally.fields.get(field) ?? { made: 0, emptied: 0, open: 0 };
    if (isFine(status)) {
      known.made += 1;
      if (to === '') known.emptied += 1;
    } else known.open += 1;
    tally.fields.set(field, known);
  }
}

/** More rows than this a browser does not bear. */
export const HELD_ROWS = 20_000;

/** What is held first, where not all rows can be. */
const PRIORITY: Readonly<Record<Status, 0 | 1 | 2>> = {
  invalid: 0,
  conflict: 0,
  rejected: 0,
  failed: 0,
  unknown: 0,
  planned: 1,
  updated: 1,
  skipped: 2,
  unchanged: 2,
};

/**
 * Whether the next row has a place among the rows that the report holds: those that need attention
 * before those with changes before the others. The totals, known beforehand, say how many of each
 * fit, so the rows are read once and none is kept.
 */
export function createChoice(
  totals: ReportView['totals'],
  most = HELD_ROWS,
): (row: ReportRow) => boolean {
  const wanted = [0, 0, 0];
  for (const [status, rows] of Object.entries(totals) as [Status, number][]) {
    const priority = PRIORITY[status];
    wanted[priority] = (wanted[priority] ?? 0) + rows;
  }
  let left = most;
  const places = wanted.map((rows) => {
    const given = Math.min(rows, left);
    left -= given;
    return given;
  });
  return ({ status }) => {
    const priority = PRIORITY[status];
    const free = places[priority] ?? 0;
    places[priority] = free - 1;
    return free > 0;
  };
}
