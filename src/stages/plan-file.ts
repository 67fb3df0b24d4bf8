/** `plan FILE`: check, then what every row would change, for somebody to review. No PUT, ever. */
import { zeroCounts } from '../run/outcome.js';
import { withNewRun, type NewRunHost, type NewRunOptions, type RefusedRun } from './begin-run.js';
import type { RunReport } from './draw-results.js';
import { runRows } from './run-rows.js';

export type PlanReport = RefusedRun | ({ readonly kind: 'done' } & RunReport);

export async function planFile(options: NewRunOptions, host: NewRunHost): Promise<PlanReport> {
  return withNewRun<PlanReport>(
    options,
    host,
    async ({ paths, manifest, survey, target, tasks }) => {
      const report = await runRows(
        {
          stage: 'plan',
          paths,
          manifest,
          table: survey.table,
          work: { target, tasks },
          before: zeroCounts(),
        },
        host,
      );
      return { kind: 'done', ...report };
    },
  );
}
