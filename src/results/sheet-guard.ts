/**
 * The cells of files that people open. What a spreadsheet would run as a formula, or turn into a
 * number, a date or a truth value, gets a mark (rows/sheet-mark.ts): then it is text to the sheet, and
 * the reader takes the mark off again. In a file that billpatch drew itself, which it knows by its
 * columns `result_…` or `export_note`, every cell loses exactly one mark; in any other file none, for
 * there a tab in front is the user's, and does not count at the edge of a value. So a file may go
 * round any number of times, and each input cell is what it was. The journal has no marks. Pure.
 */
import { FORMULA, withMarks } from '../rows/sheet-mark.js';
import { MONTH_NAMES } from './month-names.js';

/** The value as a cell that a spreadsheet leaves as it is. */
export const guardCell = (value: string): string => withMarks(value, isEndangered(value));

/** More digits than these a spreadsheet shows, and saves, as 1.2E+11. */
const PLAIN_NUMBER = /^(0|[1-9][0-9]{0,10})$/;

/** Text to every spreadsheet, be it of digits alone. */
const ID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

function isEndangered(value: string): boolean {
  if (FORMULA.test(value) || TRUTH.has(value.trim().toLowerCase())) return true;
  if (!/\p{Nd}/u.test(value) || PLAIN_NUMBER.test(value) || ID.test(value)) return false;
  const rest = value.replace(/\s*[ap]\.?m?\.?$/iu, '');
  return (
    !/[^\p{Nd}\p{L}\p{M}\p{Sc}\s.,:;/\\()+\-–—%‰'’]/u.test(rest) &&
    (rest.match(/[\p{L}\p{M}]+/gu) ?? []).every((word) => IN_NUMBERS.has(word.toLowerCase()))
  );
}

/** Words that do not keep a text with digits from being read as a date or a number. */
const IN_NUMBERS: ReadonlySet<string> = new Set([
  ...'e t z de of год г р 年 月 日 년 월 일'.split(' '),
  ...MONTH_NAMES,
]);

const TRUTH: ReadonlySet<string> = new Set(
  (
    'true false wahr falsch vrai faux verdadero falso verdadeiro vero waar onwaar sand sandt falsk sant ' +
    'usann tosi epätosi prawda fałsz pravda nepravda igaz hamis adevărat fals doğru yanlış истина ложь'
  ).split(' '),
);
