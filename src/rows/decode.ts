/** Bytes → text, as UTF-8 for the parser. The only user of iconv-lite, which UTF-8 files never load. */
import { createReadStream } from 'node:fs';

import type { Encoding } from './encoding.js';
import { FileProblem } from './file-problem.js';
import { createUtf8Check, createUtf8Count, type Utf8Tally } from './utf8.js';

/** Its records are all held at once. With more of them, collecting garbage takes three times as long. */
const CHUNK_BYTES = 64 * 1024;
/** Where nothing is made of the bytes: fewer calls. */
const LOOK_BYTES = 256 * 1024;

interface Decoder {
  readonly decode: (bytes: Buffer) => string;
  readonly end: () => string;
}

/** The text of a file from a byte on: what cannot be decoded becomes �, which no value may hold. */
export async function* readText(
  path: string,
  encoding: Encoding,
  start: number,
): AsyncGenerator<Buffer> {
  const bytes: AsyncIterable<Buffer> = createReadStream(path, {
    start,
    highWaterMark: CHUNK_BYTES,
  });
  if (encoding === 'UTF-8') {
    yield* readUtf8(path, bytes);
    return;
  }
  const decoder = await createDecoder(encoding);
  for await (const chunk of bytes) yield Buffer.from(decoder.decode(chunk));
  yield Buffer.from(decoder.end());
}

const CARRIAGE_RETURN = 0x0d;

/** Strict: a byte that is not UTF-8 is an error that names its line, never a �. */
async function* readUtf8(path: string, bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const check = createUtf8Check();
  for await (const chunk of bytes) {
    const whole = check.push(chunk);
    if (!whole) throw notUtf8(await tallyUtf8(path));
    yield whole;
  }
  if (!check.end()) throw notUtf8(await tallyUtf8(path));
}

export const notUtf8 = ({ strayLine }: Utf8Tally): FileProblem =>
  new FileProblem(
    'file-not-utf8',
    `The file is not UTF-8: a character at line ${strayLine} of the text cannot be read.`,
    'Save it as "CSV UTF-8 (comma delimited)", so that accents arrive as they are.',
  );

/** Reads the file once more, byte by byte: only where it is known not to be all UTF-8. */
export async function tallyUtf8(path: string): Promise<Utf8Tally> {
  const count = createUtf8Count();
  const bytes: AsyncIterable<Buffer> = createReadStream(path, { highWaterMark: LOOK_BYTES });
  for await (const chunk of bytes) count.push(chunk);
  return count.end();
}

export async function lookThrough(
  path: string,
): Promise<{ readonly isUtf8: boolean; readonly hasOnlyLf: boolean }> {
  const check = createUtf8Check();
  let hasOnlyLf = true;
  const bytes: AsyncIterable<Buffer> = createReadStream(path, { highWaterMark: LOOK_BYTES });
  for await (const chunk of bytes) {
    hasOnlyLf &&= !chunk.includes(CARRIAGE_RETURN);
    if (!check.push(chunk)) return { isUtf8: false, hasOnlyLf };
  }
  return { isUtf8: check.end(), hasOnlyLf };
}

/** The first bytes of a file as text; a character that is cut off at their end is left out. */
export async function decodeHead(bytes: Buffer, encoding: Encoding): Promise<string> {
  return (await createDecoder(encoding)).decode(bytes);
}

async function createDecoder(encoding: Encoding): Promise<Decoder> {
  if (encoding === 'UTF-8' || encoding === 'UTF-16LE' || encoding === 'UTF-16BE') {
    const decoder = new TextDecoder(encoding, { ignoreBOM: true });
    return {
      decode: (bytes) => decoder.decode(bytes, { stream: true }),
      end: () => decoder.decode(),
    };
  }
  // Node's own windows-1252 is Latin-1: it makes U+0092 of a curly apostrophe.
  const { default: iconv } = await import('iconv-lite');
  const decoder = iconv.getDecoder(encoding, { stripBOM: false });
  // Since 1998 a Mac has the euro where its table has the sign of no currency.
  const asWritten = (text: string): string =>
    encoding === 'macintosh' ? text.replaceAll('¤', '€') : text;
  return {
    decode: (bytes) => asWritten(decoder.write(bytes)),
    end: () => asWritten(decoder.end() ?? ''),
  };
}
