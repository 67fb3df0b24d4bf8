/** `resume RUN`: goes on with a stage that was cut off or stopped, from what the journal knows. */
import type { Stage } from '../journal/entry.js';
import type { JournalIndex, Standing } from '../journal/read-journal.js';
import { rowsOf, type Manifest, type RunPaths } from '../journal/run-folder.js';
import { UsageError } from '../problem.js';
import { readVerdicts, surveyRows } from '../rows/check-rows.js';
import type { Table } from '../rows/read-rows.js';
import { toReviewedTask, toRowTask, type RowTask } from '../run/row-task.js';
import { zeroCounts, type Status } from '../run/outcome.js';
import { ALL_FORBIDDEN } from '../run/stop-rules.js';
import { orDiskProblem } from './disk-problem.js';
import { toOutcomes, type RunReport } from './draw-results.js';
import { isUnlisted, listAgain } from './export-customers.js';
import type { Host } from './host.js';
import { customerListOf } from './customer-list.js';
import { openRun } from './open-run.js';
import { readOwnRows } from './own-rows.js';
import { copyOut, refuseUnwritable } from './out-file.js';
import { withPace, type Pace } from './pace.js';
import { readInput } from './read-input.js';
import { redrawRun } from './redraw-run.js';
import { checksOf } from './review.js';
import { openRunIndex } from './run-index.js';
import { runRows } from './run-rows.js';
import { refuseOtherTarget, targetOf, type TargetOptions } from './run-target.js';

/** What is absent is as it was when the run began. */
export interface ResumeOptions extends TargetOptions, Partial<Pace> {
  readonly folder: string;
  /** Where a copy of the result CSV goes. */
  readonly out?: string;
}

export interface ResumeHost extends Host {
  /** Before the first request: how many rows are left, and of how many. */
  readonly onResume: (open: number, rows: number) => void;
}

export async function resumeRun(options: ResumeOptions, host: ResumeHost): Promise<RunReport> {
  if (options.out !== undefined) await refuseUnwritable(options.out, options.folder);
  if (await isUnlisted(options.folder)) {
    const pace = (manifest: Manifest): Manifest => withPace(manifest, options);
    return listAgain(options.folder, options, pace, {
      ...host,
      onListing: () => undefined,
      onChecked: ({ rows }) => {
        host.onResume(rows, rows);
      },
    });
  }
  const { paths, manifest: given, lock } = await openRun(options.folder, host.random);
  try {
    const manifest = withPace(given, options);
    refuseOtherTarget(manifest, options);
    const index = await openRunIndex(paths, manifest);
    try {
      return await resume({ options, paths, manifest, index }, host);
    } finally {
      await index?.close();
    }
  } catch (error) {
    throw orDiskProblem(error, paths);
  } finally {
    lock.release();
  }
}

interface Resumed {
  readonly options: ResumeOptions;
  readonly paths: RunPaths;
  readonly manifest: Manifest;
  /** Absent: billpatch was cut off before it wrote a journal. */
  readonly index: JournalIndex | undefined;
}

async function resume(
  { options, paths, manifest, index }: Resumed,
  host: ResumeHost,
): Promise<RunReport> {
  const { rows } = manifest.input;
  const table = await readInput(paths, manifest);
  const begun = stageBegun(manifest, index);
  if (begun === 'plan') throw PLAN_CUT_OFF;
  const isForbidden = index?.stop?.code === ALL_FORBIDDEN.code;
  // A reviewed plan: rows that were not planned are none of this stage's business.
  const isPlanned = manifest.plan !== undefined;
  const isOwn = await readOwnRows(paths, manifest, table);
  const isOpen = (row: number): boolean =>
    isOwn(row) &&
    (!isPlanned || index?.isReviewed(row) === true) &&
    isLeft(index?.standing(row), { isForbidden, isPlanned });

  const before = zeroCounts();
  let open = 0;
  for (let row = 0; row < rows; row += 1) {
    const standing = index?.standing(row);
    if (isOpen(row)) open += 1;
    else if (standing !== undefined && standing !== 'intent') before[standing] += 1;
  }
  host.onResume(open, rowsOf(manifest));
  const hasEnded = index?.isClosed === true && manifest.stages.at(-1)?.exitCode !== undefined;
  if (open === 0 && hasEnded && !index.stop) {
    const report = await redrawRun(paths, manifest, table, toOutcomes(index));
    if (options.out !== undefined)
      await copyOut(manifest.export ? paths.customers : paths.results, options.out);
    return report;
  }

  const tasks = isPlanned
    ? reviewedTasks(rows, isOpen, index)
    : rowTasks({ paths, manifest, index }, table, isOpen);
  return runRows(
    {
      stage: 'resume',
      paths,
      manifest,
      table,
      // Without a row to send, nothing is asked of anybody: not even for a token.
      ...(open > 0 && {
        work: { target: await targetOf(manifest, options, host), tasks },
      }),
      before,
      ...(index && { wholeBytes: index.wholeBytes }),
      ...(options.out === undefined ? {} : { out: options.out }),
    },
    host,
  );
}

/** The rows of the input that are left, with what may be under way of them. */
async function* rowTasks(
  { paths, manifest, index }: Omit<Resumed, 'options'>,
  table: Table,
  isOpen: (row: number) => boolean,
): AsyncGenerator<RowTask> {
  const checks = checksOf(manifest.options);
  // Where the check found every customer once, rows need not be looked at beside each other.
  const surveyed =
    manifest.input.repeatedTenants === 0
      ? { table, checks }
      : await surveyRows(paths.input, table, checks);
  const customers = await customerListOf(paths, manifest);
  for await (const verdict of readVerdicts(paths.input, surveyed, ({ ordinal }) => isOpen(ordinal)))
    yield withPending(toRowTask(verdict, manifest.options.strict, customers), index);
}

/** The rows of a reviewed plan that are left. */
async function* reviewedTasks(
  rows: number,
  isOpen: (row: number) => boolean,
  index: JournalIndex | undefined,
): AsyncGenerator<RowTask> {
  for (let row = 0; row < rows; row += 1) {
    const entry = isOpen(row) ? await index?.reviewed(row) : undefined;
    if (entry) yield withPending(toReviewedTask(entry), index);
  }
}

async function withPending(row: RowTask, index: JournalIndex | undefined): Promise<RowTask> {
  const standing = index?.standing(row.ref.row);
  const pending =
    standing === 'intent' || standing === 'unknown' ? await index?.intent(row.ref.row) : undefined;
  return row.kind === 'customer' && pending ? { ...row, task: { ...row.task, pending } } : row;
}

/** The stage to go on with. */
function stageBegun({ stages }: Manifest, index: JournalIndex | undefined): Stage {
  const names = [...(index?.stages ?? []), ...stages].map(({ stage }) => stage);
  // The journal and run.json tell the same; either may be one behind after a crash.
  return names.findLast((name) => name !== 'resume' && name !== 'merge') ?? 'apply';
}

const PLAN_CUT_OFF = new UsageError(
  'plan-cut-off',
  'This run is a plan: nothing was sent, so there is nothing to go on with.',
  'Apply it if it is complete; otherwise make it again.',
);

const DONE = new Set<Standing>([
  'updated',
  'unchanged',
  'invalid',
  'conflict',
  'rejected',
] satisfies Status[]);

/**
 * What going on has to look at again: rows that were never begun, cut off or skipped; `failed` ones,
 * which were certainly not written; and `unknown` ones, which reading again may settle.
 */
const isLeft = (
  standing: Standing,
  { isForbidden, isPlanned }: { readonly isForbidden: boolean; readonly isPlanned: boolean },
): boolean =>
  (!DONE.has(standing) && (standing !== 'planned' || isPlanned)) ||
  // With other credentials, what refused them all may let them pass.
  (isForbidden && standing === 'rejected');
