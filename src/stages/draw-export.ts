/** customers.csv from the journal, in the order of the list: every profile that was read. */
import type { ExportRecord, RunPaths } from '../journal/run-folder.js';
import { exportHeader, toExportRow } from '../results/export-row.js';
import { writeCsv } from '../results/write-results.js';
import type { Delimiter } from '../rows/read-rows.js';
import type { Outcomes, Results } from './draw-results.js';

/** Nothing is drawn of an export that stopped early: a part could be taken for the whole. */
export async function drawExport(
  paths: RunPaths,
  { withGuards, ofList }: ExportRecord,
  { rows, stop, totals }: Results,
  outcomes: Outcomes,
  delimiter: Delimiter,
): Promise<ExportRecord> {
  if (stop !== undefined || totals.skipped > 0) return { withGuards, ofList };
  let customers = 0;
  let leftOut = 0;
  const lines = async function* () {
    for (let row = 0; row < rows; row += 1) {
      const entry = await outcomes.outcome(row);
      // A customer that is named twice has one profile: that of the first line.
      if (entry?.status !== 'unchanged' || entry.profile === undefined) continue;
      const drawn = toExportRow(entry.tenantId, entry.profile, withGuards);
      customers += 1;
      leftOut += drawn.leftOut.length;
      yield drawn.cells;
    }
  };
  await writeCsv(paths.customers, exportHeader(withGuards), lines(), delimiter);
  return { withGuards, ofList, drawn: { customers, leftOut } };
}
