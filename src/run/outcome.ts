/** How a row ended: exactly one of these for every row that came in. */
import type { Problem } from '../problem.js';
import type { BillingProfile } from '../profile/billing-profile.js';
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
  /** Of the live profile, as it was read first: tells a person which customer this is. */
  readonly companyName?: string;
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
      readonly status: 'updated';
      readonly changes: readonly Change[];
      readonly note?: string;
      /** The profile as the service then held it, where it is not just the old one with the changes. */
      readonly after?: BillingProfile;
    }
  | {
      readonly status: 'planned';
      readonly changes: readonly Change[];
      /** The live profile that the changes were decided on. */
      readonly reviewed: BillingProfile;
      readonly note?: string;
    }
  | {
      readonly status: 'unchanged';
      readonly note?: string;
      /** The live profile, where it was read to be exported. */
      readonly profile?: BillingProfile;
    }
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
