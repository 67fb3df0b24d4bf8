/** The options of all commands, each also from the environment as BILLPATCH_…; none is a secret. */
import type { Argv, Options } from 'yargs';

import { MODES, type SignInMode } from '../partner-center/auth/settings.js';
import { CLOUDS, parseBaseUrl, type Cloud } from '../partner-center/base-url.js';
import { UsageError } from '../problem.js';
import type { CountryRulesFrom } from '../journal/run-folder.js';
import { parseColumnMap, splitColumnMap, type ColumnMap } from '../rows/column-map.js';
import { parseEncoding } from '../rows/encoding.js';
import type { Delimiter } from '../rows/read-rows.js';
import { parseTenantId } from '../rows/parse-row.js';
import type { Pace } from '../stages/pace.js';
import type { ReviewOptions } from '../stages/review.js';
import type { AskedReading } from '../stages/take-table.js';
import type { Terminal } from './terminal.js';

const COUNTRY_RULES = ['service', 'bundled', 'off'] as const satisfies readonly CountryRulesFrom[];

const OPTIONS = {
  'run-dir': {
    type: 'string',
    requiresArg: true,
    describe: 'The run folder, new or empty (default: beside FILE, named after it and the time)',
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

/** What yargs made of the options; names as on the command line. */
export type Given = Readonly<Record<string, unknown>>;

export const text = (given: Given, name: OptionName | 'file' | 'run'): string | undefined => {
  const value = given[name];
  return typeof value === 'string' ? value : undefined;
};

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

/** The words of such a positional. */
export function wordsOf(given: Given, name: string): readonly string[] {
  const words = given[name];
  return Array.isArray(words) ? words.map(String) : [];
}

/** A tenant id that is named on the command line. Throws UsageError where it is none. */
export function tenantId(word: string): string {
  const id = parseTenantId(word);
  if (id !== undefined) return id;
  throw new UsageError(
    'tenant-malformed',
    `"${word.slice(0, 80)}" is no tenant id; nothing was asked.`,
    'A tenant id looks like 01234567-89ab-cdef-0123-456789abcdef. Copy it from "Microsoft ID" in Partner Center.',
  );
}

/** Standard input, as the parser is given it: of a lone `-` it makes an empty text. No word can hold a NUL. */
export const STDIN_WORD = '\u0000-';

/** The file that was named; `-` for standard input. */
export function inputFile(given: Given): string {
  const file = text(given, 'file') ?? '';
  if (file === '') {
    throw new UsageError(
      'file-unnamed',
      'The name of the file is empty.',
      'Name a CSV file or a workbook, or - for standard input.',
    );
  }
  return file === STDIN_WORD ? '-' : file;
}

export const isSet = (given: Given, name: OptionName): boolean => given[name] === true;

/** A number from `least` up; yargs makes NaN of what is none. */
export function count(given: Given, name: string, least: number, most: number): number {
  const value = given[name];
  if (typeof value !== 'number' || !Number.isFinite(value) || value < least || value > most) {
    throw new UsageError(
      'option-value',
      `--${name} must be a number from ${least} to ${most}.`,
      `For example: --${name} ${Math.max(least, 8)}`,
    );
  }
  return value;
}

export function baseUrlOf(given: Given): string {
  return givenBaseUrl(given) ?? CLOUDS.global;
}

/** How to get access tokens, as far as it was given. */
export function givenSignIn(given: Given): {
  readonly cloud?: Cloud;
  readonly authority?: string;
  readonly auth?: SignInMode;
} {
  const cloud = text(given, 'cloud') as Cloud | undefined;
  const authority = text(given, 'authority');
  const auth = text(given, 'auth') as SignInMode | undefined;
  return { ...(cloud && { cloud }), ...(authority && { authority }), ...(auth && { auth }) };
}

/** The same for what begins: in the global cloud, where none was named. */
export const signInOf = (given: Given) => ({ cloud: 'global' as Cloud, ...givenSignIn(given) });

/** Undefined where neither an address nor a cloud was named. */
export function givenBaseUrl(given: Given): string | undefined {
  const cloud = text(given, 'cloud') as Cloud | undefined;
  const address = text(given, 'base-url') ?? (cloud && CLOUDS[cloud]);
  return address === undefined ? undefined : parseBaseUrl(address, allowedHosts(given));
}

export function allowedHosts(given: Given): readonly string[] {
  const allowed = given['allow-host'];
  return Array.isArray(allowed) ? allowed.map(String) : [];
}

/** What the user says about the columns of a file; undefined where nothing. */
export function columnMapOf(given: Given): ColumnMap | undefined {
  const { map } = given;
  return Array.isArray(map) && map.length > 0 ? parseColumnMap(map.map(String)) : undefined;
}

const DELIMITERS: Readonly<Record<string, Delimiter>> = {
  comma: ',',
  ',': ',',
  semicolon: ';',
  ';': ';',
  tab: '\t',
  '\t': '\t',
  '\\t': '\t',
};

/** Undefined where it is to be that of the input. */
export function outDelimiterOf(given: Given): Delimiter | undefined {
  const name = text(given, 'out-delimiter');
  if (name === undefined) return undefined;
  const delimiter = Object.hasOwn(DELIMITERS, name) ? DELIMITERS[name] : undefined;
  if (delimiter !== undefined) return delimiter;
  throw new UsageError(
    'option-value',
    `--out-delimiter cannot be "${name}".`,
    'Write comma, semicolon or tab.',
  );
}

/** What a new run of a file is told about reading it and writing its results. */
export function sheetsOf(given: Given): {
  readonly map?: ColumnMap;
  readonly outDelimiter?: Delimiter;
} {
  const map = columnMapOf(given);
  const outDelimiter = outDelimiterOf(given);
  return { ...(map && { map }), ...(outDelimiter && { outDelimiter }) };
}

/** How the file is to be read, as far as the user insists. */
export function readingOf(given: Given): AskedReading {
  const name = text(given, 'encoding');
  const encoding = name === undefined ? undefined : parseEncoding(name);
  if (name !== undefined && encoding === undefined) {
    throw new UsageError(
      'encoding-unknown',
      `There is no encoding ${name}.`,
      `For example: ${['utf-8', 'utf-16le', 'windows-1252', 'windows-1250', 'iso-8859-2', 'shift_jis', 'gb18030', 'macintosh'].join(', ')}.`,
    );
  }
  const sheet = text(given, 'sheet');
  return { ...(encoding && { encoding }), ...(sheet !== undefined && { sheet }) };
}

/** How fast a run goes and for how long it waits, as far as it was given. */
export function givenPace(given: Given): Partial<Pace> {
  const pace: { -readonly [name in keyof Pace]?: number } = {};
  if (given.concurrency !== undefined)
    pace.concurrency = Math.floor(count(given, 'concurrency', 1, 1000));
  if (given.timeout !== undefined) pace.timeoutMs = count(given, 'timeout', 0.001, 3600) * 1000;
  if (given['max-wait'] !== undefined) pace.maxWaitMs = count(given, 'max-wait', 0, 86_400) * 1000;
  return pace;
}

export const CONFIRM_ABOVE = OPTIONS['confirm-above'].default;

/** How rows are looked at before they are sent. */
export const reviewOf = (given: Given): ReviewOptions => ({
  countryRules: (text(given, 'country-rules') ?? 'service') as CountryRulesFrom,
  repair: isSet(given, 'repair'),
  checkAddresses: isSet(given, 'check-addresses'),
});

/** What a new run goes by where nothing was given. */
export const USUAL_PACE: Pace = {
  concurrency: OPTIONS.concurrency.default,
  timeoutMs: OPTIONS.timeout.default * 1000,
  maxWaitMs: OPTIONS['max-wait'].default * 1000,
};

/** A whole number from 0 up, or from 1; undefined where the option was not given. */
export function wholeNumber(given: Given, name: OptionName, least = 0): number | undefined {
  if (given[name] === undefined) return undefined;
  return Math.floor(count(given, name, least, Number.MAX_SAFE_INTEGER));
}
