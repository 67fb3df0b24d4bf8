/** `billpatch check FILE`: reads and checks the file; no network at all. */
import { inputFile, isSet, reviewOf, shardOption } from './given.js';
import { withFile, withOptions } from './options.js';
import type { CommandFactory } from './command.js';
import { shardName } from '../rows/shard.js';

export const checkCommand: CommandFactory = ({ terminal, setExitCode }) => ({
  command: 'check <file>',
  describe: 'Read and check a file; no network at all',
  builder: (args) =>
    withOptions(
      withFile(args),
      ['shard', 'encoding', 'sheet', 'map', 'country-rules', 'repair', 'json', 'verbose'],
      terminal.env,
    ),
  async handler(given) {
    const { columnMapOf, readingOf } = await import('./given-file.js');
    const { checkFile } = await import('../stages/check-file.js');
    const {
      columnLines,
      errorsJson,
      errorsSummary,
      readAs,
      readAsJson,
      surveyLines,
      warningLines,
      warningsJson,
    } = await import('../results/summary.js');
    const file = inputFile(given);
    const { checksOf } = await import('../stages/review.js');
    const map = columnMapOf(given);
    const { shard } = shardOption(given);
    const report = await checkFile(file, terminal.stdin, {
      ...(shard && { shard }),
      ...readingOf(given),
      ...(map && { map }),
      checks: checksOf(reviewOf(given)),
    });
    setExitCode(report.exitCode);
    const { checked, errors, errorCount } = report;
    const verbose = isSet(given, 'verbose');
    const warnings = checked.kind === 'checked' ? checked.survey.warnings : [];
    if (isSet(given, 'json')) {
      const table = checked.kind === 'checked' ? checked.survey.table : checked.table;
      const counts =
        checked.kind === 'checked'
          ? {
              rows: checked.survey.rows,
              validRows: checked.validRows,
              duplicateRows: checked.duplicateRows,
              invalidRows: checked.invalidRows,
              ...(shard && {
                shard: {
                  ...shard,
                  rows: checked.survey.own.rows,
                  validRows: checked.ownValidRows,
                },
              }),
            }
          : { rows: checked.rows };
      const columns = table.header.columns.map(({ name, letter, role, isMapped }) => ({
        name,
        letter,
        ...role,
        ...(isMapped && { mapped: true }),
      }));
      terminal.out(
        `${JSON.stringify({ command: 'check', exitCode: report.exitCode, file, ...readAsJson(table), ...counts, warnings: warningsJson(warnings, verbose), columns, errorCount, errors: errorsJson(errors, verbose) })}\n`,
      );
      return;
    }
    const lines: string[] = [];
    if (checked.kind === 'checked') {
      lines.push(
        ...surveyLines(file, checked.survey, shard),
        '',
        ...(warnings.length > 0 ? [...warningLines(warnings, verbose), ''] : []),
        ...columnLines(checked.survey.table.header.columns),
        '',
      );
      const ofShard = shard ? `, ${checked.ownValidRows} of them in ${shardName(shard)}` : '';
      lines.push(`  ${checked.validRows} ready to apply${ofShard}`);
      if (checked.duplicateRows > 0)
        lines.push(`  ${checked.duplicateRows} ask for the same as an earlier line; sent once`);
      if (checked.invalidRows > 0) lines.push(`  ${checked.invalidRows} invalid`);
    } else {
      lines.push(
        `${file}: ${readAs(checked.table)}`,
        '',
        ...columnLines(checked.table.header.columns),
      );
    }
    terminal.out(`${lines.join('\n')}\n`);
    if (errorCount > 0) {
      terminal.err(
        errorsSummary({
          errors,
          errorCount,
          errorsFile: undefined,
          verbose,
        }),
      );
    }
  },
});
