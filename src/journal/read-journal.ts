/** Reads a journal back: as a stream, and by row, in memory that hardly grows with it. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';

import { UsageError, type Problem } from '../problem.js';
import { STATUSES, type Status } from '../run/outcome.js';
import {
  decodeEntry,
  isIntact,
  JOURNAL_FORMAT,
  peekFormat,
  peekRow,
  type Entry,
  type IntentEntry,
  type OpenEntry,
  type OutcomeEntry,
  type PlannedEntry,
} from './entry.js';

/** Every entry in order. See {@link readLines} for what a damaged line means. */
export async function* readJournal(path: string): AsyncGenerator<Entry> {
  for await (const { line } of readLines(path)) {
    const entry = decodeEntry(line);
    if (entry !== undefined) yield entry;
  }
}

interface StoredLine {
  /** Without its end. */
  readonly line: Buffer;
  /** Where it begins, in bytes. */
  readonly offset: number;
}

/**
 * Every intact line. Damage at the end is what a crash or a full disk leaves: what stood there was
 * not yet promised to anybody. Damage before an intact line is an error, since what stood there
 * cannot be known.
 */
async function* readLines(path: string): AsyncGenerator<StoredLine> {
  let rest: Buffer = Buffer.alloc(0);
  let offset = 0;
  let lineNumber = 0;
  let damagedAt: number | undefined;
  for await (const chunk of createReadStream(path, {
    highWaterMark: BLOCK,
  }) as AsyncIterable<Buffer>) {
    let bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a)) {
      lineNumber += 1;
      const line = bytes.subarray(0, end);
      if (lineNumber === 1) refuseOtherFormat(line);
      if (!isIntact(line)) damagedAt ??= lineNumber;
      else {
        if (damagedAt !== undefined) throw damaged(damagedAt);
        yield { line, offset };
      }
      offset += end + 1;
      bytes = bytes.subarray(end + 1);
    }
    rest = bytes;
  }
}

function refuseOtherFormat(line: Buffer): void {
  const format = peekFormat(line);
  if (format === undefined || format === JOURNAL_FORMAT) return;
  throw new UsageError(
    'journal-format',
    `The journal has format ${JSON.stringify(format)}; this billpatch reads format ${JOURNAL_FORMAT}.`,
    'Use the version of billpatch that wrote it (run.json names it).',
  );
}

const damaged = (line: number): UsageError =>
  new UsageError(
    'journal-damaged',
    `Line ${line} of journal.jsonl is damaged, and not by a crash: there are whole lines after it.`,
    'Restore the run folder from a backup; nothing can be drawn from a journal with a hole, and going on could write a row twice.',
  );

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

const BLOCK = 256 * 1024;
const INTENT = STATUSES.length + 1;

/** @param rows of the input; the journal's rows are numbered from 0. */
export async function indexJournal(path: string, rows: number): Promise<JournalIndex> {
  /** 0: nothing known; a status by its place from 1; or INTENT. */
  const standings = new Uint8Array(rows);
  /** Of the last outcome. */
  const offsets = new Float64Array(rows);
  const lengths = new Uint32Array(rows);
  // Of the last intent.
  const intentOffsets = new Float64Array(rows);
  const intentLengths = new Uint32Array(rows);
  // Of the entries of a plan; there is none in most runs.
  let plans: { readonly offsets: Float64Array; readonly lengths: Uint32Array } | undefined;
  const stages: OpenEntry[] = [];
  let stop: Problem | undefined;
  let isClosed = false;
  let wholeBytes = 0;
  for await (const { line, offset } of readLines(path)) {
    wholeBytes = offset + line.length + 1;
    const about = peekRow(line);
    if (about?.type === 'outcome') {
      standings[about.row] = STATUSES.indexOf(about.status) + 1;
      offsets[about.row] = offset;
      lengths[about.row] = line.length;
      if (about.status === 'planned') {
        plans ??= { offsets: new Float64Array(rows), lengths: new Uint32Array(rows) };
        plans.offsets[about.row] = offset;
        plans.lengths[about.row] = line.length;
      }
    } else if (about?.type === 'intent') {
      standings[about.row] = INTENT;
      intentOffsets[about.row] = offset;
      intentLengths[about.row] = line.length;
    } else {
      const entry = decodeEntry(line);
      if (entry?.type === 'open') {
        stages.push(entry);
        stop = undefined;
        isClosed = false;
      } else if (entry?.type === 'stop') stop = entry.problem;
      else if (entry?.type === 'close') isClosed = true;
    }
  }

  const file = await open(path);
  const read = async (start: number, length: number): Promise<Block> => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, start);
    return { start, bytes: buffer.subarray(0, bytesRead) };
  };
  const standing = (row: number): Standing => {
    const at = standings[row] ?? 0;
    return at === INTENT ? 'intent' : STATUSES[at - 1];
  };
  // Rows end nearly in the order in which they began, so one block serves many.
  let block: Block = { start: 0, bytes: Buffer.alloc(0) };
  const near = async (offset: number, length: number): Promise<Entry | undefined> => {
    if (offset < block.start || offset + length > block.start + block.bytes.length) {
      // From a little before: the next rows may have ended a little earlier.
      const start = Math.max(0, offset - BLOCK / 4);
      // eslint-disable-next-line require-atomic-updates -- rows are asked for one at a time
      block = await read(start, Math.max(BLOCK, offset + length - start));
    }
    const at = offset - block.start;
    return decodeEntry(block.bytes.subarray(at, at + length));
  };
  return {
    stages,
    stop,
    isClosed,
    wholeBytes,
    standing,
    async outcome(row) {
      const known = standing(row);
      if (known === undefined || known === 'intent') return undefined;
      const entry = await near(offsets[row] ?? 0, lengths[row] ?? 0);
      // The index has seen it: to say "none" would report an updated row as skipped.
      if (entry?.type !== 'outcome' || entry.row !== row) throw CHANGED;
      return entry;
    },
    isReviewed: (row) => (plans?.lengths[row] ?? 0) > 0,
    async reviewed(row) {
      const length = plans?.lengths[row] ?? 0;
      if (length === 0) return undefined;
      const entry = await near(plans?.offsets[row] ?? 0, length);
      if (entry?.type !== 'outcome' || entry.row !== row || entry.status !== 'planned')
        throw CHANGED;
      return entry;
    },
    async intent(row) {
      const length = intentLengths[row] ?? 0;
      if (length === 0) return undefined;
      const entry = await near(intentOffsets[row] ?? 0, length);
      if (entry?.type !== 'intent' || entry.row !== row) throw CHANGED;
      return entry;
    },
    close: () => file.close(),
  };
}

interface Block {
  readonly start: number;
  readonly bytes: Buffer;
}
