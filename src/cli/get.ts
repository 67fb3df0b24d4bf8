/** `billpatch get TENANT-ID…`: live profiles on the screen, as the service's JSON, or as a CSV. */
import { UsageError } from '../problem.js';
import type { Found, GetHost, GetOptions } from '../stages/get-profiles.js';
import type { CommandFactory } from './command.js';
import { connectionOf, isSet, wordsOf } from './given.js';
import { PACE, WHERE, withOptions, withWords } from './options.js';
import type { Terminal } from './terminal.js';

export const getCommand: CommandFactory = ({ terminal, setExitCode }) => ({
  command: 'get <tenant-id..>',
  describe: 'Show the live profiles of single customers',
  builder: (args) =>
    withOptions(
      withWords(args, 'tenant-id', 'Microsoft ID of a customer; several, one after the other'),
      ['csv', 'json', ...PACE, ...WHERE, 'simulate', 'verbose'],
      terminal.env,
    ).describe('json', "The service's JSON as it came, one line for each customer"),
  async handler(given) {
    const { tenantId } = await import('./given-file.js');
    const ids = [...new Set(wordsOf(given, 'tenant-id').map(tenantId))];
    if (isSet(given, 'csv') && isSet(given, 'json')) {
      throw new UsageError(
        'two-formats',
        '--csv and --json are two forms of the same.',
        'Choose one of them.',
      );
    }
    const options: GetOptions = {
      tenantIds: ids,
      ...(isSet(given, 'simulate') ? { simulate: { anyTenant: true } } : {}),
      ...connectionOf(given),
    };
    const show = isSet(given, 'csv')
      ? await csvOf(terminal)
      : isSet(given, 'json')
        ? jsonOf(terminal)
        : await textOf(terminal);
    const host: GetHost = {
      ...terminal,
      interrupt: terminal.takeInterrupts(),
      onFound: (found) => {
        if (found.kind === 'profile') show(found);
        else terminal.err(sayFailure(found, isSet(given, 'verbose')));
      },
    };
    const { getProfiles } = await import('../stages/get-profiles.js');
    setExitCode(await getProfiles(options, host));
  },
});

type FoundProfile = Extract<Found, { kind: 'profile' }>;
type Show = (found: FoundProfile) => void;

async function textOf(terminal: Terminal): Promise<Show> {
  const { profileText } = await import('../results/profile-text.js');
  let isFirst = true;
  return ({ tenantId, read }) => {
    terminal.out(`${isFirst ? '' : '\n'}${profileText(tenantId, read)}`);
    isFirst = false;
  };
}

/** A line break in it can only be white space between members: in a text JSON has none. */
const jsonOf =
  (terminal: Terminal): Show =>
  ({ read }) => {
    terminal.out(`${read.json.replace(/[\r\n]+/g, ' ').trim()}\n`);
  };

async function csvOf(terminal: Terminal): Promise<Show> {
  const { exportHeader, toExportRow } = await import('../results/export-row.js');
  const { createCsvLines } = await import('../results/write-results.js');
  const csvLine = createCsvLines();
  let isFirst = true;
  return ({ tenantId, read }) => {
    if (isFirst) terminal.out(`\ufeff${csvLine(exportHeader(false))}`);
    isFirst = false;
    const { cells, leftOut } = toExportRow(tenantId, read.profile, false);
    terminal.out(csvLine(cells));
    if (leftOut.length > 0)
      terminal.err(
        `${tenantId}: left out, since a cell cannot hold the live value as it is: ${leftOut.join(', ')}\n`,
      );
  };
}

function sayFailure(found: Exclude<Found, FoundProfile>, verbose: boolean): string {
  const { tenantId } = found;
  if (found.kind === 'skipped') return `${tenantId}: not asked.\n`;
  const { message, detail, again, hint } = found.failure;
  const { requestId } = found.trace;
  return [
    `${tenantId}: ${message}`,
    ...(verbose && detail !== undefined ? [`  ${detail}`] : []),
    // The words of a failure are those of a row, and here there is none.
    `  → ${again === 'retry' ? 'Try again later.' : hint}`,
    `  request id ${requestId}, correlation id ${found.correlationId}`,
    '',
  ].join('\n');
}
