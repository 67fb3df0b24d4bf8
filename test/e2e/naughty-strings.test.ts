/**
 * C1: every string of the Big List of Naughty Strings (test/fixtures/blns, MIT) in every text field,
 * through the built program and the simulator. A string is stored as it is, edges aside, or its cell is
 * refused by line and column; changed silently: none.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

import { FIELDS, fieldValue, type Field } from '../../src/profile/billing-profile.js';
import { cleanCell, CLEAR } from '../../src/rows/parse-row.js';
import { readRows, readTable } from '../../src/rows/read-rows.js';
import { startSimulator } from '../../src/simulator/start-simulator.js';
import { billpatch, newFolder, readCsv, ROOT } from './billpatch.js';

const STRINGS = JSON.parse(
  readFileSync(join(ROOT, 'test/fixtures/blns/blns.json'), 'utf8'),
) as readonly string[];

const tenant = (row: number): string => `55555555-0000-4000-8000-${String(row).padStart(12, '0')}`;
/** Whole, so that what is refused can stay as it was; in a country without a pattern for postal codes. */
const LIVE = {
  email: 'ap@before.example',
  companyName: 'Before Ltd',
  country: 'IE',
  city: 'Dublin',
  addressLine1: '1 Quay',
};
/** Refusals come in rounds: the file's own checks, then what the live profile shows. */
const ROUNDS = 5;

test('485 strings in each of 19 fields', async () => {
  expect([STRINGS.length, FIELDS.length]).toEqual([485, 19]);
  const customers = STRINGS.map((_, row) => ({
    tenantId: tenant(row),
    profile: LIVE,
  }));
  const simulator = await startSimulator({ customers });
  onTestFinished(simulator.close);
  const cwd = newFolder();
  const header = ['customerTenantId', ...FIELDS, 'carried'];
  const cells = STRINGS.map((text, row) => [tenant(row), ...FIELDS.map(() => text), text]);
  const refused = new Set<string>();
  const refuse = (row: number, field: Field): void => {
    refused.add(`${row} ${field}`);
    cells[row]![1 + FIELDS.indexOf(field)] = '';
  };

  let run: string;
  for (let round = 1; ; round += 1) {
    expect(round).toBeLessThanOrEqual(ROUNDS);
    const before = refused.size;
    const lines = [header, ...cells].map((row) => row.map(quoted).join(','));
    writeFileSync(join(cwd, `${round}.csv`), lines.join('\r\n'));
    run = join(cwd, `run${round}`);
    const { exitCode, stderr } = await billpatch(
      ['apply', `${round}.csv`, '--base-url', simulator.url, '--yes', '--run-dir', run, '--json'],
      { cwd },
    );
    if (exitCode === 2) {
      for (const { line, name } of readCsv(join(run, 'errors.csv')))
        refuse(
          Number(line) - 2,
          FIELDS.find((field) => field === name)!,
        );
    } else {
      expect([[0, 1].includes(exitCode ?? -1), stderr]).toEqual([true, stderr]);
      for (const row of readCsv(join(run, 'results.csv'))) {
        if (['updated', 'unchanged'].includes(row.result_status!)) continue;
        const named = FIELDS.filter((field) => row.result_error!.includes(field));
        expect(named).not.toEqual([]);
        for (const field of named) refuse(Number(row.result_line) - 2, field);
      }
    }
    if (refused.size === before) break;
  }

  const changed: string[] = [];
  STRINGS.forEach((text, row) => {
    const live = simulator.profile(tenant(row))!;
    const asked = cleanCell(text);
    if (asked === '' || asked === CLEAR) return;
    for (const field of FIELDS)
      if (
        !refused.has(`${row} ${field}`) &&
        stands(field, fieldValue(live, field)) !== stands(field, asked)
      )
        changed.push(`${field}: ${JSON.stringify(asked)}`);
  });
  expect(changed).toEqual([]);
  // Most are not refused, or this would show nothing; e-mail and country nearly always are.
  const free = FIELDS.filter(
    (field) => !['email', 'country', 'culture', 'language'].includes(field),
  );
  const stored = free.flatMap((field) =>
    STRINGS.filter((_, row) => !refused.has(`${row} ${field}`)),
  );
  expect(stored.length / (free.length * STRINGS.length)).toBeGreaterThan(0.9);

  // Back out, and in again.
  const table = await readTable(join(run, 'results.csv'));
  const back: string[][] = [];
  for await (const read of readRows(join(run, 'results.csv'), table))
    if (read.kind === 'record') back.push(read.raw.cells.slice(0, header.length));
  expect(back).toEqual(cells);
}, 120_000);

/** The service writes a culture in its own letters (partner-center-api.md, 1.3). */
const stands = (field: Field, value: string): string =>
  field === 'culture' ? value.toLowerCase() : value;

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
