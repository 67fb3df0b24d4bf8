/** Files that are certainly not a CSV, whatever their names say: each is refused by what it is. */
import type { Encoding } from './encoding.js';
import { FileProblem } from './file-problem.js';

export const isZip = (head: Buffer): boolean =>
  head.subarray(0, 4).equals(Buffer.from('PK\x03\x04', 'latin1'));

/** The container of old (.xls) and of encrypted workbooks. */
export const isCompound = (head: Buffer): boolean =>
  head.subarray(0, 8).equals(Buffer.from('d0cf11e0a1b11ae1', 'hex'));

const AS_CSV = 'Open it in the spreadsheet and save it as "CSV UTF-8 (comma delimited)".';

const STARTS: readonly (readonly [Buffer, string])[] = [
  [Buffer.from('%PDF'), 'a PDF'],
  [Buffer.from([0x1f, 0x8b]), 'compressed (gzip)'],
  [Buffer.from([0x89, 0x50, 0x4e, 0x47]), 'a picture'],
  [Buffer.from([0xff, 0xd8, 0xff]), 'a picture'],
  [Buffer.from('PK\x05\x06', 'latin1'), 'an empty zip file'],
  [Buffer.from('Rar!'), 'compressed (RAR)'],
  [Buffer.from([0x37, 0x7a, 0xbc, 0xaf]), 'compressed (7-Zip)'],
  [Buffer.from('{\\rtf'), 'a text document (RTF)'],
];

/** Looks at the first bytes of a file for what is certainly no CSV. */
export function refuseForeignBytes(head: Buffer): void {
  if (head.length === 0) {
    throw new FileProblem(
      'file-empty',
      'The file is empty.',
      'Save the sheet again, with the column names in its first row.',
    );
  }
  if (isZip(head) || isCompound(head)) {
    throw new FileProblem(
      'file-is-workbook',
      'The file is an Excel workbook or another zip file, whatever its name says.',
      AS_CSV,
    );
  }
  const known = STARTS.find(([start]) => head.subarray(0, start.length).equals(start));
  if (known) throw notACsv(`The file is ${known[1]}, whatever its name says.`);
  if (/^(?:\ufeff|\xef\xbb\xbf)?\s*<(?:!|\?|html|table|head|body)/i.test(head.toString('latin1'))) {
    throw notACsv(
      'The file is a web page or XML, as some programs write it for "Excel", whatever its name says.',
    );
  }
  if (head.subarray(0, 4).equals(Buffer.from([0xff, 0xfe, 0, 0])))
    throw notACsv('The file is UTF-32 text, which spreadsheets do not write.');
}

const notACsv = (message: string): FileProblem => new FileProblem('file-not-csv', message, AS_CSV);

/** Text has no control characters among its column names; what has is a program's own format. */
export function refuseControlCharacters(names: readonly string[], encoding: Encoding): void {
  // eslint-disable-next-line no-control-regex -- control characters are exactly what is looked for
  if (!names.some((name) => /[\u0000-\u0008\u000e-\u001f\u007f-\u009f\ufffd]/.test(name))) return;
  throw new FileProblem(
    'file-not-text',
    `The first row holds characters that no column name has, read as ${encoding}: the file is no text, or in another encoding.`,
    'Save it as "CSV UTF-8 (comma delimited)", or name its encoding with --encoding.',
  );
}
