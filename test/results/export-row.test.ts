import { describe, expect, test } from 'vitest';

import { withFields, type Field } from '../../src/profile/billing-profile.js';
import { exportHeader, toExportRow } from '../../src/results/export-row.js';
import { guardCell } from '../../src/results/sheet-guard.js';
import { parseHeader } from '../../src/rows/columns.js';
import { parseRow } from '../../src/rows/parse-row.js';

const TENANT = '01234567-89ab-cdef-0123-456789abcdef';

test.each([true, false])('the header is one that apply accepts (guards: %s)', (withGuards) => {
  expect(parseHeader(exportHeader(withGuards)).errors).toEqual([]);
});

describe('a value', () => {
  const cases: readonly (readonly [Field, string])[] = [
    ['companyName', '=1+1'],
    ['companyName', ' edge'],
    ['companyName', '<clear>'],
    ['email', 'ap@x.example'],
    ['email', 'two@x.example, three@x.example'],
    ['country', 'DE'],
    ['country', 'de'],
    ['country', 'UK'],
    ['postalCode', '00501'],
    ['addressFirstName', 'x'.repeat(50)],
    ['addressFirstName', 'x'.repeat(51)],
    ['addressLine1', 'broken \ufffd'],
    ['addressLine1', 'lone \ud800'],
    ['addressLine1', 'c1 \u0091quote\u0092'],
    ['addressLine1', 'two\nlines'],
    ['addressLine3', 'y'.repeat(40_000)],
  ];
  test.each(cases)('%s %j comes back, or is left out and named', (field, value) => {
    const profile = withFields({}, [[field, value]]);
    const { cells, leftOut } = toExportRow(TENANT, profile, true);
    const { columns } = parseHeader(exportHeader(true));
    const parsed = parseRow({ ordinal: 0, line: 2, textLine: 2, cells }, columns);
    const desired = parsed.kind === 'row' ? [...parsed.row.desired] : undefined;
    expect(desired).toEqual(leftOut.includes(field) ? [] : [[field, value]]);
    for (const name of leftOut) expect(cells.at(-1)).toContain(name);
  });
});

test.each(['98052', '0', '12345678901', 'SW1A 1AA', 'Suite 4', 'May', '5th Floor', ''])(
  '%j is left as it is',
  (value) => {
    expect(guardCell(value)).toBe(value);
  },
);

test.each([
  ...['123456789012', '00501', '=A1', '＝A1', '-', "'x", '3/4', '１２/３', 'TRUE', 'wahr', '5 €'],
  ...['mai 5', '5 мая 2024', '2024年5月1日', '10:30 am', '1E5', '(5)'],
])('%j gets a tab', (value) => {
  expect(guardCell(value)).toBe(`\t${value}`);
});
