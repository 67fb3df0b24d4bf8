/** How far a run is. */
import type { Shard } from '../rows/shard.js';
import type { Status } from './outcome.js';

export interface Progress {
  /** Rows that have their ending. */
  readonly done: number;
  /** Rows of the input, or of the shard. */
  readonly total: number;
  /** Only of a run that is one. */
  readonly shard?: Shard;
  readonly counts: Readonly<Record<Status, number>>;
}
