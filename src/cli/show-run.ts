/** The end of a run on stdout: text, or one JSON object. */
import { warningsOf, type Manifest } from '../journal/run-folder.js';
import { exportJson, exportSummary } from '../results/export-summary.js';
import { duration } from '../results/progress.js';
import {
  errorsJson,
  errorsSummary,
  plural,
  readAsJson,
  runSummary,
  warningLines,
  warningsJson,
} from '../results/summary.js';
import type { RefusedRun } from '../stages/begin-run.js';
import type { Declined } from '../stages/confirm.js';
import type { RunReport } from '../stages/draw-results.js';
import { type Given, isSet } from './given.js';
import type { Terminal } from './terminal.js';

/** The user said no. */
export function showDeclined(
  command: string,
  { exitCode }: Declined,
  given: Given,
  terminal: Terminal,
): void {
  terminal.err('Nothing was sent.\n');
  if (isSet(given, 'json'))
    terminal.out(`${JSON.stringify({ command, exitCode, declined: true })}\n`);
}

/** The file failed its own checks. */
export function showRefused(
  command: string,
  { checked, errors, errorCount, paths }: RefusedRun,
  given: Given,
  terminal: Terminal,
): void {
  const verbose = isSet(given, 'verbose');
  const warnings = checked.kind === 'checked' ? checked.survey.warnings : [];
  // First: one column that slipped may be why there are so many errors.
  if (warnings.length > 0) terminal.err(`${warningLines(warnings, verbose).join('\n')}\n\n`);
  terminal.err(errorsSummary({ errors, errorCount, errorsFile: paths.errors, verbose }));
  // An export reads; there is nothing in it to apply.
  if (checked.kind === 'checked' && command !== 'export') {
    terminal.err(
      `\n${plural(checked.validRows, 'other row')} could be applied: --skip-invalid does so.\n`,
    );
  }
  if (isSet(given, 'json')) {
    const { folder, errors: errorsFile } = paths;
    terminal.out(
      `${JSON.stringify({ command, exitCode: 2, input: readAsJson(checked.kind === 'checked' ? checked.survey.table : checked.table), runFolder: folder, errorsFile, warnings: warningsJson(warnings, verbose), errorCount, errors: errorsJson(errors, verbose) })}\n`,
    );
  }
}

/** How the input was read. */
const inputJson = ({ encoding, delimiter, workbook }: Manifest['input']): object =>
  workbook ? { sheet: workbook.sheet, otherSheets: workbook.otherSheets } : { encoding, delimiter };

export function showRun(
  command: string,
  report: RunReport,
  given: Given,
  terminal: Terminal,
): void {
  const { results, manifest, paths, exitCode } = report;
  const { simulated, baseUrl, plan, export: exported } = manifest;
  const { shard } = manifest.options;
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
    const planned =
      plan === undefined ? {} : { plan: { ...plan, warnings: undefined, file: paths.plan } };
    const warnings = warningsJson(warningsOf(manifest), verbose);
    const asExport = exported && exportJson(exported, results, paths.customers);
    const conflictWindow = verbose ? manifest.stages.at(-1)?.conflictWindow : undefined;
    const part = shard && { shard: { ...shard, fileRows: manifest.input.rows } };
    const files = {
      runFolder: paths.folder,
      results: paths.results,
      failed: paths.failed,
      // An export is its file; there is nothing to look at beside it.
      ...(exported ? {} : { report: paths.report }),
    };
    const stopped =
      stop === undefined
        ? {}
        : { stopped: { code: stop.code, message: stop.message, hint: stop.hint } };
    terminal.out(
      `${JSON.stringify({ command, exitCode, simulated, baseUrl, input: inputJson(manifest.input), warnings, ...part, rows, totals, ...(manifest.merges && { merges: manifest.merges }), ...planned, ...asExport, ...stopped, attention, ...(conflictWindow && { conflictWindow }), ...files })}\n`,
    );
    return;
  }
  const stage = manifest.stages.at(-1);
  const isPlan = manifest.stages.every(({ stage: name }) => name === 'plan' || name === 'merge');
  const elapsed =
    stage?.endedAt === undefined || stage.stage === 'merge'
      ? {}
      : { took: duration(Date.parse(stage.endedAt) - Date.parse(stage.startedAt)) };
  const view = {
    results,
    ...(shard && { shard: { ...shard, fileRows: manifest.input.rows } }),
    simulated,
    target: baseUrl,
    resultsFile: paths.results,
    failedFile: paths.failed,
    reportFile: paths.report,
    runFolder: paths.folder,
    verbose,
    // What the file showed by itself was said before the first request.
    warnings:
      command === 'report'
        ? warningsOf(manifest)
        : isPlan
          ? [...(plan?.warnings ?? []), ...(manifest.remarks ?? [])]
          : (manifest.remarks ?? []),
    ...elapsed,
    // What a single customer would have become was shown before.
    ...(plan !== undefined && isPlan && command !== 'set' && { plan, planFile: paths.plan }),
    pace: manifest.options.concurrency,
    ...(stage?.conflictWindow && { conflictWindow: stage.conflictWindow }),
  };
  terminal.out(
    exported
      ? exportSummary({ ...view, exported, customersFile: paths.customers })
      : runSummary(view),
  );
}
