/** What a run came to, and the error of one whose input was refused. */
import { warningsOf } from '../journal/run-folder.js';
import { BillpatchError, type Problem, type Warning } from '../problem.js';
import type { ChangeTotals } from '../profile/change-totals.js';
import type { Status } from '../run/outcome.js';
import type { RefusedRun } from '../stages/begin-run.js';
import type { InputError } from '../stages/check-input.js';
import type { RunReport } from '../stages/draw-results.js';

export interface RunResult {
  /**
   * What the command line would exit with: 0 every row is updated, unchanged or planned · 1 some need
   * attention · 3 stopped early · 4 some are unknown · 130 interrupted.
   */
  readonly exitCode: number;
  /** Of a shard, its own. */
  readonly rows: number;
  /** How many rows ended with each status; they add up to `rows`. */
  readonly totals: Readonly<Record<Status, number>>;
  /** Why the run stopped before its end. `resume` goes on with it. */
  readonly stopped?: Problem;
  /** True: nothing went to Partner Center. */
  readonly simulated: boolean;
  /** Where requests went. */
  readonly target: string;
  /** What looks like an accident in the input; it stops nothing. */
  readonly warnings: readonly Warning[];
  /** Of a plan. */
  readonly plan?: PlanSummary;
  readonly files: RunFiles;
}

export interface PlanSummary {
  /** SHA-256 (hexadecimal) of everything that a reviewer approves. */
  readonly digest: string;
  /** That would be changed. */
  readonly customers: number;
  readonly totals: ChangeTotals;
}

/** Paths of files that hold personal data: of mode 0600, in a folder of 0700. */
export interface RunFiles {
  /** What `resume`, `undo` and `apply` of a plan are given. */
  readonly folder: string;
  /** Every row with its ending, in input order. */
  readonly results: string;
  /** The rows that need somebody, in the shape of the input. */
  readonly failed: string;
  /** One self-contained page, for people. */
  readonly report: string;
  /** Of a plan: one line for each change. */
  readonly plan?: string;
}

/** Rows of the input fail their own checks: nothing was sent. `errors.csv` in the run folder has all. */
export class InputRefusedError extends BillpatchError {
  override readonly name = 'InputRefusedError';
  /** The first of them. They hold values, so a log does not show them. */
  declare readonly inputErrors: readonly InputError[];

  constructor(
    errors: readonly InputError[],
    readonly errorCount: number,
    /** All of them, as a CSV. */
    readonly errorsFile: string,
  ) {
    super(
      'input-refused',
      `The input has ${errorCount === 1 ? '1 error' : `${errorCount} errors`}; nothing was sent.`,
      'Look at inputErrors, or at errorsFile; correct the rows, or go on without them: skipInvalid.',
    );
    // Not called `errors`: of that name Node shows even what is not enumerable.
    Object.defineProperty(this, 'inputErrors', { value: errors });
  }
}

export const toRefusal = ({ errors, errorCount, paths }: RefusedRun): InputRefusedError =>
  new InputRefusedError(errors, errorCount, paths.errors);

export function toRunResult({ results, exitCode, manifest, paths }: RunReport): RunResult {
  const { rows, totals, stop } = results;
  const { plan } = manifest;
  return {
    exitCode,
    rows,
    totals,
    ...(stop && { stopped: stop }),
    simulated: manifest.simulated,
    target: manifest.baseUrl,
    warnings: warningsOf(manifest),
    ...(plan && {
      plan: { digest: plan.digest, customers: plan.customers, totals: plan.totals },
    }),
    files: {
      folder: paths.folder,
      results: paths.results,
      failed: paths.failed,
      report: paths.report,
      ...(plan && { plan: paths.plan }),
    },
  };
}
