/** Reads a journal back: as a stream, and by row, in memory that hardly grows with it. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';

import { UsageError } from '../problem.js';
import {
  decodeEntry,
  isIntact,
  JOURNAL_FORMAT,
  peekRow,
  type Entry,
  type OutcomeEntry,
} from './entry.js';

export interface StoredEntry {
  readonly entry: Entry;
  /** Where its line begins, and how long it is without the line end, in bytes. */
  readonly offset: number;
  readonly length: number;
}

/**
 * Every entry in order. A torn last line is what a crash leaves: it is not an entry. Damage before
 * it is an error, since what stood there cannot be known.
 */
export async function* readJournal(path: string): AsyncGenerator<StoredEntry> {
  for await (const { line, offset, length } of readLines(path)) {
    const entry = decodeEntry(line);
    if (entry !== undefined) yield { entry, offset, length };
  }
}

interface StoredLine {
  readonly line: string;
  readonly offset: number;
  readonly length: number;
}

/** Every intact line. */
async function* readLines(path: string): AsyncGenerator<StoredLine> {
  let rest: Buffer = Buffer.alloc(0);
  let offset = 0;
  let lineNumber = 0;
  let damagedAt: number | undefined;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    let bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a)) {
      lineNumber += 1;
      const line = bytes.toString('utf8', 0, end);
      if (damagedAt !== undefined) throw damaged(damagedAt);
      if (!isIntact(line)) damagedAt = lineNumber;
      else {
        if (line.startsWith('{"type":"open"')) refuseNewerFormat(line);
        yield { line, offset, length: end };
      }
      offset += end + 1;
      bytes = bytes.subarray(end + 1);
    }
    rest = bytes;
  }
}

function refuseNewerFormat(line: string): void {
  const entry = decodeEntry(line);
  const format = entry?.type === 'open' ? entry.format : Number.NaN;
  if (format === JOURNAL_FORMAT) return;
  throw new UsageError(
    'journal-format',
    `The journal has format ${format}; this billpatch reads format ${JOURNAL_FORMAT}.`,
    'Use the version of billpatch that wrote it (run.json names it).',
  );
}

const damaged = (line: number): UsageError =>
  new UsageError(
    'journal-damaged',
    `Line ${line} of journal.jsonl is damaged, and not by a crash: there are lines after it.`,
    'Restore the run folder from a backup; the results cannot be drawn from a journal with a hole.',
  );

const CHANGED = new UsageError(
  'journal-changed',
  'journal.jsonl was changed while it was read.',
  'Make sure that nothing else works in the run folder, then try again.',
);

/** The last outcome of each row, found without holding it. */
export interface OutcomeIndex {
  readonly has: (row: number) => boolean;
  /** Rows with an intent of which the outcome is not known. */
  readonly isUnsettled: (row: number) => boolean;
  readonly get: (row: number) => Promise<OutcomeEntry | undefined>;
  readonly stop: Extract<Entry, { type: 'stop' }> | undefined;
  readonly close: () => Promise<void>;
}

const BLOCK = 256 * 1024;

export async function indexOutcomes(path: string, rows: number): Promise<OutcomeIndex> {
  /** 0: nothing known, -1: an intent without an outcome, else the offset plus one. */
  const offsets = new Float64Array(rows);
  const lengths = new Uint32Array(rows);
  let stop: OutcomeIndex['stop'];
  for await (const { line, offset, length } of readLines(path)) {
    const about = peekRow(line);
    if (about?.type === 'outcome') {
      offsets[about.row] = offset + 1;
      lengths[about.row] = length;
    } else if (about?.type === 'intent') {
      offsets[about.row] = -1;
    } else {
      const entry = decodeEntry(line);
      if (entry?.type === 'stop') stop = entry;
    }
  }

  const file = await open(path);
  const read = async (start: number, length: number): Promise<Block> => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, start);
    return { start, bytes: buffer.subarray(0, bytesRead) };
  };
  // Rows end nearly in the order in which they began, so one block serves many.
  let block: Block = { start: 0, bytes: Buffer.alloc(0) };
  return {
    has: (row) => (offsets[row] ?? 0) > 0,
    isUnsettled: (row) => offsets[row] === -1,
    async get(row) {
      const offset = (offsets[row] ?? 0) - 1;
      const length = lengths[row] ?? 0;
      if (offset < 0) return undefined;
      if (offset < block.start || offset + length > block.start + block.bytes.length) {
        // From a little before: the next rows may have ended a little earlier.
        const start = Math.max(0, offset - BLOCK / 4);
        // eslint-disable-next-line require-atomic-updates -- rows are asked for one at a time
        block = await read(start, Math.max(BLOCK, offset + length - start));
      }
      const at = offset - block.start;
      const entry = decodeEntry(block.bytes.toString('utf8', at, at + length));
      // The index has seen it: to say "none" would report an updated row as skipped.
      if (entry?.type !== 'outcome' || entry.row !== row) throw CHANGED;
      return entry;
    },
    stop,
    close: () => file.close(),
  };
}

interface Block {
  readonly start: number;
  readonly bytes: Buffer;
}
