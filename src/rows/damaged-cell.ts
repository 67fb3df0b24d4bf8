/**
 * Cells of which a spreadsheet has kept something else than what was typed: a number in place of digits,
 * a date in place of a text, the error of a formula. What was there cannot be told any more, so it is
 * never passed on. Only a whole cell counts: `2026 Main St` is an address. Pure.
 */
import type { Field } from '../profile/billing-profile.js';

export interface Damage {
  readonly code: 'damaged-error' | 'damaged-number' | 'damaged-date';
  readonly message: string;
  readonly hint: string;
  /** May be meant: the row goes on, with a warning. */
  readonly isDoubtful: boolean;
}

/**
 * The tab with which an export marks a text (sheet-mark): what stands there was read from the service.
 * A result file has one before whatever came in, so there it says nothing.
 */
export const isMarkedAsText = (
  {
    cells,
    written = cells,
  }: { readonly cells: readonly string[]; readonly written?: readonly string[] },
  index: number,
): boolean => written[index]?.startsWith('\t') === true;

export const isDamage = (code: string): boolean => code.startsWith('damaged-');

/** Every shape below is shorter. */
const LONGEST = 40;

const isDigitAt = (value: string, at: number): boolean => {
  const code = value.charCodeAt(at);
  return code >= 48 && code <= 57;
};

export function findDamage(field: Field, value: string): Damage | undefined {
  if (value.length > LONGEST) return undefined;
  const begins = isDigitAt(value, 0);
  const ends = isDigitAt(value, value.length - 1);
  // For most cells of a large file this is all that is looked at: every shape below has a digit at
  // one of its ends, but for the errors with their sign.
  if (!begins && !ends && !value.startsWith('#')) return undefined;
  if (!begins && isErrorValue(value)) return ERROR;
  if (ends && (isScientific(value) || isCutNumber(value))) return NUMBER;
  const date = dateLikeness(value);
  if (date === 'none') return undefined;
  const isDoubtful =
    date === 'perhaps' ||
    (date === 'month' && field === 'companyName') ||
    // Pairs of digits are how some countries write numbers.
    (date === 'digits' && field === 'phoneNumber');
  return { ...DATE, isDoubtful };
}

const RETYPE = 'Type the value again in a cell that is formatted as text.';

const ERROR: Damage = {
  code: 'damaged-error',
  message: 'The cell holds an error of the spreadsheet in place of its value.',
  hint: 'Correct the formula, or make the column wider, and save the file again; or empty the cell to leave the field alone.',
  isDoubtful: false,
};
const NUMBER: Damage = {
  code: 'damaged-number',
  message:
    'The spreadsheet has made a number of this value and rounded it: its digits are not there any more.',
  hint: RETYPE,
  isDoubtful: false,
};
const DATE: Omit<Damage, 'isDoubtful'> = {
  code: 'damaged-date',
  message: 'The spreadsheet has made a date of this value: what was typed is not there any more.',
  hint: RETYPE,
};

/** Of Excel in the languages that are met most, of LibreOffice, and cells that are too narrow. */
const ERROR_VALUES = new Set(
  (
    '#N/A #REF! #VALUE! #NAME? #DIV/0! #NULL! #NUM! #SPILL! #CALC! #FIELD! #GETTING_DATA #BLOCKED! #CONNECT! #UNKNOWN! #BUSY! ' +
    '#NV #BEZUG! #WERT! #ZAHL! #ÜBERLAUF! #VALEUR! #NOM? #NOMBRE! #NUL! #VALEUR #¡REF! #¡VALOR! #¿NOMBRE? #¡DIV/0! #¡NULO! #¡NUM! ' +
    '#N/D #RIF! #VALORE! #NOME? #NULLO! #VALOR! #NÚM! #NULO! #WAARDE! #NAAM? #GETAL! #LEEG! #VERW! #N/B #ARG! #ADR! #NAZWA? #LICZBA! #ZERO!'
  ).split(' '),
);

function isErrorValue(value: string): boolean {
  if (value.startsWith('#')) return /^#{3,}$/.test(value) || ERROR_VALUES.has(value.toUpperCase());
  return /^Err:5\d\d$/i.test(value);
}

/** As spreadsheets write it: always with the sign. `1E5` may be the name of a company. */
const isScientific = (value: string): boolean =>
  /^[+-]?\d(?:[.,]\d{1,20})?E[+-]\d{1,3}$/i.test(value);

/** A spreadsheet keeps fifteen digits and writes zeros for the others. */
function isCutNumber(value: string): boolean {
  if (value.length < 15 || !/^\d+$/.test(value)) return false;
  return value.length === 15 ? value.endsWith('00') : /^0+$/.test(value.slice(15));
}

/** digits: 03/04/2026 · month: 4-Mar · perhaps: May 26, which is a month and a day to people too. */
type DateLikeness = 'digits' | 'month' | 'perhaps' | 'none';

/** A month by its name, between a day and a year or beside one of them; a time may follow. */
const MONTH_DATE =
  /^(\d{1,4})?([-/. ]{0,2})(\p{L}{3,10}\.?)([-/. ]{0,2})(\d{1,4})?(?: \d{1,2}:\d\d(?::\d\d)?)?$/u;

function dateLikeness(value: string): DateLikeness {
  if (/^\d{1,4}[-/.]\d/.test(value) && isNumericDate(value)) return 'digits';
  const parts = MONTH_DATE.exec(value);
  if (!parts) return 'none';
  const [, before = '', gap = '', month = '', , after = ''] = parts;
  const name = month.toLowerCase().replace(/\.$/, '');
  if (before === '' && after === '') return 'none';
  const gaps = value.slice(before.length).replace(month, '');
  const isShort = SHORT_MONTHS.has(name);
  if (!isShort && !LONG_MONTHS.has(name)) return 'none';
  if (!(isDayOrYear(before) && isDayOrYear(after))) return 'none';
  // Spreadsheets join the parts of such a date: 4-Mar, Mar-26, 04/mar; in German 04. Mrz and Mrz 26.
  const isJoined = /[-/]/.test(gaps) || (gap.startsWith('.') && isShort);
  if (isJoined && isShort) return 'month';
  return /[-/. ]/.test(gaps) ? 'perhaps' : 'none';
}

const isDayOrYear = (text: string): boolean =>
  text === '' || (text.length <= 2 ? Number(text) <= 99 : /^(?:19|20)\d\d$/.test(text));

/** With a time behind it or not. */
function isNumericDate(value: string): boolean {
  const [day = ''] = value.split(/[ T](?=\d{1,2}:\d\d)/);
  const rest = value.slice(day.length);
  if (rest !== '' && !/^[ T]\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?: ?[AP]M|Z)?$/i.test(rest))
    return false;
  const iso = /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})$/.exec(day);
  if (iso) return isYear(iso[1]) && isMonth(iso[3]) && isDay(iso[4]);
  const [, a, , b, year] = /^(\d{1,2})([-/.])(\d{1,2})\2(\d{4})$/.exec(day) ?? [];
  if (year === undefined) return false;
  return isYear(year) && ((isDay(a) && isMonth(b)) || (isMonth(a) && isDay(b)));
}

const isYear = (text: string | undefined): boolean => /^(?:19|20)\d\d$/.test(text ?? '');
const isMonth = (text: string | undefined): boolean => Number(text) >= 1 && Number(text) <= 12;
const isDay = (text: string | undefined): boolean => Number(text) >= 1 && Number(text) <= 31;

/** As spreadsheets shorten them in English, German, French, Spanish, Italian, Portuguese and Dutch. */
const SHORT_MONTHS = new Set(
  (
    'jan feb mar apr may jun jul aug sep sept oct nov dec mrz mär mai juni juli okt dez ' +
    'janv févr mars avr juin juil août déc ene abr ago dic gen mag giu lug set ott ' +
    'fev out dez mrt mei'
  ).split(' '),
);
const LONG_MONTHS = new Set(
  'january february march april june july august september october november december'.split(' '),
);
