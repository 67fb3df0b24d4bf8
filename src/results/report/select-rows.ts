/**
 * Which rows the report shows, and in which order. Pure; also runs in the browser, where the report
 * carries its text: it uses nothing from outside of itself.
 */
import type { Status } from '../../run/outcome.js';
import type { ReportRow } from '../report-html.js';

export type SortKey = 'line' | 'customer' | 'status' | 'changes';

export interface Query {
  /** Empty for all. */
  readonly statuses: readonly Status[];
  /** A field's name, `(emptied)` for any field that is emptied, or '' for all. */
  readonly field: string;
  /** Words that must all be found, folded as {@link foldText} does; empty for all. */
  readonly words: readonly string[];
  /** Only these lines, where given. */
  readonly lines: ReadonlySet<number> | undefined;
  readonly sort: SortKey;
  readonly descending: boolean;
  /** What counts as first when sorted by status. */
  readonly statusOrder: readonly Status[];
}

/** @param textOf everything of a row that can be searched, folded. */
export function selectRows(
  rows: readonly ReportRow[],
  query: Query,
  textOf: (row: ReportRow) => string,
): ReportRow[] {
  const { statuses, field, words, lines, sort, descending, statusOrder } = query;
  const hasField = ({ changes }: ReportRow): boolean =>
    changes.some((change) => (field === '(emptied)' ? change.to === '' : change.field === field));
  const found = rows.filter(
    (row) =>
      (statuses.length === 0 || statuses.includes(row.status)) &&
      (field === '' || hasField(row)) &&
      (lines === undefined || lines.has(row.line)) &&
      (words.length === 0 || words.every((word) => textOf(row).includes(word))),
  );
  const names = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });
  const compare = (a: ReportRow, b: ReportRow): number => {
    switch (sort) {
      case 'line':
        return 0;
      case 'customer':
        return names.compare(a.company, b.company);
      case 'status':
        return statusOrder.indexOf(a.status) - statusOrder.indexOf(b.status);
      case 'changes':
        return b.changes.length - a.changes.length;
    }
  };
  const sign = descending ? -1 : 1;
  return found.sort((a, b) => sign * (compare(a, b) || a.line - b.line));
}

/** Without regard to case and accents: "muller" finds "Müller". */
export function foldText(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase();
}
