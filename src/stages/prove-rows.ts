/** Every row of an input in the journal of exactly one shard. */
import type { JournalIndex } from '../journal/read-journal.js';
import type { Manifest, RunPaths } from '../journal/run-folder.js';
import { UsageError } from '../problem.js';
import { readRows } from '../rows/read-rows.js';
import { readInput } from './read-input.js';

export interface RowProof {
  /**
   * Notes the rows of a shard.
   * @param isPlan to have been planned is an ending
   * @returns how many have an ending
   */
  readonly add: (shard: number, index: Pick<JournalIndex, 'standing'>, isPlan: boolean) => number;
  /** The first row (from 0) that two shards have. */
  readonly twice: () => { readonly row: number; readonly shards: readonly number[] } | undefined;
  /** The first row that none has, and how many these are. */
  readonly missing: () => { readonly row: number; readonly count: number } | undefined;
}

/** Two bytes for each row. */
export function createRowProof(rows: number): RowProof {
  const owners = new Uint16Array(rows);
  let twice: ReturnType<RowProof['twice']>;
  return {
    add(shard, index, isPlan) {
      let ended = 0;
      for (let row = 0; row < rows; row += 1) {
        const standing = index.standing(row);
        if (standing === undefined) continue;
        const owner = owners[row] ?? 0;
        if (owner !== 0) twice ??= { row, shards: [owner, shard] };
        owners[row] = shard;
        const isOpen =
          standing === 'intent' || standing === 'skipped' || (standing === 'planned' && !isPlan);
        if (!isOpen) ended += 1;
      }
      return ended;
    },
    twice: () => twice,
    missing() {
      const row = owners.indexOf(0);
      if (row < 0) return undefined;
      return { row, count: owners.reduce((sum, owner) => sum + (owner === 0 ? 1 : 0), 0) };
    },
  };
}

/** Throws UsageError, with the line. */
export async function refuseUnproven(
  proof: Pick<RowProof, 'twice' | 'missing'>,
  paths: RunPaths,
  manifest: Manifest,
): Promise<void> {
  const twice = proof.twice();
  if (twice) {
    throw new UsageError(
      'row-twice',
      `Line ${await lineOf(twice.row, paths, manifest)} has an ending in shard ${twice.shards.join(' and in shard ')}: it may have been written by both.`,
      RESTORE,
    );
  }
  const missing = proof.missing();
  if (!missing) return;
  const line = await lineOf(missing.row, paths, manifest);
  const more = missing.count === 1 ? 'has' : `and ${missing.count - 1} more have`;
  throw new UsageError('rows-missing', `Line ${line} ${more} no ending in any shard.`, RESTORE);
}

const RESTORE =
  'Restore the run folders from a backup; shards of one file have each row once, as they were written.';

async function lineOf(row: number, paths: RunPaths, manifest: Manifest): Promise<number> {
  for await (const read of readRows(paths.input, await readInput(paths, manifest)))
    if (read.kind !== 'blank' && read.raw.ordinal === row) return read.raw.line;
  throw new Error(`The input has no row ${row}.`);
}
