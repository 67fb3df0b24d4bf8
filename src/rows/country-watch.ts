/**
 * What is probably wrong with an address, or perhaps a date, by what billpatch knows without asking: a
 * warning, since what it knows is partly a guess, and the service decides. Pure; what is held does not
 * grow with the file.
 */
import type { Warning } from '../problem.js';
import { isDamage } from './damaged-cell.js';
import type { Doubt, JudgedRow, RowChecks } from './parse-row.js';

export interface CountryWatch {
  /** Notes the next row that passes its own checks. */
  readonly add: (judged: JudgedRow) => void;
  readonly warnings: () => readonly Warning[];
}

const LINES_NAMED = 10;
/** Kinds of warnings; a file of more countries is told of the first. */
const MOST_KINDS = 30;

export function createCountryWatch({ repair }: RowChecks): CountryWatch {
  const found = new Map<string, Noted>();
  const notedAs = (code: string, message: string, hint: string): Noted | undefined => {
    const key = `${code} ${message}`;
    let known = found.get(key);
    if (!known && found.size < MOST_KINDS) {
      known = { code, message, hint, lines: [], lineCount: 0 };
      found.set(key, known);
    }
    return known;
  };
  const toNoted = ({ code, field, message, hint }: Doubt): Noted | undefined => {
    if (isDamage(code))
      return notedAs('date-like', `${field}: a spreadsheet may have made a date of this.`, LOOK);
    if (code !== 'postal-code-damaged')
      return notedAs(code, `${field}: ${message}`, `${hint} ${GUESS}`);
    return repair ? notedAs(code, `${field}: ${REPAIRED}`, 'Compare them in the plan.') : undefined;
  };
  // Mostly what is doubtful in one row is so in the next: then nothing has to be looked up.
  let last: { readonly doubt: Doubt; readonly noted: Noted | undefined } | undefined;
  return {
    add({ raw: { line }, doubts }) {
      for (const doubt of doubts) {
        if (!last || !isSame(doubt, last.doubt)) last = { doubt, noted: toNoted(doubt) };
        const { noted } = last;
        if (!noted) continue;
        if (noted.lines.length < LINES_NAMED) noted.lines.push(line);
        noted.lineCount += 1;
      }
    },
    warnings: () => [...found.values()].map((warning) => ({ ...warning })),
  };
}

type Noted = Warning & { readonly lines: number[]; lineCount: number };

/** Hints may differ: the first is told. */
const isSame = (a: Doubt, b: Doubt): boolean =>
  a.code === b.code && a.field === b.field && a.message === b.message;

const LOOK = 'Compare it with where it was taken from.';
const GUESS = 'This is what billpatch knows without asking the service, which decides.';
const REPAIRED =
  'leading zeros are given back to postal codes, where the rules of the service agree (--repair).';
