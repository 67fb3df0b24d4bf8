/**
 * `merge RUN…`: the runs of all shards of a file as one run, in a folder of its own. Its journal is
 * theirs, one after the other, so everything is drawn and gone on with as of any other run. Nothing is
 * sent, and nothing is written before every row of the input is known to be there exactly once.
 */
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { realpath, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';

import {
  createRunFolder,
  keepInput,
  refuseUsedFolder,
  rowsOf,
  runFolderName,
  writeManifest,
  type Manifest,
  type RunPaths,
} from '../journal/run-folder.js';
import { syncFolder } from '../journal/whole-file.js';
import { UsageError } from '../problem.js';
import { EXIT, exitCodeOf } from '../results/exit-code.js';
import {
  isPlanOnly,
  orderShards,
  refuseUnfinished,
  type NamedRun,
  type ShardEnd,
  type ShardRun,
} from '../run/decide-merge.js';
import { meanLatencyMs, toMergedManifest } from '../run/merged-manifest.js';
import { orDiskProblem } from './disk-problem.js';
import { drawPlan } from './draw-plan.js';
import { drawReport } from './draw-report.js';
import { drawResults, openOutcomes, type Outcomes, type RunReport } from './draw-results.js';
import type { Host } from './host.js';
import { lockRun } from './lock-run.js';
import { openRun, type OpenRun } from './open-run.js';
import { copyOut, refuseUnwritable } from './out-file.js';
import { createRowProof, refuseUnproven } from './prove-rows.js';
import { readInput } from './read-input.js';
import { openRunIndex } from './run-index.js';

export interface MergeOptions {
  /** The run folders of all shards, in any order. */
  readonly folders: readonly string[];
  /** Default: beside the first of them, named after the input and the time. */
  readonly runDir?: string;
  /** Where a copy of the result CSV goes. */
  readonly out?: string;
}

export type MergeHost = Pick<Host, 'now' | 'random' | 'version' | 'user'>;

/** Throws UsageError where the runs are not all shards of one, each at its end; then nothing is written. */
export async function mergeRuns(options: MergeOptions, host: MergeHost): Promise<RunReport> {
  if (options.out !== undefined) await refuseUnwritable(options.out, options.runDir);
  const opened: OpenShard[] = [];
  try {
    for (const folder of await onceEach(options.folders))
      opened.push(await openShard(folder, host.random));
    const shards = orderShards(opened);
    const journals = await proveWhole(shards);
    return await write({ shards, journals, options }, host);
  } finally {
    for (const { lock } of opened) lock.release();
  }
}

type OpenShard = OpenRun & NamedRun;

/** The same folder under two names would be locked by its own first opening. */
async function onceEach(folders: readonly string[]): Promise<readonly string[]> {
  const known = new Map<string, string>();
  for (const folder of folders) {
    const real = await realpath(folder).catch(() => resolve(folder));
    const same = known.get(real);
    if (same !== undefined) {
      throw new UsageError(
        'shard-twice',
        `One run folder is there twice: ${same} and ${folder}.`,
        'Name one run folder for each shard.',
      );
    }
    known.set(real, folder);
  }
  return folders;
}

/** Errors name the folder: it is one of several. */
async function openShard(folder: string, random: () => number): Promise<OpenShard> {
  try {
    return { ...(await openRun(folder, random)), folder };
  } catch (error) {
    throw error instanceof UsageError ? inFolder(folder, error) : error;
  }
}

const inFolder = (folder: string, { code, message, hint }: UsageError): UsageError =>
  new UsageError(code, message.includes(folder) ? message : `${folder}: ${message}`, hint);

interface WholeJournal {
  readonly path: string;
  /** What follows these is torn. */
  readonly bytes: number;
}

/** Each journal is indexed by itself, so that memory does not grow with the number of shards. */
async function proveWhole(shards: readonly ShardRun<OpenShard>[]): Promise<WholeJournal[]> {
  const [first] = shards;
  if (!first) return [];
  const proof = createRowProof(first.manifest.input.rows);
  const ends: ShardEnd[] = [];
  const journals: WholeJournal[] = [];
  for (const { folder, shard, paths, manifest } of shards) {
    const index = await openRunIndex(paths, manifest);
    const ended = index ? proof.add(shard.index, index, isPlanOnly(manifest)) : 0;
    const isClosed = index?.isClosed === true && !index.stop && hasResults(manifest);
    ends.push({ folder, shard, rows: rowsOf(manifest), ended, isClosed });
    journals.push({ path: paths.journal, bytes: index?.wholeBytes ?? 0 });
    await index?.close();
  }
  refuseUnfinished(ends, first);
  await refuseUnproven(proof, first.paths, first.manifest);
  return journals;
}

function hasResults({ stages }: Manifest): boolean {
  const exitCode = stages.at(-1)?.exitCode;
  return [EXIT.fine, EXIT.attention, EXIT.unknown].some((code) => code === exitCode);
}

interface Proven {
  readonly shards: readonly ShardRun<OpenShard>[];
  readonly journals: readonly WholeJournal[];
  readonly options: MergeOptions;
}

async function write({ shards, journals, options }: Proven, host: MergeHost): Promise<RunReport> {
  const [first, ...others] = shards;
  if (!first) throw new Error('Shards that were proven are none.');
  const name = first.manifest.input.name === '-' ? 'stdin' : basename(first.manifest.input.name);
  const beside = join(dirname(first.folder), name);
  const folder = options.runDir ?? runFolderName(beside, host.now(), 'merged');
  const paths = await createRunFolder(folder, options.runDir !== undefined);
  const lock = await lockRun(paths, host.random);
  try {
    await refuseUsedFolder(paths);
  } catch (error) {
    lock.release();
    throw error;
  }
  let outcomes: Outcomes | undefined;
  try {
    const startedAt = host.now().toISOString();
    await copyShared(first.paths, paths);
    await joinFiles(journals, paths.journal);
    await joinWorlds(shards, paths);
    const merged = toMergedManifest([first, ...others], host.version, (given) => resolve(given));
    const latencyMs = meanLatencyMs(shards);
    outcomes = await openOutcomes(paths, merged);
    const plan = first.manifest.plan && {
      plan: await drawPlan(paths, merged, outcomes, latencyMs),
    };
    const planned: Manifest = { ...merged, ...plan };
    const table = await readInput(paths, planned);
    const results = await drawResults(paths, table, planned, outcomes);
    const exitCode = exitCodeOf(results.totals, results.stop);
    const endedAt = host.now().toISOString();
    const manifest: Manifest = {
      ...planned,
      stages: [...planned.stages, { stage: 'merge', startedAt, by: host.user, endedAt, exitCode }],
      totals: { rows: results.rows, ...results.totals },
    };
    await drawReport(paths, manifest, table, results, outcomes);
    // Last: a folder that was cut off is no run's.
    await writeManifest(paths, manifest);
    if (options.out !== undefined) await copyOut(paths.results, options.out);
    return { results, exitCode, manifest, paths };
  } catch (error) {
    // All of it is in the shards' own folders.
    if (!existsSync(paths.manifest)) await rm(paths.folder, { recursive: true, force: true });
    throw orDiskProblem(error, paths);
  } finally {
    await outcomes?.close();
    lock.release();
  }
}

/** What is the same in every shard. */
async function copyShared(from: RunPaths, to: RunPaths): Promise<void> {
  const files = [
    [from.input, to.input],
    [from.workbook, to.workbook],
    [from.customerList, to.customerList],
    // Of the whole file, as each of them has read it.
    [from.errors, to.errors],
  ] as const;
  for (const [source, input] of files)
    if (existsSync(source)) await keepInput(createReadStream(source), { input });
}

/** Of a rehearsal: what each shard's simulator has stored, of customers that no other one has. */
async function joinWorlds(shards: readonly OpenShard[], to: RunPaths): Promise<void> {
  const worlds = shards.map(({ paths }) => paths.simulator).filter((path) => existsSync(path));
  if (worlds.length > 0)
    await joinFiles(
      worlds.map((path) => ({ path })),
      to.simulator,
    );
}

async function joinFiles(
  parts: readonly { readonly path: string; readonly bytes?: number }[],
  to: string,
): Promise<void> {
  await pipeline(
    async function* () {
      for (const { path, bytes } of parts)
        if (bytes !== 0)
          yield* createReadStream(path, bytes === undefined ? {} : { end: bytes - 1 });
    },
    createWriteStream(to, { flags: 'wx', mode: 0o600, flush: true }),
  );
  await syncFolder(dirname(to));
}
