/**
 * The lines of a journal. Each is one JSON object whose last member, `crc`, is the CRC-32 of the
 * text before it: a torn or damaged line is recognised without trusting its content. Pure.
 */
import { crc32 } from 'node:zlib';

import type { Problem } from '../problem.js';
import type { Outcome } from '../run/outcome.js';
import type { Intent } from '../run/update-customer.js';

/** Raised whenever an older billpatch could misread a newer journal. */
export const JOURNAL_FORMAT = 1;

export type Stage = 'apply';

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
export type IntentEntry = Extract<Entry, { type: 'intent' }>;

const CRC = ',"crc":"';

/** With the line end. */
export function encodeEntry(entry: Entry): string {
  const json = JSON.stringify(entry).slice(0, -1);
  return `${json}${CRC}${checksum(json)}"}\n`;
}

/** Undefined where the line is not exactly what was written. */
export function decodeEntry(line: string): Entry | undefined {
  if (!isIntact(line)) return undefined;
  return JSON.parse(`${line.slice(0, line.lastIndexOf(CRC))}}`) as Entry;
}

/** Whether the line is exactly what was written. */
export function isIntact(line: string): boolean {
  const at = line.lastIndexOf(CRC);
  return at >= 0 && line.slice(at) === `${CRC}${checksum(line.slice(0, at))}"}`;
}

/** What an intact line of a row is about, without reading all of it: it may hold a whole profile. */
export function peekRow(
  line: string,
): { readonly type: 'intent' | 'outcome'; readonly row: number } | undefined {
  const match = /^\{"type":"(intent|outcome)","row":(\d+),/.exec(line);
  return match ? { type: match[1] as 'intent' | 'outcome', row: Number(match[2]) } : undefined;
}

const checksum = (text: string): string => crc32(text).toString(16).padStart(8, '0');
