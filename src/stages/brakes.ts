/** What a careful user sets so that a wrong file cannot do much harm. */
import type { ChangeTotals } from '../profile/change-totals.js';
import { StoppedError } from '../problem.js';

export interface Brakes {
  /** Changes of fields. */
  readonly maxChanges?: number;
  /** Fields that are emptied. */
  readonly maxClears?: number;
  /** Customers that are changed before the run stops; the rest is `skipped`. */
  readonly limit?: number;
}

/** Throws StoppedError (exit 3) where there is more to do than was allowed; nothing was sent. */
export function refuseTooMuch({ changes, emptied }: ChangeTotals, brakes: Brakes): void {
  refuse('max-changes', 'fields to change', changes, brakes.maxChanges);
  refuse('max-clears', 'fields to empty', emptied, brakes.maxClears);
}

function refuse(option: string, what: string, count: number, most: number | undefined): void {
  if (most === undefined || count <= most) return;
  throw new StoppedError(
    option,
    `There are ${count} ${what}, and --${option} allows ${most}; nothing was sent.`,
    `Look at the file; if it is right, allow more with --${option} ${count}.`,
  );
}
