/** How a row ended: exactly one of these for every row that came in. */
import type { Problem } from '../problem.js';
import type { Change } from '../profile/decide.js';

export const STATUSES = [
  'updated',
  'unchanged',
  'planned',
  'invalid',
  'conflict',
  'rejected',
  'failed',
  'unknown',
  'skipped',
] as const;

export type Status = (typeof STATUSES)[number];

/** Rows by status, before the first. */
export const zeroCounts = (): Record<Status, number> =>
  Object.fromEntries(STATUSES.map((status) => [status, 0])) as Record<Status, number>;

/** The ids and figures of a row: what support asks for. */
export interface RowTrace {
  readonly correlationId: string;
  /** Ours; the service's follows after a space where it answered with another. */
  readonly getRequestId?: string;
  readonly putRequestId?: string;
  readonly httpStatus?: number;
  readonly etagBefore?: string;
  readonly etagAfter?: string;
  /** HTTP exchanges of this row. */
  readonly attempts: number;
}

export type Ending =
  | {
      readonly status: 'updated' | 'planned';
      readonly changes: readonly Change[];
      readonly note?: string;
    }
  | { readonly status: 'unchanged'; readonly note?: string }
  | { readonly status: 'invalid' | 'skipped'; readonly problem: Problem }
  | {
      readonly status: 'conflict' | 'rejected' | 'failed' | 'unknown';
      readonly problem: Problem;
      /** What would have been, or may have been, changed. */
      readonly changes: readonly Change[];
    };

export type Outcome = Ending & {
  /** Absent where no request was sent for the row. */
  readonly trace?: RowTrace;
};

/** Statuses with which nothing is left to do for a person. */
export const isFine = (status: Status): boolean =>
  status === 'updated' || status === 'unchanged' || status === 'planned';
