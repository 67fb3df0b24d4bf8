import { readFile, writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';

import type { OutcomeEntry } from '../../src/journal/entry.js';
import { runPaths } from '../../src/journal/run-folder.js';
import { writeCsv, writeResults } from '../../src/results/write-results.js';
import { readTable } from '../../src/rows/read-rows.js';
import type { Status } from '../../src/run/outcome.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const problem = { code: 'x', message: 'M.', hint: 'H.' };

/** The first row ends last. */
const outcomeOf = (row: number, status: Status): OutcomeEntry =>
  ({
    type: 'outcome',
    row,
    line: row + 2,
    tenantId: '',
    status,
    at: new Date(60_000 - row).toISOString(),
    ...(status === 'rejected' ? { problem, changes: [] } : { changes: [] }),
  }) as OutcomeEntry;

it('rows stand in the order of the input, those that need attention once more by themselves', async () => {
  const paths = runPaths(await temporaryFolder());
  const statuses: readonly Status[] = ['updated', 'rejected', 'updated', 'rejected', 'updated'];
  const lines = statuses.map((_, row) => `tenant${row},a@b.example,${row}`);
  await writeFile(paths.input, ['customerTenantId,email,Account', ...lines].join('\n'));
  const seen: number[] = [];
  const drawn = await writeResults(
    paths,
    await readTable(paths.input),
    ',',
    {
      outcome: (row) => Promise.resolve(outcomeOf(row, statuses[row] ?? 'updated')),
      standing: (row) => statuses[row],
      isApplied: true,
      stop: undefined,
    },
    ({ line }) => seen.push(line),
  );
  expect(drawn).toMatchObject({ rows: 5, totals: { updated: 3, rejected: 2 } });
  expect(seen).toEqual([2, 3, 4, 5, 6]);
  const accountsOf = async (path: string): Promise<string[]> => {
    const [, ...rows] = (await readFile(path, 'utf8')).trimEnd().split('\n');
    return rows.map((row) => row.split(',').slice(2, 5).join(' '));
  };
  expect(await accountsOf(paths.results)).toEqual([
    '0 2 updated',
    '1 3 rejected',
    '2 4 updated',
    '3 5 rejected',
    '4 6 updated',
  ]);
  expect(await accountsOf(paths.failed)).toEqual(['1 3 rejected', '3 5 rejected']);
});

it('every row of a long file is written once, in order, below one header', async () => {
  const paths = runPaths(await temporaryFolder());
  const rows = 1000;
  const lines = Array.from({ length: rows }, (_, row) => `tenant${row},a@b.example,${row}`);
  await writeFile(paths.input, ['customerTenantId,email,Account', ...lines].join('\n'));
  const statusOf = (row: number): Status => (row % 3 === 0 ? 'rejected' : 'updated');
  const outcomes = {
    outcome: (row: number) => Promise.resolve(outcomeOf(row, statusOf(row))),
    standing: statusOf,
    isApplied: true,
    stop: undefined,
  };
  await writeResults(paths, await readTable(paths.input), ',', outcomes, () => undefined);
  await writeCsv(
    paths.plan,
    ['line'],
    (async function* () {
      for (let row = 0; row < rows; row += 1) yield await Promise.resolve([String(row)]);
    })(),
  );
  const all = Array.from({ length: rows }, (_, row) => row);
  const expected = [
    [paths.results, 2, all],
    [paths.failed, 2, all.filter((row) => statusOf(row) === 'rejected')],
    [paths.plan, 0, all],
  ] as const;
  for (const [path, column, accounts] of expected) {
    const text = await readFile(path, 'utf8');
    const [header = '', ...written] = text.trimEnd().split('\n');
    expect(header).toMatch(/^\ufeff(customerTenantId|line)/);
    expect(text.lastIndexOf('\ufeff')).toBe(0);
    expect(written.map((row) => Number(row.split(',')[column]))).toEqual(accounts);
  }
});
