/**
 * `undo RUN`: a plan of its own, made of the before-images of a run, guarded by what the run left. It
 * has its own run folder, so it is reviewed, applied, resumed and undone like any other.
 */
import { rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

import { JOURNAL_FORMAT, type PlannedEntry } from '../journal/entry.js';
import { openJournal } from '../journal/journal.js';
import type { JournalIndex } from '../journal/read-journal.js';
import {
  createRunFolder,
  fileSha256,
  MANIFEST_FORMAT,
  runFolderName,
  writeManifest,
  type Manifest,
  type RunPaths,
  type StageRecord,
} from '../journal/run-folder.js';
import { UsageError } from '../problem.js';
import { FIELDS, fieldValue, type BillingProfile, type Field } from '../profile/billing-profile.js';
import { withChanges, type Change } from '../profile/decide.js';
import { sheetDelimiter, writeCsv } from '../results/write-results.js';
import { CLEAR } from '../rows/parse-row.js';
import { zeroCounts } from '../run/outcome.js';
import { toReviewedTasks } from '../run/row-task.js';
import { sendPlan, type ApplyPlanOptions, type ApplyPlanReport } from './apply-plan.js';
import type { ConfirmHost } from './confirm.js';
import { orDiskProblem } from './disk-problem.js';
import { drawPlan } from './draw-plan.js';
import { lockRun } from './lock-run.js';
import { openRun } from './open-run.js';
import { refuseUnwritable } from './out-file.js';
import { withPace } from './pace.js';
import { readInput } from './read-input.js';
import { openRunIndex } from './run-index.js';
import { runRows } from './run-rows.js';
import { refuseOtherTarget, targetOf } from './run-target.js';

export interface UndoOptions extends Omit<ApplyPlanOptions, 'digest'> {
  /** Only show what would be taken back: the plan is applied later. */
  readonly planOnly: boolean;
  readonly runDir?: string;
}

export interface UndoHost extends ConfirmHost {
  /** Before anything is asked: rows of the run of which nobody knows whether they were written. */
  readonly onUnknown: (rows: number) => void;
}

export async function undoRun(options: UndoOptions, host: UndoHost): Promise<ApplyPlanReport> {
  if (options.out !== undefined) await refuseUnwritable(options.out, options.runDir);
  const undone = await openRun(options.folder, host.random);
  try {
    refuseOtherTarget(undone.manifest, options);
    const index = await openRunIndex(undone.paths, undone.manifest);
    try {
      if (!index) throw NOTHING_WRITTEN;
      const unknown = countUnknown(index, undone.manifest.input.rows, undone.paths);
      if (unknown > 0) host.onUnknown(unknown);
      return await undo({ ...undone, index }, options, host);
    } finally {
      await index?.close();
    }
  } finally {
    undone.lock.release();
  }
}

interface Undone {
  readonly paths: RunPaths;
  readonly manifest: Manifest;
  readonly index: JournalIndex;
}

async function undo(
  undone: Undone,
  options: UndoOptions,
  host: ConfirmHost,
): Promise<ApplyPlanReport> {
  const fields = await changedFields(undone);
  if (fields.size === 0) throw NOTHING_WRITTEN;
  const wanted = options.runDir ?? folderOf(undone.paths, host.now());
  const paths = await createRunFolder(wanted, options.runDir !== undefined);
  const lock = await lockRun(paths, host.random);
  try {
    const begun = await begin({ undone, fields, paths }, options, host);
    const table = await readInput(paths, begun);
    if (options.planOnly) {
      const target = await targetOf(begun, options, host);
      const tasks = toReviewedTasks(entriesOf(undone, host));
      const work = { target, tasks };
      const stage = 'plan';
      const before = zeroCounts();
      const report = await runRows({ stage, paths, manifest: begun, table, work, before }, host);
      return { kind: 'done', ...report };
    }
    const stage = await planOffline({ undone, paths, manifest: begun }, host);
    const index = await openRunIndex(paths, begun);
    if (!index) throw new Error('The plan of an undo vanished.');
    try {
      const plan = await drawPlan(paths, begun, index, 0);
      const manifest: Manifest = { ...begun, plan, stages: [stage] };
      await writeManifest(paths, manifest);
      const report = await sendPlan({ paths, manifest, index, plan }, options, host);
      if (report.kind === 'declined') await rm(paths.folder, { recursive: true });
      return report;
    } finally {
      await index.close();
    }
  } catch (error) {
    throw orDiskProblem(error, paths);
  } finally {
    lock.release();
  }
}

/** `november.20261123-073000.run` → `november.20261123-073000-undo.20261124-090000.run` beside it. */
function folderOf({ folder }: RunPaths, now: Date): string {
  const whole = resolve(folder);
  const name = `${basename(whole).replace(/\.run$/, '')}-undo.csv`;
  return runFolderName(join(dirname(whole), name), now);
}

const NOTHING_WRITTEN = new UsageError(
  'nothing-to-undo',
  'This run changed nothing, so there is nothing to take back.',
  'Look at its results.csv.',
);

/** Throws UsageError where an update may be under way. */
function countUnknown(index: JournalIndex, rows: number, { folder }: RunPaths): number {
  let unknown = 0;
  for (let row = 0; row < rows; row += 1) {
    const standing = index.standing(row);
    if (standing === 'unknown') unknown += 1;
    if (standing !== 'intent') continue;
    throw new UsageError(
      'run-unsettled',
      'This run was cut off: of some rows nobody knows yet whether they were changed.',
      `Settle them first: billpatch resume ${folder}`,
    );
  }
  return unknown;
}

/** What one row of a run changed, and the profile as the run left it. */
interface Written {
  readonly tenantId: string;
  readonly changes: readonly Change[];
  readonly left: BillingProfile;
}

async function* writtenRows({ index, manifest }: Undone): AsyncGenerator<Written> {
  for (let row = 0; row < manifest.input.rows; row += 1) {
    if (index.standing(row) !== 'updated') continue;
    const outcome = await index.outcome(row);
    const intent = await index.intent(row);
    if (outcome?.status !== 'updated' || !intent) continue;
    const { tenantId, changes, after } = outcome;
    yield { tenantId, changes, left: after ?? withChanges(intent.before, changes) };
  }
}

async function changedFields(undone: Undone): Promise<Set<Field>> {
  const fields = new Set<Field>();
  for await (const { changes } of writtenRows(undone))
    for (const { field } of changes) fields.add(field);
  return fields;
}

interface Beginning {
  readonly undone: Undone;
  readonly fields: ReadonlySet<Field>;
  readonly paths: RunPaths;
}

/** Writes the input, which a person can read and `apply` would take, and the manifest. */
async function begin(
  { undone, fields, paths }: Beginning,
  options: UndoOptions,
  host: ConfirmHost,
): Promise<Manifest> {
  const restored = FIELDS.filter((field) => fields.has(field));
  const guarded = FIELDS.filter((field) => fields.has(field) || field === 'companyName');
  let rows = 0;
  const lines = async function* () {
    for await (const { tenantId, changes, left } of writtenRows(undone)) {
      rows += 1;
      const old = new Map(changes.map(({ field, from }) => [field, from || CLEAR]));
      yield [
        tenantId,
        ...restored.map((field) => old.get(field) ?? ''),
        ...guarded.map((field) => fieldValue(left, field)),
      ];
    }
  };
  const header = ['customerTenantId', ...restored, ...guarded.map((field) => `expect:${field}`)];
  const delimiter = sheetDelimiter(undone.manifest);
  await writeCsv(paths.input, header, lines(), delimiter);

  const { baseUrl, simulated, partnerTenant, simulator, options: usual } = undone.manifest;
  const given: Manifest = {
    format: MANIFEST_FORMAT,
    tool: { name: 'billpatch', version: host.version },
    input: {
      name: `undo of ${basename(resolve(undone.paths.folder))}`,
      sha256: await fileSha256(paths.input),
      bytes: (await stat(paths.input)).size,
      rows,
      // All of them: rows of a shard stay of that shard, whatever file they are in.
      ...(usual.shard && { shardRows: rows }),
      repeatedTenants: 0,
      encoding: 'UTF-8',
      delimiter,
    },
    baseUrl,
    simulated,
    ...(partnerTenant === undefined ? {} : { partnerTenant }),
    // The same world as the run that is undone.
    ...(simulated && {
      simulator: { stateFile: resolve(undone.paths.simulator), ...simulator },
    }),
    undoes: resolve(undone.paths.folder),
    options: { ...usual, strict: true },
    stages: [],
  };
  const manifest = withPace(given, options);
  await writeManifest(paths, manifest);
  return manifest;
}

/** Each row as a plan has it: back to the old values, on the profile that the run left. */
async function* entriesOf(undone: Undone, host: ConfirmHost): AsyncGenerator<PlannedEntry> {
  let row = 0;
  for await (const { tenantId, changes, left } of writtenRows(undone)) {
    const companyName = fieldValue(left, 'companyName');
    yield {
      type: 'outcome',
      row,
      line: row + 2,
      tenantId,
      status: 'planned',
      changes: changes.map(({ field, from, to }) => ({ field, from: to, to: from })),
      reviewed: left,
      trace: { correlationId: host.newId(), attempts: 0, ...(companyName && { companyName }) },
      at: host.now().toISOString(),
    };
    row += 1;
  }
}

/** The journal of a plan straight from that of the run: each row is read when it is applied. */
async function planOffline(
  { undone, paths, manifest }: { undone: Undone; paths: RunPaths; manifest: Manifest },
  host: ConfirmHost,
): Promise<StageRecord> {
  const startedAt = host.now().toISOString();
  const journal = await openJournal(paths.journal);
  try {
    await journal.append({
      type: 'open',
      format: JOURNAL_FORMAT,
      stage: 'plan',
      inputSha256: manifest.input.sha256,
      baseUrl: manifest.baseUrl,
      at: startedAt,
    });
    for await (const entry of entriesOf(undone, host)) await journal.append(entry);
    await journal.append({ type: 'close', at: host.now().toISOString() });
  } finally {
    await journal.close();
  }
  return { stage: 'plan', startedAt, endedAt: host.now().toISOString(), exitCode: 0 };
}
