/** Whether bytes are UTF-8, and where they are not. Pure. */
import { isUtf8 } from 'node:buffer';

export interface Utf8Check {
  /** The whole characters of what has come so far, or undefined where something is no UTF-8. */
  readonly push: (chunk: Buffer) => Buffer | undefined;
  /** Whether the last character is whole. */
  readonly end: () => boolean;
}

/** Strict, chunk by chunk: a character may be cut by the edge of a chunk. */
export function createUtf8Check(): Utf8Check {
  let rest: Buffer = Buffer.alloc(0);
  return {
    push(chunk) {
      const all = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const end = all.length - begunAtEnd(all);
      rest = Buffer.from(all.subarray(end));
      const whole = all.subarray(0, end);
      return isUtf8(whole) ? whole : undefined;
    },
    end: () => rest.length === 0,
  };
}

/** Bytes at the end that begin a character and do not finish it. */
function begunAtEnd(bytes: Buffer): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return lengthOf(byte) > back ? back : 0;
  }
  return 0;
}

const lengthOf = (first: number): number =>
  first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;

/** What a file that is not all UTF-8 is made of. */
export interface Utf8Tally {
  /** Whole characters of two bytes or more. */
  characters: number;
  /** Bytes that belong to none. */
  strays: number;
  /** The line of the first of these, as a text editor counts; 0 where there is none. */
  strayLine: number;
}

export interface Utf8Count {
  readonly push: (chunk: Buffer) => void;
  readonly end: () => Utf8Tally;
}

export function createUtf8Count(): Utf8Count {
  const tally: Utf8Tally = { characters: 0, strays: 0, strayLine: 0 };
  let rest: Buffer = Buffer.alloc(0);
  let line = 1;
  const stray = (): void => {
    tally.strays += 1;
    if (tally.strayLine === 0) tally.strayLine = line;
  };
  const count = (bytes: Buffer): void => {
    for (let at = 0; at < bytes.length;) {
      const byte = bytes[at] ?? 0;
      if (byte < 0x80) {
        if (byte === 0x0a || (byte === 0x0d && bytes[at + 1] !== 0x0a)) line += 1;
        at += 1;
        continue;
      }
      const length = lengthOf(byte);
      if (length > 1 && isUtf8(bytes.subarray(at, at + length)) && at + length <= bytes.length) {
        tally.characters += 1;
        at += length;
      } else {
        stray();
        at += 1;
      }
    }
  };
  return {
    push(chunk) {
      const all = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      // A carriage return at the edge waits too: a line feed may follow.
      const begun = begunAtEnd(all) || (all.at(-1) === 0x0d ? 1 : 0);
      rest = Buffer.from(all.subarray(all.length - begun));
      count(all.subarray(0, all.length - begun));
    },
    end() {
      count(rest);
      return tally;
    },
  };
}
