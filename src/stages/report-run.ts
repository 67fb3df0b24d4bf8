/** `report RUN`: draws the result files again from the journal. Nothing is sent. */
import { takeLock } from '../journal/lock.js';
import {
  inputSha256,
  readManifest,
  runPaths,
  type Manifest,
  type RunPaths,
} from '../journal/run-folder.js';
import { UsageError } from '../problem.js';
import { exitCodeOf } from '../results/exit-code.js';
import { readTable } from '../rows/read-rows.js';
import { drawResults, type Results } from './draw-results.js';

export interface RunReport {
  readonly results: Results;
  readonly exitCode: number;
  readonly manifest: Manifest;
  readonly paths: RunPaths;
}

export async function reportRun(folder: string, now: Date): Promise<RunReport> {
  const paths = runPaths(folder);
  const manifest = await readManifest(paths);
  if (manifest.stages.length === 0) {
    throw new UsageError(
      'nothing-to-report',
      'Nothing was sent in this run, so there are no results.',
      'Look at errors.csv in the run folder.',
    );
  }
  const lock = await takeLock(paths.lock, now);
  try {
    const sha256 = await inputSha256(paths);
    if (sha256 !== manifest.input.sha256) {
      throw new UsageError(
        'input-changed',
        `input.csv in the run folder was changed: its SHA-256 is ${sha256}, the run was given ${manifest.input.sha256}.`,
        'Put the original back; the journal belongs to its lines.',
      );
    }
    const table = await readTable(paths.input);
    // The same bytes as then, so as many rows: control totals are held against what came in.
    const results = await drawResults(paths, table, manifest.input.rows);
    return { results, exitCode: exitCodeOf(results.totals, results.stop), manifest, paths };
  } finally {
    lock.release();
  }
}
