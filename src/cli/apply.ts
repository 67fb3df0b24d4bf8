/** `billpatch apply FILE`: check, then for each row GET → decide → PUT. */
import type { ApplyFileOptions, ApplyHost, ApplyReport } from '../stages/apply-file.js';
import { UsageError } from '../problem.js';
import type { CommandFactory, Context } from './command.js';
import {
  baseUrlOf,
  concurrencyOf,
  inputFile,
  isSet,
  maxWaitMsOf,
  text,
  timeoutMsOf,
  withFile,
  withOptions,
  type Given,
} from './options.js';
import { showProgress } from './show-progress.js';
import type { Terminal } from './terminal.js';

export const applyCommand: CommandFactory = (context) => ({
  command: 'apply <file>',
  describe: 'Update the customers that a file names',
  builder: (args) =>
    withOptions(
      withFile(args),
      [
        'run-dir',
        'out',
        'concurrency',
        'timeout',
        'max-wait',
        'cloud',
        'base-url',
        'allow-host',
        'simulate',
        'skip-invalid',
        'strict',
        'check-etags',
        'new',
        'yes',
        'json',
        'quiet',
        'verbose',
      ],
      context.terminal.env,
    ),
  async handler(given) {
    const { terminal } = context;
    const file = inputFile(given);
    const simulate = isSet(given, 'simulate');
    const askable = terminal.interactive && file !== '-';
    if (!isSet(given, 'yes') && !simulate && !askable) {
      throw new UsageError(
        'confirmation-needed',
        'apply asks before it writes, and there is nobody to ask.',
        'Add --yes if the file has been reviewed.',
      );
    }
    const runDir = text(given, 'run-dir');
    const out = text(given, 'out');
    const options: ApplyFileOptions = {
      file,
      ...(runDir === undefined ? {} : { runDir }),
      ...(out === undefined ? {} : { out }),
      baseUrl: baseUrlOf(given),
      ...(simulate ? { simulate: { anyTenant: true } } : {}),
      asNew: isSet(given, 'new'),
      concurrency: concurrencyOf(given),
      timeoutMs: timeoutMsOf(given),
      maxWaitMs: maxWaitMsOf(given),
      skipInvalid: isSet(given, 'skip-invalid'),
      strict: isSet(given, 'strict'),
      checkEtags: isSet(given, 'check-etags'),
    };
    await runApply('apply', options, given, context);
  },
});

/** Runs it and shows what came of it. */
export async function runApply(
  command: string,
  options: ApplyFileOptions,
  given: Given,
  context: Context,
): Promise<void> {
  const { terminal, setExitCode } = context;
  const { applyFile } = await import('../stages/apply-file.js');
  const { plural, surveyLines } = await import('../results/summary.js');
  const progress = showProgress(terminal, isSet(given, 'quiet'));
  const host: ApplyHost = {
    ...terminal,
    interrupt: terminal.takeInterrupts(),
    onProgress: progress.show,
    onChecked: (survey) => {
      if (isSet(given, 'quiet')) return;
      terminal.err(`${surveyLines(options.file, survey).join('\n')}\n`);
      if (options.simulate) terminal.err('SIMULATED: nothing goes to Partner Center.\n');
    },
    confirm: async ({ customers, target, simulated }) => {
      if (simulated || isSet(given, 'yes')) return true;
      const answer = await terminal.ask(
        `Update ${plural(customers, 'customer')} at ${target} ? [y/N] `,
      );
      return /^\s*y(es)?\s*$/i.test(answer);
    },
  };
  const report = await applyFile(options, host).finally(progress.end);
  setExitCode(await showReport(command, report, given, terminal));
}

async function showReport(
  command: string,
  report: ApplyReport,
  given: Given,
  terminal: Terminal,
): Promise<number> {
  const { errorsJson, errorsSummary, plural } = await import('../results/summary.js');
  const { showRun } = await import('./show-run.js');
  const json = isSet(given, 'json');
  switch (report.kind) {
    case 'declined':
      terminal.err('Nothing was sent.\n');
      if (json) {
        const { exitCode } = report;
        terminal.out(`${JSON.stringify({ command, exitCode, declined: true })}\n`);
      }
      return report.exitCode;
    case 'refused': {
      const { errors, errorCount, paths } = report;
      terminal.err(
        errorsSummary({
          errors,
          errorCount,
          errorsFile: paths.errors,
          verbose: isSet(given, 'verbose'),
        }),
      );
      if (report.checked.kind === 'checked') {
        terminal.err(
          `\n${plural(report.checked.validRows, 'other row')} could be applied: --skip-invalid does so.\n`,
        );
      }
      if (json) {
        const { folder, errors: errorsFile } = paths;
        terminal.out(
          `${JSON.stringify({ command, exitCode: 2, runFolder: folder, errorsFile, errorCount, errors: errorsJson(errors, isSet(given, 'verbose')) })}\n`,
        );
      }
      return 2;
    }
    case 'done':
      showRun(command, report, given, terminal);
      return report.exitCode;
  }
}
