import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

import { decodeBody } from '../../src/partner-center/decode-body.js';

const LARGEST = 1024 * 1024;
const TEXT = '{"city":"Łódź"}';
const decode = (bytes: Buffer, encoding?: string): string => decodeBody(bytes, encoding, LARGEST);

const PACKED = [
  ['gzip', gzipSync],
  ['x-gzip', gzipSync],
  ['GZIP', gzipSync],
  ['deflate', deflateSync],
  ['deflate', deflateRawSync],
  ['br', brotliCompressSync],
] as const;

describe('the text of an answer', () => {
  it.each(PACKED)('%s, with and without a byte order mark', (encoding, pack) => {
    expect(decode(pack(TEXT), encoding)).toBe(TEXT);
    expect(decode(pack(`\ufeff${TEXT}`), encoding)).toBe(TEXT);
  });

  it('not packed, with and without a byte order mark', () => {
    expect(decode(Buffer.from(TEXT))).toBe(TEXT);
    expect(decode(Buffer.from(`\ufeff${TEXT}`))).toBe(TEXT);
    // Only at its beginning, and only once, it is a mark.
    expect(decode(Buffer.from('\ufeff\ufeffa\ufeff'))).toBe('\ufeffa\ufeff');
  });

  it('in an encoding that is not known it stays as it is, and is no JSON', () => {
    const bytes = gzipSync(TEXT);
    expect(decode(bytes, 'gzip, br')).toBe(bytes.toString('utf8'));
    expect(decode(bytes, 'identity')).toBe(bytes.toString('utf8'));
  });

  it.each(['gzip', 'deflate', 'br'])('%s: nothing is nothing', (encoding) => {
    expect(decode(Buffer.alloc(0), encoding)).toBe('');
  });

  it.each(PACKED)('%s, cut off: only its beginning, which is no JSON', (encoding, pack) => {
    const long = JSON.stringify(Array.from({ length: 2000 }, (_, n) => `value ${n * n}`));
    const bytes = pack(long);
    const text = decode(bytes.subarray(0, bytes.length / 2), encoding);
    expect(text.length).toBeLessThan(long.length);
    expect(long.startsWith(text)).toBe(true);
  });

  it.each([
    ['gzip', '\x1f\x8b\x08 and what follows is not packed at all'],
    ['deflate', 'x and what follows is not packed at all'],
    ['br', '\xff'.repeat(40)],
  ])('%s, damaged: an error', (encoding, bytes) => {
    expect(() => decode(Buffer.from(bytes, 'latin1'), encoding)).toThrow();
  });

  it.each(PACKED)('%s that unpacks to more than is taken: an error', (encoding, pack) => {
    const bomb = pack(Buffer.alloc(LARGEST + 1, 0x20));
    expect(bomb.length).toBeLessThan(LARGEST / 100);
    expect(() => decode(bomb, encoding)).toThrow(
      expect.objectContaining({ code: 'ERR_BUFFER_TOO_LARGE' }) as Error,
    );
  });
});
