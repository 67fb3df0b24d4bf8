/** `apply RUN`: exactly what was reviewed, and only where the live profile is still the reviewed one. */
import type { JournalIndex } from '../journal/read-journal.js';
import {
  warningsOf,
  type Manifest,
  type PlanRecord,
  type RunPaths,
} from '../journal/run-folder.js';
import { UsageError } from '../problem.js';
import { shardName, type Shard } from '../rows/shard.js';
import { zeroCounts } from '../run/outcome.js';
import { toReviewedTasks } from '../run/row-task.js';
import { refuseTooMuch, type Brakes } from './brakes.js';
import { declined, ownerOf, type ConfirmHost, type Declined } from './confirm.js';
import { orDiskProblem } from './disk-problem.js';
import { createPlanDigest, plannedRows } from './draw-plan.js';
import type { RunReport } from './draw-results.js';
import { openRun } from './open-run.js';
import { refuseUnwritable } from './out-file.js';
import { withPace, type Pace } from './pace.js';
import { readInput } from './read-input.js';
import { openRunIndex } from './run-index.js';
import { runRows } from './run-rows.js';
import { refuseOtherTarget, targetOf, type TargetOptions } from './run-target.js';

export interface ApplyPlanOptions extends TargetOptions, Brakes, Partial<Pace> {
  /** The run folder of the plan. */
  readonly folder: string;
  /** What somebody approved: the first twelve or more characters of a plan's digest. */
  readonly digest?: string;
  /** Which shard the user believes it to be: refused where it is another, or none. */
  readonly shard?: Shard;
  /** Where a copy of the result CSV goes. */
  readonly out?: string;
  readonly checkEtags: boolean;
}

export type ApplyPlanReport = Declined | ({ readonly kind: 'done' } & RunReport);

export async function applyPlan(
  options: ApplyPlanOptions,
  host: ConfirmHost,
): Promise<ApplyPlanReport> {
  if (options.out !== undefined) await refuseUnwritable(options.out, options.folder);
  const { paths, manifest: given, lock } = await openRun(options.folder, host.random);
  try {
    const manifest = withPace(given, options);
    if (manifest.export) throw exportNotApplied(paths.customers);
    refuseOtherTarget(manifest, options);
    refuseOtherShard(manifest, options.shard);
    const index = await openRunIndex(paths, manifest);
    if (!index) throw INCOMPLETE;
    try {
      const plan = await checkPlan(manifest, index, options.digest);
      return await sendPlan({ paths, manifest, index, plan }, options, host);
    } finally {
      await index.close();
    }
  } catch (error) {
    throw orDiskProblem(error, paths);
  } finally {
    lock.release();
  }
}

export interface ReadyPlan {
  readonly paths: RunPaths;
  readonly manifest: Manifest;
  readonly index: JournalIndex;
  readonly plan: PlanRecord;
}

/** Asks, then applies a plan that is known to be whole. The caller holds the lock. */
export async function sendPlan(
  { paths, manifest, index, plan }: ReadyPlan,
  options: Omit<ApplyPlanOptions, 'folder' | 'digest'>,
  host: ConfirmHost,
): Promise<ApplyPlanReport> {
  refuseTooMuch(plan.totals, options);
  const target = await targetOf(manifest, options, host);
  const { baseUrl, simulated, input } = manifest;
  const { customers, totals } = plan;
  const warnings = warningsOf(manifest);
  if (
    !(await host.confirm({
      customers,
      totals,
      target: baseUrl,
      ...ownerOf(manifest),
      simulated,
      warnings,
    }))
  )
    return declined(host);
  const report = await runRows(
    {
      stage: manifest.undoes === undefined ? 'apply' : 'undo',
      paths,
      manifest,
      table: await readInput(paths, manifest),
      work: { target, tasks: toReviewedTasks(plannedRows(index, input.rows)) },
      before: endingsOf(index, input.rows),
      wholeBytes: index.wholeBytes,
      checkEtags: options.checkEtags,
      ...(options.limit === undefined ? {} : { limit: options.limit }),
      ...(options.out === undefined ? {} : { out: options.out }),
    },
    host,
  );
  return { kind: 'done', ...report };
}

/** How rows ended that were not planned. */
function endingsOf(index: JournalIndex, rows: number) {
  const counts = zeroCounts();
  for (let row = 0; row < rows; row += 1) {
    const standing = index.standing(row);
    if (standing !== undefined && standing !== 'intent' && standing !== 'planned')
      counts[standing] += 1;
  }
  return counts;
}

function refuseOtherShard({ options: { shard } }: Manifest, wanted: Shard | undefined): void {
  if (!wanted || (shard?.index === wanted.index && shard.count === wanted.count)) return;
  const known = shard ? shardName(shard) : 'all rows of its file';
  throw new UsageError(
    'other-shard',
    `This is a plan of ${known}; --shard asks for ${shardName(wanted)}.`,
    'Leave --shard (and BILLPATCH_SHARD) away: the run knows which rows are its own.',
  );
}

const exportNotApplied = (file: string): UsageError =>
  new UsageError(
    'not-a-plan',
    'This run is an export: there is nothing in it to apply.',
    `Change values in the file that it wrote, and apply that: billpatch apply ${file}`,
  );

const INCOMPLETE = new UsageError(
  'plan-incomplete',
  'The plan did not come to its end, so not all of it was there to be reviewed.',
  'Plan the file again.',
);

async function checkPlan(
  manifest: Manifest,
  index: JournalIndex,
  wanted: string | undefined,
): Promise<PlanRecord> {
  const applied = index.stages.find(({ stage }) => stage !== 'plan');
  if (applied !== undefined) {
    const planned = index.stages.some(({ stage }) => stage === 'plan');
    throw new UsageError(
      planned ? 'plan-applied' : 'not-a-plan',
      planned
        ? `This plan was applied on ${applied.at}; a plan is applied once.`
        : `This run is no plan: it was applied on ${applied.at}.`,
      planned
        ? 'If that was cut off, go on with it: billpatch resume. To apply more, plan the file again.'
        : 'If it was cut off, go on with it: billpatch resume.',
    );
  }
  const { plan } = manifest;
  if (!plan || !index.isClosed || index.stop) throw INCOMPLETE;
  const reviewed = createPlanDigest(manifest);
  for await (const planned of plannedRows(index, manifest.input.rows)) reviewed.add(planned);
  const digest = reviewed.end();
  if (digest !== plan.digest) {
    throw new UsageError(
      'plan-changed',
      `The plan is not the one that was made: its digest is ${digest}, run.json names ${plan.digest}.`,
      'Restore the run folder, or plan the file again.',
    );
  }
  if (wanted !== undefined && !(wanted.length >= 12 && digest.startsWith(wanted.toLowerCase()))) {
    throw new UsageError(
      'other-digest',
      `This is not the plan that was approved: its digest is ${digest}, --digest asks for ${wanted}.`,
      'Give the digest that the plan printed (twelve characters or more of it), for the right run folder.',
    );
  }
  return plan;
}
