/**
 * Finds the lines of a row again without holding where each of them stands. Rows end nearly in the
 * order in which they began, so for a thousand rows it is enough to know in which parts of the
 * journal any of their lines are: a few dozen parts, whichever of them it is.
 */
import type { FileHandle } from 'node:fs/promises';

import { peekRow, type RowEntryAbout } from './entry.js';
import { linesOf } from './journal-lines.js';

export interface RowLines {
  /** Notes the next line of a row; offsets ascend. */
  readonly note: (row: number, offset: number) => void;
  /** The last line of that kind of a row, or undefined. Valid until the next one is asked for. */
  readonly find: (row: number, kind: LineKind) => Promise<Buffer | undefined>;
}

/** `reviewed`: an outcome that says what a plan decided. */
export type LineKind = 'outcome' | 'intent' | 'reviewed';

const KINDS = ['outcome', 'intent', 'reviewed'] as const satisfies readonly LineKind[];
const ROWS = 1024;
const PART_BYTES = 128 * 1024;

/**
 * @param rows of the input
 * @param end where the last line that was noted may end at most; asked for when lines are looked for
 */
export function createRowLines(
  file: Pick<FileHandle, 'read'>,
  rows: number,
  end: () => number,
): RowLines {
  /** Where each part begins: with a line. */
  const starts: number[] = [];
  /** For each thousand rows the parts that hold lines of theirs, ascending. */
  const partsOf: readonly number[][] = Array.from({ length: Math.ceil(rows / ROWS) }, () => []);

  /** Of which thousand rows `text` holds the lines; -1: of none. */
  let held = -1;
  let text = Buffer.alloc(0);
  const begins = new Uint32Array(KINDS.length * ROWS);
  /** 0: there is no such line. */
  const lengths = new Uint32Array(KINDS.length * ROWS);
  let part = Buffer.alloc(0);
  let reading: Promise<void> | undefined;

  const readPart = async (number: number): Promise<Buffer> => {
    const start = starts[number] ?? 0;
    const length = (starts[number + 1] ?? end()) - start;
    if (part.length < length) part = Buffer.allocUnsafe(length);
    const { bytesRead } = await file.read(part, 0, length, start);
    return part.subarray(0, bytesRead);
  };
  const readThousand = async (number: number): Promise<void> => {
    held = -1;
    lengths.fill(0);
    let used = 0;
    for (const at of partsOf[number] ?? [])
      for (const { line } of linesOf(await readPart(at), 0)) {
        const about = peekRow(line);
        const place = (about?.row ?? -1) - number * ROWS;
        if (about === undefined || place < 0 || place >= ROWS) continue;
        if (text.length < used + line.length)
          text = Buffer.concat([text], 2 * (used + line.length));
        line.copy(text, used);
        for (const kind of kindsOf(about)) {
          begins[kind * ROWS + place] = used;
          lengths[kind * ROWS + place] = line.length;
        }
        used += line.length;
      }
    held = number;
  };

  return {
    note(row, offset) {
      if (offset - (starts.at(-1) ?? -Infinity) >= PART_BYTES) starts.push(offset);
      const parts = partsOf[Math.floor(row / ROWS)];
      const last = starts.length - 1;
      if (parts?.at(-1) !== last) parts?.push(last);
    },
    async find(row, kind) {
      const number = Math.floor(row / ROWS);
      while (held !== number)
        await (reading ??= readThousand(number).finally(() => (reading = undefined)));
      const place = KINDS.indexOf(kind) * ROWS + (row % ROWS);
      const [begin = 0, length = 0] = [begins[place], lengths[place]];
      return length === 0 ? undefined : text.subarray(begin, begin + length);
    },
  };
}

const OUTCOME = [KINDS.indexOf('outcome')];
const INTENT = [KINDS.indexOf('intent')];
const PLANNED = [...OUTCOME, KINDS.indexOf('reviewed')];

function kindsOf(about: RowEntryAbout): readonly number[] {
  if (about.type === 'intent') return INTENT;
  return about.status === 'planned' ? PLANNED : OUTCOME;
}
