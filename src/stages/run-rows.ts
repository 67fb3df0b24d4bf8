/** Rows through the service and into the journal, then the results: what every writing stage shares. */
import { setMaxListeners } from 'node:events';

import { JOURNAL_FORMAT, type Stage } from '../journal/entry.js';
import { openJournal, type Journal } from '../journal/journal.js';
import {
  writeManifest,
  type Manifest,
  type RunPaths,
  type SimulatorSetup,
  type StageRecord,
} from '../journal/run-folder.js';
import type { Problem } from '../problem.js';
import { exitCodeOf } from '../results/exit-code.js';
import type { Table } from '../rows/read-rows.js';
import { applyRows, type RowTask } from '../run/apply.js';
import type { Status } from '../run/outcome.js';
import type { Simulator } from '../simulator/start-simulator.js';
import { connect } from './connect.js';
import { drawResults, type RunReport } from './draw-results.js';
import type { Host } from './host.js';
import { copyOut } from './out-file.js';

/** Where requests go. */
export type Target =
  | { readonly kind: 'service'; readonly baseUrl: string; readonly token: string }
  /** A rehearsal: to a simulator in this process. */
  | { readonly kind: 'simulator'; readonly setup: SimulatorSetup };

export interface RowsStage {
  readonly stage: Stage;
  readonly paths: RunPaths;
  readonly manifest: Manifest;
  readonly table: Table;
  /** Absent where every row has its ending, and only the stage is left to end. */
  readonly work?: { readonly target: Target; readonly tasks: AsyncIterable<RowTask> };
  readonly checkEtags?: boolean;
  /** How rows ended that this stage does not touch. */
  readonly before: Readonly<Record<Status, number>>;
  /** Of a journal that exists already; see openJournal. */
  readonly wholeBytes?: number;
  /** Where a copy of the result CSV goes. */
  readonly out?: string;
}

export async function runRows(given: RowsStage, host: Host): Promise<RunReport> {
  const { paths, table } = given;
  const stage: StageRecord = { stage: given.stage, startedAt: host.now().toISOString() };
  const begun: Manifest = { ...given.manifest, stages: [...given.manifest.stages, stage] };
  await writeManifest(paths, begun);
  const stop = await record(given, stage, host);

  const { rows } = begun.input;
  const results = await drawResults(paths, table, rows, stop);
  const exitCode = exitCodeOf(results.totals, results.stop);
  const endedAt = host.now().toISOString();
  const manifest: Manifest = {
    ...begun,
    stages: [...given.manifest.stages, { ...stage, endedAt, exitCode }],
    totals: { rows: results.rows, ...results.totals },
  };
  await writeManifest(paths, manifest);
  if (given.out !== undefined) await copyOut(paths.results, given.out);
  return { results, exitCode, manifest, paths };
}

/** @returns why the stage stopped before its end, or undefined. */
async function record(
  given: RowsStage,
  { stage, startedAt }: StageRecord,
  host: Host,
): Promise<Problem | undefined> {
  const { paths, manifest, work } = given;
  const journal = await openJournal(paths.journal, given.wholeBytes);
  try {
    await journal.append({
      type: 'open',
      format: JOURNAL_FORMAT,
      stage,
      inputSha256: manifest.input.sha256,
      baseUrl: manifest.baseUrl,
      at: startedAt,
    });
    const stop = work && (await send(given, work, journal, host));
    await journal.append({ type: 'close', at: host.now().toISOString() }).catch(() => undefined);
    return stop;
  } finally {
    await journal.close();
  }
}

async function send(
  { paths, manifest, before, checkEtags = false }: RowsStage,
  { target, tasks }: Required<RowsStage>['work'],
  journal: Journal,
  host: Host,
): Promise<Problem | undefined> {
  const { options, input } = manifest;
  const simulator =
    target.kind === 'simulator' ? await startRehearsal(target.setup, paths.simulator) : undefined;
  const stopped = new AbortController();
  // Every row that waits listens; Node warns of a leak at eleven.
  setMaxListeners(0, stopped.signal);
  const connection = connect({
    baseUrl: target.kind === 'service' ? target.baseUrl : (simulator?.url ?? ''),
    token: target.kind === 'service' ? target.token : 'simulated',
    concurrency: options.concurrency,
    timeoutMs: options.timeoutSeconds * 1000,
    maxWaitMs: options.maxWaitSeconds * 1000,
    version: host.version,
    random: host.random,
    stop: stopped.signal,
  });
  const counts = { ...before };
  let done = Object.values(before).reduce((a, b) => a + b, 0);
  try {
    return await applyRows(
      tasks,
      {
        concurrency: options.concurrency,
        strict: options.strict,
        checkEtags,
        interrupt: host.interrupt,
      },
      {
        service: connection.service,
        record: journal.append,
        newId: host.newId,
        now: host.now,
        onStop: () => {
          stopped.abort();
        },
        onIdle: connection.onIdle,
        onOutcome: (_ref, { status }) => {
          done += 1;
          counts[status] += 1;
          host.onProgress({ done, total: input.rows, counts });
        },
      },
    );
  } finally {
    connection.close();
    await simulator?.close();
  }
}

async function startRehearsal(
  { customersFile, ...setup }: SimulatorSetup,
  stateFile: string,
): Promise<Simulator> {
  const { startSimulator } = await import('../simulator/start-simulator.js');
  const { readCustomers } = await import('../simulator/read-customers.js');
  const customers =
    customersFile === undefined ? {} : { customers: await readCustomers(customersFile) };
  return startSimulator({ ...setup, ...customers, stateFile, keepRequests: 0 });
}
