/** Which encoding a file is in: its mark, its NULs, strict UTF-8 to its end, else windows-1252. */
import { open } from 'node:fs/promises';

import { lookThrough, tallyUtf8 } from './decode.js';
import { markOf, utf16Of, type Encoding } from './encoding.js';
import { FileProblem } from './file-problem.js';
import { refuseForeignBytes } from './foreign-file.js';

export interface Head {
  readonly encoding: Encoding;
  /** The first bytes of the file after its mark. */
  readonly bytes: Buffer;
  /** Where they begin. */
  readonly start: number;
  /** Lines end with LF alone: nowhere is there a CR. False where that was not looked for. */
  readonly hasOnlyLf: boolean;
}

const HEAD_BYTES = 64 * 1024;

/** @param insisted what the user says that it is; then nothing is looked for */
export async function findEncoding(path: string, insisted?: Encoding): Promise<Head> {
  const { head, size } = await readHead(path);
  refuseForeignBytes(head);
  const mark = markOf(head);
  if (insisted && mark && mark.encoding !== insisted) throw contradicted(mark.encoding, insisted);
  const given = insisted ?? mark?.encoding ?? utf16Of(head);
  const { encoding, hasOnlyLf } = given
    ? { encoding: given, hasOnlyLf: false }
    : await utf8OrWindows(path);
  const start = mark?.bytes ?? 0;
  if (encoding.startsWith('UTF-16') && size % 2 === 1) throw CUT_OFF;
  return { encoding, bytes: head.subarray(start), start, hasOnlyLf };
}

/** The first bytes of a file, and how many there are in all. */
export async function readHead(path: string): Promise<{ head: Buffer; size: number }> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return { head: buffer.subarray(0, bytesRead), size: (await file.stat()).size };
  } finally {
    await file.close();
  }
}

/** One byte that is no UTF-8 decides it, wherever it stands. */
async function utf8OrWindows(path: string): Promise<Pick<Head, 'encoding' | 'hasOnlyLf'>> {
  const { isUtf8, hasOnlyLf } = await lookThrough(path);
  if (isUtf8) return { encoding: 'UTF-8', hasOnlyLf };
  const tally = await tallyUtf8(path);
  // Bytes that form characters of UTF-8 by chance are rare in windows-1252: "Ã" before "©".
  if (tally.characters === 0 || tally.strays > tally.characters)
    return { encoding: 'windows-1252', hasOnlyLf: false };
  throw new FileProblem(
    'encoding-mixed',
    `The file is UTF-8, but for ${tally.strays === 1 ? 'a byte' : `${tally.strays} bytes, the first`} at line ${tally.strayLine} of the text: it was put together from files of several encodings.`,
    'Save each of them as "CSV UTF-8", then join them; or insist with --encoding utf-8 or windows-1252.',
  );
}

const CUT_OFF = new FileProblem(
  'file-cut-off',
  'The file is UTF-16 text with half a character at its end: it was cut off.',
  'Save or copy it again.',
);

const contradicted = (mark: Encoding, insisted: Encoding): FileProblem =>
  new FileProblem(
    'encoding-contradicted',
    `The file begins with the mark of ${mark}, and --encoding says ${insisted}.`,
    'Leave --encoding away: the file says itself what it is.',
  );
