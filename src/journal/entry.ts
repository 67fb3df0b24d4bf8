/**
 * The lines of a journal. Each is one JSON object whose last member, `crc`, is the CRC-32 of the
 * text before it: a torn or damaged line is recognised without trusting its content. Pure.
 */
import { crc32 } from 'node:zlib';

import type { Problem } from '../problem.js';
import type { Outcome, Status } from '../run/outcome.js';
import type { Intent } from '../run/update-customer.js';

/** Raised whenever an older billpatch could misread a newer journal. */
export const JOURNAL_FORMAT = 1;

/** `resume` goes on with the stage before it. */
export type Stage = 'plan' | 'apply' | 'undo' | 'export' | 'resume';

/** Which row: its number in the input (from 0), and where a person finds it. */
export interface RowRef {
  readonly row: number;
  readonly line: number;
  readonly tenantId: string;
}

export type Entry =
  | {
      readonly type: 'open';
      readonly format: number;
      readonly stage: Stage;
      readonly inputSha256: string;
      readonly baseUrl: string;
      readonly at: string;
    }
  | (RowRef & Intent & { readonly type: 'intent'; readonly at: string })
  | (RowRef & Outcome & { readonly type: 'outcome'; readonly at: string })
  /** Why no more rows were begun. */
  | { readonly type: 'stop'; readonly problem: Problem; readonly at: string }
  /** The stage came to its end: every row has an outcome, or a stop says why not. */
  | { readonly type: 'close'; readonly at: string };

export type OutcomeEntry = Extract<Entry, { type: 'outcome' }>;
export type PlannedEntry = Extract<OutcomeEntry, { status: 'planned' }>;
export type IntentEntry = Extract<Entry, { type: 'intent' }>;
export type OpenEntry = Extract<Entry, { type: 'open' }>;

const CRC = ',"crc":"';

/** With the line end. */
export function encodeEntry(entry: Entry): string {
  const json = JSON.stringify(entry).slice(0, -1);
  return `${json}${CRC}${checksum(json)}"}\n`;
}

/** Undefined where the line, without its end, is not exactly what was written. */
export function decodeEntry(line: Buffer): Entry | undefined {
  if (!isIntact(line)) return undefined;
  return JSON.parse(`${line.toString('utf8', 0, line.length - SEAL_LENGTH)}}`) as Entry;
}

/** What follows the text that the checksum is of. */
const SEAL_LENGTH = `${CRC}00000000"}`.length;

/** Whether the line is exactly what was written. */
export function isIntact(line: Buffer): boolean {
  const end = line.length - SEAL_LENGTH;
  if (end < 0) return false;
  return line.toString('latin1', end) === `${CRC}${checksum(line.subarray(0, end))}"}`;
}

/**
 * What the first entry of a journal says of its format, whatever else may have become of it: a
 * newer billpatch may seal its lines in another way.
 */
export function peekFormat(line: Buffer): unknown {
  try {
    const entry = JSON.parse(line.toString('utf8')) as { type?: unknown; format?: unknown } | null;
    return entry?.type === 'open' ? entry.format : undefined;
  } catch {
    return undefined;
  }
}

export type RowEntryAbout =
  | { readonly type: 'intent'; readonly row: number }
  | { readonly type: 'outcome'; readonly row: number; readonly status: Status };

const ROW_ENTRY =
  /^\{"type":"(intent|outcome)","row":(\d+),"line":\d+,"tenantId":"[^"\\]*"(?:,"status":"(\w+)")?/;

/** What an intact line of a row is about, without reading all of it: it may hold a whole profile. */
export function peekRow(line: Buffer): RowEntryAbout | undefined {
  const [, type, row, status] = ROW_ENTRY.exec(line.toString('latin1', 0, 160)) ?? [];
  if (type === 'intent') return { type, row: Number(row) };
  if (type === 'outcome' && status !== undefined)
    return { type, row: Number(row), status: status as Status };
  // Nothing that billpatch writes comes here but lines of no row; it is only never to be guessed.
  const entry = decodeEntry(line);
  if (entry?.type === 'intent') return { type: 'intent', row: entry.row };
  return entry?.type === 'outcome'
    ? { type: 'outcome', row: entry.row, status: entry.status }
    : undefined;
}

const checksum = (text: string | Buffer): string => crc32(text).toString(16).padStart(8, '0');
