/** Which rows of the input are the run's, by their numbers. */
import type { Manifest, RunPaths } from '../journal/run-folder.js';
import { readRows, type Table } from '../rows/read-rows.js';
import { createRowChoice } from '../rows/row-choice.js';

/** Reads the input once where the run is a shard; where it is none, every row is its own. */
export async function readOwnRows(
  { input }: RunPaths,
  { input: { rows }, options: { shard } }: Manifest,
  table: Table,
): Promise<(row: number) => boolean> {
  if (shard === undefined) return () => true;
  const isOwn = createRowChoice(table, shard);
  const own = new Uint8Array(rows);
  for await (const read of readRows(input, table))
    if (read.kind !== 'blank' && isOwn(read.raw)) own[read.raw.ordinal] = 1;
  return (row) => own[row] === 1;
}
