/** `billpatch export`: live profiles → a CSV that `apply` accepts as it is. */
import type { ExportHost, ExportOptions } from '../stages/export-customers.js';
import type { CommandFactory } from './command.js';
import { connectionOf, isSet, text } from './given.js';
import { PACE, SAID, STDIN_WORD, WHERE, withOptions } from './options.js';
import { showProgress } from './show-progress.js';
import type { Terminal } from './terminal.js';

/** Invented customers of a rehearsal. */
const REHEARSED = 40;

export const exportCommand: CommandFactory = ({ terminal, setExitCode }) => ({
  command: 'export',
  describe: 'Write the live profiles of all customers as a file that apply accepts',
  builder: (args) =>
    withOptions(
      args,
      [
        'run-dir',
        'out',
        'out-delimiter',
        'from',
        'map',
        'with-guards',
        ...PACE,
        ...WHERE,
        'simulate',
        ...SAID,
      ],
      terminal.env,
    )
      .describe('run-dir', 'The run folder, new or empty (default: export.DATE-TIME.run here)')
      .describe('out', 'A copy of the exported CSV; must not exist yet'),
  async handler(given) {
    const { exportCustomers } = await import('../stages/export-customers.js');
    const { plural } = await import('../results/summary.js');
    const { showChecked } = await import('./show-checked.js');
    const { showRefused, showRun } = await import('./show-run.js');
    const { sheetsOf } = await import('./given-file.js');
    const runDir = text(given, 'run-dir');
    const out = text(given, 'out');
    const named = text(given, 'from');
    const from = named === STDIN_WORD ? '-' : named;
    const simulate = isSet(given, 'simulate');
    const setup = from === undefined ? { customerCount: REHEARSED } : { anyTenant: true };
    const options: ExportOptions = {
      ...(from === undefined ? {} : { from }),
      withGuards: isSet(given, 'with-guards'),
      ...(runDir === undefined ? {} : { runDir }),
      ...(out === undefined ? {} : { out }),
      ...sheetsOf(given),
      ...(simulate ? { simulate: setup } : {}),
      ...connectionOf(given),
    };
    const quiet = isSet(given, 'quiet');
    const progress = showProgress(terminal, quiet);
    const onChecked = showChecked({ ...options, file: from ?? '' }, given, terminal);
    const host: ExportHost = {
      ...terminal,
      interrupt: terminal.takeInterrupts(),
      onListing: quiet ? () => undefined : showListing(terminal),
      onChecked: (survey) => {
        if (from !== undefined) onChecked(survey);
        else if (!quiet) terminal.err(`${start(terminal)}${plural(survey.rows, 'customer')}.\n`);
      },
      // To an export a profile that was read is neither changed nor unchanged.
      onProgress: ({ counts, ...rest }) => {
        progress.show({ ...rest, counts: { ...counts, unchanged: 0 } });
      },
    };
    const report = await exportCustomers(options, host).finally(progress.end);
    if (report.kind === 'refused') {
      showRefused('export', report, given, terminal);
      setExitCode(2);
    } else {
      showRun('export', report, given, terminal);
      setExitCode(report.exitCode);
    }
  },
});

/** A page of the list. */
const SHOWN_EVERY = 500;

function showListing(terminal: Terminal): ExportHost['onListing'] {
  return (customers) => {
    if (terminal.errIsScreen && customers % SHOWN_EVERY === 0)
      terminal.err(`${start(terminal)}${customers} customers listed`);
  };
}

/** Where a screen's line is drawn over. */
const start = ({ errIsScreen }: Terminal): string => (errIsScreen ? '\r\u001b[2K' : '');
