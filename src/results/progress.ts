/** A line that says how far a run is. Pure. */
import { shardName, type Shard } from '../rows/shard.js';
import { STATUSES, type Status } from '../run/outcome.js';

export interface ProgressView {
  readonly done: number;
  readonly total: number;
  readonly shard?: Shard;
  readonly counts: Readonly<Record<Status, number>>;
  readonly elapsedMs: number;
}

/** `412 of 982 rows · 8.3 a second · about 1 min 9 s left · updated 398, conflict 1` */
export function progressLine({ done, total, shard, counts, elapsedMs }: ProgressView): string {
  const perMs = elapsedMs > 0 ? done / elapsedMs : 0;
  // Several of them may write to one screen.
  const parts = [...(shard ? [shardName(shard)] : []), `${done} of ${total} rows`];
  // A rate from the first moments says nothing.
  if (elapsedMs > 2000 && done > 0) {
    parts.push(`${(perMs * 1000).toFixed(1)} a second`);
    if (done < total) parts.push(`about ${duration((total - done) / perMs)} left`);
  }
  const named = STATUSES.filter((status) => counts[status] > 0).map(
    (status) => `${status} ${counts[status]}`,
  );
  if (named.length > 0) parts.push(named.join(', '));
  return parts.join(' · ');
}

/** `850 ms`, `12 s`, `3 min 5 s`, `2 h 4 min` */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
