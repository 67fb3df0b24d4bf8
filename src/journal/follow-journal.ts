/** Reads a journal while it is being written: every entry once, in order, from where a stage begins. */
import { open, type FileHandle } from 'node:fs/promises';

import { decodeEntry, type Entry } from './entry.js';

export interface JournalPlace {
  readonly path: string;
  /** Where to begin, in bytes: an entry begins there. */
  readonly from: number;
}

const BLOCK_BYTES = 64 * 1024;

/**
 * Nothing is kept but the last, unfinished line: who reads slowly reads from the disk, and holds
 * nobody up.
 * @param more resolves when there may be more to read; with false when nothing more is written
 */
export async function* followJournal(
  { path, from }: JournalPlace,
  more: () => Promise<boolean>,
): AsyncGenerator<Entry> {
  const file = await open(path);
  try {
    let at = from;
    let rest: Buffer = Buffer.alloc(0);
    for (let isOpen = true; ;) {
      const block = await readBlock(file, at);
      at += block.length;
      rest = rest.length === 0 ? block : Buffer.concat([rest, block]);
      for (let end = rest.indexOf(0x0a); end >= 0; end = rest.indexOf(0x0a)) {
        const entry = decodeEntry(rest.subarray(0, end));
        rest = rest.subarray(end + 1);
        if (entry) yield entry;
      }
      if (block.length > 0) continue;
      // Once more after the last word: it may have been written between the reading and the asking.
      if (!isOpen) return;
      isOpen = await more();
    }
  } finally {
    await file.close();
  }
}

async function readBlock(file: FileHandle, at: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(BLOCK_BYTES), 0, BLOCK_BYTES, at);
  return buffer.subarray(0, bytesRead);
}
