/** A cell of a workbook → the text that it shows, as far as that is the value. Pure. */

/** How a number format turns a number into text. */
export type FormatNumber = (value: number, format: string) => string;

export type SheetValue = string | number | boolean | Date | null;

/** @param format the cell's number format; absent: General */
export function cellText(
  value: SheetValue,
  format: string | undefined,
  formatNumber: FormatNumber,
): string {
  if (value === null) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE';
  if (value instanceof Date) return dateText(value);
  if (format !== undefined && isShown(value, format)) return formatNumber(value, format).trim();
  return numberText(value);
}

/** Spreadsheets keep so many digits of a number. */
const DIGITS = 15;

/**
 * A number in all of its digits: what a spreadsheet shows as 1.2E+11 is 120000000000. Grouping,
 * currencies and decimals that only a format adds are left out; no field of a profile is a number.
 */
export function numberText(value: number): string {
  if (Number.isInteger(value)) return BigInt(value).toString();
  const rounded = Number(value.toPrecision(DIGITS));
  if (Number.isInteger(rounded)) return BigInt(rounded).toString();
  const text = String(rounded);
  const [, sign = '', whole = '', decimals = '', exponent] =
    /^(-?)(\d+)(?:\.(\d+))?e-(\d+)$/.exec(text) ?? [];
  if (exponent === undefined) return text;
  return `${sign}0.${'0'.repeat(Number(exponent) - 1)}${whole}${decimals}`;
}

/**
 * Whether a format is part of the value: one that writes digits into places, as postal codes
 * (00000), phone numbers ((000) 000-0000) and account numbers have them, or a percentage.
 */
function isShown(value: number, format: string): boolean {
  // Without literals, conditions, colours, and the room that is left for signs.
  const bare = format.replace(/"[^"]*"|\\.|\[[^\]]*\]|[_*]./g, '');
  if (/^0(?:\.0+)?%$/.test(bare)) return true;
  // Of a fraction such a format would hide digits.
  return Number.isInteger(value) && value >= 0 && /[0#?]/.test(bare) && !/[.,%/Ee@]/.test(bare);
}

const two = (number: number): string => String(number).padStart(2, '0');

/** `2026-11-23`, `2026-11-23 07:30:00` or `07:30:00`: a date has no text of its own. */
function dateText(date: Date): string {
  // Before the first day that there is, a spreadsheet shows these.
  if (Number.isNaN(date.getTime())) return '#####';
  const day = `${String(date.getUTCFullYear()).padStart(4, '0')}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`;
  const clock = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()];
  const time = clock.map(two).join(':');
  if (date.getUTCFullYear() < 1900) return time;
  return clock.every((part) => part === 0) ? day : `${day} ${time}`;
}
