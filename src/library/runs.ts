/** The stages of a run, from code. The command line calls the same ones. */
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';

import type { JournalPlace } from '../journal/follow-journal.js';
import { applyFile } from '../stages/apply-file.js';
import { applyPlan } from '../stages/apply-plan.js';
import type { NewRunHost, NewRunOptions } from '../stages/begin-run.js';
import type { Brakes } from '../stages/brakes.js';
import type { ConfirmHost } from '../stages/confirm.js';
import { checkShard, type Shard } from '../rows/shard.js';
import type { Progress } from '../run/progress.js';
import { mergeRuns } from '../stages/merge-runs.js';
import { planFile } from '../stages/plan-file.js';
import { resumeRun } from '../stages/resume-run.js';
import { USUAL_REVIEW } from '../stages/review.js';
import { undoRun } from '../stages/undo-run.js';
import { toSource, type RunInput } from './input.js';
import { startRun, type Run } from './run.js';
import { toRefusal, toRunResult, type RunResult } from './run-result.js';
import {
  baseUrlOf,
  givenBaseUrl,
  givenPace,
  paceOf,
  tokensIfNeeded,
  tokensOf,
  type ConnectionSettings,
  type TokenSettings,
} from './settings.js';
import { packageVersion } from './version.js';

/** What every stage takes. */
export interface StageOptions extends ConnectionSettings, Partial<TokenSettings> {
  /**
   * Stops the run: no row is begun any more, those under way are finished and recorded, and the
   * result says `interrupted`. `resume` goes on.
   */
  readonly signal?: AbortSignal;
  /** Called for each row that ends; of rows that were done before, the counts are in the first call. */
  readonly onProgress?: (progress: Progress) => void;
  /** Who is named in run.json and the report. Default: `a program`. */
  readonly by?: string;
  /** The clock, for times in the journal and the name of the run folder. Default: the machine's. */
  readonly now?: () => Date;
}

/** What a stage takes that begins with rows. */
export interface NewRunSettings extends StageOptions {
  /** Rehearse against a simulator in this process that knows every tenant id; needs no getToken. */
  readonly simulate?: boolean;
  /** Go on with the other rows where some fail their own checks. Default: false. */
  readonly skipInvalid?: boolean;
  /** The path of Partner Center's own customer list: its company names guard every row. */
  readonly customers?: string;
  /** Only a part of the customers: `{ index: 2, count: 4 }` is the second of four. `merge` joins their runs. */
  readonly shard?: Shard;
  /**
   * What the resulting addresses are looked at by, before they are sent: the rules of the service, asked
   * for once for each country; those that billpatch knows; or none. Default: `service`.
   */
  readonly countryRules?: 'service' | 'bundled' | 'off';
  /** Give postal codes the leading zeros back that a spreadsheet took off. Default: false. */
  readonly repair?: boolean;
  /** Have the service check each address that changes: one request more for such a row. Default: false. */
  readonly checkAddresses?: boolean;
}

export type PlanOptions = NewRunSettings;

/** What a careful caller sets so that wrong rows cannot do much harm. */
export interface BrakeSettings {
  /** Send nothing where more fields than that are to be changed. */
  readonly maxChanges?: number;
  /** Send nothing where more fields than that are to be emptied. */
  readonly maxClears?: number;
  /** Change so many customers, then stop; `resume` goes on. */
  readonly limit?: number;
}

export interface ApplyOptions extends NewRunSettings, BrakeSettings {
  /** A conflict wherever anything in the profile moved, not only a field that is changed. Default: false. */
  readonly strict?: boolean;
  /** Begin although a run of the same file did not come to its end. Default: false. */
  readonly startNew?: boolean;
  /** Find out with the first update whether an outdated tag is refused; stop if not. Default: false. */
  readonly checkEtags?: boolean;
}

/** A plan that was made, and reviewed. */
export interface ReviewedPlan {
  /** Its run folder. */
  readonly plan: string;
  /** At least twelve characters of the digest that was approved. Absent: whatever the folder holds. */
  readonly digest?: string;
}

export interface ApplyPlanSettings extends StageOptions, BrakeSettings {
  readonly checkEtags?: boolean;
}

export interface UndoOptions extends StageOptions, BrakeSettings {
  /** The run folder of the undo, new or empty. Default: beside the run that is undone. */
  readonly runDir?: string;
}

/**
 * Reads every profile and shows what the rows would change; never sends an update. Outcomes are
 * `planned`, `unchanged`, `conflict` and so on; the result has the digest that stands for the plan.
 */
export function plan(input: RunInput, options: PlanOptions): Run {
  return begin(options, async (host) => {
    const report = await planFile(newRunOf(input, { ...options, strict: true }), host);
    if (report.kind === 'refused') throw toRefusal(report);
    return toRunResult(report);
  });
}

/** Changes the customers that the rows name, or those of a reviewed plan. Nobody is asked first. */
export function apply(input: RunInput, options: ApplyOptions): Run;
export function apply(input: ReviewedPlan, options: ApplyPlanSettings): Run;
export function apply(input: RunInput | ReviewedPlan, options: ApplyOptions): Run {
  return begin(options, async (host) => {
    const checkEtags = options.checkEtags ?? false;
    if ('plan' in input) {
      const { plan: folder, digest } = input;
      const given = { folder, checkEtags, ...(digest !== undefined && { digest }) };
      return done(await applyPlan({ ...given, ...targetOf(options), ...brakesOf(options) }, host));
    }
    const asNew = options.startNew ?? false;
    const given = newRunOf(input, options);
    const report = await applyFile({ ...given, ...brakesOf(options), asNew, checkEtags }, host);
    if (report.kind === 'refused') throw toRefusal(report);
    return done(report);
  });
}

/** Goes on with a run that was cut off or stopped. Outcomes are those of the rows that were left. */
export function resume(runDir: string, options: StageOptions): Run {
  return begin(options, async (host) =>
    toRunResult(
      await resumeRun(
        { folder: runDir, ...targetOf(options) },
        { ...host, onResume: () => undefined },
      ),
    ),
  );
}

/** Puts back what a run changed, where nobody has changed it since, in a run folder of its own. */
export function undo(runDir: string, options: UndoOptions): Run {
  return begin(options, async (host) => {
    const given = {
      folder: runDir,
      planOnly: false,
      checkEtags: false,
      ...(options.runDir !== undefined && { runDir: options.runDir }),
    };
    const report = await undoRun(
      { ...given, ...targetOf(options), ...brakesOf(options) },
      { ...host, onUnknown: () => undefined },
    );
    return done(report);
  });
}

/** What is said of a merged run. */
export interface MergeOptions extends Pick<StageOptions, 'by' | 'now'> {
  /** Its run folder, new or empty. Default: beside the first of the runs. */
  readonly runDir?: string;
}

/**
 * Joins the runs of all shards of a file into one, in a folder of its own, which `undo`, `resume` and,
 * of plans, `apply` take like any other. Nothing is sent. Rejects with UsageError where shards are
 * missing, there twice, not at their end or not of one run; then nothing is written.
 * @param runDirs the run folders of all shards, in any order
 */
export async function merge(
  runDirs: readonly string[],
  options: MergeOptions = {},
): Promise<RunResult> {
  const { runDir } = options;
  const given = { folders: runDirs, ...(runDir !== undefined && { runDir }) };
  return toRunResult(
    await mergeRuns(
      given,
      hostOf(options, () => undefined),
    ),
  );
}

type LibraryHost = NewRunHost & ConfirmHost;
type Report = Awaited<ReturnType<typeof applyPlan>>;

const begin = (
  options: StageOptions,
  work: (host: LibraryHost) => ReturnType<Parameters<typeof startRun>[0]>,
): Run => startRun(async (onRecorded) => work(hostOf(options, onRecorded)));

function done(report: Report) {
  if (report.kind === 'declined') throw new Error('Nobody was asked, so nobody declined.');
  return toRunResult(report);
}

function hostOf(options: StageOptions, onRecorded: (journal: JournalPlace) => void): LibraryHost {
  return {
    now: options.now ?? (() => new Date()),
    random: Math.random,
    newId: randomUUID,
    stdin: Readable.from([]),
    env: {},
    tokens: tokensIfNeeded(options),
    version: packageVersion(),
    user: options.by ?? 'a program',
    interrupt: options.signal ?? new AbortController().signal,
    onProgress: options.onProgress ?? (() => undefined),
    onRecorded,
    onChecked: () => undefined,
    confirm: () => Promise.resolve(true),
  };
}

function newRunOf(
  input: RunInput,
  options: NewRunSettings & { readonly strict?: boolean },
): NewRunOptions {
  const { simulate = false, skipInvalid = false, strict = false, customers, shard } = options;
  if (!simulate) tokensOf(options);
  return {
    ...toSource(input),
    baseUrl: baseUrlOf(options),
    ...(options.cloud !== undefined && { signIn: { cloud: options.cloud } }),
    ...(simulate && { simulate: { anyTenant: true } }),
    ...paceOf(options),
    skipInvalid,
    strict,
    review: {
      countryRules: options.countryRules ?? USUAL_REVIEW.countryRules,
      repair: options.repair ?? USUAL_REVIEW.repair,
      checkAddresses: options.checkAddresses ?? USUAL_REVIEW.checkAddresses,
    },
    ...(customers !== undefined && { customers }),
    ...(shard && { shard: checkShard(shard) }),
  };
}

function targetOf(options: StageOptions) {
  const baseUrl = givenBaseUrl(options);
  return {
    ...(baseUrl !== undefined && { baseUrl }),
    ...(options.cloud !== undefined && { cloud: options.cloud }),
    allowedHosts: options.allowHosts ?? [],
    ...givenPace(options),
  };
}

const brakesOf = ({ maxChanges, maxClears, limit }: BrakeSettings): Brakes => ({
  ...(maxChanges !== undefined && { maxChanges }),
  ...(maxClears !== undefined && { maxClears }),
  ...(limit !== undefined && { limit }),
});
