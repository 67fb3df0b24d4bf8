/**
 * Appends entries and says when they are on disk. Group commit: while one write is being synced,
 * what arrives waits together for the next, so that durability costs one sync for many rows.
 */
import { open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

import { encodeEntry, type Entry } from './entry.js';
import { syncFolder } from './whole-file.js';

export interface Journal {
  /**
   * Resolves when the entry is on disk; an outcome, when it is written: it is synced with the next
   * entry of another kind, or when the journal is closed. After one failure every append rejects.
   */
  readonly append: (entry: Entry) => Promise<void>;
  readonly close: () => Promise<void>;
}

interface Waiting {
  readonly line: string;
  readonly mustSync: boolean;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/**
 * @param wholeBytes where the last whole line of a journal ends that exists already: what a crash
 *   left behind it is cut off, or the next entry would be written onto a torn line. Absent: there
 *   is no journal yet.
 */
export async function openJournal(path: string, wholeBytes?: number): Promise<Journal> {
  const file = await open(path, wholeBytes === undefined ? 'ax' : 'a', 0o600);
  try {
    if (wholeBytes !== undefined) await file.truncate(wholeBytes);
    await syncFolder(dirname(path));
  } catch (error) {
    await file.close();
    throw error;
  }
  return createJournal(file);
}

export function createJournal(file: Pick<FileHandle, 'write' | 'datasync' | 'close'>): Journal {
  let waiting: Waiting[] = [];
  let writing: Promise<void> | undefined;
  let unsynced = false;
  let broken: { readonly error: unknown } | undefined;

  const writeAll = async (): Promise<void> => {
    while (waiting.length > 0) {
      // What came over the network at the same time goes together.
      await new Promise(setImmediate);
      const batch = waiting;
      waiting = [];
      try {
        // After a failed or torn write nothing more may be appended: it would hide the tear.
        if (broken) throw broken.error;
        await writeFully(file, Buffer.from(batch.map(({ line }) => line).join('')));
        unsynced = true;
        if (batch.some(({ mustSync }) => mustSync)) {
          await file.datasync();
          unsynced = false;
        }
        for (const { done } of batch) done();
      } catch (error) {
        broken ??= { error };
        for (const { failed } of batch) failed(error);
      }
    }
    writing = undefined;
  };

  return {
    async append(entry) {
      if (broken) throw broken.error;
      await new Promise<void>((done, failed) => {
        waiting.push({
          line: encodeEntry(entry),
          // An outcome that a power cut takes is found again by reading: its intent was synced. It is
          // synced with the next intent, so that no PUT waits for it.
          mustSync: entry.type !== 'outcome',
          done,
          failed,
        });
        writing ??= writeAll();
      });
    },
    async close() {
      await writing;
      try {
        if (unsynced && !broken) await file.datasync();
      } finally {
        await file.close();
      }
    },
  };
}

/** A single write may be short: on a disk that is nearly full, for example. */
async function writeFully(file: Pick<FileHandle, 'write'>, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, at);
    if (bytesWritten === 0) throw new Error('The disk took no more bytes.');
    at += bytesWritten;
  }
}
