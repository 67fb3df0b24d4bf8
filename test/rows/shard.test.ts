import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { UsageError } from '../../src/problem.js';
import { parseHeader } from '../../src/rows/columns.js';
import { createRowChoice, shardOf } from '../../src/rows/row-choice.js';
import { checkShard, haveCommonRows, parseShard } from '../../src/rows/shard.js';

describe('a shard', () => {
  test.for([
    ['1/1', 1, 1],
    ['2/4', 2, 4],
    [' 4/4 ', 4, 4],
    ['1000/1000', 1000, 1000],
  ] as const)('is read from "%s"', ([text, index, count]) => {
    expect(parseShard(text)).toEqual({ index, count });
  });

  test.for(['', '2', '0/4', '5/4', '-1/4', '1/0', '1/1001', '2/4/8', '1.5/4', '2 of 4', 'a/b'])(
    'is not "%s"',
    (text) => {
      expect(() => parseShard(text)).toThrow(UsageError);
      expect(() => parseShard(text)).toThrow(`"${text}" is no shard`);
    },
  );

  test.for([
    { index: 0, count: 4 },
    { index: 1.5, count: 4 },
    { index: NaN, count: 4 },
    { index: 1, count: Infinity },
  ])('is not $index/$count, from a program', (shard) => {
    expect(() => checkShard(shard)).toThrow('is no shard');
  });
});

describe('the shard of a customer', () => {
  // `printf %s ID | sha256sum | cut -c1-8`, as a number, modulo, plus 1: run folders rely on it.
  test.for([
    ['00000000-0000-0000-0000-000000000000', [1, 2, 1, 5, 253]],
    ['db481951-8eb0-4a44-84a0-8df6776f9c6b', [2, 2, 4, 3, 840]],
    ['11111111-2222-4333-8444-555555555555', [1, 3, 3, 1, 675]],
    ['ffffffff-ffff-ffff-ffff-ffffffffffff', [1, 1, 1, 6, 705]],
    ['22222222-0000-4000-8000-000000000007', [1, 3, 3, 6, 743]],
  ] as const)('%s: of 2, 3, 4, 7 and 1000', ([tenantId, shards]) => {
    expect([2, 3, 4, 7, 1000].map((count) => shardOf(tenantId, count))).toEqual(shards);
  });

  test('is the first where there is none to be read', () => {
    expect([1, 2, 1000].map((count) => shardOf(undefined, count))).toEqual([1, 1, 1]);
  });

  test.for([
    ['chance', () => randomUUID()],
    ['a counter', (row: number) => `22222222-0000-4000-8000-${String(row).padStart(12, '0')}`],
  ] as const)('is spread evenly over ids by %s', ([, idOf]) => {
    const rows = 20_000;
    for (const count of [2, 3, 4, 7, 16]) {
      const sizes = new Array<number>(count).fill(0);
      for (let row = 0; row < rows; row += 1) sizes[shardOf(idOf(row), count) - 1]! += 1;
      const mean = rows / count;
      // Six standard deviations: by chance once in 500 million.
      const far = 6 * Math.sqrt(mean * (1 - 1 / count));
      for (const size of sizes) expect(Math.abs(size - mean)).toBeLessThan(far);
    }
  });
});

const tableOf = (...names: string[]) => ({ header: parseHeader(names) });
const spellings = (id: string): fc.Arbitrary<string> =>
  fc.constantFrom(id, id.toUpperCase(), `{${id}}`, ` ${id}\u00a0`, `\ufeff{${id.toUpperCase()}} `);

describe('the rows of a shard', () => {
  const cell = fc.oneof(
    fc.uuid().chain(spellings),
    fc.constantFrom('', 'not an id', 'db481951-8eb0-4a44-84a0'),
    fc.string({ unit: 'grapheme' }),
  );
  const counts = fc.integer({ min: 1, max: 12 });
  const choices = (count: number) =>
    Array.from({ length: count }, (_, i) =>
      createRowChoice(tableOf('note', 'tenant id'), { index: i + 1, count }),
    );

  test('are each in one shard, whatever the file', () => {
    fc.assert(
      fc.property(fc.array(cell), counts, (cells, count) => {
        const all = choices(count);
        for (const text of cells)
          expect(all.filter((isOwn) => isOwn({ cells: ['', text] })).length).toBe(1);
      }),
    );
  });

  test('stay where they are in another order, with rows added, columns moved, ids spelt otherwise', () => {
    const file = fc.uniqueArray(fc.uuid(), { minLength: 1 });
    fc.assert(
      fc.property(file, file, counts, fc.nat(), (ids, added, count, seed) => {
        const shard = { index: (seed % count) + 1, count };
        const isOwn = createRowChoice(tableOf('tenant id', 'email'), shard);
        const isOwnToo = createRowChoice(tableOf('email', 'Microsoft ID'), shard);
        const before = ids.filter((id) => isOwn({ cells: [id, 'a@b.example'] }));
        const again = [...added, ...ids]
          .reverse()
          .filter((id) => isOwnToo({ cells: ['x@y.example', `{${id.toUpperCase()}} `] }));
        expect(again).toEqual(expect.arrayContaining(before));
        expect(again.filter((id) => !added.includes(id)).sort()).toEqual(
          before.filter((id) => !added.includes(id)).sort(),
        );
      }),
    );
  });

  test('are all of them without one', () => {
    expect(createRowChoice(tableOf('tenant id'), undefined)({ cells: ['x'] })).toBe(true);
  });
});

test('two shards have rows in common where their numbers allow it', () => {
  const ids = Array.from({ length: 2000 }, () => randomUUID());
  const inBoth = (a: readonly [number, number], b: readonly [number, number]): boolean =>
    ids.some((id) => shardOf(id, a[1]) === a[0] && shardOf(id, b[1]) === b[0]);
  for (let n = 1; n <= 6; n += 1)
    for (let m = 1; m <= 6; m += 1)
      for (let i = 1; i <= n; i += 1)
        for (let j = 1; j <= m; j += 1)
          expect([
            i,
            n,
            j,
            m,
            haveCommonRows({ index: i, count: n }, { index: j, count: m }),
          ]).toEqual([i, n, j, m, inBoth([i, n], [j, m])]);
  expect(haveCommonRows(undefined, { index: 2, count: 4 })).toBe(true);
  expect(haveCommonRows({ index: 2, count: 4 }, undefined)).toBe(true);
});
