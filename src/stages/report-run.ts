/** `report RUN`: draws the result files again from the journal. Nothing is sent. */
import { exitCodeOf } from '../results/exit-code.js';
import { readTable } from '../rows/read-rows.js';
import { orDiskProblem } from './disk-problem.js';
import { drawResults, type RunReport } from './draw-results.js';
import { openRun } from './open-run.js';

export async function reportRun(folder: string, now: Date): Promise<RunReport> {
  const { paths, manifest, lock } = await openRun(folder, now);
  try {
    const table = await readTable(paths.input);
    // The same bytes as then, so as many rows: control totals are held against what came in.
    const results = await drawResults(paths, table, manifest.input.rows);
    return { results, exitCode: exitCodeOf(results.totals, results.stop), manifest, paths };
  } catch (error) {
    throw orDiskProblem(error, paths);
  } finally {
    lock.release();
  }
}
