/** The result files from the journal, the control totals, and what a person must look at. */
import { indexJournal, type JournalIndex } from '../journal/read-journal.js';
import { rowsOf, type Manifest, type RunPaths } from '../journal/run-folder.js';
import type { Problem } from '../problem.js';
import { isFine, type Status } from '../run/outcome.js';
import type { Table } from '../rows/read-rows.js';
import { createRowChoice } from '../rows/row-choice.js';
import type { Totals } from '../results/exit-code.js';
import type { ResultRow } from '../results/result-row.js';
import { sheetDelimiter, writeResults, type RecordedOutcomes } from '../results/write-results.js';

export interface AttentionRow {
  readonly line: number;
  readonly status: Status;
  readonly problem: Problem;
}

export interface Results {
  readonly rows: number;
  readonly totals: Totals;
  /** The first rows that need a person, at most {@link ATTENTION_SHOWN}; skipped ones aside. */
  readonly attention: readonly AttentionRow[];
  readonly stop: Problem | undefined;
}

/** What a stage that draws results comes back with. */
export interface RunReport {
  readonly results: Results;
  readonly exitCode: number;
  readonly manifest: Manifest;
  readonly paths: RunPaths;
}

export const ATTENTION_SHOWN = 20;

/** A count that does not add up: a bug, never the user's mistake. */
export class ControlTotalsError extends Error {
  override readonly name = 'ControlTotalsError';
}

/** What the journal knows of a run: all its files are drawn from the one index of it. */
export type Outcomes = JournalIndex & RecordedOutcomes;

/** @param stopped why the run stopped, where the journal could no longer be told. */
export function toOutcomes(index: JournalIndex, stopped?: Problem): Outcomes {
  const isApplied = index.stages.some(({ stage }) => stage !== 'plan');
  return { ...index, isApplied, stop: index.stop ?? stopped };
}

/** The caller closes it. */
export const openOutcomes = async (
  { journal }: RunPaths,
  { input }: Manifest,
  stopped?: Problem,
): Promise<Outcomes> => toOutcomes(await indexJournal(journal, input.rows), stopped);

export async function drawResults(
  paths: RunPaths,
  table: Table,
  manifest: Manifest,
  outcomes: Outcomes,
): Promise<Results> {
  const rows = rowsOf(manifest);
  const attention: AttentionRow[] = [];
  const delimiter = sheetDelimiter(manifest);
  const onRow = (row: ResultRow): void => {
    const { line, status, problem } = row;
    if (problem === undefined || isFine(status) || status === 'skipped') return;
    if (attention.length < ATTENTION_SHOWN) attention.push({ line, status, problem });
  };
  const isOwn = createRowChoice(table, manifest.options.shard);
  const drawn = await writeResults(paths, table, delimiter, outcomes, onRow, isOwn);
  const sum = Object.values(drawn.totals).reduce((a, b) => a + b, 0);
  if (drawn.rows !== rows || sum !== rows) {
    throw new ControlTotalsError(
      `${rows} rows came in, ${drawn.rows} came out, with ${sum} endings.`,
    );
  }
  return { ...drawn, attention, stop: outcomes.stop };
}
