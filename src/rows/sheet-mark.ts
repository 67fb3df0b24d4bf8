/**
 * The mark that keeps a spreadsheet's hands off a cell: one tab, put in front of what the sheet would
 * run or convert, and taken off again by the reader, once. Also inside a text: where a file is opened
 * with another delimiter than its own, quotation marks do not hold a cell together, so a formula can
 * hide behind a semicolon, a comma, a tab or a line break.
 *
 * `withoutMarks(withMarks(text, …)) === text` for every text there is. One that begins with a tab of
 * its own gets one more, whatever else it is; and since a tab more or less before a formula sign
 * leaves it as hidden as it was, the same places are found again. Pure.
 */

const MARK = '\t';

/** What begins a formula, also as it is typed in East Asia. */
const SIGN = '[=+\\-@＝＋－＠﹦﹢﹣﹫−]';

/** What may stand between the beginning of a cell and its formula. */
const FILLER = '\\s"\'’\\p{C}';

/** A cell that a spreadsheet runs, or may: an apostrophe alone is enough to hide what follows. */
export const FORMULA = new RegExp(`^(?:['’]|[${FILLER}]*${SIGN})`, 'u');

// Looked back from the signs alone, or a cell full of spaces would take its length squared.
const CELL_MAY_BEGIN = `(?<=[;,\\t\\r\\n][${FILLER}]*`;
const HIDDEN_FORMULA = new RegExp(`(?=${SIGN})${CELL_MAY_BEGIN})`, 'gu');
const MARKED_FORMULA = new RegExp(`${MARK}(?=${SIGN})${CELL_MAY_BEGIN}${MARK})`, 'gu');

/** @param isEndangered whether a spreadsheet would not leave the cell as it is */
export function withMarks(text: string, isEndangered: boolean): string {
  // Most cells have nowhere to hide one, and every cell of a run comes by here.
  const inside = /[;,\t\r\n]/.test(text) ? text.replace(HIDDEN_FORMULA, MARK) : text;
  return isEndangered || text.startsWith(MARK) ? MARK + inside : inside;
}

export const withoutMarks = (cell: string): string =>
  (cell.startsWith(MARK) ? cell.slice(MARK.length) : cell).replace(MARKED_FORMULA, '');

/** Whether a mark stands inside a text: where it was not taken off, it is not the user's. */
export const holdsMark = (text: string): boolean => text.search(MARKED_FORMULA) >= 0;
