/** `apply FILE`: check, confirm, then every row through the service, into a run folder. */
import { findUnfinishedRun } from '../journal/unfinished-run.js';
import { UsageError } from '../problem.js';
import { shardName } from '../rows/shard.js';
import { zeroCounts } from '../run/outcome.js';
import { withNewRun, type NewRunHost, type NewRunOptions, type RefusedRun } from './begin-run.js';
import { refuseTooMuch, type Brakes } from './brakes.js';
import { declined, ownerOf, type ConfirmHost, type Declined } from './confirm.js';
import type { RunReport } from './draw-results.js';
import { refuseUnwritable } from './out-file.js';
import { runRows } from './run-rows.js';

export interface ApplyFileOptions extends NewRunOptions, Brakes {
  /** Where a copy of the result CSV goes. */
  readonly out?: string;
  /** Begin a new run although one of the same file is unfinished. */
  readonly asNew: boolean;
  readonly checkEtags: boolean;
}

export type ApplyReport = RefusedRun | Declined | ({ readonly kind: 'done' } & RunReport);

export async function applyFile(
  options: ApplyFileOptions,
  host: NewRunHost & ConfirmHost,
): Promise<ApplyReport> {
  if (options.out !== undefined) await refuseUnwritable(options.out, options.runDir);
  if (options.file !== '-' && !options.source && !options.asNew) await refuseUnfinished(options);
  return withNewRun<ApplyReport>(options, host, async (run) => {
    const { paths, manifest, survey, target, tasks } = run;
    try {
      refuseTooMuch(survey.asked, options);
    } catch (error) {
      await run.discard();
      throw error;
    }
    const confirmed = await host.confirm({
      customers: run.validRows,
      totals: survey.asked,
      target: manifest.baseUrl,
      ...ownerOf(manifest),
      simulated: manifest.simulated,
    });
    if (!confirmed) {
      await run.discard();
      return declined(host);
    }
    const report = await runRows(
      {
        stage: 'apply',
        paths,
        manifest,
        table: survey.table,
        work: { target, tasks },
        before: zeroCounts(),
        checkEtags: options.checkEtags,
        ...(options.limit === undefined ? {} : { limit: options.limit }),
        ...(options.out === undefined ? {} : { out: options.out }),
      },
      host,
    );
    return { kind: 'done', ...report };
  });
}

async function refuseUnfinished({ file, simulate, shard }: ApplyFileOptions): Promise<void> {
  const unfinished = await findUnfinishedRun(file, simulate !== undefined, shard);
  if (!unfinished) return;
  const { folder, manifest } = unfinished;
  const part = manifest.options.shard ? ` of ${shardName(manifest.options.shard)}` : '';
  throw new UsageError(
    'unfinished-run',
    `${file} has a run${part} that did not come to its end (begun ${manifest.stages[0]?.startedAt ?? ''}).`,
    `Go on with it: billpatch resume ${folder} — or begin a new one with --new.`,
  );
}
