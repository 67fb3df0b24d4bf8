/**
 * Accidents of spreadsheets, noticed while a file is read: a cell that was dragged down as a series,
 * one e-mail address on many customers, columns that have slipped. They are warnings: each may be
 * meant, and people who are warned for nothing stop reading. So where sound data can look the same,
 * nothing is said. Pure; what is held does not grow with the file.
 */
import type { Field } from '../profile/billing-profile.js';
import type { Warning } from '../problem.js';
import type { Column } from './columns.js';
import { createEmailWatch } from './email-watch.js';
import { parseTenantId, type JudgedRow } from './parse-row.js';

export interface AccidentWatch {
  /** Notes the next row; rows that fail their own checks count too. */
  readonly add: (judged: JudgedRow) => void;
  readonly warnings: () => readonly Warning[];
}

/** Named in a warning; the others are counted. */
const LINES_NAMED = 10;
/** Longer values are none of those that are looked for, and would be held. */
const LONGEST = 256;

export function createAccidentWatch(columns: readonly Column[]): AccidentWatch {
  const places = columns.flatMap((column, index): Place[] =>
    column.role.kind === 'field' ? [{ column, index, field: column.role.field }] : [],
  );
  const carried = columns.flatMap(({ role }, index) => (role.kind === 'carried' ? [index] : []));
  // Used again for every row: nobody keeps it.
  const looked: (string | undefined)[] = places.map(() => undefined);
  const emailAt = places.findIndex(({ field }) => field === 'email');
  const series = places.map((place) => createSeriesWatch(place, carried));
  const emails = createEmailWatch();
  const shifts = createShiftWatch(places);
  return {
    add({ raw: { line, cells }, tenantId, values }) {
      for (let i = 0; i < places.length; i += 1) {
        const value = lookedAt(values[places[i]?.index ?? 0]);
        looked[i] = value;
        series[i]?.add(line, value, cells);
      }
      const email = looked[emailAt];
      if (email !== undefined) emails.add(line, email, tenantId);
      shifts.add(line, looked);
    },
    warnings: () => [
      ...shifts.warnings(),
      ...series.flatMap((watch) => watch.warnings()),
      ...emails.warnings(),
    ],
  };
}

interface Place {
  readonly column: Column;
  readonly index: number;
  readonly field: Field;
}

const lookedAt = (value: string | undefined): string | undefined =>
  value === '' || (value !== undefined && value.length > LONGEST) ? undefined : value;

function holdsNumber(cell: string, number: string): boolean {
  const plain = number.replace(/^0+/, '');
  const numbers = cell.slice(0, LONGEST).match(/\d+/g) ?? [];
  return numbers.some((held) => held.replace(/^0+/, '') === plain);
}

const nameOf = ({ letter, name }: Column): string =>
  `column ${letter} (${name.trim().replace(/\s+/g, ' ')})`;
const asSentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** The first lines, in order. */
const note = (lines: number[], line: number): void => {
  if (lines.length < LINES_NAMED) lines.push(line);
};

// A series: each value is the one above it, plus one.

const SERIES_FROM = 5;
/** In a column that is sorted anyway, real values may follow one another for a while. */
const SERIES_WHERE_SORTED = 10;
const SERIES_NAMED = 3;

interface Run {
  readonly lines: number[];
  readonly from: string;
  rows: number;
  last: number;
  to: string;
  /** Steps with a number that a column beside it has too. */
  carried: number;
}

interface SeriesWatch {
  readonly add: (line: number, value: string | undefined, cells: readonly string[]) => void;
  readonly warnings: () => readonly Warning[];
}

/** @param carried the columns beside it whose numbers it may follow */
function createSeriesWatch({ column, field }: Place, carried: readonly number[]): SeriesWatch {
  let above: string | undefined;
  let lineAbove = 0;
  let run: Run | undefined;
  let ascents = 0;
  let descents = 0;
  const first: Run[] = [];
  let runs = 0;
  let rows = 0;
  let longest = 0;

  const endRun = (): void => {
    // Mailboxes that are numbered like the accounts beside them count up because those do.
    if (run && run.rows >= SERIES_FROM && run.carried < run.rows - 1) {
      if (first.length < SERIES_NAMED) first.push(run);
      runs += 1;
      rows += run.rows;
      longest = Math.max(longest, run.rows);
    }
    run = undefined;
  };

  return {
    add(line, value, cells) {
      const before = above;
      const lineBefore = lineAbove;
      above = value;
      lineAbove = line;
      // Most columns hold the same in many rows.
      if (value === before && !run) return;
      const number =
        before === undefined || value === undefined
          ? undefined
          : numberOfStep(before, value, field);
      if (number === undefined) {
        endRun();
        // Once it is known not to be sorted, that does not change.
        if (descents === 0 && before !== undefined && value !== undefined) {
          const order = compare(before, value);
          if (order < 0) ascents += 1;
          if (order > 0) descents += 1;
        }
        return;
      }
      if (before === undefined || value === undefined) return;
      run ??= {
        lines: [lineBefore],
        from: before,
        rows: 1,
        last: lineBefore,
        to: before,
        carried: 0,
      };
      run.rows += 1;
      run.last = line;
      run.to = value;
      if (carried.some((index) => holdsNumber(cells[index] ?? '', number))) run.carried += 1;
      note(run.lines, line);
    },
    warnings() {
      endRun();
      const isSorted = descents === 0 && ascents >= 2;
      if (runs === 0 || (isSorted && longest < SERIES_WHERE_SORTED)) return [];
      const places = first.map(({ lines, last }) => `lines ${lines[0] ?? last} to ${last}`);
      if (runs > first.length) places.push('and more');
      return [
        {
          code: 'series',
          message: `${asSentence(nameOf(column))} counts up by one from row to row in ${rows} rows (${places.join(', ')}), as cells do that are dragged down.`,
          hint: 'Compare these cells with where they were taken from.',
          detail: first.map(({ from, to }) => `${from} … ${to}`).join('; '),
          lines: first.flatMap(({ lines }) => lines).slice(0, LINES_NAMED),
          lineCount: rows,
        },
      ];
    },
  };
}

/** The number that a cell ends with where it is one more than that of the cell above it. */
function numberOfStep(above: string, value: string, field: Field): string | undefined {
  if (above === value || Math.abs(above.length - value.length) > 1) return undefined;
  if (field === 'email') {
    const at = value.lastIndexOf('@');
    const atAbove = above.lastIndexOf('@');
    if (at > 0 && value.slice(at) === above.slice(atAbove))
      return stepAtEnd(above.slice(0, atAbove), value.slice(0, at));
  }
  // Spreadsheets count on at the end of a text, or else at its beginning, as in "12 Meadow Row".
  return stepAtEnd(above, value) ?? stepAtBeginning(above, value) ?? stepOfDay(above, value);
}

/** Tells most of the numbers that do not follow one another from those that may. */
const isNextDigit = (above: string, atAbove: number, text: string, at: number): boolean => {
  const step = text.charCodeAt(at) - above.charCodeAt(atAbove);
  return step === 1 || step === -9;
};

const isDigit = (text: string, at: number): boolean => {
  const code = text.charCodeAt(at);
  return code >= 48 && code <= 57;
};

/** Of longer numbers the last digits: these are still exact. */
const DIGITS = 15;

function beginOfDigits(text: string): number {
  let at = text.length;
  while (at > 0 && text.length - at < DIGITS && isDigit(text, at - 1)) at -= 1;
  return at;
}

function endOfDigits(text: string): number {
  let at = 0;
  while (at < DIGITS && isDigit(text, at)) at += 1;
  return at;
}

function stepAtEnd(above: string, value: string): string | undefined {
  if (!isDigit(value, value.length - 1)) return undefined;
  if (!isNextDigit(above, above.length - 1, value, value.length - 1)) return undefined;
  const at = beginOfDigits(value);
  const atAbove = beginOfDigits(above);
  if (value.slice(0, at) !== above.slice(0, atAbove)) return undefined;
  return stepOf(above.slice(atAbove), value.slice(at));
}

function stepAtBeginning(above: string, value: string): string | undefined {
  if (!isDigit(value, 0)) return undefined;
  const at = endOfDigits(value);
  const atAbove = endOfDigits(above);
  if (!isNextDigit(above, atAbove - 1, value, at - 1)) return undefined;
  if (value.slice(at) !== above.slice(atAbove)) return undefined;
  return stepOf(above.slice(0, atAbove), value.slice(0, at));
}

const stepOf = (above: string, number: string): string | undefined =>
  above !== '' && Number(number) - Number(above) === 1 ? number : undefined;

const DAY_MS = 86_400_000;

/** Dates that follow one another, at the end of a month too. */
function stepOfDay(above: string, value: string): string | undefined {
  if (value.length < 8 || value.length > 10 || !isDigit(value, 0)) return undefined;
  const days = daysOf(value);
  const daysAbove = daysOf(above);
  const follows = days.some((day, i) => day - (daysAbove[i] ?? NaN) === DAY_MS);
  return follows ? value : undefined;
}

/** The day that a date means, or both where day and month cannot be told apart. */
function daysOf(value: string): readonly number[] {
  const iso = /^(\d{4})-(\d\d?)-(\d\d?)$/.exec(value);
  if (iso) return [Date.UTC(Number(iso[1]), Number(iso[2]) - 1, Number(iso[3]))];
  const [, a, , b, year] = /^(\d\d?)([./-])(\d\d?)\2(\d{4})$/.exec(value) ?? [];
  if (year === undefined) return [];
  const day = (month: number, date: number): number =>
    month > 12 || date > 31 ? NaN : Date.UTC(Number(year), month - 1, date);
  return [day(Number(b), Number(a)), day(Number(a), Number(b))];
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  const areNumbers = /^\d{1,15}$/.test(a) && /^\d{1,15}$/.test(b);
  const [x, y] = areNumbers ? [Number(a), Number(b)] : [a, b];
  return x < y ? -1 : x > y ? 1 : 0;
}

// Columns that have slipped: values that look like those of another field.

type Look = 'email' | 'phone' | 'postal' | 'digits' | 'locale' | 'tenant' | 'country' | 'code';

const LOOKS: Readonly<Record<Look, string>> = {
  email: 'e-mail addresses',
  phone: 'phone numbers',
  postal: 'postal codes',
  digits: 'postal codes',
  locale: 'cultures',
  tenant: 'tenant ids',
  country: 'country codes',
  code: 'state or country codes',
};

const NEVER: readonly Look[] = ['tenant', 'locale'];
const NEVER_A_NAME: readonly Look[] = [...NEVER, 'email', 'phone', 'postal'];
/**
 * What no value of a field looks like. Free lines of an address may hold nearly anything, and what
 * is no e-mail address or country is an error of the row already.
 */
const FOREIGN: Readonly<Record<Field, readonly Look[]>> = {
  firstName: NEVER_A_NAME,
  lastName: NEVER_A_NAME,
  email: [],
  culture: ['tenant', 'email', 'phone', 'postal'],
  language: ['tenant', 'email', 'phone', 'postal'],
  companyName: NEVER_A_NAME,
  country: [],
  region: [...NEVER, 'email', 'phone'],
  state: [...NEVER_A_NAME, 'country'],
  city: [...NEVER_A_NAME, 'digits'],
  // Districts may have numbers, like those of Vienna and Paris.
  district: [...NEVER, 'email', 'phone'],
  addressLine1: NEVER_A_NAME,
  addressLine2: NEVER,
  addressLine3: NEVER,
  postalCode: [...NEVER, 'email', 'phone'],
  phoneNumber: [...NEVER, 'email', 'postal'],
  addressFirstName: NEVER_A_NAME,
  addressMiddleName: NEVER_A_NAME,
  addressLastName: NEVER_A_NAME,
};

/** What the values of a field look like, where that can be told. */
const OWN: Partial<Record<Field, readonly Look[]>> = {
  email: ['email'],
  phoneNumber: ['phone'],
  postalCode: ['postal', 'digits'],
  culture: ['locale'],
  country: ['code', 'country'],
  state: ['code', 'country'],
};

const POSTAL = /^(?:\d{5}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d)$/i;

/** With a `+`, as in North America, or longer than any postal code. */
function isPhone(value: string): boolean {
  if (!isDigit(value, 0) && !value.startsWith('+') && !value.startsWith('(')) return false;
  if (!/^.[\d\s().\-/]{6,23}$/.test(value)) return false;
  let digits = 0;
  for (let at = 0; at < value.length; at += 1) if (isDigit(value, at)) digits += 1;
  if (digits > 15) return false;
  return (
    (value.startsWith('+') && digits >= 8) ||
    digits >= 11 ||
    /^(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}$/.test(value)
  );
}

function lookOf(value: string): Look | undefined {
  const { length } = value;
  if (length === 2) return /^[A-Z]{2}$/.test(value) ? 'code' : undefined;
  if (length === 5 && value.charAt(2) === '-' && /^[a-z]{2}-[A-Z]{2}$/.test(value)) return 'locale';
  if (value.includes('@')) return /^[^\s@]+@[^\s@.]+\.[^\s@]+$/.test(value) ? 'email' : undefined;
  if (length < 4 || length > 40 || !/\d/.test(value)) return undefined;
  if (length <= 10 && POSTAL.test(value)) return 'postal';
  if (length <= 6 && /^(?:\d{4}|\d{6})$/.test(value)) return 'digits';
  if (isPhone(value)) return 'phone';
  return length >= 36 && parseTenantId(value) !== undefined ? 'tenant' : undefined;
}

/** Countries of which no state has the country's own code, as Luxembourg and Singapore may. */
const NOT_A_STATE =
  /^(?:US|GB|DE|FR|ES|IT|NL|BE|AT|CH|SE|NO|FI|DK|PL|PT|IE|CA|BR|IN|JP|AU|NZ|ZA|TR|CZ|GR)$/;

const SHIFTED_FROM = 5;
const SHIFTED_SHARE = 0.8;

interface ColumnTally {
  readonly foreign: readonly Look[];
  values: number;
  /** The value that was looked at last, and its look: many rows are in one country. */
  last: string | undefined;
  look: Look | undefined;
  readonly looks: Map<Look, { count: number; readonly lines: number[] }>;
}

interface ShiftWatch {
  readonly add: (line: number, values: readonly (string | undefined)[]) => void;
  readonly warnings: () => readonly Warning[];
}

function createShiftWatch(places: readonly Place[]): ShiftWatch {
  const tallies = places.map(({ field }): ColumnTally => ({
    foreign: FOREIGN[field],
    values: 0,
    last: undefined,
    look: undefined,
    looks: new Map(),
  }));
  const countryAt = places.findIndex(({ field }) => field === 'country');
  const shiftedLines: number[] = [];
  let shiftedRows = 0;

  const lookAt = (values: readonly (string | undefined)[], i: number): Look | undefined => {
    const value = values[i];
    const tally = tallies[i];
    if (value === undefined || !tally) return undefined;
    if (value !== tally.last) {
      tally.last = value;
      tally.look = lookOf(value);
    }
    const { look } = tally;
    // Codes of states and of countries are much alike: only its own country's is surely none.
    const isOwnCountry =
      look === 'code' &&
      places[i]?.field === 'state' &&
      value === (values[countryAt] ?? 'US') &&
      NOT_A_STATE.test(value);
    return isOwnCountry ? 'country' : look;
  };

  return {
    add(line, values) {
      let foreign = 0;
      for (let i = 0; i < tallies.length; i += 1) {
        const tally = tallies[i];
        if (!tally || values[i] === undefined) continue;
        tally.values += 1;
        if (tally.foreign.length === 0) continue;
        const look = lookAt(values, i);
        if (look === undefined || !tally.foreign.includes(look)) continue;
        foreign += 1;
        const seen = tally.looks.get(look) ?? { count: 0, lines: [] };
        seen.count += 1;
        note(seen.lines, line);
        tally.looks.set(look, seen);
      }
      if (foreign === 0) return;
      const looks = values.map((_, i) => lookAt(values, i));
      if (isShifted(places, looks)) {
        shiftedRows += 1;
        note(shiftedLines, line);
      }
    },
    warnings() {
      const columns = tallies.flatMap(({ values, looks }, i) => {
        const place = places[i];
        const [most] = [...looks].sort(([, a], [, b]) => b.count - a.count);
        if (!place || !most || values < SHIFTED_FROM) return [];
        const [look, { count, lines }] = most;
        return count < values * SHIFTED_SHARE ? [] : [{ place, look, values, count, lines }];
      });
      if (columns.length > 0) {
        const parts = columns.map(
          ({ place, look, values, count }) =>
            `${nameOf(place.column)} holds what looks like ${LOOKS[look]} in ${count} of ${values} rows`,
        );
        const lines = [...new Set(columns.flatMap((column) => column.lines))];
        return [
          {
            code: 'column-shifted',
            message: `${asSentence(parts.join(', and '))}.`,
            hint: 'Look whether the cells stand under the right column names.',
            lines: lines.sort((a, b) => a - b).slice(0, LINES_NAMED),
            lineCount: Math.max(...columns.map(({ count }) => count)),
          },
        ];
      }
      if (shiftedRows === 0) return [];
      return [
        {
          code: 'row-shifted',
          message:
            shiftedRows === 1
              ? 'In 1 row the values look as if they stood one column beside their own.'
              : `In ${shiftedRows} rows the values look as if they stood one column beside their own.`,
          hint: 'Look for a cell too many or too few in these rows.',
          lines: shiftedLines,
          lineCount: shiftedRows,
        },
      ];
    },
  };
}

/** Whether two values or more are none of their field's, but of the field on the same side of it. */
function isShifted(places: readonly Place[], looks: readonly (Look | undefined)[]): boolean {
  return [-1, 1].some((side) => {
    const moved = looks.filter((look, i) => {
      const place = places[i];
      const beside = places[i + side];
      if (look === undefined || !place || beside?.index !== place.index + side) return false;
      const isItsOwn =
        OWN[place.field]?.includes(look) === true ||
        (!FOREIGN[place.field].includes(look) && !UNLIKELY[place.field]?.includes(look));
      return !isItsOwn && OWN[beside.field]?.includes(look) === true;
    });
    return moved.length >= 2;
  });
}

/** What values of a field hardly look like: it counts only beside what they never do. */
const UNLIKELY: Partial<Record<Field, readonly Look[]>> = {
  city: ['code'],
  postalCode: ['code'],
  phoneNumber: ['digits'],
  companyName: ['code'],
};
