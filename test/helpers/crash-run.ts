/** One run that is cut off and resumed, and what must hold of it whatever happened in between. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import type { Entry } from '../../src/journal/entry.js';
import { readJournal } from '../../src/journal/read-journal.js';
import type { BillingProfile } from '../../src/profile/billing-profile.js';
import { generateCustomers } from '../../src/simulator/generate-customers.js';
import { initialProfile } from '../../src/simulator/simulated-customer.js';
import { readCsv } from '../e2e/billpatch.js';

export interface CrashRow {
  readonly tenantId: string;
  /** The profile as it was before anybody wrote. */
  readonly original: BillingProfile;
  readonly email: string;
  /** The others ask for what is there. */
  readonly isChange: boolean;
}

/** Rows for a simulator with `anyTenant`; every seventh is to stay as it is. */
export function crashRows(count: number, seed: number): readonly CrashRow[] {
  return generateCustomers(count, seed).map(({ tenantId }, row) => {
    const original = initialProfile(tenantId);
    const isChange = row % 7 !== 3;
    const email = isChange ? `new${row}@new.example` : (original.email as string);
    return { tenantId, original, email, isChange };
  });
}

export const toCsv = (rows: readonly CrashRow[]): string =>
  `customerTenantId,email\n${rows.map(({ tenantId, email }) => `${tenantId},${email}\n`).join('')}`;

/** What the service knows, whoever plays it. */
export interface Truth {
  readonly profile: (tenantId: string) => BillingProfile | undefined;
  /** How many PUTs were committed. */
  readonly history: (tenantId: string) => number;
  /** The ids of the PUTs that were received and committed. */
  readonly requestIds: (tenantId: string) => readonly string[];
}

/** How often something did not hold. */
export type Violations = Record<keyof typeof NO_VIOLATION, number>;

export const NO_VIOLATION = {
  'written twice': 0,
  'written though nothing was to change': 0,
  'not as wanted': 0,
  'rows missing': 0,
  'rows doubled': 0,
  'endings other than the right one': 0,
  'before-images other than the original': 0,
  'updates without their before-image': 0,
  'request ids of no committed PUT': 0,
  'journals not readable from end to end': 0,
  'files left over': 0,
  'exit codes other than 0': 0,
};

const RUN_FILES = [
  'failed.csv',
  'input.csv',
  'journal.jsonl',
  'report.html',
  'results.csv',
  'run.json',
];

export interface Finished {
  readonly folder: string;
  readonly rows: readonly CrashRow[];
  readonly exitCode: number | null;
}

/** Of a run that was resumed to its end. */
export async function findViolations(
  { folder, rows, exitCode }: Finished,
  truth: Truth,
): Promise<Violations> {
  const found: Violations = { ...NO_VIOLATION };
  const path = join(folder, 'results.csv');
  const results = existsSync(path) ? readCsv(path) : [];
  const intents = new Map<number, Extract<Entry, { type: 'intent' }>[]>();
  for (const entry of await readWholeJournal(folder).catch(() => [])) {
    if (entry.type !== 'intent') continue;
    intents.set(entry.row, [...(intents.get(entry.row) ?? []), entry]);
  }

  for (const [row, { tenantId, original, email, isChange }] of rows.entries()) {
    const puts = truth.history(tenantId);
    if (isChange && puts > 1) found['written twice'] += 1;
    if (!isChange && puts > 0) found['written though nothing was to change'] += 1;
    const wanted = { ...original, email, attributes: undefined };
    if (!isSame({ ...truth.profile(tenantId), attributes: undefined }, wanted))
      found['not as wanted'] += 1;

    const own = results.filter((result) => result.customerTenantId === tenantId);
    if (own.length === 0) found['rows missing'] += 1;
    if (own.length > 1) found['rows doubled'] += 1;
    const [result] = own;
    const inPlace = results[row]?.customerTenantId === tenantId;
    if (!inPlace || result?.result_status !== (isChange ? 'updated' : 'unchanged'))
      found['endings other than the right one'] += 1;

    const before = intents.get(row) ?? [];
    found['before-images other than the original'] += before.filter(
      (intent) => !isSame(intent.before, original),
    ).length;
    if (result?.result_status !== 'updated') continue;
    if (before.length === 0) found['updates without their before-image'] += 1;
    const putId = result.result_put_request_id?.split(' ')[0] ?? '';
    if (!truth.requestIds(tenantId).includes(putId)) found['request ids of no committed PUT'] += 1;
  }
  found['rows doubled'] += Math.max(0, results.length - rows.length);
  await readWholeJournal(folder).catch(() => (found['journals not readable from end to end'] += 1));
  found['files left over'] += (existsSync(folder) ? readdirSync(folder) : []).filter(
    (name) => !RUN_FILES.includes(name) && name !== 'simulator.jsonl',
  ).length;
  if (exitCode !== 0) found['exit codes other than 0'] += 1;
  return found;
}

/** Whatever the order of members. */
const isSame = (a: unknown, b: unknown): boolean => canonical(a) === canonical(b);
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );

/** Throws where a line is not whole: something was written behind a torn one. */
export async function readWholeJournal(folder: string): Promise<Entry[]> {
  const entries = await readEntries(folder);
  const lines = readFileSync(join(folder, 'journal.jsonl'), 'utf8').split('\n');
  if (lines.pop() !== '' || lines.length !== entries.length)
    throw new Error(`${lines.length} lines, ${entries.length} of them whole`);
  return entries;
}

async function readEntries(folder: string): Promise<Entry[]> {
  const path = join(folder, 'journal.jsonl');
  const entries: Entry[] = [];
  if (!existsSync(path)) return entries;
  for await (const entry of readJournal(path)) entries.push(entry);
  return entries;
}

/** The rows of which the journal, as a kill left it, knows that an update may be under way. */
export async function rowsInDoubt(folder: string): Promise<readonly number[]> {
  const open = new Set<number>();
  for (const entry of await readEntries(folder)) {
    if (entry.type === 'intent') open.add(entry.row);
    if (entry.type === 'outcome') open.delete(entry.row);
  }
  return [...open];
}

export function addTo(total: Violations, found: Violations): void {
  for (const name of Object.keys(total) as (keyof Violations)[]) total[name] += found[name];
}

export const isClean = (found: Violations): boolean =>
  Object.values(found).every((count) => count === 0);

export const describeViolations = (total: Violations): string =>
  Object.entries(total)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');

/** `put-sent:3`: the process ends itself there; see crash-at.js. */
export const crashAt = (where: string): Readonly<Record<string, string>> => ({
  NODE_OPTIONS: `--import=${pathToFileURL(join(import.meta.dirname, 'crash-at.js')).href}`,
  CRASH_AT: where,
});
