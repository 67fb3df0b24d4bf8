/**
 * Bytes → text. UTF-8, with or without a byte order mark; anything else is refused with a sentence
 * that says what the file is and how to save it. Other encodings belong here.
 */
import { FileProblem } from './file-problem.js';

export interface Decoded {
  /** As said to the user. */
  readonly encoding: 'UTF-8';
  readonly text: AsyncIterable<string>;
}

/** Looks at the first bytes of a file for what is certainly not a CSV. */
export function refuseForeignBytes(head: Buffer): void {
  if (head.length === 0) {
    throw new FileProblem(
      'file-empty',
      'The file is empty.',
      'Save the sheet again, with the column names in its first row.',
    );
  }
  if (head.subarray(0, 4).equals(Buffer.from('PK\x03\x04', 'latin1'))) {
    throw new FileProblem(
      'file-is-workbook',
      'The file is an Excel workbook (or another zip file), whatever its name says.',
      'Open it in the spreadsheet and save it as "CSV UTF-8 (comma delimited)".',
    );
  }
  if (head.subarray(0, 4).equals(Buffer.from([0xd0, 0xcf, 0x11, 0xe0]))) {
    throw new FileProblem(
      'file-is-workbook',
      'The file is an old (.xls) or an encrypted Excel workbook, whatever its name says.',
      'Open it in the spreadsheet and save it as "CSV UTF-8 (comma delimited)".',
    );
  }
  if (
    head.subarray(0, 2).equals(Buffer.from([0xff, 0xfe])) ||
    head.subarray(0, 2).equals(Buffer.from([0xfe, 0xff])) ||
    head.includes(0)
  ) {
    throw new FileProblem(
      'file-not-utf8',
      head.includes(0) && head[0] !== 0xff && head[0] !== 0xfe
        ? 'The file holds NUL bytes: it is UTF-16 text without a mark, or no text at all.'
        : 'The file is UTF-16 text ("Unicode text").',
      'Save it as "CSV UTF-8 (comma delimited)".',
    );
  }
}

/** Decodes strictly: a byte that is not UTF-8 is an error that names its line, never a �. */
export async function* decodeUtf8(bytes: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let lines = 1;
  const notUtf8 = (): FileProblem =>
    new FileProblem(
      'file-not-utf8',
      `The file is not UTF-8: a character at line ${lines} of the text cannot be read.`,
      'Save it as "CSV UTF-8 (comma delimited)", so that accents arrive as they are.',
    );
  for await (const chunk of bytes) {
    let text: string;
    try {
      text = decoder.decode(chunk, { stream: true });
    } catch {
      lines += lineBreaksBeforeDamage(chunk);
      throw notUtf8();
    }
    yield text;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines += 1;
  }
  try {
    yield decoder.decode();
  } catch {
    throw notUtf8();
  }
}

/** Line breaks in a chunk before the first byte that cannot be read. */
function lineBreaksBeforeDamage(chunk: Buffer): number {
  // Up to three bytes may belong to a character that began in the chunk before.
  let start = 0;
  while (start < 3 && ((chunk[start] ?? 0) & 0xc0) === 0x80) start += 1;
  const readable = chunk.toString('utf8', start).split('\ufffd')[0] ?? '';
  return readable.split('\n').length - 1;
}
