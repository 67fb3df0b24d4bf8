/** Reads a journal back: as a stream, and by row, in memory that hardly grows with it. */
import { open } from 'node:fs/promises';

import { UsageError, type Problem } from '../problem.js';
import { STATUSES, type Status } from '../run/outcome.js';
import {
  decodeEntry,
  peekRow,
  type Entry,
  type IntentEntry,
  type OpenEntry,
  type OutcomeEntry,
  type PlannedEntry,
} from './entry.js';
import { readLineBatches } from './journal-lines.js';
import { createRowLines, type LineKind } from './row-lines.js';

/** Every entry in order. See {@link readLineBatches} for what a damaged line means. */
export async function* readJournal(path: string): AsyncGenerator<Entry> {
  for await (const batch of readLineBatches(path))
    for (const { line } of batch) {
      const entry = decodeEntry(line);
      if (entry !== undefined) yield entry;
    }
}

const CHANGED = new UsageError(
  'journal-changed',
  'journal.jsonl was changed while it was read.',
  'Make sure that nothing else works in the run folder, then try again.',
);

/** How far a row has come: its last outcome, or an intent of which the outcome is not known. */
export type Standing = Status | 'intent' | undefined;

/** What a journal says of every row, found without holding it. */
export interface JournalIndex {
  /** The stages that were begun, oldest first. */
  readonly stages: readonly OpenEntry[];
  /** Why the last of them began no more rows. */
  readonly stop: Problem | undefined;
  /** The last of them came to its end. */
  readonly isClosed: boolean;
  /** Bytes up to the end of the last whole line: what follows is torn. */
  readonly wholeBytes: number;
  readonly standing: (row: number) => Standing;
  readonly outcome: (row: number) => Promise<OutcomeEntry | undefined>;
  /** The last update of a row that was written down before it was sent, whatever became of it. */
  readonly intent: (row: number) => Promise<IntentEntry | undefined>;
  readonly isReviewed: (row: number) => boolean;
  /** What a plan decided about a row, whatever became of it since. */
  readonly reviewed: (row: number) => Promise<PlannedEntry | undefined>;
  readonly close: () => Promise<void>;
}

/** What is held of a row, in one byte: its standing (0: nothing known; a status by its place from 1; or INTENT) … */
const STANDING = 0x0f;
const INTENT = STATUSES.length + 1;
/** … and of which kinds it has lines. */
const HAS_INTENT = 0x40;
const HAS_REVIEWED = 0x80;

/**
 * Holds one byte for each row, and some for each hundred kilobytes of the journal.
 * @param rows of the input; the journal's rows are numbered from 0.
 */
export async function indexJournal(path: string, rows: number): Promise<JournalIndex> {
  const known = new Uint8Array(rows);
  const stages: OpenEntry[] = [];
  let stop: Problem | undefined;
  let isClosed = false;
  let wholeBytes = 0;
  const file = await open(path);
  const lines = createRowLines(file, rows, () => wholeBytes);
  const note = (line: Buffer, offset: number): void => {
    const about = peekRow(line);
    if (about) {
      const { row } = about;
      if (row >= rows) return;
      lines.note(row, offset);
      const before = known[row] ?? 0;
      known[row] =
        about.type === 'intent'
          ? (before & HAS_REVIEWED) | HAS_INTENT | INTENT
          : (before & ~STANDING) |
            (about.status === 'planned' ? HAS_REVIEWED : 0) |
            (STATUSES.indexOf(about.status) + 1);
      return;
    }
    const entry = decodeEntry(line);
    if (entry?.type === 'open') {
      stages.push(entry);
      stop = undefined;
      isClosed = false;
    } else if (entry?.type === 'stop') stop = entry.problem;
    else if (entry?.type === 'close') isClosed = true;
  };
  try {
    for await (const batch of readLineBatches(path))
      for (const { line, offset } of batch) {
        wholeBytes = offset + line.length + 1;
        note(line, offset);
      }
  } catch (error) {
    await file.close();
    throw error;
  }

  const standing = (row: number): Standing => {
    const at = (known[row] ?? 0) & STANDING;
    return at === INTENT ? 'intent' : STATUSES[at - 1];
  };
  const has = (row: number, flag: number): boolean => ((known[row] ?? 0) & flag) !== 0;
  /** The index has seen it: to say "none" would report an updated row as skipped. */
  const read = async (row: number, kind: LineKind): Promise<Entry> => {
    const line = await lines.find(row, kind);
    const entry = line && decodeEntry(line);
    if (!entry) throw CHANGED;
    return entry;
  };
  return {
    stages,
    stop,
    isClosed,
    wholeBytes,
    standing,
    async outcome(row) {
      const at = standing(row);
      if (at === undefined || at === 'intent') return undefined;
      const entry = await read(row, 'outcome');
      if (entry.type !== 'outcome') throw CHANGED;
      return entry;
    },
    isReviewed: (row) => has(row, HAS_REVIEWED),
    async reviewed(row) {
      if (!has(row, HAS_REVIEWED)) return undefined;
      const entry = await read(row, 'reviewed');
      if (entry.type !== 'outcome' || entry.status !== 'planned') throw CHANGED;
      return entry;
    },
    async intent(row) {
      if (!has(row, HAS_INTENT)) return undefined;
      const entry = await read(row, 'intent');
      if (entry.type !== 'intent') throw CHANGED;
      return entry;
    },
    close: () => file.close(),
  };
}
