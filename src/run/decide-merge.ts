/** Whether runs are the shards of one, each there once and at its end. Pure. */
import type { Manifest } from '../journal/run-folder.js';
import { UsageError } from '../problem.js';
import { shardName, type Shard } from '../rows/shard.js';

/** A run as it was named to be merged. */
export interface NamedRun {
  readonly folder: string;
  readonly manifest: Manifest;
}

export type ShardRun<Run extends NamedRun> = Run & { readonly shard: Shard };

/** How far a shard has come. */
export interface ShardEnd {
  readonly folder: string;
  readonly shard: Shard;
  readonly rows: number;
  /** Of them, those with an ending. */
  readonly ended: number;
  /** Its last stage came to its end, with results. */
  readonly isClosed: boolean;
}

/** In the order of their numbers. Throws UsageError where they are not all there, once, of one run. */
export function orderShards<Run extends NamedRun>(runs: readonly Run[]): readonly ShardRun<Run>[] {
  const shards = runs.map(toShard);
  const [first] = shards;
  if (!first) throw NONE_NAMED;
  for (const other of shards) refuseOther(first, other);
  const { count } = first.shard;
  const ordered = new Map<number, ShardRun<Run>>();
  for (const run of shards) {
    const same = ordered.get(run.shard.index);
    if (same) throw twice(same, run);
    ordered.set(run.shard.index, run);
  }
  const missing = Array.from({ length: count }, (_, i) => i + 1).filter((i) => !ordered.has(i));
  if (missing.length > 0) throw notThere(missing, first);
  return [...ordered.values()].sort((a, b) => a.shard.index - b.shard.index);
}

function toShard<Run extends NamedRun>(run: Run): ShardRun<Run> {
  const { shard } = run.manifest.options;
  if (run.manifest.undoes !== undefined) {
    throw new UsageError(
      'merge-of-undo',
      `${run.folder} takes back a run (${run.manifest.undoes}); every undo has a file of its own.`,
      'Merge the runs that they take back; undo of the merged run takes all of it back.',
    );
  }
  if (shard) return { ...run, shard };
  throw new UsageError(
    'not-a-shard',
    `${run.folder} is no shard: its run was begun without --shard, so there is nothing to join it with.`,
    'Name the run folders of the shards, and no other.',
  );
}

const NONE_NAMED = new UsageError(
  'shards-missing',
  'No runs were named.',
  'Name the run folders of all shards.',
);

/** What must be the same for results of one file: in the words of a sentence. */
function sharedBy({
  manifest,
  shard,
}: ShardRun<NamedRun>): readonly (readonly [string, string | number | boolean | undefined])[] {
  const { input, baseUrl, cloud, partnerTenant, customerList, options } = manifest;
  return [
    ['the SHA-256 of the input', input.sha256],
    ['the number of shards', shard.count],
    ['the address', baseUrl],
    ['the cloud', cloud],
    ['the partner tenant', partnerTenant],
    ['the kind of run', kindOf(manifest)],
    ['the sheet', input.workbook?.sheet],
    ['the SHA-256 of input.csv', input.workbook?.csvSha256],
    ['the encoding', input.encoding],
    ['the delimiter', input.delimiter],
    ['--map', input.map && JSON.stringify(input.map)],
    ['the customer list (SHA-256)', customerList],
    ['--skip-invalid', options.skipInvalid],
    ['--strict', options.strict],
    ['--country-rules', options.countryRules],
    ['--repair', options.repair],
    ['--check-addresses', options.checkAddresses],
  ];
}

/** In the words of a sentence. */
function kindOf({ stages, plan }: Manifest): string {
  if (stages.every(({ stage }) => stage === 'plan')) return 'a plan';
  return plan ? 'a plan that was applied' : 'an apply';
}

/** Nothing has been sent in it. */
export const isPlanOnly = (manifest: Manifest): boolean => kindOf(manifest) === 'a plan';

function refuseOther(first: ShardRun<NamedRun>, other: ShardRun<NamedRun>): void {
  const theirs = sharedBy(other);
  sharedBy(first).forEach(([what, value], at) => {
    const found = theirs[at]?.[1];
    if (found === value) return;
    throw new UsageError(
      'shards-differ',
      `${first.folder} and ${other.folder} are not shards of one run: ${what} is ${String(value ?? 'none')} in the first, ${String(found ?? 'none')} in the second.`,
      'Name the shards of one file, begun with the same options.',
    );
  });
}

const twice = (a: ShardRun<NamedRun>, b: ShardRun<NamedRun>): UsageError =>
  new UsageError(
    'shard-twice',
    `${capital(shardName(a.shard))} is there twice: ${a.folder} and ${b.folder}.`,
    'Name one run folder for each shard.',
  );

function notThere(missing: readonly number[], { manifest, shard: { count } }: ShardRun<NamedRun>) {
  const command = isPlanOnly(manifest) ? 'plan' : 'apply';
  return new UsageError(
    'shards-missing',
    `${shardsText(missing, count)} ${missing.length === 1 ? 'is' : 'are'} missing.`,
    `Name the run folders of all ${count}. One that was never begun: billpatch ${command} ${manifest.input.name} --shard ${missing[0] ?? 1}/${count}`,
  );
}

/** Throws UsageError, with the command for each shard that is not at its end. */
export function refuseUnfinished(ends: readonly ShardEnd[], { manifest }: NamedRun): void {
  const open = ends.filter(({ isClosed, rows, ended }) => !isClosed || ended < rows);
  const [first] = open;
  if (!first) return;
  const { count } = first.shard;
  const which = shardsText(
    open.map(({ shard }) => shard.index),
    count,
  );
  const far = open.map(({ ended, rows }) => `${ended} of ${rows} rows`).slice(0, NAMED);
  const commands = open
    .slice(0, NAMED)
    .map(({ folder, shard: { index } }) =>
      isPlanOnly(manifest)
        ? `billpatch plan ${manifest.input.name} --shard ${index}/${count}`
        : `billpatch resume ${folder}`,
    );
  throw new UsageError(
    'shards-unfinished',
    `${which} ${open.length === 1 ? 'has' : 'have'} not come to ${open.length === 1 ? 'its' : 'their'} end: ${far.join(', ')} have an ending.`,
    `${isPlanOnly(manifest) ? 'Plan again' : 'Go on'}, then merge: ${commands.join('; ')}`,
  );
}

const NAMED = 10;

/** `Shard 2 of 4`, `Shards 1, 2 and 4 of 4` */
function shardsText(numbers: readonly number[], count: number): string {
  if (numbers.length === 1) return `Shard ${numbers.join('')} of ${count}`;
  const more = numbers.length - NAMED;
  const named = more > 0 ? [...numbers.slice(0, NAMED), `${more} more`] : numbers;
  return `Shards ${named.slice(0, -1).join(', ')} and ${named.at(-1) ?? ''} of ${count}`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
