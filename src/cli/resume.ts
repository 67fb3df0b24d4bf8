/** `billpatch resume RUN`: goes on with a run that was cut off or stopped. */
import type { ResumeHost, ResumeOptions } from '../stages/resume-run.js';
import type { CommandFactory } from './command.js';
import { isSet, takenUpWith, text } from './given.js';
import { PACE, SAID, WHERE, withOptions, withRun } from './options.js';
import { showProgress } from './show-progress.js';

export const resumeCommand: CommandFactory = ({ terminal, setExitCode }) => ({
  command: 'resume <run>',
  describe: 'Go on with a run that was cut off or stopped',
  builder: (args) =>
    withOptions(withRun(args), ['out', ...PACE, ...WHERE, 'yes', ...SAID], terminal.env, 'stage'),
  async handler(given) {
    const { resumeRun } = await import('../stages/resume-run.js');
    const { plural } = await import('../results/summary.js');
    const { showRun } = await import('./show-run.js');
    const options: ResumeOptions = { folder: text(given, 'run') ?? '', ...takenUpWith(given) };
    const quiet = isSet(given, 'quiet');
    const progress = showProgress(terminal, quiet);
    const host: ResumeHost = {
      ...terminal,
      interrupt: terminal.takeInterrupts(),
      onProgress: progress.show,
      onResume: (open, rows) => {
        if (quiet) return;
        terminal.err(
          open === 0
            ? 'Every row of this run has its ending; only the results are drawn.\n'
            : `${plural(open, 'row')} of ${rows} left.\n`,
        );
      },
    };
    const report = await resumeRun(options, host).finally(progress.end);
    showRun('resume', report, given, terminal);
    setExitCode(report.exitCode);
  },
});
