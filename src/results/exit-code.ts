/** The exit codes, in one place. */
import type { Problem } from '../problem.js';
import { isFine, STATUSES, type Status } from '../run/outcome.js';

export const EXIT = {
  /** Every row updated, unchanged or planned. */
  fine: 0,
  /** Some rows need attention. */
  attention: 1,
  /** Wrong usage, or a file that fails its checks: nothing was sent. */
  refused: 2,
  /** The run stopped early: resumable. */
  stopped: 3,
  /** At least one row is `unknown`. */
  unknown: 4,
  /** A bug in billpatch. */
  bug: 70,
  /** Interrupted: resumable. */
  interrupted: 130,
} as const;

export type Totals = Readonly<Record<Status, number>>;

export function exitCodeOf(totals: Totals, stop: Problem | undefined): number {
  if (stop) return stop.code === 'interrupted' ? EXIT.interrupted : EXIT.stopped;
  if (totals.unknown > 0) return EXIT.unknown;
  return STATUSES.every((status) => isFine(status) || totals[status] === 0)
    ? EXIT.fine
    : EXIT.attention;
}
