/** `billpatch merge RUN…`: joins the runs of all shards of a file. */
import type { CommandFactory } from './command.js';
import { text, wordsOf } from './given.js';
import { withOptions, withWords } from './options.js';

export const mergeCommand: CommandFactory = ({ terminal, setExitCode }) => ({
  command: 'merge <run..>',
  describe: 'Join the runs of all shards of a file into one',
  builder: (args) =>
    withOptions(
      withWords(args, 'run', 'The run folders of all shards'),
      ['run-dir', 'out', 'json', 'verbose'],
      terminal.env,
    ),
  async handler(given) {
    const { mergeRuns } = await import('../stages/merge-runs.js');
    const { showRun } = await import('./show-run.js');
    const runDir = text(given, 'run-dir');
    const out = text(given, 'out');
    const options = {
      folders: wordsOf(given, 'run'),
      ...(runDir === undefined ? {} : { runDir }),
      ...(out === undefined ? {} : { out }),
    };
    const report = await mergeRuns(options, terminal);
    showRun('merge', report, given, terminal);
    setExitCode(report.exitCode);
  },
});
