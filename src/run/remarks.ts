/** What is to be said of rows that stopped none of them: once for the run, with the lines. Pure. */
import type { Problem, Warning } from '../problem.js';

/** The same words for every row that it is about; what differs from row to row is its note. */
export interface Remark extends Omit<Problem, 'detail'> {
  /** For the row alone, in its result; it may hold values. Absent: nothing. */
  readonly note?: string;
}

export interface RemarkWatch {
  readonly add: (line: number, remark: Remark) => void;
  readonly warnings: () => readonly Warning[];
}

const LINES_NAMED = 10;

const keyOf = ({ code, message }: Pick<Problem, 'code' | 'message'>): string =>
  `${code} ${message}`;

/** @param before what earlier stages of the run had to say */
export function createRemarkWatch(before: readonly Warning[] = []): RemarkWatch {
  interface Said extends Omit<Warning, 'lines'> {
    readonly lines: number[];
  }
  const said = new Map<string, Said>();
  for (const warning of before) said.set(keyOf(warning), { ...warning, lines: [...warning.lines] });
  return {
    add(line, { code, message, hint }) {
      const key = keyOf({ code, message });
      const known = said.get(key) ?? { code, message, hint, lines: [], lineCount: 0 };
      if (known.lines.length < LINES_NAMED) known.lines.push(line);
      said.set(key, { ...known, lineCount: known.lineCount + 1 });
    },
    warnings: () =>
      [...said.values()].map(({ lines, ...warning }) => ({
        ...warning,
        // Rows end in any order.
        lines: [...lines].sort((a, b) => a - b),
      })),
  };
}

/** What was to be said of several runs, as if it had been one. */
export function joinRemarks(runs: Iterable<readonly Warning[]>): readonly Warning[] {
  const said = new Map<string, Warning>();
  for (const remarks of runs) {
    for (const remark of remarks) {
      const { lines, lineCount } = said.get(keyOf(remark)) ?? { lines: [], lineCount: 0 };
      said.set(keyOf(remark), {
        ...remark,
        lines: [...lines, ...remark.lines].sort((a, b) => a - b).slice(0, LINES_NAMED),
        lineCount: lineCount + remark.lineCount,
      });
    }
  }
  return [...said.values()];
}
