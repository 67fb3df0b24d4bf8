import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { encodeEntry, type Entry, type OutcomeEntry } from '../../src/journal/entry.js';
import { indexJournal, readJournal } from '../../src/journal/read-journal.js';
import { createRandom } from '../../src/simulator/random.js';
import { TENANT } from '../helpers/scripted-service.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const outcome = (row: number, note = 'ä😀'): OutcomeEntry => ({
  type: 'outcome',
  row,
  line: row + 2,
  tenantId: TENANT,
  status: 'unchanged',
  note,
  at: '2026-11-23T07:30:00.000Z',
});
const intent = (row: number): Entry => ({
  type: 'intent',
  row,
  line: row + 2,
  tenantId: TENANT,
  round: 1,
  requestId: 'r',
  correlationId: 'c',
  etag: '-1',
  changes: [],
  before: {},
  at: '2026-11-23T07:30:00.000Z',
});
const open = (format: number): Entry => ({
  type: 'open',
  format,
  stage: 'apply',
  inputSha256: '00',
  baseUrl: 'http://127.0.0.1:1',
  at: '2026-11-23T07:30:00.000Z',
});

async function journalOf(content: Buffer | string): Promise<string> {
  const path = join(await temporaryFolder(), 'journal.jsonl');
  await writeFile(path, content);
  return path;
}

async function readAll(path: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const entry of readJournal(path)) entries.push(entry);
  return entries;
}

describe('reading a journal', () => {
  it('gives every entry, across the chunks of a large one', async () => {
    const entries = Array.from({ length: 600 }, (_, row) => outcome(row, 'ü'.repeat(row * 5)));
    const path = await journalOf(entries.map(encodeEntry).join(''));
    expect(await readAll(path)).toEqual(entries);
  });

  it('has no entries in an empty file', async () => {
    expect(await readAll(await journalOf(''))).toEqual([]);
  });

  it('drops exactly the torn line, wherever a crash cut the last three', async () => {
    const entries = [0, 1, 2, 3, 4].map((row) => outcome(row));
    const lines = entries.map((entry) => Buffer.from(encodeEntry(entry)));
    const whole = Buffer.concat(lines);
    const ends = lines.map((_, i) => Buffer.concat(lines.slice(0, i + 1)).length);
    const path = await journalOf('');
    for (let cut = ends[1]!; cut <= whole.length; cut += 1) {
      await writeFile(path, whole.subarray(0, cut));
      const complete = ends.filter((end) => end <= cut).length;
      expect(await readAll(path)).toEqual(entries.slice(0, complete));
    }
  });

  it.each(['\u0000\u0000\u0000\n', '\u0000\n\u0000\n\n{"type', '\u0000'.repeat(300_000)])(
    'takes rubbish at the end for torn (case %#)',
    async (rubbish) => {
      const path = await journalOf(`${encodeEntry(outcome(0))}${rubbish}`);
      expect(await readAll(path)).toEqual([outcome(0)]);
      const index = await indexJournal(path, 1);
      expect(index.wholeBytes).toBe(Buffer.byteLength(encodeEntry(outcome(0))));
      await index.close();
    },
  );

  it('names the damaged line in the middle and does not go on', async () => {
    const damaged = encodeEntry(outcome(1)).replace('unchanged', 'unchangeD');
    const path = await journalOf(encodeEntry(outcome(0)) + damaged + encodeEntry(outcome(2)));
    await expect(readAll(path)).rejects.toMatchObject({
      code: 'journal-damaged',
      message: expect.stringContaining('Line 2 ') as string,
    });
  });

  it('refuses a journal of another format', async () => {
    // Sealed as this billpatch does it, or in a way that it does not know.
    for (const line of [encodeEntry(open(2)), `${JSON.stringify(open(2))}\n`]) {
      await expect(readAll(await journalOf(line))).rejects.toMatchObject({
        code: 'journal-format',
        message: 'The journal has format 2; this billpatch reads format 1.',
      });
    }
    expect(await readAll(await journalOf(encodeEntry(open(1))))).toHaveLength(1);
  });
});

describe('the index of a journal', () => {
  it('finds each of 20,000 rows that ended out of order', async () => {
    const rows = 20_000;
    const random = createRandom(3);
    const order = Array.from({ length: rows }, (_, row) => row);
    // Rows that were under way together end in any order, and some end far from where they began.
    for (let i = 0; i < rows; i += 1) {
      const j = Math.min(rows - 1, i + Math.floor(random() * (i % 100 === 0 ? rows : 50)));
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    const path = await journalOf(order.map((row) => encodeEntry(outcome(row, `n${row}`))).join(''));
    const index = await indexJournal(path, rows);
    const wrong: number[] = [];
    for (let row = 0; row < rows; row += 1) {
      const entry = await index.outcome(row);
      if (entry?.row !== row || !('note' in entry) || entry.note !== `n${row}`) wrong.push(row);
    }
    await index.close();
    expect(wrong).toEqual([]);
  });

  it('finds what stands far apart, of every kind, and in lines of any length', async () => {
    const rows = 3000;
    const long = 'ü'.repeat(300_000);
    const planned = (row: number): Entry => ({
      ...outcome(row),
      status: 'planned',
      changes: [],
      reviewed: { companyName: `live ${row}` },
      note: row % 1000 === 7 ? long : `plan ${row}`,
    });
    const all = Array.from({ length: rows }, (_, row) => row);
    // A plan of every row; most are applied, from the last to the first; some of them once more.
    const applied = all.filter((row) => row % 3 > 0).reverse();
    const again = applied.filter((row) => row % 100 === 1);
    const noteOf = (row: number): string => `applied ${row} ${row % 500 === 1 ? long : ''}`;
    const entries = [
      ...all.map(planned),
      ...applied.flatMap((row) => [intent(row), outcome(row, 'old'), outcome(row, noteOf(row))]),
      ...again.map((row) => ({ ...intent(row), round: 2 })),
    ];
    const path = await journalOf(entries.map(encodeEntry).join(''));
    const index = await indexJournal(path, rows);
    const isAgain = new Set(again);
    const isApplied = new Set(applied);
    // Nobody has to wait for the other's answer before asking.
    const wrong = await Promise.all(
      all.map(async (row) => {
        const asked = [index.outcome(row), index.intent(row), index.reviewed(row)] as const;
        const expected = [
          isAgain.has(row)
            ? undefined
            : isApplied.has(row)
              ? outcome(row, noteOf(row))
              : planned(row),
          isApplied.has(row) ? { ...intent(row), round: isAgain.has(row) ? 2 : 1 } : undefined,
          planned(row),
        ];
        return JSON.stringify(await Promise.all(asked)) === JSON.stringify(expected) ? [] : [row];
      }),
    );
    await index.close();
    expect(wrong.flat()).toEqual([]);
    expect(all.filter((row) => !index.isReviewed(row))).toEqual([]);
    expect(all.filter((row) => index.standing(row) === 'intent')).toEqual([...again].reverse());
  });

  it('tells how far each row came; the last word counts', async () => {
    const problem = { code: 'x', message: 'M.', hint: 'H.' };
    const unknown: Entry = { ...outcome(4), status: 'unknown', problem, changes: [] };
    const entries = [
      open(1),
      intent(0),
      outcome(0),
      intent(1),
      outcome(2, 'old'),
      intent(2),
      outcome(2),
      intent(4),
      unknown,
    ];
    const index = await indexJournal(await journalOf(entries.map(encodeEntry).join('')), 5);
    expect([0, 1, 2, 3, 4, 99].map(index.standing)).toEqual([
      'unchanged',
      'intent',
      'unchanged',
      undefined,
      'unknown',
      undefined,
    ]);
    expect(await index.outcome(2)).toEqual(outcome(2));
    for (const row of [1, 3, 99]) expect(await index.outcome(row)).toBeUndefined();
    for (const row of [0, 1, 2, 4]) expect(await index.intent(row)).toEqual(intent(row));
    for (const row of [3, 99]) expect(await index.intent(row)).toBeUndefined();
    await index.close();
  });

  it('knows the stages, and why and whether the last of them ended', async () => {
    const stop: Entry = { type: 'stop', problem: { code: 'x', message: 'M.', hint: 'H.' }, at: '' };
    const close: Entry = { type: 'close', at: '' };
    const read = async (entries: Entry[]) => {
      const index = await indexJournal(await journalOf(entries.map(encodeEntry).join('')), 1);
      await index.close();
      return [index.stages.length, index.stop?.code, index.isClosed];
    };
    expect(await read([])).toEqual([0, undefined, false]);
    expect(await read([open(1)])).toEqual([1, undefined, false]);
    expect(await read([open(1), stop, close])).toEqual([1, 'x', true]);
    expect(await read([open(1), stop, close, open(1)])).toEqual([2, undefined, false]);
  });

  it('does not call a row skipped when its line has vanished since', async () => {
    const path = await journalOf(encodeEntry(outcome(0)));
    const index = await indexJournal(path, 1);
    await writeFile(path, '');
    await expect(index.outcome(0)).rejects.toMatchObject({ code: 'journal-changed' });
    await index.close();
  });
});
