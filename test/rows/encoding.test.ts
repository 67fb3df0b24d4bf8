/** Bytes → text: which encoding a file is in, and that every character arrives. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import iconv from 'iconv-lite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { surveyRows, readVerdicts } from '../../src/rows/check-rows.js';
import { ENCODINGS, parseEncoding, type Encoding } from '../../src/rows/encoding.js';
import { readRows, readTable, type Dialect, type Table } from '../../src/rows/read-rows.js';

const T = '01234567-89ab-cdef-0123-456789abcdef';
const HEAD = 'tenant id,city,notes';
/** The edge of the chunks in which a file is read. */
const CHUNK = 256 * 1024;

let folder = '';
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'billpatch-encoding-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function fileOf(content: string | Buffer): Promise<string> {
  const path = join(folder, `${(files += 1)}.csv`);
  await writeFile(path, content);
  return path;
}

interface Read {
  readonly table: Table;
  readonly cells: readonly (readonly string[])[];
  readonly places: readonly (readonly number[])[];
}

async function read(content: string | Buffer, known?: Partial<Dialect>): Promise<Read> {
  const path = await fileOf(content);
  const table = await readTable(path, known);
  const cells: (readonly string[])[] = [];
  const places: number[][] = [];
  for await (const row of readRows(path, table)) {
    if (row.kind === 'blank') continue;
    cells.push(row.raw.cells);
    places.push([row.raw.line, row.raw.textLine]);
  }
  return { table, cells, places };
}

const encode = (text: string, encoding: Encoding): Buffer => iconv.encode(text, encoding);

describe('the encoding', () => {
  const text = `${HEAD}\n${T},Zürich,“n”\n`;
  const cells = [[T, 'Zürich', '“n”']];
  const found: [string, Buffer, Encoding][] = [
    ['UTF-8', Buffer.from(text), 'UTF-8'],
    ['UTF-8 with its mark', Buffer.from(`\ufeff${text}`), 'UTF-8'],
    ['UTF-16LE with its mark', Buffer.from(`\ufeff${text}`, 'utf16le'), 'UTF-16LE'],
    ['UTF-16BE with its mark', Buffer.from(`\ufeff${text}`, 'utf16le').swap16(), 'UTF-16BE'],
    ['UTF-16LE without', Buffer.from(text, 'utf16le'), 'UTF-16LE'],
    ['UTF-16BE without', Buffer.from(text, 'utf16le').swap16(), 'UTF-16BE'],
    ['windows-1252', encode(text, 'windows-1252'), 'windows-1252'],
  ];
  it.each(found)('%s is found', async (_name, bytes, encoding) => {
    const { table, cells: got } = await read(bytes);
    expect(table.dialect.encoding).toBe(encoding);
    expect(got).toEqual(cells);
    // Found once: the same when it is known already.
    expect((await read(bytes, table.dialect)).cells).toEqual(cells);
  });

  it('is windows-1252 where the first byte that is no UTF-8 comes after 10 MB', async () => {
    const rows = `${T},Ely,${'n'.repeat(500)}\n`.repeat(18_500);
    const { table, cells: got } = await read(
      encode(`${HEAD}\n${rows}${T},Köln,\n`, 'windows-1252'),
    );
    expect(table.dialect.encoding).toBe('windows-1252');
    expect(got).toHaveLength(18_501);
    expect(got.at(-1)).toEqual([T, 'Köln', '']);
  }, 60_000);

  it('of UTF-8 is not given up for one byte', async () => {
    const rows = `${T},Zürich,n\n`.repeat(3);
    const mixed = Buffer.concat([
      Buffer.from(`${HEAD}\n${rows}`),
      encode(`${T},Köln,\n`, 'windows-1252'),
    ]);
    await expect(read(mixed)).rejects.toMatchObject({ code: 'encoding-mixed' });
    await expect(read(mixed)).rejects.toThrow('line 5 of the text');
    // Who insists is obeyed, and gets what is there.
    await expect(read(mixed, { encoding: 'UTF-8' })).rejects.toThrow('at line 5 of the text');
    expect((await read(mixed, { encoding: 'windows-1252' })).cells[0]).toEqual([T, 'ZÃ¼rich', 'n']);
  });

  it('that a mark names is kept to', async () => {
    const bytes = Buffer.concat([
      Buffer.from(`\ufeff${HEAD}\n${T},K`),
      Buffer.from([0xf6]),
      Buffer.from('ln,\n'),
    ]);
    await expect(read(bytes)).rejects.toMatchObject({ code: 'file-not-utf8' });
    await expect(read(bytes, { encoding: 'windows-1252' })).rejects.toMatchObject({
      code: 'encoding-contradicted',
    });
  });

  it('UTF-16 that was cut off within a character is refused', async () => {
    const bytes = Buffer.from(`\ufeff${text}`, 'utf16le');
    await expect(read(bytes.subarray(0, -1))).rejects.toMatchObject({ code: 'file-cut-off' });
  });

  it('has a name that is matched without regard to case and dashes, or none', () => {
    for (const encoding of ENCODINGS) {
      expect(parseEncoding(encoding)).toBe(encoding);
      expect(parseEncoding(encoding.toUpperCase().replaceAll('-', ' '))).toBe(encoding);
      expect(encoding.startsWith('UTF') || iconv.encodingExists(encoding)).toBe(true);
    }
    expect(parseEncoding('cp1250')).toBe('windows-1250');
    expect(parseEncoding('Latin1')).toBe('ISO-8859-1');
    expect(parseEncoding('mac')).toBe('macintosh');
    expect(parseEncoding('gbk')).toBe('GB18030');
    expect(parseEncoding('ebcdic')).toBeUndefined();
  });

  it.each<[Encoding, string]>([
    ['windows-1250', 'Łódź, Český Krumlov'],
    ['windows-1251', 'Москва'],
    ['ISO-8859-2', 'Győr'],
    ['ISO-8859-15', 'Cœur 5 €'],
    ['Shift_JIS', '東京都港区'],
    ['GB18030', '北京市海淀区 𠀀'],
    ['Big5', '臺北市'],
    ['EUC-KR', '서울특별시'],
    ['CP850', 'Århus'],
    ['macintosh', 'Übersee “x”'],
  ])('%s is read where the user insists', async (encoding, city) => {
    const { cells: got } = await read(encode(`${HEAD}\n${T},"${city}",n\n`, encoding), {
      encoding,
    });
    expect(got).toEqual([[T, city, 'n']]);
  });

  it('macintosh has the euro', async () => {
    const bytes = Buffer.concat([
      Buffer.from(`${HEAD}\n${T},5 `),
      Buffer.from([0xdb]),
      Buffer.from(',n\n'),
    ]);
    expect((await read(bytes, { encoding: 'macintosh' })).cells[0]?.[1]).toBe('5 €');
  });
});

describe('what cannot be read', () => {
  it.each([0x81, 0x8d, 0x8f, 0x90, 0x9d])(
    'byte %i of windows-1252 is an error of its cell',
    async (byte) => {
      const bytes = Buffer.concat([
        Buffer.from(`${HEAD}\n${T},Ely,n\n${T.replace('0', '1')},E`),
        Buffer.from([byte, 0xe9]),
        Buffer.from(`ly,n\n${T.replace('0', '2')},Ely,`),
        Buffer.from([byte]),
      ]);
      const path = await fileOf(bytes);
      const survey = await surveyRows(path, await readTable(path));
      expect(survey.table.dialect.encoding).toBe('windows-1252');
      const errors: unknown[] = [];
      for await (const verdict of readVerdicts(path, survey)) {
        if (verdict.kind !== 'invalid') continue;
        for (const { code, column } of verdict.errors)
          errors.push([verdict.raw.line, column.letter, code]);
      }
      expect(errors).toEqual([
        [3, 'B', 'unreadable-character'],
        [4, 'C', 'unreadable-character'],
      ]);
    },
  );

  it('half a surrogate pair in UTF-16 is an error of its cell', async () => {
    const path = await fileOf(Buffer.from(`\ufeff${HEAD}\n${T},E\ud83dly,n\n`, 'utf16le'));
    expect((await surveyRows(path, await readTable(path))).invalidRows).toBe(1);
  });
});

describe('the edge of a chunk', () => {
  it.each([0, 1, 2, 3])('may cut a character, %i bytes before it', async (shift) => {
    const start = `${HEAD}\n${T},Ely,`;
    const cell = `${'x'.repeat(CHUNK - start.length - shift)}\u{1f3ed}é`;
    expect((await read(start + cell)).cells).toEqual([[T, 'Ely', cell]]);
    const half = `${'x'.repeat(CHUNK / 2 - start.length - 1)}${'y'.repeat(shift)}\u{1f3ed}é`;
    expect((await read(Buffer.from(start + half, 'utf16le'))).cells).toEqual([[T, 'Ely', half]]);
  });

  it.each([0, 1, 2])('may cut a line end, %i bytes before it', async (shift) => {
    const start = `${HEAD}\r\n${T},Ely,`;
    const cell = 'x'.repeat(CHUNK - start.length - shift);
    const { places } = await read(`${start}${cell}\r\n${T},"a\r\nb",\r\n${T},Ely,\r\n`);
    expect(places).toEqual([
      [2, 2],
      [3, 3],
      [4, 5],
    ]);
  });
});

describe('a line that names the delimiter', () => {
  const rows = `tenant id;city;"a, b"\r\n${T};Ely;"x\r\ny"\r\n${T};Ely;1,2\r\n`;
  it.each([
    ['bare', `sep=;\r\n${rows}`],
    ['in quotation marks', `"sep=;"\r\n${rows}`],
    ['in capitals, with another line end', `SEP=;\n${rows}`],
    ['after a mark', `\ufeffsep=;\r\n${rows}`],
    ['after a mark, in quotation marks', `\ufeff"sep=;"\r\n${rows}`],
    ['in UTF-16', Buffer.from(`\ufeffsep=;\r\n${rows}`, 'utf16le')],
    ['in UTF-16 without a mark', Buffer.from(`sep=;\r\n${rows}`, 'utf16le').swap16()],
  ])('%s is no row: rows are numbered as the spreadsheet does', async (_name, content) => {
    const { table, cells, places } = await read(content);
    expect(table).toMatchObject({ headerLine: 1, dialect: { delimiter: ';' } });
    expect(table.header.columns.map(({ name }) => name)).toEqual(['tenant id', 'city', 'a, b']);
    expect(cells).toEqual([
      [T, 'Ely', 'x\r\ny'],
      [T, 'Ely', '1,2'],
    ]);
    expect(places).toEqual([
      [2, 3],
      [3, 5],
    ]);
  });

  it('decides, against the look of the header', async () => {
    const { table } = await read(`sep=|\ntenant id,city|x\n${T},Ely|y\n`);
    expect(table.dialect.delimiter).toBe('|');
    expect(table.header.columns).toHaveLength(2);
  });

  it('of a kind that is not supported is refused', async () => {
    await expect(read(`sep=^\n${HEAD}\n`)).rejects.toMatchObject({ code: 'delimiter-unknown' });
  });
});

it('a vertical bar divides cells only where that makes known columns', async () => {
  expect((await read(`tenant id|city\n${T}|Ely\n`)).cells).toEqual([[T, 'Ely']]);
  const { table } = await read('a|b|c,d\n1|2|3,4\n');
  expect(table.dialect.delimiter).toBe(',');
});

describe('any table of text', () => {
  /** What a text of that encoding may hold, and no more. */
  const alphabets: Partial<Record<Encoding, string>> = {
    'windows-1252': 'aZ0 ,;\t|"\'\r\n\u00a0é€“ŸÃ©',
    'windows-1250': 'aZ0 ,;\t|"\'\r\nłőŽ€',
    'ISO-8859-15': 'aZ0 ,;\t|"\'\r\nœ€ÿ',
    Shift_JIS: 'aZ0 ,;\t|"\'\r\n東表ソ能ア',
    GB18030: 'aZ0 ,;\t|"\'\r\n北𠀀é',
  };
  const anything = fc.string({ unit: 'grapheme', maxLength: 12 });
  const cellOf = (encoding: Encoding): fc.Arbitrary<string> => {
    const alphabet = alphabets[encoding];
    const special = fc.string({
      unit: fc.constantFrom(
        ...Array.from(alphabet ?? 'a ,;\t|"\'\r\n\u00a0\u200bé\u{1f3ed}\u2028'),
      ),
      maxLength: 12,
    });
    return alphabet === undefined ? fc.oneof(special, anything) : special;
  };
  const dialects = fc.record({
    encoding: fc.constantFrom<Encoding>(
      ...(['UTF-8', 'UTF-16LE', 'UTF-16BE', ...Object.keys(alphabets)] as Encoding[]),
    ),
    delimiter: fc.constantFrom(...([',', ';', '\t', '|'] as const)),
    end: fc.constantFrom('\r\n', '\n', '\r'),
    hasMark: fc.boolean(),
    hasSep: fc.boolean(),
    quotesAll: fc.boolean(),
    endsWithLine: fc.boolean(),
  });

  it('written in any dialect reads back equal', async () => {
    const tables = dialects.chain((dialect) =>
      fc.record({
        dialect: fc.constant(dialect),
        rows: fc.array(fc.array(cellOf(dialect.encoding), { minLength: 2, maxLength: 2 }), {
          maxLength: 8,
        }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(tables, async ({ dialect, rows }) => {
        const { encoding, delimiter, end, hasMark, hasSep, quotesAll, endsWithLine } = dialect;
        const quoted = (cell: string): string =>
          quotesAll || /[,;\t|"\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
        const lines = [['tenant id', 'city', 'notes'], ...rows.map((row) => [T, ...row])].map(
          (row) => row.map(quoted).join(delimiter),
        );
        const text = `${hasSep ? `sep=${delimiter}${end}` : ''}${lines.join(end)}${endsWithLine ? end : ''}`;
        const isUnicode = encoding.startsWith('UTF');
        const bytes = iconv.encode(text, encoding, { addBOM: isUnicode && hasMark });
        const known = isUnicode ? {} : { encoding };
        const { table, cells } = await read(bytes, known);
        expect(table.dialect).toEqual({ encoding, delimiter });
        expect(cells).toEqual(rows.map((row) => [T, ...row]));
      }),
      { numRuns: 400, seed: 20261123 },
    );
  }, 60_000);
});
