import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';

import type { Warning } from '../../src/problem.js';
import { createSwapWatch } from '../../src/profile/swapped-names.js';
import { createAccidentWatch } from '../../src/rows/accidents.js';
import { surveyRows } from '../../src/rows/check-rows.js';
import { parseHeader } from '../../src/rows/columns.js';
import { createRowJudge } from '../../src/rows/parse-row.js';
import { readTable } from '../../src/rows/read-rows.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const heapInUse = (): number => {
  collect();
  return process.memoryUsage().heapUsed;
};

const tenant = (row: number): string => `22222222-0000-4000-8000-${String(row).padStart(12, '0')}`;

/** The warnings about rows of these columns, the tenant's before them; the first row is line 2. */
function warn(
  names: readonly string[],
  rows: Iterable<readonly string[]>,
  tenantOf = tenant,
): readonly Warning[] {
  const { columns, errors } = parseHeader(['customerTenantId', ...names]);
  expect(errors).toEqual([]);
  const watch = createAccidentWatch(columns);
  let row = 0;
  for (const cells of rows) {
    const raw = { ordinal: row, line: row + 2, textLine: row + 2 };
    watch.add(createRowJudge(columns)({ ...raw, cells: [tenantOf(row), ...cells] }));
    row += 1;
  }
  return watch.warnings();
}
const codes = (...given: Parameters<typeof warn>): string[] =>
  warn(...given).map(({ code }) => code);
const column = (values: readonly string[]): string[][] => values.map((value) => [value]);
const counted = (count: number, value: (row: number) => string): string[] =>
  Array.from({ length: count }, (_, row) => value(row));

describe('a series', () => {
  it('names the column, the rows and what to do, and no value but in its detail', () => {
    const rows = column(['10115', ...counted(12, (row) => String(98052 + row)), '80331']);
    expect(warn(['zip'], rows)).toEqual([
      {
        code: 'series',
        message:
          'Column B (zip) counts up by one from row to row in 12 rows (lines 3 to 14), as cells do that are dragged down.',
        hint: expect.any(String) as string,
        detail: '98052 … 98063',
        lines: [3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
        lineCount: 12,
      },
    ]);
  });

  it.each<[string, string, (row: number) => string]>([
    ['postal codes', 'postalCode', (row) => String(98052 + row)],
    ['postal codes with zeros', 'postalCode', (row) => String(1067 + row).padStart(5, '0')],
    ['Dutch postal codes', 'postalCode', (row) => `${1011 + row} AB`],
    ['house numbers behind', 'addressLine1', (row) => `Lindenstraße ${8 + row}`],
    ['house numbers before', 'addressLine1', (row) => `${8 + row} Meadow Row`],
    ['phone numbers', 'phoneNumber', (row) => `+44 20 7946 ${String(98 + row).padStart(4, '0')}`],
    ['names', 'companyName', (row) => `Fabrikam ${row}`],
    ['e-mail addresses', 'email', (row) => `ap${row}@fabrikam.example`],
    ['days over the end of a month', 'addressLine2', (row) => `2026-11-${28 + row}`],
  ])('is found in %s', (_what, name, value) => {
    const values = counted(6, value).map((text) =>
      text.replace(/^2026-11-3([1-3])$/, '2026-12-0$1'),
    );
    expect(codes([name], column(values))).toEqual(['series']);
  });

  it.each([
    ['28.11.2026', '29.11.2026', '30.11.2026', '01.12.2026', '02.12.2026'],
    ['11/28/2026', '11/29/2026', '11/30/2026', '12/1/2026', '12/2/2026'],
  ])('of days: %s …', (...days) => {
    expect(codes(['addressLine2'], column(days))).toEqual(['series']);
  });

  it('tells several places of one column in one warning', () => {
    const run = (from: number): string[] => counted(5, (row) => String(from + row));
    const runs = [...run(98052), ...run(10115), ...run(75001), ...run(20095)];
    const [warning, ...others] = warn(['zip'], column(runs));
    expect(others).toEqual([]);
    expect(warning?.message).toContain(
      'in 20 rows (lines 2 to 6, lines 7 to 11, lines 12 to 16, and more)',
    );
    expect(warning).toMatchObject({ lineCount: 20, lines: [2, 3, 4, 5, 6, 7, 8, 9, 10, 11] });
  });

  it.each<[string, string, readonly string[]]>([
    ['four rows', 'zip', ['98052', '98053', '98054', '98055', '10115']],
    ['sorted codes with gaps', 'zip', ['98052', '98053', '98055', '98056', '98059', '98060']],
    [
      'sorted codes, some of which follow one another',
      'zip',
      ['98004', '98052', '98101', '98102', '98103', '98104', '98105', '98109', '98112'],
    ],
    ['codes that repeat', 'zip', ['98052', '98052', '98053', '98053', '98054', '98054', '98055']],
    ['numbers that count down', 'zip', counted(8, (row) => String(98060 - row))],
    ['numbers two apart', 'street', counted(8, (row) => `Lindenstraße ${2 * row}`)],
    ['numbers in different streets', 'street', counted(8, (row) => `${row} ${'ABCDEFGH'[row]} St`)],
    ['empty cells between', 'zip', ['98052', '98053', '', '98054', '98055', '', '98056', '98057']],
    ['cleared cells between', 'zip', ['98052', '98053', '<clear>', '98054', '98055', '98056']],
    ['one value for all', 'zip', counted(8, () => '98052')],
    ['addresses at different companies', 'email', counted(8, (row) => `ap${row}@c${row}.example`)],
  ])('is not seen in %s', (_what, name, values) => {
    expect(codes([name], column(values))).toEqual([]);
  });

  it('is not seen in numbers that a column beside has too', () => {
    const rows = counted(9, (row) => String(1001 + row));
    const mailboxes = rows.map((account) => [
      `C-0${account}`,
      `billing+${account}@partner.example`,
    ]);
    expect(codes(['Account', 'email'], mailboxes)).toEqual([]);
  });

  it('is not looked for in tenant ids, guards and what is carried through', () => {
    const names = ['Account', 'expect:postalCode', 'result_line', 'city'];
    const rows = counted(9, (row) => String(98052 + row)).map((text) => [text, text, text, '']);
    expect(codes(names, rows)).toEqual([]);
  });
});

describe('one e-mail address on many customers', () => {
  const same = counted(12, (row) =>
    row % 2 === 0 ? 'AP@fabrikam.example' : 'ap@Fabrikam.example',
  );

  it('is told with the first lines and no address but in the detail', () => {
    expect(warn(['email'], column(same))).toEqual([
      {
        code: 'email-repeated',
        message: 'One e-mail address stands in 12 rows, of different customers.',
        hint: expect.any(String) as string,
        detail: 'ap@fabrikam.example (12 rows)',
        lines: [2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
        lineCount: 12,
      },
    ]);
  });

  it('is one warning for several addresses', () => {
    const two = [...counted(6, () => 'a@one.example'), ...counted(8, () => 'b@two.example')];
    const [warning, ...others] = warn(['email'], column(two));
    expect(others).toEqual([]);
    expect(warning?.message).toBe(
      '2 e-mail addresses each stand in 5 or more rows, of different customers; one of them in 8.',
    );
    expect(warning).toMatchObject({
      lineCount: 14,
      detail: 'b@two.example (8 rows), a@one.example (6 rows)',
    });
  });

  it('is found behind many thousand others', () => {
    const many = [...counted(30_000, (row) => `ap@c${row}x.example`), ...same];
    expect(codes(['email'], column(many))).toEqual(['email-repeated']);
  });

  it('is not seen on four customers, nor on one customer in many rows', () => {
    const four = counted(20, (row) => (row % 5 === 0 ? 'ap@one.example' : `ap@c${row}x.example`));
    expect(codes(['email'], column(four))).toEqual([]);
    expect(codes(['email'], column(same), () => tenant(1))).toEqual([]);
    expect(codes(['email'], column(counted(9, () => '<clear>')))).toEqual([]);
  });
});

describe('columns that have slipped', () => {
  const places = ['Seattle', 'Redmond', 'Boise', 'Portland', 'Tacoma', 'Salem'];
  const states = ['WA', 'WA', 'ID', 'OR', 'WA', 'OR'];
  const zips = ['98101', '98052', '83702', '97201', '98402', '97301'];
  const phones = zips.map((zip) => `(206) 555-0${zip.slice(2)}`);

  it('one column over the next', () => {
    const names = ['city', 'state', 'postalCode', 'phoneNumber'];
    const rows = places.map((place, i) => [states[i]!, zips[i]!, phones[i]!, place]);
    const [warning, ...others] = warn(names, rows);
    expect(others).toEqual([]);
    expect(warning).toMatchObject({
      code: 'column-shifted',
      message:
        'Column C (state) holds what looks like postal codes in 6 of 6 rows, and column D (postalCode) holds what looks like phone numbers in 6 of 6 rows.',
      lines: [2, 3, 4, 5, 6, 7],
      lineCount: 6,
    });
    for (const zip of zips) expect(JSON.stringify(warning)).not.toContain(zip);
  });

  it.each<[string, string, readonly string[]]>([
    ['e-mail addresses', 'companyName', counted(6, (row) => `ap@c${row}x.example`)],
    ['postal codes', 'city', zips],
    ['British postal codes', 'city', ['SW1A 1AA', 'M1 1AE', 'B33 8TH', 'CR2 6XH', 'DN55 1PT']],
    ['phone numbers', 'postalCode', phones],
    ['postal codes', 'phoneNumber', zips],
    ['country codes', 'state', counted(6, () => 'US')],
    ['tenant ids', 'companyName', counted(6, (row) => tenant(row * 7))],
    ['cultures', 'lastName', ['en-US', 'de-DE', 'fr-FR', 'en-GB', 'pt-BR']],
  ])('%s in %s', (looks, name, values) => {
    const [warning] = warn([name], column(values));
    expect(warning?.code).toBe('column-shifted');
    expect(warning?.message).toContain(looks.replace('British ', ''));
  });

  it('four of five are enough; three are not, nor are four in all', () => {
    const city = (foreign: number, own: number): string[] => [
      ...zips.slice(0, foreign),
      ...places.slice(0, own),
    ];
    expect(codes(['city'], column(city(4, 1)))).toEqual(['column-shifted']);
    expect(codes(['city'], column(city(3, 2)))).toEqual([]);
    expect(codes(['city'], column(city(4, 0)))).toEqual([]);
  });

  it('single rows, to either side', () => {
    const names = ['addressLine1', 'city', 'state', 'postalCode', 'phoneNumber'];
    const sound = places.map((place, i) => [
      '12 Meadow Row',
      place,
      states[i]!,
      zips[i]!,
      phones[i]!,
    ]);
    const right = ['', '12 Meadow Row', 'Seattle', 'WA', '98101'];
    const left = ['Seattle', 'WA', '98101', '(206) 555-0142', ''];
    expect(warn(names, [...sound, ...sound])).toEqual([]);
    expect(warn(names, [...sound, right, ...sound])).toMatchObject([
      { code: 'row-shifted', lines: [8], lineCount: 1 },
    ]);
    expect(warn(names, [...sound, left, ...sound, left])).toMatchObject([
      { code: 'row-shifted', lines: [8, 15], lineCount: 2 },
    ]);
  });

  it.each<[string, readonly string[], readonly string[]]>([
    ['states with codes of countries', ['state', 'country'], ['CA', 'US']],
    ['states of another country', ['state', 'country'], ['DE', 'US']],
    ['city states', ['state', 'country'], ['SG', 'SG']],
    ['regions of Switzerland', ['state', 'country'], ['FR', 'CH']],
    ['districts with numbers', ['district', 'city'], ['75008', 'Paris']],
    ['numbers as suites', ['addressLine2', 'addressLine3'], ['10115', '98052']],
    [
      'an address line for a phone',
      ['addressLine3', 'addressLine2'],
      ['+44 20 7946 0000', 'a@b.example'],
    ],
    ['postal codes with nine digits', ['postalCode'], ['00601-1234']],
    ['postal codes of Japan and Brazil', ['postalCode', 'city'], ['01310-100', '渋谷区']],
    ['a culture as language', ['language', 'culture'], ['en-US', 'en-US']],
    ['companies with numbers', ['companyName', 'lastName'], ['4711 GmbH', "O'Neill 3rd"]],
    ['short phone numbers', ['phoneNumber', 'city'], ['555-0142', 'St. Ives']],
  ])('are not seen in %s', (_what, names, cells) => {
    expect(
      warn(
        names,
        counted(9, () => '').map(() => cells),
      ),
    ).toEqual([]);
  });
});

describe('sound files', () => {
  const folder = join(import.meta.dirname, '..', '..', 'samples');
  it.each(readdirSync(folder).filter((name) => /^(?!mistakes-errors).*\.csv$/.test(name)))(
    '%s has no warning',
    async (name) => {
      const path = join(folder, name);
      expect((await surveyRows(path, await readTable(path))).warnings).toEqual([]);
    },
  );
});

describe('hostile input', () => {
  const names = ['email', 'companyName', 'postalCode', 'city', 'state', 'country', 'phoneNumber'];

  it.each<[string, string]>([
    ['a name of every object', 'constructor'],
    ['the prototype', '__proto__'],
    ['NUL', '\0'],
    ['half a character', '\ud800'],
    ['a number without end', '9'.repeat(50_000)],
    ['spaces without end', ' '.repeat(20_000)],
    ['a value between long spaces', `a@b.example${' '.repeat(20_000)}`],
    ['a long address', `${'a'.repeat(50_000)}@b.example`],
    ['a long phone number', '+1 ('.repeat(20_000)],
    ['numbers just short enough to be looked at', '1'.repeat(256)],
    ['a sign', '-1'],
    ['a date that is none', '99.99.9999'],
  ])('survives %s', (_what, cell) => {
    const rows = counted(20, () => '').map(() => names.map(() => cell));
    for (const { message, hint } of warn(names, rows))
      expect(`${message}${hint}`.length).toBeLessThan(1000);
  });

  it('counts numbers past what a double holds exactly', () => {
    const number = (row: number): string =>
      `Account 900719925474099${String(row).padStart(6, '0')}`;
    expect(codes(['companyName'], column(counted(6, number)))).toEqual(['series']);
  });

  it('holds no more for a file of many rows', () => {
    const { columns } = parseHeader(['customerTenantId', ...names]);
    const watch = createAccidentWatch(columns);
    // Distinct addresses, each on five customers, are what is kept longest.
    const cellsOf = (row: number): string[] => [
      tenant(row),
      `${'a'.repeat(60)}${Math.floor(row / 5)}@b.example`,
      `Company ${row}`,
      String(10_000 + (row % 90_000)),
      '98052',
      'US',
      'US',
      `+1 206 555 ${row}`,
    ];
    const add = (from: number, to: number): void => {
      for (let row = from; row < to; row += 1) {
        const raw = { ordinal: row, line: row + 2, textLine: row + 2, cells: cellsOf(row) };
        watch.add(createRowJudge(columns)(raw));
      }
    };
    add(0, 60_000);
    const before = heapInUse();
    add(60_000, 120_000);
    expect(heapInUse() - before).toBeLessThan(1_000_000);
    const warnings = watch.warnings();
    expect(warnings.length).toBeGreaterThan(2);
    expect(JSON.stringify(warnings).length).toBeLessThan(5000);
    for (const { lines } of warnings) expect(lines.length).toBeLessThanOrEqual(10);
  }, 30_000);
});

describe('names that trade places with the live profile', () => {
  const swap = (...changes: readonly (readonly [string, string, string])[]): readonly Warning[] => {
    const watch = createSwapWatch();
    watch.add(
      7,
      changes.map(([field, from, to]) => ({ field: field as 'firstName', from, to })),
    );
    return watch.warnings();
  };

  it.each(['', 'address'])('%s', (prefix) => {
    const name = (end: string): string =>
      prefix ? `${prefix}${end}Name` : `${end.toLowerCase()}Name`;
    expect(swap([name('First'), 'Ada', 'MEYER'], [name('Last'), 'Meyer', 'Ada'])).toMatchObject([
      { code: 'names-swapped', lines: [7], lineCount: 1, detail: 'Ada Meyer → MEYER Ada' },
    ]);
  });

  it('are not seen in other changes', () => {
    expect(swap(['firstName', 'Ada', 'Meyer'])).toEqual([]);
    expect(swap(['firstName', 'Ada', 'Meyer'], ['lastName', 'Meyer', 'Smith'])).toEqual([]);
    expect(swap(['firstName', 'Ada', 'Meyer'], ['addressLastName', 'Meyer', 'Ada'])).toEqual([]);
    expect(swap(['firstName', 'Ada', ''], ['lastName', '', 'Ada'])).toEqual([]);
    expect(swap(['firstName', 'ada', 'Ada'], ['lastName', 'ADA', 'ada'])).toEqual([]);
  });
});
