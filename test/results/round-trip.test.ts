/** A result file that is fed back is its input, however often, in any delimiter. */
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { runPaths, type RunPaths } from '../../src/journal/run-folder.js';
import { writeResults } from '../../src/results/write-results.js';
import { readRows, readTable, type Delimiter } from '../../src/rows/read-rows.js';
import { DAMAGED_VALUES, FORMULA_PAYLOADS, PLAIN_VALUES } from '../helpers/formula-payloads.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const ROUNDS = 5;

/** Anything that UTF-8 can hold; a NUL makes a file no CSV. */
const cell = fc.oneof(
  fc.constantFrom(...FORMULA_PAYLOADS, ...DAMAGED_VALUES, ...PLAIN_VALUES),
  fc
    .string({ unit: 'binary', maxLength: 20 })
    .map((text) => text.toWellFormed().replaceAll('\0', '')),
  fc
    .array(fc.constantFrom('\t', '\r', '\n', '"', ';', ',', '=', '-', ' ', 'x', '\u200b'), {
      maxLength: 8,
    })
    .map((parts) => parts.join('')),
);
const width = 4;
const record = fc.array(cell, { minLength: width, maxLength: width });
const delimiter = fc.constantFrom<Delimiter>(',', ';', '\t');

interface Read {
  readonly names: readonly string[];
  readonly cells: readonly (readonly string[])[];
}

/** The input's own columns. */
async function readInput(path: string): Promise<Read> {
  const table = await readTable(path);
  const kept = table.header.columns.flatMap(({ role }, at) => (role.kind === 'result' ? [] : [at]));
  const cells: string[][] = [];
  for await (const read of readRows(path, table))
    if (read.kind === 'record') cells.push(kept.map((at) => read.raw.cells[at]!));
  return { names: kept.map((at) => table.header.columns[at]!.name), cells };
}

async function draw(paths: RunPaths, between: Delimiter): Promise<void> {
  const outcomes = {
    outcome: () => Promise.resolve(undefined),
    standing: () => undefined,
    isApplied: true,
    stop: undefined,
  };
  await writeResults(paths, await readTable(paths.input), between, outcomes, () => undefined);
}

/** What the reader takes for one that is only carried through; others make the file no table. */
const isColumnName = (name: string): boolean =>
  // eslint-disable-next-line no-control-regex -- control characters are exactly what is looked for
  !/^\s*result_/i.test(name) && !/[\u0000-\u0008\u000e-\u001f\u007f-\u009f\ufffd]/.test(name);

const quoted = (rows: readonly (readonly string[])[], between: string): string =>
  rows
    .map((cells) => cells.map((text) => `"${text.replaceAll('"', '""')}"`).join(between))
    .join('\r\n');

test('any table comes back, cell for cell and then byte for byte', async () => {
  const paths = runPaths(await temporaryFolder());
  await fc.assert(
    fc.asyncProperty(
      record.filter((names) => names.every(isColumnName)),
      fc.array(record, { minLength: 1, maxLength: 8 }),
      delimiter,
      delimiter,
      async (names, rows, given, written) => {
        const header = ['customerTenantId', 'email', ...names];
        // Rows without any text are no rows.
        const cells = rows.map((carried, at) => [`id ${at}`, `\t=${at}@x.example`, ...carried]);
        await writeFile(paths.input, quoted([header, ...cells], given));
        let before = '';
        for (let round = 0; round < ROUNDS; round += 1) {
          await draw(paths, written);
          expect(await readInput(paths.results)).toEqual({ names: header, cells });
          expect(await readInput(paths.failed)).toEqual({ names: header, cells });
          const bytes = await readFile(paths.results, 'utf8');
          if (round > 0) expect(bytes).toBe(before);
          before = bytes;
          await copyFile(paths.results, paths.input);
        }
      },
    ),
    { numRuns: process.env.BILLPATCH_TEST_LEVEL === 'full' ? 300 : 25 },
  );
}, 180_000);

test('a file that was never drawn keeps the tabs of its cells', async () => {
  const paths = runPaths(await temporaryFolder());
  const given = [
    ['customerTenantId', 'email', '\t=name'],
    ['id', '\tap@x.example', '\t=1+1'],
  ];
  await writeFile(paths.input, quoted(given, ','));
  expect(await readInput(paths.input)).toEqual({ names: given[0], cells: [given[1]] });
  await draw(paths, ';');
  expect(await readFile(paths.results, 'utf8')).toContain('"\t\t\t=1+1"');
  expect(await readInput(paths.results)).toEqual({ names: given[0], cells: [given[1]] });
});
