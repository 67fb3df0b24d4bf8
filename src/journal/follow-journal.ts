/** Reads a journal while it is being written: every entry once, in order, from where a stage begins. */
import { open } from 'node:fs/promises';

import { decodeEntry, type Entry } from './entry.js';
import { createLineReader } from './journal-lines.js';

export interface JournalPlace {
  readonly path: string;
  /** Where to begin, in bytes: an entry begins there. */
  readonly from: number;
}

/**
 * Nothing is kept but what was read last: who reads slowly reads from the disk, and holds nobody up.
 * @param more resolves when there may be more to read; with false when nothing more is written
 */
export async function* followJournal(
  { path, from }: JournalPlace,
  more: () => Promise<boolean>,
): AsyncGenerator<Entry> {
  const file = await open(path);
  try {
    const read = createLineReader(file, from);
    for (let isOpen = true; ;) {
      const lines = await read();
      for (const { line } of lines ?? []) {
        const entry = decodeEntry(line);
        if (entry) yield entry;
      }
      if (lines !== undefined) continue;
      // Once more after the last word: it may have been written between the reading and the asking.
      if (!isOpen) return;
      isOpen = await more();
    }
  } finally {
    await file.close();
  }
}
