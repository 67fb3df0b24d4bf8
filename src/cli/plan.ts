/** `billpatch plan FILE`: what a file would change, for somebody to review. */
import type { NewRunOptions } from '../stages/begin-run.js';
import type { CommandFactory } from './command.js';
import { inputFile, isSet } from './given.js';
import { PACE, SAID, WHERE, withFile, withOptions } from './options.js';
import { showProgress } from './show-progress.js';

export const planCommand: CommandFactory = ({ terminal, setExitCode }) => ({
  command: 'plan <file>',
  describe: 'Show what a file would change, for review; sends no update',
  builder: (args) =>
    withOptions(
      withFile(args),
      [
        'run-dir',
        'shard',
        'out-delimiter',
        'map',
        ...PACE,
        ...WHERE,
        'simulate',
        'encoding',
        'sheet',
        'skip-invalid',
        'country-rules',
        'repair',
        'check-addresses',
        'customers',
        ...SAID,
      ],
      terminal.env,
    ),
  async handler(given) {
    const { planFile } = await import('../stages/plan-file.js');
    const { showChecked } = await import('./show-checked.js');
    const { showRefused, showRun } = await import('./show-run.js');
    const { newRunOf } = await import('./given-file.js');
    const file = inputFile(given);
    const options: NewRunOptions = { ...newRunOf(given, file), strict: true };
    const progress = showProgress(terminal, isSet(given, 'quiet'));
    const report = await planFile(options, {
      ...terminal,
      interrupt: terminal.takeInterrupts(),
      onProgress: progress.show,
      onChecked: showChecked(options, given, terminal),
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
