/** `billpatch undo RUN`: takes back what a run changed. */
import type { UndoHost, UndoOptions } from '../stages/undo-run.js';
import { confirmHost, refuseUnasked } from './ask.js';
import type { CommandFactory } from './command.js';
import { brakesOf, isSet, takenUpWith, text } from './given.js';
import { SAID, WHERE, withOptions, withRun } from './options.js';
import { showProgress } from './show-progress.js';

export const undoCommand: CommandFactory = ({ terminal, setExitCode }) => ({
  command: 'undo <run>',
  describe: 'Put back what a run changed, where nobody has changed it since',
  builder: (args) =>
    withOptions(
      withRun(args),
      [
        'plan',
        'run-dir',
        'out',
        'concurrency',
        ...WHERE,
        'max-changes',
        'max-clears',
        'limit',
        'confirm-above',
        'yes',
        ...SAID,
      ],
      terminal.env,
      'stage',
    ),
  async handler(given) {
    const { undoRun } = await import('../stages/undo-run.js');
    const { isRehearsal } = await import('../stages/open-run.js');
    const { showDeclined, showRun } = await import('./show-run.js');
    const { plural } = await import('../results/summary.js');
    const folder = text(given, 'run') ?? '';
    const planOnly = isSet(given, 'plan');
    if (!planOnly && !(await isRehearsal(folder))) refuseUnasked('undo', given, terminal);
    const runDir = text(given, 'run-dir');
    const options: UndoOptions = {
      folder,
      planOnly,
      ...(runDir === undefined ? {} : { runDir }),
      ...takenUpWith(given),
      ...brakesOf(given),
      checkEtags: false,
    };
    const progress = showProgress(terminal, isSet(given, 'quiet'));
    const host: UndoHost = {
      ...confirmHost(given, terminal, progress),
      onUnknown: (rows) => {
        terminal.err(
          `${plural(rows, 'row')} of the run ended as unknown and cannot be taken back; look at the profiles in Partner Center.\n`,
        );
      },
    };
    const report = await undoRun(options, host).finally(progress.end);
    if (report.kind === 'declined') showDeclined('undo', report, given, terminal);
    else showRun('undo', report, given, terminal);
    setExitCode(report.exitCode);
  },
});
