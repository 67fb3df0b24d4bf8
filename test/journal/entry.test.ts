import { describe, expect, it } from 'vitest';

import { decodeEntry, encodeEntry, peekRow, type Entry } from '../../src/journal/entry.js';
import { createRandom } from '../../src/simulator/random.js';

const PIECES = [
  '"',
  '\\',
  ',"crc":"',
  '"}',
  '\n',
  '\r',
  '\u2028',
  '\u0000',
  '\ud800',
  'ä',
  '😀',
  '{',
  'x',
];

/** An entry with awkward texts everywhere; the same seed gives the same. */
function entryOf(seed: number): Entry {
  const random = createRandom(seed);
  const text = () =>
    Array.from(
      { length: Math.floor(random() * 8) },
      () => PIECES[Math.floor(random() * PIECES.length)],
    ).join('');
  return {
    type: 'outcome',
    row: Math.floor(random() * 1e9),
    line: 2,
    tenantId: text(),
    status: 'failed',
    problem: { code: text(), message: text(), hint: text(), detail: text() },
    changes: [{ field: 'city', from: text(), to: text() }],
    trace: { correlationId: text(), attempts: 3 },
    at: text(),
  };
}

describe('a journal line', () => {
  it('gives back exactly what went in, on one line, whatever the texts hold', () => {
    for (let seed = 1; seed <= 500; seed += 1) {
      const entry = entryOf(seed);
      const line = encodeEntry(entry);
      expect(line.indexOf('\n')).toBe(line.length - 1);
      const bytes = Buffer.from(line.slice(0, -1));
      expect(decodeEntry(bytes)).toEqual(entry);
      expect(peekRow(bytes)).toEqual({
        type: 'outcome',
        row: 'row' in entry && entry.row,
        status: 'failed',
      });
    }
  });

  it('is not read where any one character is another', () => {
    const line = encodeEntry(entryOf(7)).slice(0, -1);
    for (let at = 0; at < line.length; at += 1) {
      const other = line[at] === '0' ? '1' : '0';
      expect(
        decodeEntry(Buffer.from(line.slice(0, at) + other + line.slice(at + 1))),
      ).toBeUndefined();
    }
  });

  it('is not read where its end is missing, doubled or followed by something', () => {
    const line = encodeEntry(entryOf(8)).slice(0, -1);
    for (let end = 0; end < line.length; end += 1) {
      expect(decodeEntry(Buffer.from(line.slice(0, end)))).toBeUndefined();
    }
    for (const odd of [`${line} `, `${line}\r`, ` ${line}`, line + line, '', '{}', 'null']) {
      expect(decodeEntry(Buffer.from(odd))).toBeUndefined();
    }
  });
});
