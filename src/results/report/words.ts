/** The report's words for what the program knows by short names. Pure. */
import { isFine, STATUSES, type Status } from '../../run/outcome.js';
import type { ReportView } from '../report-html.js';

/** What a person should look at first. */
export const STATUS_ORDER = [
  'unknown',
  'failed',
  'rejected',
  'conflict',
  'invalid',
  'skipped',
  'planned',
  'updated',
  'unchanged',
] as const satisfies readonly Status[];

export const KINDS = {
  plan: { name: 'Plan', made: 'To be changed', open: 'Not planned' },
  apply: { name: 'Changes', made: 'Changed', open: 'Not confirmed' },
  undo: { name: 'Undo', made: 'Put back', open: 'Not confirmed' },
} as const satisfies Readonly<Record<ReportView['kind'], object>>;

/** Rows that are left for a person. */
export const attentionOf = (totals: ReportView['totals']): number =>
  STATUSES.reduce((sum, status) => sum + (isFine(status) ? 0 : totals[status]), 0);
