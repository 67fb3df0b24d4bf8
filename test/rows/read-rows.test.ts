import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readVerdicts, surveyRows } from '../../src/rows/check-rows.js';
import { readRows, readTable, type ReadRow, type Table } from '../../src/rows/read-rows.js';
import { createTenantIndex } from '../../src/rows/tenant-index.js';

const T = '01234567-89ab-cdef-0123-456789abcdef';
const U = '11111111-2222-3333-4444-555555555555';
const HEAD = 'tenant id,city,notes';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'billpatch-rows-'));
});
afterAll(() => rm(folder, { recursive: true }));

let files = 0;
async function fileOf(content: string | Buffer): Promise<string> {
  const path = join(folder, `${(files += 1)}.csv`);
  await writeFile(path, content);
  return path;
}
async function read(content: string | Buffer): Promise<{ table: Table; rows: ReadRow[] }> {
  const path = await fileOf(content);
  const table = await readTable(path);
  const rows: ReadRow[] = [];
  for await (const row of readRows(path, table)) rows.push(row);
  return { table, rows };
}
/** ordinal, line, text line of every record. */
const placesOf = (rows: readonly ReadRow[]): unknown[] =>
  rows.map((row) =>
    row.kind === 'blank' ? 'blank' : [row.raw.ordinal, row.raw.line, row.raw.textLine],
  );
const cellsOf = (rows: readonly ReadRow[]): unknown[] =>
  rows.map((row) => (row.kind === 'blank' ? [] : row.raw.cells));

describe('a file', () => {
  it.each([',', ';', '\t', '|'] as const)('with the delimiter %j is read', async (delimiter) => {
    const text = [HEAD, `${T},Ely,n`].join('\n').replaceAll(',', delimiter);
    const { table, rows } = await read(text);
    expect(table.dialect.delimiter).toBe(delimiter);
    expect(cellsOf(rows)).toEqual([[T, 'Ely', 'n']]);
  });

  it('of semicolons that is full of commas is read by its header', async () => {
    const { rows } = await read(`tenant id;city;"a, b, c, d, e"\n${T};1, 2, 3;"4, 5"\n`);
    expect(cellsOf(rows)).toEqual([[T, '1, 2, 3', '4, 5']]);
  });

  it('with a byte order mark is read as one without', async () => {
    const { table } = await read(`\ufeff"tenant id",city\n${T},Ely\n`);
    expect(table.header.errors).toEqual([]);
  });

  it.each(['\n', '\r\n', '\r'])(
    'with line ends %j has the rows a spreadsheet shows',
    async (end) => {
      const lines = [HEAD, `${T},Ely,"a`, 'b', '', 'c"', '', `${U},Ely,n`, ''];
      const { rows } = await read(lines.join(end));
      expect(placesOf(rows)).toEqual([[0, 2, 2], 'blank', [1, 4, 7]]);
      expect(cellsOf(rows)[0]).toEqual([T, 'Ely', ['a', 'b', '', 'c'].join(end)]);
    },
  );

  it('with mixed line ends is read', async () => {
    const { rows } = await read(`${HEAD}\r\n${T},1,"a\r\nb\nc\rd"\n${T},2,\r${T},3,\r\n${T},4,`);
    expect(placesOf(rows)).toEqual([
      [0, 2, 2],
      [1, 3, 6],
      [2, 4, 7],
      [3, 5, 8],
    ]);
  });

  it('with blank lines above its header is read', async () => {
    const { table, rows } = await read(`\n,,\n\r\n${HEAD}\n${T},Ely,n\n,,\n`);
    expect(table.headerLine).toBe(4);
    expect(placesOf(rows)).toEqual([[0, 5, 5], 'blank']);
  });

  it('tells a row with too few or too many cells apart', async () => {
    const { rows } = await read(`${HEAD}\n${T},Ely\n${T},Ely,n,m\n`);
    expect(rows).toMatchObject([
      { kind: 'ragged', expected: 3 },
      { kind: 'ragged', expected: 3 },
    ]);
  });

  it('with a header alone has no rows', async () => {
    expect((await read(`${HEAD}\n`)).rows).toEqual([]);
  });

  it('may hold a large cell that begins in the first 64 KiB and ends after', async () => {
    const cell = 'x\n'.repeat(60_000);
    expect(cellsOf((await read(`${HEAD}\n${T},Ely,"${cell}"\n`)).rows)).toEqual([[T, 'Ely', cell]]);
  });

  it.each([0, 1, 2, 3])(
    'may hold a character across the 64 KiB mark, shifted by %i',
    async (shift) => {
      const start = `${HEAD}\n${T},Ely,`;
      const cell = `${'x'.repeat(65_536 - start.length - shift)}\u{1f3ed}é`;
      expect(cellsOf((await read(start + cell)).rows)).toEqual([[T, 'Ely', cell]]);
    },
  );

  const good = `${HEAD}\n${T},Ely,n\n`;
  const bad: [string, string | Buffer, string][] = [
    ['an empty file', '', 'file-empty'],
    ['blank lines alone', '\n\n\n', 'file-empty'],
    ['a mark alone', '\ufeff', 'file-empty'],
    ['a workbook', 'PK\x03\x04 and so on', 'file-is-workbook'],
    ['an old workbook', Buffer.from('d0cf11e0a1b11ae100', 'hex'), 'file-is-workbook'],
    ['a PDF', '%PDF-1.7\n', 'file-not-csv'],
    ['gzip', Buffer.from([0x1f, 0x8b, 8, 0]), 'file-not-csv'],
    ['a web page', '\ufeff<html><table>', 'file-not-csv'],
    ['XML', '<?xml version="1.0"?><Workbook/>', 'file-not-csv'],
    ['UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x61, 0, 0, 0]), 'file-not-csv'],
    ['NUL among the column names', `tenant id,ci\0ty\n${T},Ely\n`, 'file-not-text'],
    ['an unclosed quote', `${good}${T},"Ely,n\n${T},Ely,n\n`, 'quote-not-closed'],
    ['an unclosed quote in the header', `tenant id,"city\n${T},Ely\n`, 'quote-not-closed'],
    ['a stray quote', `${good}${T},a "b" c,n\n`, 'quote-misplaced'],
    ['a cell of 10 MB', `${good}${T},Ely,"${'x'.repeat(10_000_000)}"\n`, 'record-too-long'],
  ];
  it.each(bad)('%s is refused', async (_name, content, code) => {
    await expect(read(content)).rejects.toMatchObject({ name: 'FileProblem', code });
  });

  it('with an unclosed quote says where it opens, not where the file ends', async () => {
    const rest = `${T},Ely,n\n`.repeat(50);
    await expect(read(`${good}${T},"Ely,n\n${rest}`)).rejects.toThrow('line 3 in column B');
  });

  it('that is a folder or is not there is refused', async () => {
    await expect(readTable(folder)).rejects.toMatchObject({ code: 'file-unreadable' });
    await expect(readTable(join(folder, 'none.csv'))).rejects.toThrow('no such file');
  });
});

describe('the verdicts', () => {
  it('count the same request once and name each other where they differ', async () => {
    const V = T.replace('0', 'f');
    const rows = [
      `${T},Ely,a`,
      `{${T.toUpperCase()}}, Ely ,b`,
      `${U},Ely,`,
      `${U},Reno,`,
      `${V},,`,
    ];
    const path = await fileOf([HEAD, ...rows].join('\n'));
    const survey = await surveyRows(path, await readTable(path));
    expect(survey).toMatchObject({ rows: 5, repeatedTenants: 2, invalidRows: 0, cleanedCells: 1 });
    const found: unknown[] = [];
    for await (const verdict of readVerdicts(path, survey)) {
      if (verdict.kind === 'invalid') found.push(verdict.errors[0]?.message.slice(0, 6));
      else found.push(verdict.kind === 'duplicate' ? verdict.ofLine : 'row');
    }
    expect(found).toEqual(['row', 2, 'Line 5', 'Line 4', 'row']);
  });

  it('never call a good row the duplicate of one that is invalid', async () => {
    const path = await fileOf(`${HEAD}\n${U},Ely,\n${T},Ely,a\0b\n${T},Ely,\n`);
    const survey = await surveyRows(path, await readTable(path));
    const kinds: string[] = [];
    for await (const { kind } of readVerdicts(path, survey)) kinds.push(kind);
    expect(kinds).toEqual(['row', 'invalid', 'invalid']);
  });
});

describe('the index of tenants', () => {
  it('agrees with a Map on 50,000 rows', () => {
    const index = createTenantIndex();
    const oracle = new Map<string, { line: number; asks: number }[]>();
    const digest = (asks: number): Buffer => Buffer.from([asks, 0, 0, 0, 0, 0, 0, 9]);
    const rows = Array.from({ length: 50_000 }, (_, i) => {
      const number = Math.imul(i % 45_000, 2654435761) >>> 0;
      const hex = number.toString(16).padStart(8, '0');
      return { id: `${hex}-0000-4000-8000-${hex}0000`, line: i + 2, asks: i % 7 === 0 ? i % 2 : 0 };
    });
    for (const { id, line, asks } of rows) {
      index.add(id, line, digest(asks));
      oracle.set(id, [...(oracle.get(id) ?? []), { line, asks }]);
    }
    expect(index.size).toBe(oracle.size);
    const seen = new Set<string>();
    const wrong = rows.filter(({ id, line, asks }) => {
      const all = oracle.get(id)!;
      const other = all.find((each) => each.asks !== asks);
      const first = all[0]!.line;
      const expected = other
        ? { kind: 'differs', line: other.line }
        : line === first
          ? { kind: 'single' }
          : { kind: 'same', line: first };
      seen.add(expected.kind);
      return JSON.stringify(index.look(id, line, digest(asks))) !== JSON.stringify(expected);
    });
    expect(wrong).toEqual([]);
    expect([...seen].sort()).toEqual(['differs', 'same', 'single']);
  });
});
