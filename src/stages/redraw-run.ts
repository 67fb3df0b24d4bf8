/** Every file of a run that is drawn from its journal, drawn again. Nothing is sent. */
import type { Manifest, RunPaths } from '../journal/run-folder.js';
import { exitCodeOf } from '../results/exit-code.js';
import { sheetDelimiter } from '../results/write-results.js';
import type { Table } from '../rows/read-rows.js';
import { drawExport } from './draw-export.js';
import { drawReport } from './draw-report.js';
import { drawResults, type Outcomes, type RunReport } from './draw-results.js';

export async function redrawRun(
  paths: RunPaths,
  manifest: Manifest,
  table: Table,
  outcomes: Outcomes,
): Promise<RunReport> {
  // The same bytes as then, so as many rows: control totals are held against what came in.
  const results = await drawResults(paths, table, manifest, outcomes);
  const { export: exported } = manifest;
  if (exported) await drawExport(paths, exported, results, outcomes, sheetDelimiter(manifest));
  else await drawReport(paths, manifest, table, results, outcomes);
  return { results, exitCode: exitCodeOf(results.totals, results.stop), manifest, paths };
}
