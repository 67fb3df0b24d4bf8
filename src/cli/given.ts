/** What was given on the command line or in the environment → what a stage takes. */
import type { CountryRulesFrom } from '../journal/run-folder.js';
import type { SignInMode } from '../partner-center/auth/mode.js';
import { CLOUDS, parseBaseUrl, type Cloud } from '../partner-center/base-url.js';
import { UsageError } from '../problem.js';
import type { Delimiter } from '../rows/read-rows.js';
import { parseShard, type Shard } from '../rows/shard.js';
import type { Brakes } from '../stages/brakes.js';
import type { Pace } from '../stages/pace.js';
import type { ReviewOptions } from '../stages/review.js';
import { DEFAULTS, STDIN_WORD, type OptionName } from './options.js';

/** What yargs made of the options; names as on the command line. */
export type Given = Readonly<Record<string, unknown>>;

export const text = (given: Given, name: OptionName | 'file' | 'run'): string | undefined => {
  const value = given[name];
  return typeof value === 'string' ? value : undefined;
};

/** The words of such a positional. */
export function wordsOf(given: Given, name: string): readonly string[] {
  const words = given[name];
  return Array.isArray(words) ? words.map(String) : [];
}

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

/** How fast a run goes and for how long it waits, as far as it was given. */
export function givenPace(given: Given): Partial<Pace> {
  const pace: { -readonly [name in keyof Pace]?: number } = {};
  if (given.concurrency !== undefined)
    pace.concurrency = Math.floor(count(given, 'concurrency', 1, 1000));
  if (given.timeout !== undefined) pace.timeoutMs = count(given, 'timeout', 0.001, 3600) * 1000;
  if (given['max-wait'] !== undefined) pace.maxWaitMs = count(given, 'max-wait', 0, 86_400) * 1000;
  if (given['max-rate'] !== undefined) pace.maxRate = count(given, 'max-rate', 1, 1_000_000);
  return pace;
}

/** A whole number from 0 up, or from 1; undefined where the option was not given. */
export function wholeNumber(given: Given, name: OptionName, least = 0): number | undefined {
  if (given[name] === undefined) return undefined;
  return Math.floor(count(given, name, least, Number.MAX_SAFE_INTEGER));
}

/** What a new run goes by where nothing was given. */
export const USUAL_PACE: Pace = {
  concurrency: DEFAULTS.concurrency,
  timeoutMs: DEFAULTS.timeoutSeconds * 1000,
  maxWaitMs: DEFAULTS.maxWaitSeconds * 1000,
};

/** Which part of the file, where it is not all of it. */
export function shardOption(given: Given): { readonly shard?: Shard } {
  const shard = text(given, 'shard');
  return shard === undefined ? {} : { shard: parseShard(shard) };
}

/** How rows are looked at before they are sent. */
export const reviewOf = (given: Given): ReviewOptions => ({
  countryRules: (text(given, 'country-rules') ?? 'service') as CountryRulesFrom,
  repair: isSet(given, 'repair'),
  checkAddresses: isSet(given, 'check-addresses'),
});

/** What holds a run back, as far as it was given. */
export function brakesOf(given: Given): Brakes {
  const maxChanges = wholeNumber(given, 'max-changes');
  const maxClears = wholeNumber(given, 'max-clears');
  const limit = wholeNumber(given, 'limit', 1);
  return {
    ...(maxChanges === undefined ? {} : { maxChanges }),
    ...(maxClears === undefined ? {} : { maxClears }),
    ...(limit === undefined ? {} : { limit }),
  };
}

/** Where what begins goes, as whom, and how fast. */
export const connectionOf = (given: Given) => ({
  baseUrl: baseUrlOf(given),
  signIn: signInOf(given),
  ...USUAL_PACE,
  ...givenPace(given),
});

/** What a run that exists is told when it is taken up again: what is absent is as it was. */
export function takenUpWith(given: Given) {
  const baseUrl = givenBaseUrl(given);
  const out = text(given, 'out');
  return {
    ...(out === undefined ? {} : { out }),
    ...(baseUrl === undefined ? {} : { baseUrl }),
    allowedHosts: allowedHosts(given),
    ...givenSignIn(given),
    ...givenPace(given),
  };
}
