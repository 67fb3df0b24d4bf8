/** The question before anything is written, and the refusal to write where nobody can be asked. */
import type { Confirmation, ConfirmHost } from '../stages/confirm.js';
import { isLoopback } from '../partner-center/base-url.js';
import { UsageError } from '../problem.js';
import { shardName } from '../rows/shard.js';
import { type Given, isSet, wholeNumber } from './given.js';
import { DEFAULTS } from './options.js';
import type { ProgressDisplay } from './show-progress.js';
import type { Terminal } from './terminal.js';

/** @param file where it is read from standard input, nobody can answer there */
export function refuseUnasked(
  command: string,
  given: Given,
  terminal: Terminal,
  file?: string,
): void {
  if (isSet(given, 'yes') || (terminal.interactive && file !== '-')) return;
  throw new UsageError(
    'confirmation-needed',
    `${command} asks before it writes, and there is nobody to ask.`,
    'Add --yes if what it does has been reviewed.',
  );
}

export function confirmHost(
  given: Given,
  terminal: Terminal,
  progress: ProgressDisplay,
): ConfirmHost {
  return {
    ...terminal,
    interrupt: terminal.takeInterrupts(),
    onProgress: progress.show,
    confirm: async (question) => {
      const { customers, totals, simulated, shard, warnings = [] } = question;
      const { plural, totalsLine, warningLines } = await import('../results/summary.js');
      const shown = warningLines(warnings, isSet(given, 'verbose'));
      if (shown.length > 0) terminal.err(`${shown.join('\n')}\n`);
      if (!isSet(given, 'quiet')) terminal.err(`${totalsLine(totals)}\n`);
      if (simulated || isSet(given, 'yes')) return true;
      const where = whereOf(question);
      const what = `${plural(customers, 'customer')}${shard ? ` (${shardName(shard)})` : ''}`;
      const most = wholeNumber(given, 'confirm-above') ?? DEFAULTS.confirmAbove;
      // So many addresses of paying customers are not changed by a key pressed out of habit.
      if (customers > most && !isLoopback(question.target)) {
        const typed = await terminal.ask(
          `Update ${what} at ${where} ? Type ${customers} to go on: `,
        );
        return typed.trim() === String(customers);
      }
      const answer = await terminal.ask(`Update ${what} at ${where} ? [y/N] `);
      return /^\s*y(es)?\s*$/i.test(answer);
    },
  };
}

/** The address, and whose customers are there. */
function whereOf({ target, partnerTenant, cloud }: Confirmation): string {
  const named = [
    ...(cloud === undefined ? [] : [`cloud ${cloud}`]),
    ...(partnerTenant === undefined ? [] : [`partner tenant ${partnerTenant}`]),
  ];
  return named.length === 0 ? target : `${target} (${named.join(', ')})`;
}
