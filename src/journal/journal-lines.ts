/** A journal as lines: the only place that knows where one ends and what damage means. */
import { open, type FileHandle } from 'node:fs/promises';

import { UsageError } from '../problem.js';
import { isIntact, JOURNAL_FORMAT, peekFormat } from './entry.js';

export interface StoredLine {
  /** Without its end. Part of a buffer that is used again: to be copied by whoever keeps it. */
  readonly line: Buffer;
  /** Where it begins in the journal, in bytes. */
  readonly offset: number;
}

const READ_BYTES = 256 * 1024;
const END = 0x0a;

/**
 * Every intact line, as many at a time as were read. Each batch is to be gone through before the
 * next is asked for. Damage at the end is what a crash or a full disk leaves: what stood there was
 * not yet promised to anybody. Damage before an intact line is an error, since what stood there
 * cannot be known.
 */
export async function* readLineBatches(path: string): AsyncGenerator<Iterable<StoredLine>> {
  const file = await open(path);
  try {
    const intact = createLineCheck();
    const read = createLineReader(file);
    for (let lines = await read(); lines !== undefined; lines = await read()) yield intact(lines);
  } finally {
    await file.close();
  }
}

/**
 * Gives the whole lines that follow, as many at a time as are read into its one buffer: of what it
 * gave before, nothing may be looked at any more. Undefined where there are no more bytes, for now.
 * @param from where to begin, in bytes: a line begins there
 */
export function createLineReader(
  file: Pick<FileHandle, 'read'>,
  from = 0,
): () => Promise<Iterable<StoredLine> | undefined> {
  let buffer = Buffer.allocUnsafe(READ_BYTES);
  let offset = from;
  // In the buffer: where the whole lines end that were given, and where what was read ends.
  let given = 0;
  let end = 0;
  return async () => {
    buffer.copyWithin(0, given, end);
    offset += given;
    end -= given;
    given = 0;
    if (end === buffer.length) buffer = Buffer.concat([buffer], 2 * end);
    const { bytesRead } = await file.read(buffer, end, buffer.length - end, offset + end);
    if (bytesRead === 0) return undefined;
    end += bytesRead;
    // eslint-disable-next-line require-atomic-updates -- batches are asked for one at a time
    given = buffer.subarray(0, end).lastIndexOf(END) + 1;
    return linesOf(buffer.subarray(0, given), offset);
  };
}

/** @param bytes whole lines; @param offset where they begin in the journal */
export function* linesOf(bytes: Buffer, offset: number): Generator<StoredLine> {
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(END, at);
    if (end < 0) return;
    yield { line: bytes.subarray(at, end), offset: offset + at };
    at = end + 1;
  }
}

/** Lets intact lines through, batch after batch. */
function createLineCheck(): (lines: Iterable<StoredLine>) => Generator<StoredLine> {
  let lineNumber = 0;
  let damagedAt: number | undefined;
  return function* (lines) {
    for (const stored of lines) {
      lineNumber += 1;
      if (lineNumber === 1) refuseOtherFormat(stored.line);
      if (!isIntact(stored.line)) damagedAt ??= lineNumber;
      else {
        if (damagedAt !== undefined) throw damaged(damagedAt);
        yield stored;
      }
    }
  };
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
