import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { compoundProblem } from '../../src/rows/compound-file.js';
import { FileProblem } from '../../src/rows/file-problem.js';
import { readWorkbook } from '../../src/rows/read-workbook.js';
import { toZip } from '../../src/rows/zip-parts.js';
import {
  workbookOf,
  workbookParts,
  zipOf,
  type CellSpec,
  type Part,
  type SheetSpec,
} from '../helpers/workbook.js';

const HEAD = ['tenant id', 'postalCode'];
const sheetOf = (...rows: readonly CellSpec[][]): SheetSpec => ({ name: 'Customers', rows });

async function textsOf(bytes: Buffer, wanted?: string): Promise<readonly (readonly string[])[]> {
  return [...(await readWorkbook(bytes, wanted)).rows];
}
/** What a cell below the header is read as. */
async function textOf(cell: CellSpec, options?: { readonly date1904?: boolean }): Promise<string> {
  return (await textsOf(workbookOf([sheetOf(HEAD, ['x', cell])], options)))[1]?.[1] ?? 'none';
}
async function problemOf(bytes: Buffer, wanted?: string): Promise<FileProblem> {
  const error: unknown = await readWorkbook(bytes, wanted).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(FileProblem);
  return error as FileProblem;
}
const raw = (attributes: string, inside: string): CellSpec => ({
  xml: (ref) => `<c r="${ref}" ${attributes}>${inside}</c>`,
});

describe('a cell', () => {
  it.each<[string, CellSpec, string]>([
    ['a text', '00501', '00501'],
    ['a text of the table', { shared: 'Straße & <Co> "x"' }, 'Straße & <Co> "x"'],
    ['spaces at the edges', { shared: '  a\tb  ' }, '  a\tb  '],
    ['a line break', 'a\nb', 'a\nb'],
    ['an escaped carriage return', raw('t="str"', '<v>a_x000D_\nb_x005F_x</v>'), 'a\r\nb_x'],
    [
      'rich text',
      raw(
        't="inlineStr"',
        '<is><r><t>Ab</t></r><r><rPr><b/></rPr><t xml:space="preserve"> c</t></r></is>',
      ),
      'Ab c',
    ],
    ['a number', 98052, '98052'],
    ['a number of twelve digits', 123456789012, '123456789012'],
    ['a number as it is stored', { number: '4.25556E+09', format: 'General' }, '4255560000'],
    [
      'a number that Excel shows as a power',
      { number: '4.25556E+09', format: '0.00E+00' },
      '4255560000',
    ],
    [
      'a number of more digits than there are',
      { number: '1.2345678901234599E+19', format: 'General' },
      '12345678901234599936',
    ],
    ['a very large number', { number: '1e22', format: 'General' }, '10000000000000000000000'],
    ['a sum of fractions', { number: '0.30000000000000004', format: 'General' }, '0.3'],
    ['a small fraction', { number: '1.5e-7', format: 'General' }, '0.00000015'],
    ['a negative number', -5, '-5'],
    ['a postal code', { number: 501, format: '00000' }, '00501'],
    ['a longer one', { number: 123456789, format: '00000\\-0000' }, '12345-6789'],
    ['a postal code by condition', { number: 501, format: '[<=99999]00000;00000\\-0000' }, '00501'],
    [
      'a phone number',
      { number: 4255550123, format: '[<=9999999]###\\-####;\\(###\\)\\ ###\\-####' },
      '(425) 555-0123',
    ],
    [
      'an international one',
      { number: 442079460142, format: '\\+##\\ ##\\ ####\\ ####' },
      '+44 20 7946 0142',
    ],
    ['an account with letters', { number: 7, format: '"A-"000' }, 'A-007'],
    ['room for a sign', { number: 501, format: '00000_);(00000)' }, '00501'],
    ['groups that only the format adds', { number: 12345, format: '#,##0' }, '12345'],
    ['decimals that only the format adds', { number: 98052, format: '0.00' }, '98052'],
    ['a fraction that the format hides', { number: 98052.5, format: '00000' }, '98052.5'],
    ['a percentage', { number: 0.05, format: '0%' }, '5%'],
    ['a number as text', { number: 501, format: '@' }, '501'],
    ['a date', { number: 45000, format: 'm/d/yyyy' }, '2023-03-15'],
    [
      'a date and time',
      { number: 45000.3125, format: 'yyyy\\-mm\\-dd hh:mm' },
      '2023-03-15 07:30:00',
    ],
    ['a time', { number: 0.5, format: 'hh:mm' }, '12:00:00'],
    ['a date that there is not', { number: 1e9, format: 'yyyy-mm-dd' }, '#####'],
    ['a date as text', raw('t="d"', '<v>2023-03-15</v>'), '2023-03-15'],
    ['true', true, 'TRUE'],
    ['false', false, 'FALSE'],
    ['an error', raw('t="e"', '<v>#N/A</v>'), '#N/A'],
    ['a formula', raw('', '<f>A1+1</f><v>98052</v>'), '98052'],
    ['a formula of text', raw('t="str"', '<f>A1&amp;"x"</f><v>ax</v>'), 'ax'],
    ['a formula of nothing', raw('t="str"', '<f>IF(A1="","","x")</f><v></v>'), ''],
    ['a formula of an error', raw('t="e"', '<f>1/0</f><v>#DIV/0!</v>'), '#DIV/0!'],
    ['a shared formula', raw('', '<f t="shared" si="0"/><v>7</v>'), '7'],
    ['no cell', null, ''],
    ['a cell without content', raw('', ''), ''],
    ['a shared string without a number', raw('t="s"', ''), ''],
  ])('with %s', async (_name, cell, text) => {
    expect(await textOf(cell)).toBe(text);
  });

  it('with a date in the calendar of 1904', async () => {
    expect(await textOf({ number: 43538, format: 'm/d/yyyy' }, { date1904: true })).toBe(
      '2023-03-15',
    );
  });

  it('without a name stands beside the one before it', async () => {
    const nameless = (text: string): CellSpec => ({ xml: () => `<c t="str"><v>${text}</v></c>` });
    const rows = await textsOf(
      workbookOf([sheetOf(['a', 'b', 'c'], [nameless('x'), nameless('y')])]),
    );
    expect(rows[1]).toEqual(['x', 'y', '']);
  });
});

describe('the rows', () => {
  it('have the numbers and columns of the sheet', async () => {
    const rows = await textsOf(
      workbookOf([sheetOf([], [null, null], ['', 'tenant id'], [], [null, 'x'])]),
    );
    expect(rows).toEqual([
      ['', ''],
      ['', ''],
      ['', 'tenant id'],
      ['', ''],
      ['', 'x'],
    ]);
  });

  it('end where the content does, not where the formats do', async () => {
    const far: CellSpec = { xml: () => '<c r="XFD1048576" s="0"/>' };
    expect(await textsOf(workbookOf([sheetOf(HEAD, ['x', '1'], [far])]))).toEqual([
      HEAD,
      ['x', '1'],
    ]);
  });

  it('that are hidden or filtered are read, and said', async () => {
    const rows = [HEAD, ['x', '1'], ['y', '2'], ['z', '3'], []];
    const before = '<cols><col min="2" max="2" hidden="1" width="0"/></cols>';
    const { warnings, ...read } = await readWorkbook(
      workbookOf([{ name: 'S', rows, hiddenRows: [3, 4, 5], before }]),
    );
    expect([...read.rows].map(([id]) => id)).toEqual(['tenant id', 'x', 'y', 'z']);
    expect(warnings).toMatchObject([
      { code: 'hidden-rows', lines: [3, 4], lineCount: 2 },
      { code: 'hidden-columns', message: expect.stringContaining('B (postalCode)') as string },
    ]);
  });
});

describe('the sheet', () => {
  const book = workbookOf([
    { name: 'Notes', rows: [['hidden']], state: 'hidden' },
    { name: 'Customers', rows: [HEAD] },
    { name: 'A & B', rows: [['other']] },
  ]);

  it('is the first that is not hidden, and the others are named', async () => {
    const { origin, rows } = await readWorkbook(book);
    expect([...rows]).toEqual([HEAD]);
    expect(origin).toEqual({ sheet: 'Customers', otherSheets: ['Notes', 'A & B'] });
  });

  it('is the one that is asked for', async () => {
    expect(await textsOf(book, 'A & B')).toEqual([['other']]);
    expect(await textsOf(book, ' customers')).toEqual([HEAD]);
    expect(await textsOf(book, 'Notes')).toEqual([['hidden']]);
  });

  it('that is unknown is refused with the names that there are', async () => {
    const { code, hint } = await problemOf(book, 'Customer');
    expect(code).toBe('sheet-unknown');
    expect(hint).toBe('Its sheets are "Notes", "Customers", "A & B".');
  });

  it('that is empty is refused', async () => {
    expect((await problemOf(workbookOf([sheetOf([])]))).code).toBe('sheet-empty');
    expect((await problemOf(workbookOf([sheetOf([' ', ''])]))).code).toBe('sheet-empty');
  });

  it('with merged cells is refused, but not for those that are beside the table', async () => {
    const merged = (ref: string): Buffer =>
      workbookOf([
        {
          ...sheetOf(HEAD, ['x', '1'], ['y', null]),
          after: `<mergeCells><mergeCell ref="${ref}"/></mergeCells>`,
        },
      ]);
    const { code, message } = await problemOf(merged('B2:B3'));
    expect([code, message]).toEqual(['cells-merged', expect.stringContaining('B2:B3')]);
    expect(await textsOf(merged('E2:F3'))).toHaveLength(3);
  });

  it('with a formula that was never calculated is refused, and the cells are named', async () => {
    const cell = raw('', '<f>1+1</f>');
    const empty = raw('', '<f>1+1</f><v></v>');
    const { code, message } = await problemOf(
      workbookOf([sheetOf(HEAD, ['x', cell], ['y', empty])]),
    );
    expect([code, message]).toEqual([
      'formula-without-value',
      expect.stringContaining('in B2, B3.'),
    ]);
  });

  it('with too many cells is refused before it is read', async () => {
    const row = `<row>${'<c><v>1</v></c>'.repeat(1000)}</row>`;
    const parts = replaced(workbookParts([sheetOf(HEAD)]), 'xl/worksheets/sheet1.xml', (text) =>
      text.replace('<sheetData>', () => `<sheetData>${row.repeat(1501)}`),
    );
    // Stored: so regular a sheet looks like a bomb when it is packed.
    expect((await problemOf(toZip(parts))).code).toBe('workbook-too-large');
  });
});

const replaced = (
  parts: readonly Part[],
  wanted: string,
  change: (text: string) => string,
): readonly Part[] =>
  parts.map((part) =>
    part.name === wanted ? { ...part, bytes: Buffer.from(change(part.bytes.toString())) } : part,
  );
const without = (wanted: string): Buffer =>
  zipOf(workbookParts([sheetOf(HEAD)]).filter(({ name }) => name !== wanted));

describe('a file that is no such workbook', () => {
  const other = (name: string, text = ''): Buffer => zipOf([{ name, bytes: Buffer.from(text) }]);
  it.each<[string, Buffer, string, string]>([
    ['.xlsb', other('xl/workbook.bin'), 'workbook-unsupported', '.xlsb'],
    [
      '.ods',
      other('mimetype', 'application/vnd.oasis.opendocument.spreadsheet'),
      'workbook-unsupported',
      '.ods',
    ],
    ['.numbers', other('Index/Document.iwa'), 'workbook-unsupported', 'Numbers'],
    ['.docx', other('word/document.xml'), 'workbook-unsupported', 'Word'],
    ['.pptx', other('ppt/presentation.xml'), 'workbook-unsupported', 'PowerPoint'],
    ['a zip file', other('november.csv', 'a,b'), 'workbook-unsupported', 'no workbook'],
    ['without a workbook', without('xl/workbook.xml'), 'workbook-damaged', 'missing'],
    ['without relations', without('xl/_rels/workbook.xml.rels'), 'sheet-empty', 'no table'],
    ['without its sheet', without('xl/worksheets/sheet1.xml'), 'sheet-empty', 'no table'],
  ])('%s is refused by what it is', async (_name, bytes, code, words) => {
    const problem = await problemOf(bytes);
    expect(problem.code).toBe(code);
    expect(problem.message).toContain(words);
  });

  it.each([
    ['EncryptedPackage', 'workbook-encrypted', 'password'],
    ['Workbook', 'workbook-too-old', '.xls'],
    ['Book', 'workbook-too-old', '.xls'],
    ['WordDocument', 'workbook-unsupported', 'Word'],
    ['Anything', 'workbook-unsupported', 'old Microsoft Office'],
  ])('a container with %s is refused', (name, code, words) => {
    const bytes = Buffer.concat([Buffer.alloc(512), Buffer.from(`${name}\0`, 'utf16le')]);
    const problem = compoundProblem(bytes);
    expect(problem.code).toBe(code);
    expect(problem.message).toContain(words);
  });
});

describe('a bomb', () => {
  const parts = workbookParts([sheetOf(HEAD, ['x', '1'])]);
  const bomb = Buffer.alloc(64 * 1024 * 1024, 0x20);

  it('is refused from the directory, before anything of it is unpacked', async () => {
    const bytes = zipOf([...parts, { name: 'xl/media/image1.png', bytes: bomb }]);
    const startedAt = performance.now();
    expect((await problemOf(bytes)).code).toBe('workbook-too-large');
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });

  it('is refused for all of its parts together', async () => {
    const part = Buffer.alloc(7 * 1024 * 1024);
    const many = Array.from({ length: 74 }, (_, i) => ({ name: `${i}`, bytes: part }));
    expect((await problemOf(zipOf(many))).code).toBe('workbook-too-large');
  });

  it('whose directory lies is unpacked no further than it says', async () => {
    const lying = parts.map((part) =>
      part.name === 'xl/worksheets/sheet1.xml' ? { ...part, bytes: bomb, size: 1000 } : part,
    );
    const before = process.memoryUsage.rss();
    expect((await problemOf(zipOf(lying))).code).toBe('workbook-damaged');
    expect(process.memoryUsage.rss() - before).toBeLessThan(60 * 1024 * 1024);
  });

  it('of too many parts is refused', async () => {
    const empty = Buffer.alloc(0);
    const many = Array.from({ length: 10_001 }, (_, i) => ({ name: `${i}`, bytes: empty }));
    expect((await problemOf(toZip(many))).code).toBe('workbook-too-large');
  });
});

describe('a damaged workbook', () => {
  const parts = workbookParts([
    sheetOf(['tenant id', { shared: 'city' }], ['x', { shared: 'Ely' }]),
  ]);

  it('that names texts that are not there is refused, not emptied', async () => {
    const bad = replaced(parts, 'xl/sharedStrings.xml', (text) =>
      text.replace(/<si>.*?<\/si>/, ''),
    );
    expect((await problemOf(zipOf(bad))).message).toContain('texts of its cells are missing');
  });

  it('whose sheet has no end is refused, not shortened', async () => {
    const bad = replaced(parts, 'xl/worksheets/sheet1.xml', (text) =>
      text.slice(0, text.lastIndexOf('<row')),
    );
    expect((await problemOf(zipOf(bad))).code).toBe('workbook-damaged');
  });

  it('with two parts of one name is refused', async () => {
    expect((await problemOf(zipOf([...parts, parts[4]!]))).message).toContain('twice');
  });

  it('that is encrypted part by part is refused as such', async () => {
    const bad = parts.map((part) => ({ ...part, flags: 1 }));
    expect((await problemOf(zipOf(bad))).code).toBe('workbook-encrypted');
  });

  it('cut off anywhere, or with any byte changed, is refused or reads the same', async () => {
    const whole = zipOf(parts);
    const expected = await textsOf(whole);
    const outcome = async (bytes: Buffer): Promise<'refused' | 'same' | 'other'> => {
      try {
        return JSON.stringify(await textsOf(bytes)) === JSON.stringify(expected) ? 'same' : 'other';
      } catch (error) {
        if (error instanceof FileProblem) return 'refused';
        throw error;
      }
    };
    for (let length = 4; length < whole.length; length += 7)
      expect(await outcome(whole.subarray(0, length))).toBe('refused');
    await fc.assert(
      fc.asyncProperty(
        fc.nat(whole.length - 5),
        fc.integer({ min: 1, max: 255 }),
        async (at, bits) => {
          const changed = Buffer.from(whole);
          changed[at + 4] = (changed[at + 4] ?? 0) ^ bits;
          expect(await outcome(changed)).not.toBe('other');
        },
      ),
      { numRuns: 600, seed: 20261123 },
    );
  }, 60_000);
});

it('any table of text reads back equal', async () => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 10 }),
    fc.string({
      unit: fc.constantFrom(...Array.from('a <>&"\'\n\t_x0D;é\u{1f3ed}\u00a0')),
      maxLength: 10,
    }),
  );
  // XML has no control characters, and the escape that stands for them is not text.
  const cell = text.map((each) =>
    // eslint-disable-next-line no-control-regex -- XML has no control characters
    each.replace(/[\u0000-\u0008\u000b-\u001f\ufffe\uffff]/g, '').replace(/_x[0-9a-f]{4}_/gi, ''),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(cell, cell, fc.boolean()), { maxLength: 8 }),
      async (rows) => {
        const specs = rows.map(([a, b, isShared]): CellSpec[] => [
          isShared ? { shared: a } : a,
          b,
          'end',
        ]);
        const expected = [['tenant id', 'city', 'end'], ...rows.map(([a, b]) => [a, b, 'end'])];
        expect(
          await textsOf(workbookOf([sheetOf(['tenant id', 'city', 'end'], ...specs)])),
        ).toEqual(expected);
      },
    ),
    { numRuns: 150, seed: 20261123 },
  );
}, 60_000);
