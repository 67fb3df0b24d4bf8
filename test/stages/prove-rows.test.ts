import { expect, test } from 'vitest';

import type { Standing } from '../../src/journal/read-journal.js';
import { createRowProof } from '../../src/stages/prove-rows.js';

const index = (standings: readonly Standing[]) => ({ standing: (row: number) => standings[row] });
const NONE = undefined;

test('each row in one shard is proven', () => {
  const proof = createRowProof(4);
  expect(proof.add(1, index(['updated', NONE, 'unknown', NONE]), false)).toBe(2);
  expect(proof.add(2, index([NONE, 'invalid', NONE, 'failed']), false)).toBe(2);
  expect([proof.twice(), proof.missing()]).toEqual([undefined, undefined]);
});

test('a row that two shards have is found', () => {
  const proof = createRowProof(3);
  proof.add(1, index(['updated', 'updated', NONE]), false);
  proof.add(2, index([NONE, NONE, 'updated']), false);
  proof.add(3, index([NONE, 'updated', NONE]), false);
  expect(proof.twice()).toEqual({ row: 1, shards: [1, 3] });
});

test('rows that no shard has are found', () => {
  const proof = createRowProof(4);
  proof.add(1, index([NONE, 'updated', NONE, NONE]), false);
  expect(proof.missing()).toEqual({ row: 0, count: 3 });
});

test('rows without an ending do not count as ended', () => {
  const standings: readonly Standing[] = ['intent', 'skipped', 'planned', 'updated', NONE];
  expect(createRowProof(5).add(1, index(standings), false)).toBe(1);
  expect(createRowProof(5).add(1, index(standings), true)).toBe(2);
});
