/** csv-spectrum: small files that CSV readers get wrong, with what they hold. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { expect, test } from 'vitest';

import { readRows, readTable } from '../../src/rows/read-rows.js';

const folder = dirname(createRequire(import.meta.url).resolve('csv-spectrum/package.json'));
const files = readdirSync(join(folder, 'csvs')).map((file) => basename(file, '.csv'));

test('it is there', () => {
  expect(files.length).toBeGreaterThanOrEqual(12);
});

/** Its quotation marks stand within a cell that is in none: which text that is is anybody's guess. */
const REFUSED = 'location_coordinates';

test('what is ambiguous is refused, with its line and column', async () => {
  const path = join(folder, 'csvs', `${REFUSED}.csv`);
  const table = await readTable(path, { delimiter: ',' });
  await expect(readRows(path, table).next()).rejects.toMatchObject({
    code: 'quote-misplaced',
    message: expect.stringContaining('line 2 in column B') as string,
  });
});

test.for(files.filter((name) => name !== REFUSED))('%s', async (name) => {
  const expected = JSON.parse(readFileSync(join(folder, 'json', `${name}.json`), 'utf8')) as object;
  const path = join(folder, 'csvs', `${name}.csv`);
  // Its column names are none of ours, so nothing tells the delimiter apart.
  const table = await readTable(path, { delimiter: ',' });
  const rows: object[] = [];
  for await (const row of readRows(path, table)) {
    if (row.kind === 'blank') continue;
    rows.push(
      Object.fromEntries(
        table.header.columns.map(({ name: column }, i) => [column, row.raw.cells[i]]),
      ),
    );
  }
  expect(rows).toEqual([expected].flat());
});
