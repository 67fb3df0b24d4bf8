/** Invented plans and runs, for the tests of report.html. */
import type { Problem } from '../../src/problem.js';
import type { ReportRow, ReportView } from '../../src/results/report-html.js';
import { zeroCounts, type Status } from '../../src/run/outcome.js';

const COLOURS = ['Ochre', 'Teal', 'Umber', 'Slate', 'Coral', 'Ivory', 'Sable', 'Russet'];
const BIRDS = ['Heron', 'Plover', 'Müller Finch', 'Wren', 'Avocet', 'Dipper', 'Siskin'];
const TRADES = ['Kites Ltd', 'Pumps GmbH', 'Looms SA', 'Tiles AB', 'Clocks Inc'];
const STREETS = ['Meadow Row', 'Harbour Street', 'Mill Lane', 'Station Road'];

const id = (kind: number, n: number): string =>
  `${(0x5a000000 + n * 7919).toString(16)}-${(0x1000 + kind).toString(16)}-4b6a-9c3d-${(0xab0000000000 + n * 104729).toString(16)}`;

const PROBLEMS: Readonly<Partial<Record<Status, Problem>>> = {
  invalid: {
    code: 'email-invalid',
    message: 'Column E (email): This is not one e-mail address.',
    hint: 'Write a single address like ap@company.example, without a name or brackets.',
    detail: '"ap@heron.example; cfo@heron.example"',
  },
  conflict: {
    code: 'guard-mismatch',
    message: 'The profile is not the one that the row expects (companyName).',
    hint: 'Check that all columns of this row belong to the same customer, then correct the row or its expect: column.',
    detail: 'companyName: expected "Teal Wren Looms SA", live "Teal Wren Looms Holding SA".',
  },
  rejected: {
    code: 'customer-not-found',
    message: 'Partner Center does not know this customer.',
    hint: 'Compare the tenant id with "Microsoft ID" in the customer list.',
  },
};

/** The nth row of an invented plan; some of them need attention. */
export function sampleRow(n: number): ReportRow {
  const company = `${COLOURS[n % 8]!} ${BIRDS[n % 7]!} ${TRADES[n % 5]!}`;
  const domain = `${COLOURS[n % 8]!}-${BIRDS[n % 7]!}.example`.toLowerCase().replace('müller ', '');
  const status: Status =
    n % 19 === 7
      ? 'invalid'
      : n % 17 === 5
        ? 'conflict'
        : n === 33
          ? 'rejected'
          : n % 9 === 8
            ? 'unchanged'
            : 'planned';
  const street = STREETS[n % 4]!;
  const all: ReportRow['changes'] = [
    { field: 'email', from: `billing@${domain}`, to: `invoices@${domain}` },
    ...(n % 6 === 1
      ? [
          {
            field: 'companyName',
            from: company.replace(/ Ltd$| GmbH$|$/, (end) => (end === ' GmbH' ? ' KG' : ' Group')),
            to: company,
          } as const,
        ]
      : []),
    ...(n % 3 === 0
      ? [{ field: 'addressLine1', from: `${n + 2} ${street}`, to: `${n + 12} ${street}` } as const]
      : []),
    ...(n % 11 === 4
      ? [{ field: 'addressLine2', from: 'Suite 4, second floor', to: '' } as const]
      : []),
    ...(n % 10 === 3
      ? [{ field: 'phoneNumber', from: '', to: `020 7946 0${100 + (n % 800)}` } as const]
      : []),
    ...(n === 20 ? [{ field: 'country', from: 'GB', to: 'IE' } as const] : []),
  ];
  const problem = PROBLEMS[status];
  return {
    line: n + 2,
    tenantId: id(1, n),
    company,
    status,
    changes: status === 'unchanged' || status === 'invalid' || status === 'rejected' ? [] : all,
    ...(n % 5 === 0 ? { guards: [{ field: 'companyName', expected: company }] } : {}),
    ...(problem === undefined ? {} : { problem }),
    ...(n === 17 ? { note: 'The same row stands in line 12; it counts once.' } : {}),
    ...(status === 'invalid'
      ? {}
      : {
          trace: {
            correlationId: id(2, n),
            getRequestId: id(3, n),
            httpStatus: status === 'rejected' ? 404 : 200,
            etagBefore: `"${id(4, n)}"`,
            attempts: 1,
          },
        }),
  };
}

export const sampleRows = (rows: number): ReportRow[] =>
  Array.from({ length: rows }, (_, n) => sampleRow(n));

/** A view that the rows agree with. */
export function sampleView(rows: Iterable<ReportRow>, more: Partial<ReportView> = {}): ReportView {
  const totals = zeroCounts();
  let number = 0;
  for (const { status } of rows) {
    totals[status] += 1;
    number += 1;
  }
  return {
    kind: 'plan',
    title: 'november.csv',
    simulated: false,
    target: 'https://api.partnercenter.microsoft.com',
    partnerTenant: id(9, 1),
    tool: 'billpatch 0.1.0',
    stages: [
      {
        stage: 'plan',
        startedAt: '2026-11-23T07:30:00.000Z',
        endedAt: '2026-11-23T07:30:12.000Z',
        exitCode: 1,
      },
    ],
    by: 'a.linden@partner.example',
    inputSha256: '9f2c4d0be1a37586c2f4e5d6a7b8c9d0e1f2a3b4c5d6e7f8091a2b3c4d5e6f70',
    digest: 'k7m2-49qd-x3vt-81hp',
    applyCommand: 'billpatch apply november.20261123-073000.run --digest k7m2-49qd-x3vt-81hp',
    expected: { requests: 2 * totals.planned, seconds: Math.ceil(totals.planned / 4) },
    warnings: [],
    totals,
    rows: number,
    ...more,
  };
}

export const SAMPLE_WARNINGS: ReportView['warnings'] = [
  {
    message:
      'The e-mail address counts up from row to row in 6 rows, as it does when a cell is dragged down.',
    hint: 'Compare these addresses with where they were taken from.',
    lines: [14, 15, 16, 17, 18, 19],
  },
  {
    message:
      'In 1 row the phone number looks like a number that the spreadsheet rounded (4.42079E+11).',
    hint: 'Format the column as text, and enter the number again.',
    lines: [25],
  },
];

// eslint-disable-next-line @typescript-eslint/require-await -- as the port has it
export async function* stream<T>(rows: Iterable<T>): AsyncGenerator<T> {
  yield* rows;
}
