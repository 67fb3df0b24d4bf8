/** Rows through the service and into the journal, then the results: what every writing stage shares. */
import { JOURNAL_FORMAT, type Stage } from '../journal/entry.js';
import type { JournalPlace } from '../journal/follow-journal.js';
import { openJournal, type Journal } from '../journal/journal.js';
import {
  rowsOf,
  writeManifest,
  type Manifest,
  type RunPaths,
  type StageRecord,
} from '../journal/run-folder.js';
import type { Problem, Warning } from '../problem.js';
import { exitCodeOf } from '../results/exit-code.js';
import { sheetDelimiter } from '../results/write-results.js';
import type { Table } from '../rows/read-rows.js';
import { applyRows, type ApplyPorts } from '../run/apply.js';
import { exportRows } from '../run/export.js';
import { JOURNAL_FAILED, toProblem } from '../run/endings.js';
import { planRows } from '../run/plan.js';
import { createRemarkWatch } from '../run/remarks.js';
import type { RowTask } from '../run/row-task.js';
import type { Status } from '../run/outcome.js';
import { drawExport } from './draw-export.js';
import { drawPlan } from './draw-plan.js';
import { drawReport } from './draw-report.js';
import { drawResults, openOutcomes, type Outcomes, type RunReport } from './draw-results.js';
import type { Host } from './host.js';
import { copyOut } from './out-file.js';
import { reviewOptionsOf } from './review.js';
import { withConnection, type Target } from './with-connection.js';

export interface RowsStage {
  readonly stage: Stage;
  readonly paths: RunPaths;
  readonly manifest: Manifest;
  readonly table: Table;
  /** Absent where every row has its ending, and only the stage is left to end. */
  readonly work?: { readonly target: Target; readonly tasks: AsyncIterable<RowTask> };
  readonly checkEtags?: boolean;
  /** See DriveOptions. */
  readonly limit?: number;
  /** How rows ended that this stage does not touch. */
  readonly before: Readonly<Record<Status, number>>;
  /** Of a journal that exists already; see openJournal. */
  readonly wholeBytes?: number;
  /** Where a copy of the result CSV goes. */
  readonly out?: string;
}

export async function runRows(given: RowsStage, host: Host): Promise<RunReport> {
  const { paths } = given;
  const stage: StageRecord = {
    stage: given.stage,
    startedAt: host.now().toISOString(),
    by: host.user,
  };
  const begun: Manifest = { ...given.manifest, stages: [...given.manifest.stages, stage] };
  await writeManifest(paths, begun);
  const sent = await record(given, stage, host);
  // Once: everything that is drawn is drawn from it.
  const outcomes = await openOutcomes(paths, begun, sent.stop);
  try {
    return await drawStage({ given, begun, stage, sent, outcomes }, host);
  } finally {
    await outcomes.close();
  }
}

interface RecordedStage {
  readonly given: RowsStage;
  /** The manifest with the stage as it was begun. */
  readonly begun: Manifest;
  readonly stage: StageRecord;
  readonly sent: Sent;
  readonly outcomes: Outcomes;
}

async function drawStage(
  { given, begun, stage, sent, outcomes }: RecordedStage,
  host: Host,
): Promise<RunReport> {
  const { paths, table } = given;
  const plan =
    given.stage === 'plan' ? { plan: await drawPlan(paths, begun, outcomes, sent.latencyMs) } : {};
  const results = await drawResults(paths, table, begun, outcomes);
  const delimiter = sheetDelimiter(begun);
  const exported = begun.export
    ? { export: await drawExport(paths, begun.export, results, outcomes, delimiter) }
    : undefined;
  const exitCode = exitCodeOf(results.totals, results.stop);
  const endedAt = host.now().toISOString();
  const manifest: Manifest = {
    ...begun,
    ...(sent.remarks.length > 0 && { remarks: sent.remarks }),
    ...plan,
    ...exported,
    stages: [...given.manifest.stages, { ...stage, ...sent.timing, endedAt, exitCode }],
    totals: { rows: results.rows, ...results.totals },
  };
  await writeManifest(paths, manifest);
  // For people to look at, once all that programs go by is on disk.
  if (!exported) await drawReport(paths, manifest, table, results, outcomes);
  if (given.out !== undefined && !exported) await copyOut(paths.results, given.out);
  if (given.out !== undefined && exported?.export.drawn) await copyOut(paths.customers, given.out);
  return { results, exitCode, manifest, paths };
}

interface Sent {
  /** Why the stage stopped before its end. */
  readonly stop: Problem | undefined;
  /** What is to be said of rows that were not stopped, earlier stages included. */
  readonly remarks: readonly Warning[];
  readonly latencyMs: number;
  readonly timing?: Pick<StageRecord, 'conflictWindow'>;
}

const nothingSent = ({ remarks = [] }: Manifest): Sent => ({
  stop: undefined,
  remarks,
  latencyMs: 0,
});

async function record(given: RowsStage, { startedAt }: StageRecord, host: Host): Promise<Sent> {
  const { paths, manifest, work } = given;
  const journal = await openJournal(paths.journal, given.wholeBytes);
  const onRecorded = (): void => host.onRecorded?.(placeOf(given));
  onRecorded();
  try {
    await journal.append({
      type: 'open',
      format: JOURNAL_FORMAT,
      stage: given.stage,
      inputSha256: manifest.input.sha256,
      baseUrl: manifest.baseUrl,
      at: startedAt,
    });
    const sent = work
      ? await send(given, work, readAlong(journal, onRecorded), host)
      : nothingSent(manifest);
    try {
      await journal.append({ type: 'close', at: host.now().toISOString() });
      return sent;
    } catch {
      // The last outcomes may not have reached the disk either: going on looks these rows up.
      return { ...sent, stop: sent.stop ?? toProblem(JOURNAL_FAILED) };
    }
  } finally {
    await journal.close();
  }
}

const placeOf = ({ paths, wholeBytes = 0 }: RowsStage): JournalPlace => ({
  path: paths.journal,
  from: wholeBytes,
});

/** Says of each outcome that it can be read now. */
const readAlong = (journal: Journal, onRecorded: () => void): Pick<Journal, 'append'> => ({
  async append(entry) {
    await journal.append(entry);
    if (entry.type === 'outcome') onRecorded();
  },
});

async function send(
  given: RowsStage,
  { target, tasks }: Required<RowsStage>['work'],
  journal: Pick<Journal, 'append'>,
  host: Host,
): Promise<Sent> {
  const { stage, manifest, before, checkEtags = false, limit } = given;
  const { concurrency, shard } = manifest.options;
  const reviewOptions = reviewOptionsOf(manifest.options);
  const remarks = createRemarkWatch(manifest.remarks);
  const counts = { ...before };
  let done = Object.values(before).reduce((a, b) => a + b, 0);
  const requestsPerRow = manifest.export || stage === 'plan' ? 1 : 2;
  const expectedRequests = requestsPerRow * (rowsOf(manifest) - done);
  return withConnection(
    target,
    { ...given, expectedRequests },
    host,
    async (connection, stopped) => {
      const ports: ApplyPorts = {
        service: connection.service,
        record: journal.append,
        newId: host.newId,
        now: host.now,
        review: { service: connection.review(reviewOptions), repair: reviewOptions.repair },
        onRemark: ({ line }, remark) => {
          remarks.add(line, remark);
        },
        onStop: () => {
          stopped.abort();
        },
        onIdle: connection.onIdle,
        mayBegin: connection.mayBegin,
        onOutcome: (_ref, { status }) => {
          done += 1;
          counts[status] += 1;
          host.onProgress({ done, total: rowsOf(manifest), counts, ...(shard && { shard }) });
        },
      };
      const options = {
        concurrency,
        checkEtags,
        interrupt: host.interrupt,
        ...(limit === undefined ? {} : { limit }),
      };
      const drive = manifest.export ? exportRows : stage === 'plan' ? planRows : applyRows;
      const stop = await drive(tasks, options, ports);
      const conflictWindow = connection.conflictWindow();
      return {
        stop,
        remarks: remarks.warnings(),
        latencyMs: connection.latencyMs(),
        ...(conflictWindow && { timing: { conflictWindow } }),
      };
    },
  );
}
