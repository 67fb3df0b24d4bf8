/**
 * What is probably wrong with an address, or perhaps a date, by what billpatch knows without asking: a
 * warning, since what it knows is partly a guess, and the service decides. Pure; what is held does not
 * grow with the file.
 */
import type { Warning } from '../problem.js';
import { isDamage } from './damaged-cell.js';
import type { ParsedRow, RowChecks } from './parse-row.js';

export interface CountryWatch {
  /** Notes the next row that passes its own checks. */
  readonly add: (parsed: Extract<ParsedRow, { kind: 'row' }>) => void;
  readonly warnings: () => readonly Warning[];
}

const LINES_NAMED = 10;
/** Kinds of warnings; a file of more countries is told of the first. */
const MOST_KINDS = 30;

export function createCountryWatch({ repair }: RowChecks): CountryWatch {
  const found = new Map<string, Warning & { readonly lines: number[]; lineCount: number }>();
  const note = (line: number, code: string, message: string, hint: string): void => {
    const key = `${code} ${message}`;
    let known = found.get(key);
    if (!known) {
      if (found.size >= MOST_KINDS) return;
      known = { code, message, hint, lines: [], lineCount: 0 };
      found.set(key, known);
    }
    if (known.lines.length < LINES_NAMED) known.lines.push(line);
    known.lineCount += 1;
  };
  return {
    add({ row: { line }, doubts }) {
      for (const { code, field, message, hint } of doubts) {
        if (isDamage(code))
          note(line, 'date-like', `${field}: a spreadsheet may have made a date of this.`, LOOK);
        else if (code !== 'postal-code-damaged')
          note(line, code, `${field}: ${message}`, `${hint} ${GUESS}`);
        else if (repair) note(line, code, `${field}: ${REPAIRED}`, 'Compare them in the plan.');
      }
    },
    warnings: () => [...found.values()].map((warning) => ({ ...warning })),
  };
}

const LOOK = 'Compare it with where it was taken from.';
const GUESS = 'This is what billpatch knows without asking the service, which decides.';
const REPAIRED =
  'leading zeros are given back to postal codes, where the rules of the service agree (--repair).';
