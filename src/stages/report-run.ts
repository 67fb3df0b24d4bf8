/** `report RUN`: draws the result files again from the journal. Nothing is sent. */
import { exitCodeOf } from '../results/exit-code.js';
import { readTable } from '../rows/read-rows.js';
import { orDiskProblem } from './disk-problem.js';
import { drawExport } from './draw-export.js';
import { drawReport } from './draw-report.js';
import { drawResults, type RunReport } from './draw-results.js';
import { openRun } from './open-run.js';

export async function reportRun(folder: string, random: () => number): Promise<RunReport> {
  const { paths, manifest, lock } = await openRun(folder, random);
  try {
    const table = await readTable(paths.input);
    // The same bytes as then, so as many rows: control totals are held against what came in.
    const results = await drawResults(paths, table, manifest.input.rows);
    if (manifest.export) await drawExport(paths, manifest.export, results);
    else await drawReport(paths, manifest, table, results);
    return { results, exitCode: exitCodeOf(results.totals, results.stop), manifest, paths };
  } catch (error) {
    throw orDiskProblem(error, paths);
  } finally {
    lock.release();
  }
}
