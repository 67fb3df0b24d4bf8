/** `billpatch set TENANT-ID FIELD=VALUE…`: changes one customer, on the rules of a file. */
import type { OutcomeEntry } from '../journal/entry.js';
import { UsageError } from '../problem.js';
import type { SetHost, SetOptions } from '../stages/set-customer.js';
import { confirmHost, refuseUnasked } from './ask.js';
import type { CommandFactory } from './command.js';
import { allowedHosts, connectionOf, isSet, reviewOf, text, wordsOf } from './given.js';
import { SAID, WHERE, withOptions, withWords } from './options.js';

export const setCommand: CommandFactory = ({ terminal, setExitCode }) => ({
  command: 'set <tenant-id> <assignment..>',
  describe: 'Change single fields of one customer, after showing the old and the new values',
  builder: (args) =>
    withOptions(
      withWords(
        args.positional('tenant-id', {
          type: 'string',
          demandOption: true,
          describe: 'Microsoft ID of the customer',
        }),
        'assignment',
        "FIELD=VALUE, for example email=ap@company.example; FIELD='<clear>' empties it",
      ),
      [
        'dry-run',
        'run-dir',
        'timeout',
        'max-wait',
        ...WHERE,
        'simulate',
        'country-rules',
        'check-addresses',
        'yes',
        ...SAID,
      ],
      terminal.env,
    ).describe(
      'run-dir',
      'The run folder, new or empty (default: billpatch-runs/TENANT-ID.DATE-TIME.run here)',
    ),
  async handler(given) {
    const { tenantId } = await import('./given-file.js');
    const id = tenantId(String(given['tenant-id']));
    const { toOneRow } = await import('../rows/assignments.js');
    const row = toOneRow(id, wordsOf(given, 'assignment'));
    const dryRun = isSet(given, 'dry-run');
    const simulate = isSet(given, 'simulate');
    const runDir = text(given, 'run-dir');
    if (dryRun && runDir !== undefined) {
      throw new UsageError(
        'nothing-kept',
        '--dry-run leaves nothing behind, so there is nothing for --run-dir.',
        'Leave one of them away.',
      );
    }
    if (!dryRun && !simulate) refuseUnasked('set', given, terminal);
    const options: SetOptions = {
      tenantId: id,
      row,
      dryRun,
      ...(runDir === undefined ? {} : { runDir }),
      ...connectionOf(given),
      allowedHosts: allowedHosts(given),
      ...(simulate ? { simulate: { anyTenant: true } } : {}),
      review: reviewOf(given),
    };
    const { changesText } = await import('../results/profile-text.js');
    const noProgress = { show: () => undefined, end: () => undefined };
    const host: SetHost = {
      ...confirmHost(given, terminal, noProgress),
      onChecked: () => undefined,
      onPlanned: ({ status, tenantId: customer, trace, ...outcome }) => {
        if (status !== 'planned' || !('changes' in outcome)) return;
        terminal.err(`${[trace?.companyName ?? '', customer].join('  ').trim()}\n`);
        terminal.err(changesText(outcome.changes));
      },
    };
    const { showDeclined, showRefused, showRun } = await import('./show-run.js');
    const { setCustomer } = await import('../stages/set-customer.js');
    const report = await setCustomer(options, host);
    switch (report.kind) {
      case 'refused':
        showRefused('set', report, given, terminal);
        setExitCode(2);
        return;
      case 'declined':
        showDeclined('set', report, given, terminal);
        setExitCode(report.exitCode);
        return;
      case 'shown':
        terminal.out(shown(report.outcome, report.exitCode, isSet(given, 'json')));
        setExitCode(report.exitCode);
        return;
      case 'done':
        showRun('set', report, given, terminal);
        setExitCode(report.exitCode);
    }
  },
});

/** A dry run has no files to name. */
function shown(outcome: OutcomeEntry, exitCode: number, asJson: boolean): string {
  const { status } = outcome;
  const changes = 'changes' in outcome ? outcome.changes : [];
  const problem = 'problem' in outcome ? outcome.problem : undefined;
  if (asJson) {
    return `${JSON.stringify({ command: 'set', exitCode, dryRun: true, status, changes, ...(problem && { problem }) })}\n`;
  }
  if (problem) return `${status}: ${problem.message}\n  → ${problem.hint}\n`;
  return status === 'planned'
    ? 'Only shown; nothing was sent.\n'
    : 'The profile holds these values already; there is nothing to send.\n';
}
