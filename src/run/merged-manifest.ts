/** What run.json says of a run that was made of others. Pure. */
import type { Manifest, StageRecord } from '../journal/run-folder.js';
import type { NamedRun, ShardRun } from './decide-merge.js';
import { joinRemarks } from './remarks.js';

/**
 * As if one run had done it all: the same input and options, and the stages of every shard.
 * @param shards all of them, in order
 * @param folderOf the whole path of a run folder
 */
export function toMergedManifest(
  shards: readonly [ShardRun<NamedRun>, ...ShardRun<NamedRun>[]],
  version: string,
  folderOf: (folder: string) => string,
): Manifest {
  const [{ manifest }] = shards;
  const remarks = joinRemarks(shards.map(({ manifest: { remarks: own = [] } }) => own));
  return {
    ...without(manifest, ['plan', 'remarks', 'totals']),
    tool: { name: 'billpatch', version },
    input: without(manifest.input, ['shardRows']),
    options: without(manifest.options, ['shard']),
    ...(remarks.length > 0 && { remarks }),
    merges: shards.map(({ folder }) => folderOf(folder)),
    stages: shards.flatMap(stagesOf).sort(byTime),
  };
}

const without = <Whole extends object, Name extends keyof Whole>(
  whole: Whole,
  names: readonly Name[],
): Omit<Whole, Name> =>
  Object.fromEntries(
    Object.entries(whole).filter(([name]) => !names.some((left) => left === name)),
  ) as Omit<Whole, Name>;

const stagesOf = ({ manifest, shard }: ShardRun<NamedRun>): StageRecord[] =>
  manifest.stages.map((stage) => ({ ...stage, shard: shard.index }));

const byTime = (a: StageRecord, b: StageRecord): number =>
  a.startedAt < b.startedAt ? -1 : a.startedAt > b.startedAt ? 1 : 0;

/** Of one exchange while planning, over all shards. */
export function meanLatencyMs(shards: readonly NamedRun[]): number {
  let rows = 0;
  let sum = 0;
  for (const { manifest } of shards) {
    const own = manifest.input.shardRows ?? 0;
    rows += own;
    sum += own * (manifest.plan?.latencyMs ?? 0);
  }
  return rows === 0 ? 0 : sum / rows;
}
