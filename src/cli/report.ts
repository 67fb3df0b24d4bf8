/** `billpatch report RUN`: draws the result files again from the journal. */
import type { CommandFactory } from './command.js';
import { text } from './given.js';
import { withOptions, withRun } from './options.js';

export const reportCommand: CommandFactory = ({ terminal, setExitCode }) => ({
  command: 'report <run>',
  describe: 'Draw the result files of a run again from its journal',
  builder: (args) => withOptions(withRun(args), ['json', 'verbose'], terminal.env),
  async handler(given) {
    const { reportRun } = await import('../stages/report-run.js');
    const { showRun } = await import('./show-run.js');
    const report = await reportRun(text(given, 'run') ?? '', terminal.random);
    showRun('report', report, given, terminal);
    setExitCode(report.exitCode);
  },
});
