/** How far a run is. */
import type { Status } from './outcome.js';

export interface Progress {
  /** Rows that have their ending. */
  readonly done: number;
  /** Rows of the input. */
  readonly total: number;
  readonly counts: Readonly<Record<Status, number>>;
}
