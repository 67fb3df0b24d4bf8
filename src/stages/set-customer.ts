/** `set TENANT-ID FIELD=VALUE…`: a file of one row, planned, shown, and then applied as it was shown. */
import { mkdir, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { OutcomeEntry } from '../journal/entry.js';
import { indexJournal } from '../journal/read-journal.js';
import { StoppedError } from '../problem.js';
import { toCsv } from '../results/write-results.js';
import type { OneRow } from '../rows/assignments.js';
import { applyPlan, type ApplyPlanOptions } from './apply-plan.js';
import type { NewRunHost, NewRunOptions, RefusedRun } from './begin-run.js';
import type { ConfirmHost, Declined } from './confirm.js';
import type { RunReport } from './draw-results.js';
import { planFile } from './plan-file.js';

/** Where runs go that belong beside no file. */
const RUNS = 'billpatch-runs';

export interface SetOptions
  extends
    Omit<NewRunOptions, 'file' | 'source' | 'skipInvalid' | 'strict' | 'customers' | 'export'>,
    Pick<ApplyPlanOptions, 'allowedHosts'> {
  readonly tenantId: string;
  readonly row: OneRow;
  /** Only show what would change; nothing stays behind. */
  readonly dryRun: boolean;
}

export interface SetHost extends NewRunHost, ConfirmHost {
  /** Old and new values, before anybody is asked. */
  readonly onPlanned: (planned: OutcomeEntry) => void;
}

export type SetReport =
  | RefusedRun
  | Declined
  | { readonly kind: 'shown'; readonly exitCode: number; readonly outcome: OutcomeEntry }
  | ({ readonly kind: 'done' } & RunReport);

export async function setCustomer(
  { tenantId, row, dryRun, ...options }: SetOptions,
  host: SetHost,
): Promise<SetReport> {
  // Only names the folder, and the run in its report.
  const file = join(RUNS, tenantId);
  if (options.runDir === undefined) await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const source = { kind: 'stream', stream: toCsv(row.header, [row.cells]) } as const;
  const planned = await planFile(
    { ...options, file, source, skipInvalid: false, strict: true },
    host,
  );
  if (planned.kind === 'refused') return planned;

  const { results, paths, exitCode } = planned;
  const discard = async (): Promise<void> => {
    await rm(paths.folder, { recursive: true });
    // Only where nothing else is in it.
    if (options.runDir === undefined) await rmdir(dirname(file)).catch(() => undefined);
  };
  if (results.stop) {
    const { code, message } = results.stop;
    await discard();
    throw new StoppedError(code, message, 'Nothing was sent. Run the command again.');
  }
  const outcome = await onlyOutcome(paths.journal);
  host.onPlanned(outcome);
  if (dryRun) {
    await discard();
    return { kind: 'shown', exitCode, outcome };
  }
  if (outcome.status !== 'planned') return planned;
  const { allowedHosts, signIn } = options;
  const given = { folder: paths.folder, allowedHosts, ...signIn, checkEtags: false };
  const report = await applyPlan(given, host);
  if (report.kind === 'declined') await discard();
  return report;
}

async function onlyOutcome(journal: string): Promise<OutcomeEntry> {
  const index = await indexJournal(journal, 1);
  try {
    const outcome = await index.outcome(0);
    if (!outcome) throw new Error('A row that was planned has no outcome.');
    return outcome;
  } finally {
    await index.close();
  }
}
