/** The end of a run on stdout: text, or one JSON object. */
import { duration } from '../results/progress.js';
import { runSummary } from '../results/summary.js';
import type { RunReport } from '../stages/draw-results.js';
import { isSet, type Given } from './options.js';
import type { Terminal } from './terminal.js';

export function showRun(
  command: string,
  report: RunReport,
  given: Given,
  terminal: Terminal,
): void {
  const { results, manifest, paths, exitCode } = report;
  const { simulated, baseUrl } = manifest;
  const verbose = isSet(given, 'verbose');
  if (isSet(given, 'json')) {
    const { rows, totals, stop } = results;
    const attention = results.attention.map(
      ({ line, status, problem: { detail, ...problem } }) => ({
        line,
        status,
        ...problem,
        ...(verbose && detail !== undefined ? { detail } : {}),
      }),
    );
    const files = { runFolder: paths.folder, results: paths.results, failed: paths.failed };
    const stopped =
      stop === undefined
        ? {}
        : { stopped: { code: stop.code, message: stop.message, hint: stop.hint } };
    terminal.out(
      `${JSON.stringify({ command, exitCode, simulated, baseUrl, rows, totals, ...stopped, attention, ...files })}\n`,
    );
    return;
  }
  const stage = manifest.stages.at(-1);
  const elapsed =
    stage?.endedAt === undefined
      ? {}
      : { took: duration(Date.parse(stage.endedAt) - Date.parse(stage.startedAt)) };
  terminal.out(
    runSummary({
      results,
      simulated,
      target: baseUrl,
      resultsFile: paths.results,
      failedFile: paths.failed,
      runFolder: paths.folder,
      verbose,
      ...elapsed,
    }),
  );
}
