/** Workbooks made by hand, down to their XML: what no spreadsheet would write can be written too. */
import { deflateRawSync, crc32 } from 'node:zlib';

export interface Part {
  readonly name: string;
  readonly bytes: Buffer;
  /** As the directory has it, where it lies. */
  readonly size?: number;
  readonly flags?: number;
}

/** Packed, as spreadsheets do. */
export function zipOf(parts: readonly Part[]): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { name, bytes, size = bytes.length, flags = 0 } of parts) {
    const nameBytes = Buffer.from(name);
    const packed = deflateRawSync(bytes);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50);
    local.writeUInt16LE(20, 4);
    local.writeUInt16LE(flags, 6);
    local.writeUInt16LE(8, 8);
    local.writeUInt32LE(crc32(bytes), 14);
    local.writeUInt32LE(packed.length, 18);
    local.writeUInt32LE(size, 22);
    local.writeUInt16LE(nameBytes.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50);
    local.copy(entry, 6, 4, 28);
    entry.writeUInt32LE(at, 42);
    files.push(local, nameBytes, packed);
    directory.push(entry, nameBytes);
    at += 30 + nameBytes.length + packed.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50);
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(
    directory.reduce((sum, { length }) => sum + length, 0),
    12,
  );
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...files, ...directory, end]);
}

/** A text is an inline string; a number has the format of that name; XML is taken as it is. */
export type CellSpec =
  | string
  | number
  | boolean
  | null
  | { readonly number: number | string; readonly format: string }
  | { readonly shared: string }
  | { readonly xml: (ref: string) => string };

export interface SheetSpec {
  readonly name: string;
  readonly rows: readonly (readonly CellSpec[])[];
  readonly state?: 'hidden' | 'veryHidden';
  /** Row numbers. */
  readonly hiddenRows?: readonly number[];
  /** `<cols>…</cols>` and the like, before the rows, and after them. */
  readonly before?: string;
  readonly after?: string;
}

const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"';
const RELATIONS = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const PACKAGE = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"';
export const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);

const letter = (column: number): string =>
  (column < 26 ? '' : letter(Math.floor(column / 26) - 1)) +
  String.fromCharCode(65 + (column % 26));

/** The parts of a workbook: to change, to leave out, to zip. */
export function workbookParts(
  sheets: readonly SheetSpec[],
  { date1904 = false } = {},
): readonly Part[] {
  const formats: string[] = [];
  const strings: string[] = [];
  const numberOf = (list: string[], item: string): number => {
    if (!list.includes(item)) list.push(item);
    return list.indexOf(item);
  };
  const cellXml = (cell: CellSpec, ref: string): string => {
    if (cell === null) return '';
    if (typeof cell === 'string')
      return `<c r="${ref}" t="inlineStr"><is><t xml:space="preserve">${escaped(cell)}</t></is></c>`;
    if (typeof cell === 'number') return `<c r="${ref}"><v>${cell}</v></c>`;
    if (typeof cell === 'boolean') return `<c r="${ref}" t="b"><v>${cell ? 1 : 0}</v></c>`;
    if ('xml' in cell) return cell.xml(ref);
    if ('shared' in cell) return `<c r="${ref}" t="s"><v>${numberOf(strings, cell.shared)}</v></c>`;
    return `<c r="${ref}" s="${numberOf(formats, cell.format) + 1}"><v>${cell.number}</v></c>`;
  };
  const sheetXml = ({ rows, hiddenRows = [], before = '', after = '' }: SheetSpec): string => {
    const rowsXml = rows.map((cells, row) => {
      const hidden = hiddenRows.includes(row + 1) ? ' hidden="1"' : '';
      const inside = cells.map((cell, column) => cellXml(cell, `${letter(column)}${row + 1}`));
      return cells.length === 0 ? '' : `<row r="${row + 1}"${hidden}>${inside.join('')}</row>`;
    });
    return `${XML}<worksheet ${MAIN}>${before}<sheetData>${rowsXml.join('')}</sheetData>${after}</worksheet>`;
  };
  const sheetParts = sheets.map((sheet, at) => ({
    name: `xl/worksheets/sheet${at + 1}.xml`,
    text: sheetXml(sheet),
  }));
  const tabs = sheets.map(
    ({ name, state }, at) =>
      `<sheet name="${escaped(name)}" sheetId="${at + 1}"${state ? ` state="${state}"` : ''} r:id="rId${at + 1}"/>`,
  );
  const relation = (id: string, type: string, target: string): string =>
    `<Relationship Id="${id}" Type="${RELATIONS}/${type}" Target="${target}"/>`;
  const numFmts = formats.map(
    (format, at) => `<numFmt numFmtId="${164 + at}" formatCode="${escaped(format)}"/>`,
  );
  const xfs = formats.map(
    (_, at) =>
      `<xf numFmtId="${164 + at}" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>`,
  );
  const override = (name: string, type: string): string =>
    `<Override PartName="/xl/${name}.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.${type}+xml"/>`;
  const overrides = [
    override('workbook', 'sheet.main'),
    ...sheets.map((_, at) => override(`worksheets/sheet${at + 1}`, 'worksheet')),
    override('styles', 'styles'),
    override('sharedStrings', 'sharedStrings'),
  ].join('');
  const texts = [
    {
      name: '[Content_Types].xml',
      text: `${XML}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>${overrides}</Types>`,
    },
    {
      name: '_rels/.rels',
      text: `${XML}<Relationships ${PACKAGE}>${relation('rId1', 'officeDocument', 'xl/workbook.xml')}</Relationships>`,
    },
    {
      name: 'xl/workbook.xml',
      text: `${XML}<workbook ${MAIN} xmlns:r="${RELATIONS}">${date1904 ? '<workbookPr date1904="1"/>' : ''}<sheets>${tabs.join('')}</sheets></workbook>`,
    },
    {
      name: 'xl/_rels/workbook.xml.rels',
      text: `${XML}<Relationships ${PACKAGE}>${sheets.map((_, at) => relation(`rId${at + 1}`, 'worksheet', `worksheets/sheet${at + 1}.xml`)).join('')}${relation('rIdS', 'styles', 'styles.xml')}${relation('rIdT', 'sharedStrings', 'sharedStrings.xml')}</Relationships>`,
    },
    ...sheetParts,
    {
      name: 'xl/styles.xml',
      text: `${XML}<styleSheet ${MAIN}><numFmts count="${formats.length}">${numFmts.join('')}</numFmts><fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="${formats.length + 1}"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>${xfs.join('')}</cellXfs></styleSheet>`,
    },
    {
      name: 'xl/sharedStrings.xml',
      text: `${XML}<sst ${MAIN}>${strings.map((text) => `<si><t xml:space="preserve">${escaped(text)}</t></si>`).join('')}</sst>`,
    },
  ];
  return texts.map(({ name, text }) => ({ name, bytes: Buffer.from(text) }));
}

export const workbookOf = (
  sheets: readonly SheetSpec[],
  options?: { readonly date1904?: boolean },
): Buffer => zipOf(workbookParts(sheets, options));
