import { appendFile, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { decodeEntry, encodeEntry, type Entry } from '../../src/journal/entry.js';
import { createJournal, openJournal, type Journal } from '../../src/journal/journal.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

type JournalFile = Parameters<typeof createJournal>[0];

const entry = (n: number): Entry => ({ type: 'close', at: String(n) });

/** A file of which each sync waits until it is let go, and that takes so many bytes a write. */
function fakeFile({ most = Infinity, failAt = Infinity, failWith = new Error('no space') } = {}) {
  const events: string[] = [];
  let text = '';
  let syncs = 0;
  let waiting: (() => void)[] = [];
  const file = {
    write: (bytes: Buffer, at: number) => {
      const part = bytes.subarray(at, at + most);
      text += part.toString('latin1');
      events.push('write');
      return Promise.resolve({ bytesWritten: part.length, buffer: bytes });
    },
    datasync: () => {
      syncs += 1;
      events.push('sync');
      if (syncs >= failAt) return Promise.reject(failWith);
      return new Promise<void>((resolve) => waiting.push(resolve));
    },
    close: () => {
      events.push('close');
      return Promise.resolve();
    },
  };
  return {
    file: file as unknown as JournalFile,
    events,
    text: () => text,
    letGo: async () => {
      waiting.splice(0).forEach((resolve) => {
        resolve();
      });
      waiting = [];
      // The next batch is begun a turn later.
      await settle();
      await settle();
    },
  };
}

const settle = () => new Promise(setImmediate);
const lines = (text: string) => text.split('\n').slice(0, -1);

describe('group commit', () => {
  it('says that an entry is on disk only after the sync', async () => {
    const fake = fakeFile();
    let done = false;
    const written = createJournal(fake.file)
      .append(entry(1))
      .then(() => (done = true));
    await settle();
    expect(fake.events).toEqual(['write', 'sync']);
    expect(done).toBe(false);
    await fake.letGo();
    await written;
    expect(fake.text()).toBe(encodeEntry(entry(1)));
  });

  it('writes an outcome at once, and syncs it with the next intent, or at the end', async () => {
    const outcome: Entry = {
      type: 'outcome',
      row: 0,
      line: 2,
      tenantId: '',
      status: 'unchanged',
      at: '',
    };
    const fake = fakeFile();
    const journal = createJournal(fake.file);
    await journal.append(outcome);
    expect(fake.events).toEqual(['write']);
    const next = journal.append(entry(1));
    await settle();
    expect(fake.events).toEqual(['write', 'write', 'sync']);
    await fake.letGo();
    await next;
    await journal.append(outcome);
    const closed = journal.close();
    await settle();
    expect(fake.events).toEqual(['write', 'write', 'sync', 'write', 'sync']);
    await fake.letGo();
    await closed;
    expect(fake.events.at(-1)).toBe('close');
  });

  it('writes what arrives during a sync together, in order, with the next', async () => {
    const fake = fakeFile();
    const journal = createJournal(fake.file);
    const all = [journal.append(entry(0))];
    await settle();
    for (let n = 1; n <= 50; n += 1) all.push(journal.append(entry(n)));
    await settle();
    expect(lines(fake.text())).toHaveLength(1);
    await fake.letGo();
    await fake.letGo();
    await Promise.all(all);
    expect(fake.events).toEqual(['write', 'sync', 'write', 'sync']);
    const found = lines(fake.text()).map((line) => decodeEntry(Buffer.from(line)));
    expect(found).toEqual(Array.from({ length: 51 }, (_, n) => entry(n)));
  });

  it('goes on after a pause in the work', async () => {
    const fake = fakeFile();
    const journal = createJournal(fake.file);
    for (const n of [1, 2, 3]) {
      const written = journal.append(entry(n));
      await settle();
      await fake.letGo();
      await written;
    }
    expect(lines(fake.text())).toHaveLength(3);
  });

  it('writes on after a short write, without a gap or a repetition', async () => {
    const fake = fakeFile({ most: 7 });
    const written = createJournal(fake.file).append(entry(1));
    await settle();
    await fake.letGo();
    await written;
    expect(fake.text()).toBe(encodeEntry(entry(1)));
    expect(fake.events.filter((event) => event === 'sync')).toHaveLength(1);
  });

  it('does not try for ever where the disk takes nothing', async () => {
    const fake = fakeFile({ most: 0 });
    await expect(createJournal(fake.file).append(entry(1))).rejects.toThrow('took no more');
  });

  it('rejects the failed batch, what waited behind it, and every append after it', async () => {
    const failWith = new Error('no space left');
    const fake = fakeFile({ failAt: 2, failWith });
    const journal = createJournal(fake.file);
    const first = journal.append(entry(1));
    await settle();
    const second = journal.append(entry(2));
    const third = journal.append(entry(3));
    const failed = Promise.allSettled([second, third]);
    await fake.letGo();
    await first;
    expect((await failed).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    const before = fake.text();
    // More than one: the second of them once waited for ever.
    for (const n of [4, 5, 6]) await expect(journal.append(entry(n))).rejects.toBe(failWith);
    expect(fake.text()).toBe(before);
  });

  it('closes only after what was begun is on disk', async () => {
    const fake = fakeFile();
    const journal = createJournal(fake.file);
    void journal.append(entry(1));
    const closed = journal.close();
    await settle();
    expect(fake.events).toEqual(['write', 'sync']);
    await fake.letGo();
    await closed;
    expect(fake.events.at(-1)).toBe('close');
  });
});

describe('a journal on disk', () => {
  async function newPath(): Promise<string> {
    return join(await temporaryFolder(), 'journal.jsonl');
  }
  const write = async (journal: Journal, n: number): Promise<void> => {
    await Promise.all([journal.append(entry(n)), journal.append(entry(n + 10))]);
    await journal.close();
  };
  const entriesAt = async (path: string) =>
    lines(await readFile(path, 'utf8')).map((line) => decodeEntry(Buffer.from(line)));

  it('is readable by its owner only, and gone on with after what is whole', async () => {
    const path = await newPath();
    await write(await openJournal(path), 1);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const whole = (await stat(path)).size;
    await appendFile(path, encodeEntry(entry(5)).slice(0, -9));
    await write(await openJournal(path, whole), 2);
    expect(await entriesAt(path)).toEqual([1, 11, 2, 12].map(entry));
  });

  it('is never taken for a new one where there is one', async () => {
    const path = await newPath();
    await write(await openJournal(path), 1);
    await expect(openJournal(path)).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await entriesAt(path)).toEqual([1, 11].map(entry));
  });
});
