/** `billpatch plan FILE`: what a file would change, for somebody to review. */
import type { NewRunOptions } from '../stages/begin-run.js';
import { checkedHost } from './apply.js';
import type { CommandFactory } from './command.js';
import {
  baseUrlOf,
  givenPace,
  inputFile,
  isSet,
  readingOf,
  reviewOf,
  sheetsOf,
  signInOf,
  text,
  USUAL_PACE,
  withFile,
  withOptions,
} from './options.js';
import { showProgress } from './show-progress.js';
import { showRefused, showRun } from './show-run.js';

export const planCommand: CommandFactory = ({ terminal, setExitCode }) => ({
  command: 'plan <file>',
  describe: 'Show what a file would change, for review; sends no update',
  builder: (args) =>
    withOptions(
      withFile(args),
      [
        'run-dir',
        'out-delimiter',
        'map',
        'concurrency',
        'timeout',
        'max-wait',
        'cloud',
        'base-url',
        'allow-host',
        'auth',
        'authority',
        'simulate',
        'encoding',
        'sheet',
        'skip-invalid',
        'country-rules',
        'repair',
        'check-addresses',
        'customers',
        'json',
        'quiet',
        'verbose',
      ],
      terminal.env,
    ),
  async handler(given) {
    const { planFile } = await import('../stages/plan-file.js');
    const runDir = text(given, 'run-dir');
    const file = inputFile(given);
    const customers = text(given, 'customers');
    const simulate = isSet(given, 'simulate');
    const options: NewRunOptions = {
      file,
      ...(runDir === undefined ? {} : { runDir }),
      baseUrl: baseUrlOf(given),
      signIn: signInOf(given),
      ...(customers === undefined ? {} : { customers }),
      ...sheetsOf(given),
      ...(simulate ? { simulate: { anyTenant: true } } : {}),
      reading: readingOf(given),
      ...USUAL_PACE,
      ...givenPace(given),
      skipInvalid: isSet(given, 'skip-invalid'),
      strict: true,
      review: reviewOf(given),
    };
    const progress = showProgress(terminal, isSet(given, 'quiet'));
    const report = await planFile(options, {
      ...terminal,
      interrupt: terminal.takeInterrupts(),
      onProgress: progress.show,
      onChecked: await checkedHost(file, simulate, given, terminal),
    }).finally(progress.end);
    if (report.kind === 'refused') {
      showRefused('plan', report, given, terminal);
      setExitCode(2);
    } else {
      showRun('plan', report, given, terminal);
      setExitCode(report.exitCode);
    }
  },
});
