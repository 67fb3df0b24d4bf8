/**
 * The parts of a zip file, within bounds that its directory must keep and its data too: a bomb is
 * refused before anything of it is unpacked, and one whose directory lies while it is. Pure.
 */
import { crc32, inflateRawSync } from 'node:zlib';

import { FileProblem } from './file-problem.js';

export interface ZipPart {
  readonly name: string;
  readonly size: number;
  /** Its bytes. Throws FileProblem where they are not what the directory says. */
  readonly read: () => Buffer;
}

/** A workbook has some dozens. */
const MOST_PARTS = 10_000;
const MOST_BYTES = 512 * 1024 * 1024;
/** Sheets shrink to a tenth or a thirtieth; a bomb to a thousandth. */
const MOST_RATIO = 200;
/** Below this, any ratio is harmless. */
const RATIO_FROM_BYTES = 8 * 1024 * 1024;

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const END_BYTES = 22;
const ENTRY_BYTES = 46;
const LOCAL_BYTES = 30;
/** The end may be followed by a comment of that length at most. */
const COMMENT_BYTES = 0xffff;
const STORED = 0;
const DEFLATED = 8;
const ENCRYPTED_FLAG = 1;

interface Entry {
  readonly name: string;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly at: number;
}

/** Throws FileProblem where the directory is damaged, or promises more than a workbook ever holds. */
export function zipParts(zip: Buffer): ReadonlyMap<string, ZipPart> {
  const parts = new Map<string, ZipPart>();
  let total = 0;
  for (const entry of entriesOf(zip)) {
    const { name, size, packed } = entry;
    total += size;
    if (total > MOST_BYTES || (size > RATIO_FROM_BYTES && size > packed * MOST_RATIO))
      throw tooLarge(name);
    // Two parts of one name: which of them a program shows is its own choice.
    if (parts.has(name)) throw damaged(`it has the part ${name} twice`);
    parts.set(name, { name, size, read: () => readPart(zip, entry) });
  }
  return parts;
}

export const damaged = (why: string): FileProblem =>
  new FileProblem(
    'workbook-damaged',
    `The workbook is damaged: ${why}.`,
    'Open it in the spreadsheet, which may repair it, and save it again.',
  );

const tooLarge = (name: string): FileProblem =>
  new FileProblem(
    'workbook-too-large',
    `The workbook would unpack to far more than it may (${printable(name)}): it is made to fill the memory, or no list of customers.`,
    'If it is yours, save the sheet as "CSV UTF-8 (comma delimited)".',
  );

const printable = (name: string): string => name.replace(/[^\x20-\x7e]/g, '?').slice(0, 80);

function* entriesOf(zip: Buffer): Generator<Entry> {
  const end = endOf(zip);
  const count = zip.readUInt16LE(end + 10);
  let at = zip.readUInt32LE(end + 16);
  // Larger ones have another directory (zip64): far beyond any workbook of customers.
  if (count > MOST_PARTS || at === 0xffffffff) throw tooLarge(`${count} parts`);
  for (let index = 0; index < count; index += 1) {
    if (at + ENTRY_BYTES > zip.length || zip.readUInt32LE(at) !== ENTRY)
      throw damaged('its directory cannot be read');
    const nameBytes = zip.readUInt16LE(at + 28);
    const name = zip.toString('utf8', at + ENTRY_BYTES, at + ENTRY_BYTES + nameBytes);
    yield {
      name,
      flags: zip.readUInt16LE(at + 8),
      method: zip.readUInt16LE(at + 10),
      crc: zip.readUInt32LE(at + 16),
      packed: zip.readUInt32LE(at + 20),
      size: zip.readUInt32LE(at + 24),
      at: zip.readUInt32LE(at + 42),
    };
    at += ENTRY_BYTES + nameBytes + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
}

function endOf(zip: Buffer): number {
  const least = Math.max(0, zip.length - END_BYTES - COMMENT_BYTES);
  for (let at = zip.length - END_BYTES; at >= least; at -= 1) {
    if (zip.readUInt32LE(at) === END) return at;
  }
  throw damaged('its end is missing, so it was cut off');
}

function readPart(zip: Buffer, { name, flags, method, crc, packed, size, at }: Entry): Buffer {
  if (at + LOCAL_BYTES > zip.length || zip.readUInt32LE(at) !== LOCAL)
    throw damaged(`the part ${printable(name)} is not where it should be`);
  if ((flags & ENCRYPTED_FLAG) !== 0) throw encrypted();
  const start = at + LOCAL_BYTES + zip.readUInt16LE(at + 26) + zip.readUInt16LE(at + 28);
  const data = zip.subarray(start, start + packed);
  const bytes = unpack(data, method, size);
  if (data.length !== packed || bytes?.length !== size || crc32(bytes) !== crc)
    throw damaged(`the part ${printable(name)} is not what its directory says`);
  return bytes;
}

/** Undefined where the data is damaged, or is more than the directory promised. */
function unpack(data: Buffer, method: number, size: number): Buffer | undefined {
  if (method === STORED) return data;
  if (method !== DEFLATED) return undefined;
  try {
    // At least 1: a limit of 0 is none.
    return inflateRawSync(data, { maxOutputLength: Math.max(1, size) });
  } catch {
    return undefined;
  }
}

export const encrypted = (): FileProblem =>
  new FileProblem(
    'workbook-encrypted',
    'The workbook is encrypted with a password.',
    'Open it in the spreadsheet and save it without a password (in Excel: File, Info, Protect Workbook), or as "CSV UTF-8".',
  );

/** Parts as a zip file that packs nothing: what was unpacked within bounds stays so. */
export function toZip(parts: readonly { readonly name: string; readonly bytes: Buffer }[]): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { name, bytes } of parts) {
    const nameBytes = Buffer.from(name);
    const local = Buffer.alloc(LOCAL_BYTES);
    local.writeUInt32LE(LOCAL);
    local.writeUInt16LE(20, 4);
    local.writeUInt32LE(crc32(bytes), 14);
    local.writeUInt32LE(bytes.length, 18);
    local.writeUInt32LE(bytes.length, 22);
    local.writeUInt16LE(nameBytes.length, 26);
    const entry = Buffer.alloc(ENTRY_BYTES);
    entry.writeUInt32LE(ENTRY);
    entry.writeUInt16LE(20, 4);
    // Version, flags, method, time, checksum and sizes are the same in both.
    local.copy(entry, 6, 4, 28);
    entry.writeUInt32LE(at, 42);
    files.push(local, nameBytes, bytes);
    directory.push(entry, nameBytes);
    at += LOCAL_BYTES + nameBytes.length + bytes.length;
  }
  const end = Buffer.alloc(END_BYTES);
  end.writeUInt32LE(END);
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(
    directory.reduce((sum, { length }) => sum + length, 0),
    12,
  );
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...files, ...directory, end]);
}
