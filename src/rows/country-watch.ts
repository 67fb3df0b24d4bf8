/**
 * What is probably wrong with an address, or perhaps a date, by what billpatch knows without asking: a
 * warning, since what it knows is partly a guess, and the service decides. Pure; what is held does not
 * grow with the file.
 */
import type { Warning } from '../problem.js';
import type { Column } from './columns.js';
import { offlineViolations } from './country-errors.js';
import { findDamage, isMarkedAsText } from './damaged-cell.js';
import type { ParsedRow, RowChecks } from './parse-row.js';

export interface CountryWatch {
  /** Notes the next row that passes its own checks. */
  readonly add: (parsed: Extract<ParsedRow, { kind: 'row' }>) => void;
  readonly warnings: () => readonly Warning[];
}

const LINES_NAMED = 10;
/** Kinds of warnings; a file of more countries is told of the first. */
const MOST_KINDS = 30;

export function createCountryWatch(
  columns: readonly Column[],
  { countryRules, repair }: RowChecks,
): CountryWatch {
  const places = columns.flatMap(({ role }, index) =>
    role.kind === 'field' ? [{ field: role.field, index }] : [],
  );
  const found = new Map<string, Warning & { readonly lines: number[] }>();
  const note = (line: number, code: string, message: string, hint: string): void => {
    const key = `${code} ${message}`;
    const known = found.get(key) ?? { code, message, hint, lines: [], lineCount: 0 };
    if (known.lineCount === 0 && found.size >= MOST_KINDS) return;
    if (known.lines.length < LINES_NAMED) known.lines.push(line);
    found.set(key, { ...known, lineCount: known.lineCount + 1 });
  };
  return {
    add({ row }) {
      const { line, desired } = row;
      for (const { field, index } of places) {
        const value = desired.get(field) ?? '';
        if (value === '' || isMarkedAsText(row, index)) continue;
        if (findDamage(field, value)?.isDoubtful)
          note(line, 'date-like', `${field}: a spreadsheet may have made a date of this.`, LOOK);
      }
      if (!countryRules || !desired.has('country')) return;
      for (const { code, field, message, hint } of offlineViolations(desired)) {
        if (code === 'postal-code-damaged') {
          if (repair) note(line, code, `${field}: ${REPAIRED}`, 'Compare them in the plan.');
        } else {
          note(line, code, `${field}: ${message}`, `${hint} ${GUESS}`);
        }
      }
    },
    warnings: () => [...found.values()].map((warning) => ({ ...warning })),
  };
}

const LOOK = 'Compare it with where it was taken from.';
const GUESS = 'This is what billpatch knows without asking the service, which decides.';
const REPAIRED =
  'leading zeros are given back to postal codes, where the rules of the service agree (--repair).';
