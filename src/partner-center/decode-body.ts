/** The bytes of an answer → its text. Pure. */
import { brotliDecompressSync, constants, inflateRawSync, unzipSync } from 'node:zlib';

// What ends early gives what there is of it: a JSON shows whether it is whole, and some servers leave
// the last bytes of the packing away.
const { BROTLI_OPERATION_FLUSH, Z_SYNC_FLUSH } = constants;
/** In the first byte of a zlib header. Source: RFC 1950, 2.2. */
const DEFLATED = 8;

const MARK = Buffer.from('\ufeff');

/** What {@link decodeBody} takes, for a request to say. */
export const ACCEPTED_ENCODINGS = 'gzip, deflate, br';

/**
 * UTF-8, without a byte order mark. An encoding that is not known is left as it is: its text is
 * nothing that anybody could take for an answer.
 * @param encoding the value of Content-Encoding
 * @throws the error of zlib where the bytes are damaged, or hold too much
 */
export function decodeBody(
  bytes: Buffer,
  encoding: string | undefined,
  largestBytes: number,
): string {
  const plain = encoding === undefined ? bytes : unpack(bytes, encoding, largestBytes);
  // Before it is decoded: with it, the text would take two bytes for each letter.
  return plain.toString('utf8', plain.subarray(0, MARK.length).equals(MARK) ? MARK.length : 0);
}

function unpack(bytes: Buffer, encoding: string, maxOutputLength: number): Buffer {
  // 204 and 304 have none, whatever their headers say.
  if (bytes.length === 0) return bytes;
  switch (encoding.toLowerCase()) {
    case 'gzip':
    case 'x-gzip':
      return unzipSync(bytes, { maxOutputLength, finishFlush: Z_SYNC_FLUSH });
    case 'deflate': {
      // RFC 9110, 8.4.1.2: some servers leave the zlib header away.
      const hasHeader = (bytes[0] ?? 0) % 16 === DEFLATED;
      const inflate = hasHeader ? unzipSync : inflateRawSync;
      return inflate(bytes, { maxOutputLength, finishFlush: Z_SYNC_FLUSH });
    }
    case 'br':
      return brotliDecompressSync(bytes, {
        maxOutputLength,
        finishFlush: BROTLI_OPERATION_FLUSH,
      });
    default:
      return bytes;
  }
}
