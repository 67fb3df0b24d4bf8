/** The options of all commands, each also from the environment as BILLPATCH_…; none is a secret. */
import type { Argv, Options } from 'yargs';

import { MODES } from '../partner-center/auth/mode.js';
import { CLOUDS } from '../partner-center/base-url.js';
import { UsageError } from '../problem.js';
import type { CountryRulesFrom } from '../journal/run-folder.js';
import { splitColumnMap } from '../rows/column-map.js';
import type { Terminal } from './terminal.js';

const COUNTRY_RULES = ['service', 'bundled', 'off'] as const satisfies readonly CountryRulesFrom[];

const OPTIONS = {
  'run-dir': {
    type: 'string',
    requiresArg: true,
    describe: 'The run folder, new or empty (default: beside FILE, named after it and the time)',
  },
  shard: {
    type: 'string',
    requiresArg: true,
    describe: 'Only a part of the customers of FILE: 2/4 is the second of four',
  },
  out: {
    type: 'string',
    requiresArg: true,
    describe: 'A copy of the result CSV; must not exist yet',
  },
  'out-delimiter': {
    type: 'string',
    requiresArg: true,
    describe: 'Of the files that are written: comma, semicolon or tab (default: as in FILE)',
  },
  map: {
    type: 'string',
    array: true,
    nargs: 1,
    describe: 'What a column is: "Their header=field", or =ignore; may be repeated',
  },
  concurrency: {
    type: 'number',
    requiresArg: true,
    default: 8,
    describe: 'Rows in flight at once',
  },
  timeout: {
    type: 'number',
    requiresArg: true,
    default: 100,
    describe: 'Seconds for one exchange with the service, to its last byte',
  },
  'max-wait': {
    type: 'number',
    requiresArg: true,
    default: 300,
    describe: 'Seconds the service may refuse everything (429) before the run stops',
  },
  'max-rate': {
    type: 'number',
    requiresArg: true,
    describe: 'Requests per minute at the most (default: as many as the service is found to take)',
  },
  cloud: {
    choices: Object.keys(CLOUDS),
    default: 'global',
    describe: 'Which Partner Center',
  },
  'base-url': {
    type: 'string',
    requiresArg: true,
    describe: 'Another address, instead of --cloud',
  },
  'allow-host': {
    type: 'string',
    array: true,
    nargs: 1,
    describe: 'A further host that the access token may be sent to',
  },
  auth: {
    choices: MODES,
    describe: 'How to sign in (default: the first of these that is set)',
  },
  authority: {
    type: 'string',
    requiresArg: true,
    describe: 'Who gives out access tokens, instead of the Entra ID of --cloud',
  },
  simulate: {
    type: 'boolean',
    default: false,
    describe: 'Rehearse against a simulator in this process; nothing goes to Partner Center',
  },
  encoding: {
    type: 'string',
    requiresArg: true,
    describe: 'Of a text file, where its bytes do not tell (default: found, and said)',
  },
  sheet: {
    type: 'string',
    requiresArg: true,
    describe: 'Of a workbook (default: the first that is not hidden)',
  },
  'skip-invalid': {
    type: 'boolean',
    default: false,
    describe: 'Go on with the other rows where some fail their own checks',
  },
  strict: {
    type: 'boolean',
    default: false,
    describe: 'A conflict wherever anything in the profile moved, not only a field of ours',
  },
  'country-rules': {
    choices: COUNTRY_RULES,
    defaultDescription: 'service',
    describe:
      'Whose rules an address must fit: what the service says, what billpatch knows, or none',
  },
  repair: {
    type: 'boolean',
    default: false,
    describe: 'Give postal codes the leading zeros back that a spreadsheet took off',
  },
  'check-addresses': {
    type: 'boolean',
    default: false,
    describe: 'Have the service check each address that changes; one more request for each',
  },
  customers: {
    type: 'string',
    requiresArg: true,
    describe: "Partner Center's export of the customer list: its company names guard every row",
  },
  'max-changes': {
    type: 'number',
    requiresArg: true,
    describe: 'Send nothing where more fields than that are to be changed',
  },
  'max-clears': {
    type: 'number',
    requiresArg: true,
    describe: 'Send nothing where more fields than that are to be emptied',
  },
  limit: {
    type: 'number',
    requiresArg: true,
    describe: 'Change so many customers, then stop; the run can be resumed',
  },
  digest: {
    type: 'string',
    requiresArg: true,
    describe: 'Of a plan: apply it only if it is the one with this digest',
  },
  plan: {
    type: 'boolean',
    default: false,
    describe: 'Only show what would be taken back; apply it later',
  },
  from: {
    type: 'string',
    requiresArg: true,
    describe: 'Only the customers that this CSV names; - for standard input',
  },
  fields: {
    type: 'string',
    requiresArg: true,
    describe: 'Only these columns, with commas between: email,city,expect:country',
  },
  'with-guards': {
    type: 'boolean',
    default: false,
    describe: 'A column expect:companyName: applied later, the row fits only this customer',
  },
  'check-etags': {
    type: 'boolean',
    default: false,
    describe: 'Send the first update once more with its outdated ETag; stop if that is not refused',
  },
  new: {
    type: 'boolean',
    default: false,
    describe: 'Begin a new run although one of the same file did not come to its end',
  },
  'confirm-above': {
    type: 'number',
    requiresArg: true,
    default: 100,
    describe: 'Of more customers than that, the number is to be typed before anything is written',
  },
  csv: { type: 'boolean', default: false, describe: 'As a CSV that apply accepts' },
  'dry-run': {
    type: 'boolean',
    default: false,
    describe: 'Only show what would change; leaves nothing behind',
  },
  yes: { type: 'boolean', default: false, describe: 'Do not ask before writing' },
  json: { type: 'boolean', default: false, describe: 'The summary as one JSON object on stdout' },
  quiet: { type: 'boolean', default: false, describe: 'No progress' },
  verbose: {
    type: 'boolean',
    default: false,
    describe: "Show values and the service's own words; they may name people",
  },
} as const satisfies Record<string, Options>;

export type OptionName = keyof typeof OPTIONS;

// Options that come together.

/** Which Partner Center, and as whom. */
export const WHERE = ['cloud', 'base-url', 'allow-host', 'auth', 'authority'] as const;
export const PACE = ['concurrency', 'timeout', 'max-wait', 'max-rate'] as const;
/** What is said of a run, and how. */
export const SAID = ['json', 'quiet', 'verbose'] as const;

/** What goes by where nothing was given. */
export const DEFAULTS = {
  concurrency: OPTIONS.concurrency.default,
  timeoutSeconds: OPTIONS.timeout.default,
  maxWaitSeconds: OPTIONS['max-wait'].default,
  confirmAbove: OPTIONS['confirm-above'].default,
} as const;

/** Options of a run that later stages take over from it, unless they are given again. */
const OF_THE_RUN = ['concurrency', 'timeout', 'max-wait', 'cloud'] as const satisfies OptionName[];

/**
 * Some of the options, with defaults from the environment where it has them.
 * @param begins whether the command always begins a run; where it may take one up that exists, what
 *   the run remembers has no default
 */
export function withOptions<Args>(
  args: Argv<Args>,
  names: readonly OptionName[],
  env: Terminal['env'],
  begins: 'run' | 'run or stage' | 'stage' = 'run',
) {
  for (const name of names) {
    const option: Options = { ...OPTIONS[name] };
    if (begins !== 'run' && OF_THE_RUN.some((known) => known === name)) {
      if (begins === 'run or stage') option.defaultDescription = String(option.default);
      delete option.default;
    }
    // A repeated word comes as an array: what is no list goes by the last.
    if (!option.array) option.coerce = lastOf;
    const given = env[environmentName(name)];
    args.option(
      name,
      given === undefined || given === ''
        ? option
        : { ...option, defaultDescription: undefined, default: fromText(name, option, given) },
    );
  }
  return args;
}

const lastOf = (value: unknown): unknown => (Array.isArray(value) ? value.at(-1) : value);

export const environmentName = (name: string): string =>
  `BILLPATCH_${name.toUpperCase().replaceAll('-', '_')}`;

function fromText(name: OptionName, option: Options, given: string): unknown {
  if (name === 'map') return splitColumnMap(given);
  if (option.array) return given.split(',').map((item) => item.trim());
  if (option.type === 'number') return Number(given);
  if (option.type !== 'boolean') return given;
  if (/^(1|true|yes|on)$/i.test(given)) return true;
  if (/^(0|false|no|off)$/i.test(given)) return false;
  throw new UsageError(
    'environment-value',
    `${environmentName(name)} is neither true nor false.`,
    'Write true or false.',
  );
}

/** The file that a command reads. */
export const withFile = <Args>(
  args: Argv<Args>,
  describe = 'A CSV file or an .xlsx workbook, or - for standard input',
) => args.positional('file', { type: 'string', demandOption: true, describe });

/** The run that a command works on. */
export const withRun = <Args>(args: Argv<Args>) =>
  args.positional('run', { type: 'string', demandOption: true, describe: 'A run folder' });

/** A positional that takes all words that are left. */
export const withWords = <Args>(args: Argv<Args>, name: string, describe: string) =>
  args.positional(name, { type: 'string', array: true, demandOption: true, describe });

/** Standard input, as the parser is given it: of a lone `-` it makes an empty text. No word can hold a NUL. */
export const STDIN_WORD = '\u0000-';
