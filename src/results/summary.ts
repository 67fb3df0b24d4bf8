/** What a person reads at the end. Pure: values in, text out. */
import type { InputError } from '../stages/check-input.js';
import type { AttentionRow, Results } from '../stages/draw-results.js';
import type { Survey } from '../rows/check-rows.js';
import type { PlanRecord, StageRecord } from '../journal/run-folder.js';
import { FIELDS } from '../profile/billing-profile.js';
import type { ChangeTotals } from '../profile/change-totals.js';
import type { Column } from '../rows/columns.js';
import type { Table } from '../rows/read-rows.js';
import { shardName, type Shard } from '../rows/shard.js';
import { duration } from './progress.js';
import type { Problem, Warning } from '../problem.js';
import { STATUSES, type Status } from '../run/outcome.js';

/** Shown beside each count, so that nobody has to look the words up. */
export const MEANINGS: Readonly<Record<Status, string>> = {
  updated: 'the service confirmed the new values',
  unchanged: 'already held every value; nothing sent',
  planned: 'would be updated',
  invalid: 'failed its own checks; nothing sent',
  conflict: 'the live profile is not what was expected; nothing written',
  rejected: 'refused by the service, and will be again',
  failed: 'gave up after retries; certainly not written',
  unknown: 'an update went out and could not be settled',
  skipped: 'the run stopped before this row',
};

/** A shard, and how many rows the whole file has. */
export interface ShardOfFile extends Shard {
  readonly fileRows: number;
}

export interface SummaryView {
  readonly results: Results;
  /** Whose rows these are, where they are not all of the file. */
  readonly shard?: ShardOfFile;
  readonly simulated: boolean;
  readonly target: string;
  /** As a person says it: `12 s`. */
  readonly took?: string;
  readonly resultsFile: string;
  readonly failedFile: string;
  readonly reportFile: string;
  readonly runFolder: string;
  readonly verbose: boolean;
  /** Those that were not shown before the run. */
  readonly warnings: readonly Warning[];
  /** Of a plan that was just made. */
  readonly plan?: PlanRecord;
  readonly planFile?: string;
  /** Rows in flight at once. */
  readonly pace: number;
  /** Of the stage that just ended, where it updated anything. */
  readonly conflictWindow?: ConflictWindow;
}

type ConflictWindow = NonNullable<StageRecord['conflictWindow']>;

const windowLine = ({ medianMs, p99Ms }: ConflictWindow): string =>
  `Between reading a profile and updating it: ${seconds(medianMs)} at the median, ${seconds(p99Ms)} for 99 of 100.`;

const seconds = (ms: number): string => `${(ms / 1000).toFixed(ms < 10_000 ? 3 : 0)} s`;

export function runSummary({
  results,
  shard,
  simulated,
  target,
  resultsFile,
  failedFile,
  reportFile,
  runFolder,
  verbose,
  warnings,
  took,
  plan,
  planFile,
  pace,
  conflictWindow,
}: SummaryView): string {
  const lines: string[] = [];
  const { totals, rows, attention, stop } = results;
  if (simulated) lines.push('SIMULATED: nothing was sent to Partner Center.', '');
  if (warnings.length > 0) lines.push(...warningLines(warnings, verbose), '');
  lines.push(
    `${shard ? capital(ownRows(rows, shard)) : plural(rows, 'row')} at ${simulated ? 'the simulator' : target}${took ? `, in ${took}` : ''}`,
  );
  const width = String(rows).length;
  for (const status of STATUSES) {
    if (totals[status] === 0) continue;
    lines.push(
      `  ${String(totals[status]).padStart(width)}  ${status.padEnd(9)}  ${MEANINGS[status]}`,
    );
  }
  if (plan) lines.push(...planLines(plan, pace, shard?.count));
  if (stop) lines.push('', `The run stopped early. ${stop.message}`, `  → ${stop.hint}`);
  lines.push(...attentionSection(results, verbose));
  if (verbose && conflictWindow) lines.push('', windowLine(conflictWindow));
  lines.push('', `Results     ${resultsFile}`);
  const open = attention.length > 0 || totals.skipped > 0;
  if (open) lines.push(`To correct  ${failedFile}`);
  lines.push(`Report      ${reportFile}`);
  if (planFile !== undefined) lines.push(`Changes     ${planFile}`);
  lines.push(`Run folder  ${runFolder}`);
  if (plan && stop === undefined) {
    lines.push(`Digest      ${plan.digest}`);
    if (plan.customers > 0) lines.push('', `To apply    ${applyCommand(runFolder, plan)}`);
  } else if (stop !== undefined || totals.skipped + totals.unknown > 0)
    lines.push('', `To go on    billpatch resume ${runFolder}`);
  return `${lines.join('\n')}\n`;
}

/** `shard 2 of 4: 251 of 1000 rows` */
export const ownRows = (rows: number, { fileRows, ...shard }: ShardOfFile): string =>
  `${shardName(shard)}: ${rows} of ${plural(fileRows, 'row')}`;

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Always all three: what is not said would have to be looked for. */
export function totalsLine({ changes, emptied, byField }: ChangeTotals): string {
  const names = plural(byField.companyName, 'company name');
  const countries = byField.country === 1 ? '1 country' : `${byField.country} countries`;
  return `${plural(changes, 'field')} to change, among them ${names} and ${countries}; ${emptied} to be emptied.`;
}

/** The service's documented allowance for its customer resource, a minute. */
const DOCUMENTED_REQUESTS = 500;

/** What applying a plan takes, from the latency that was measured while planning. */
export function expectedOf(
  { customers, latencyMs }: PlanRecord,
  concurrency: number,
): { readonly requests: number; readonly seconds: number } {
  const requests = 2 * customers;
  return { requests, seconds: (requests * latencyMs) / 1000 / concurrency };
}

/** To copy: it applies the plan that was approved, and no other. */
export const applyCommand = (runFolder: string, { digest }: PlanRecord): string =>
  `billpatch apply ${runFolder} --digest ${digest.slice(0, 12)}`;

/** @param shards that share the service's allowance */
function planLines(plan: PlanRecord, pace: number, shards = 1): string[] {
  const { totals, customers } = plan;
  const fields = FIELDS.filter((field) => totals.byField[field] > 0);
  const width = String(totals.changes).length;
  const { requests, seconds } = expectedOf(plan, pace);
  const allowed = (requests * shards) / DOCUMENTED_REQUESTS;
  const limit =
    allowed > 1
      ? `; at least ${Math.ceil(allowed)} min where the documented limit of ${DOCUMENTED_REQUESTS} requests a minute holds`
      : '';
  return [
    '',
    totalsLine(totals),
    ...fields.map((field) => `  ${String(totals.byField[field]).padStart(width)}  ${field}`),
    ...(customers > 0
      ? [
          '',
          `Applying it takes about ${plural(requests, 'request')} and ${duration(Math.max(1000, seconds * 1000))}${limit}.`,
        ]
      : []),
  ];
}

/** The rows that need a person, or nothing. */
export function attentionSection({ attention, totals }: Results, verbose: boolean): string[] {
  if (attention.length === 0) return [];
  const all = totals.invalid + totals.conflict + totals.rejected + totals.failed + totals.unknown;
  const first = attention.length < all ? ` (the first ${attention.length} of ${all})` : '';
  return [
    '',
    `Rows that need attention${first}:`,
    ...attention.flatMap((row) => attentionLines(row, verbose)),
  ];
}

function attentionLines({ line, status, problem }: AttentionRow, verbose: boolean): string[] {
  const detail = verbose && problem.detail !== undefined ? [`      ${problem.detail}`] : [];
  return [`  line ${line}  ${status}: ${problem.message}`, ...detail, `      → ${problem.hint}`];
}

export interface ErrorsView {
  readonly errors: readonly InputError[];
  readonly errorCount: number;
  readonly errorsFile: string | undefined;
  readonly verbose: boolean;
}

export function errorsSummary({ errors, errorCount, errorsFile, verbose }: ErrorsView): string {
  const lines = [`${plural(errorCount, 'error')} in the file; nothing was sent.`, ''];
  for (const error of errors) lines.push(...errorLines(error, verbose));
  if (errorCount > errors.length) lines.push(`  … and ${errorCount - errors.length} more`);
  if (errorsFile !== undefined) lines.push('', `All errors  ${errorsFile}`);
  return `${lines.join('\n')}\n`;
}

export function errorLines(
  { line, textLine, column, value, personal, message, hint }: InputError,
  verbose: boolean,
): string[] {
  const where = [
    ...(line === undefined
      ? []
      : [`line ${line}${textLine === undefined ? '' : ` (line ${textLine} of the text file)`}`]),
    ...(column === undefined ? [] : [`column ${column.letter} (${column.name})`]),
  ].join(', ');
  const shown =
    value === undefined || value === ''
      ? ''
      : personal && !verbose
        ? ' (--verbose shows the value)'
        : ` "${printable(value)}"`;
  return [`  ${where}${shown}: ${message}`, `      → ${hint}`];
}

/** One line, without control characters and of bearable length. */
const printable = (value: string): string => {
  const plain = value.replace(/\p{Cc}+/gu, ' ');
  return plain.length > 80 ? `${plain.slice(0, 79)}…` : plain;
};

/** `read as windows-1252, semicolon`: what the user may know to be wrong. */
export function readAs({ dialect, origin }: Pick<Table, 'dialect' | 'origin'>): string {
  if (!origin) return `read as ${dialect.encoding}, ${DELIMITER_NAMES[dialect.delimiter]}`;
  const others = origin.otherSheets.length;
  const named = origin.otherSheets.slice(0, 5).map((sheet) => `"${sheet}"`);
  if (others > named.length) named.push(`${others - named.length} more`);
  const unread = others === 0 ? '' : `; not read: ${named.join(', ')}`;
  return `read from the sheet "${origin.sheet}" of a workbook${unread}`;
}

const DELIMITER_NAMES = {
  ',': 'comma',
  ';': 'semicolon',
  '\t': 'tab',
  '|': 'vertical bar',
} as const;

/** The same as `--json` has it. */
export const readAsJson = ({ dialect, origin }: Pick<Table, 'dialect' | 'origin'>): object =>
  origin ? { sheet: origin.sheet, otherSheets: origin.otherSheets } : dialect;

/** `982 rows, read as UTF-8, semicolon` and what else was noticed. */
export function surveyLines(name: string, survey: Survey, shard?: Shard): string[] {
  const lines = [`${name}: ${plural(survey.rows, 'row')}, ${readAs(survey.table)}`];
  if (shard) lines.push(`  ${ownRows(survey.own.rows, { ...shard, fileRows: survey.rows })}`);
  if (survey.blankLines > 0) lines.push(`  ${plural(survey.blankLines, 'blank line')} ignored`);
  if (survey.cleanedCells > 0) {
    lines.push(
      `  ${plural(survey.cleanedCells, 'cell')} with spaces or invisible characters at the edges, which are not part of the value`,
    );
  }
  return lines;
}

/** What looks like an accident, or nothing. */
export function warningLines(warnings: readonly Warning[], verbose: boolean): string[] {
  if (warnings.length === 0) return [];
  return [
    `${plural(warnings.length, 'warning')}; nothing is stopped by ${warnings.length === 1 ? 'it' : 'them'}:`,
    ...warnings.flatMap(({ lines, lineCount, message, hint, detail }) => {
      const more = lineCount > lines.length ? ` and ${lineCount - lines.length} more` : '';
      return [
        `  line${lineCount === 1 ? '' : 's'} ${lines.join(', ')}${more}: ${message}`,
        ...(verbose && detail ? [`      ${printable(detail)}`] : []),
        `      → ${hint}`,
      ];
    }),
  ];
}

/** The warnings as `--json` has them: values only on request. */
export const warningsJson = (warnings: readonly Warning[], verbose: boolean): readonly object[] =>
  warnings.map(({ detail, ...warning }) => ({
    ...warning,
    ...(verbose && detail ? { detail } : {}),
  }));

/** How each column was understood. */
export function columnLines(columns: readonly Column[]): string[] {
  const meaning = ({ role }: Column): string => {
    switch (role.kind) {
      case 'tenant':
        return 'which customer';
      case 'field':
        return role.field;
      case 'guard':
        return `must be the live ${role.field}`;
      case 'result':
        return 'result of an earlier run; ignored';
      case 'carried':
        return 'carried through to the results';
    }
  };
  return columns.map((column) => {
    const name = printable(column.name).trim() || '(no name)';
    const said = column.isMapped ? ' (--map)' : '';
    return `  ${column.letter.padEnd(2)} ${name} → ${meaning(column)}${said}`;
  });
}

export const problemText = ({ message, hint }: Problem): string =>
  `billpatch: ${message}\n  → ${hint}\n`;

export const plural = (number: number, word: string): string =>
  `${number} ${word}${number === 1 ? '' : 's'}`;

/** The errors as `--json` has them: a value that may name a person only on request. */
export const errorsJson = (errors: readonly InputError[], verbose: boolean): readonly object[] =>
  errors.map(({ personal, value, ...error }) => ({
    ...error,
    ...(value === undefined || (personal && !verbose) ? {} : { value }),
  }));
