import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { findUnfinishedRun } from '../../src/journal/unfinished-run.js';
import { parseShard } from '../../src/rows/shard.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

/** `2/4` or `all`, and how its last stage ended; oldest first. */
type Run = readonly [shard: string, exitCode: number | undefined];

async function folderOf(runs: readonly Run[]): Promise<string> {
  const folder = await temporaryFolder();
  runs.forEach(([word, exitCode], second) => {
    const shard = word === 'all' ? undefined : parseShard(word);
    const part = shard ? `.shard-${shard.index}-of-${shard.count}` : '';
    const run = join(folder, `november.20261130-1000${String(second).padStart(2, '0')}${part}.run`);
    mkdirSync(run);
    const stages = [{ stage: 'apply', startedAt: '', exitCode }];
    const manifest = { format: 1, simulated: false, stages, options: { shard } };
    writeFileSync(join(run, 'run.json'), JSON.stringify(manifest));
  });
  return folder;
}

test.for<readonly [string, readonly Run[], number | undefined]>([
  ['all', [], undefined],
  ['all', [['all', 3]], 0],
  ['all', [['all', undefined]], 0],
  [
    'all',
    [
      ['all', 3],
      ['all', 0],
    ],
    undefined,
  ],
  ['2/4', [['2/4', 130]], 0],
  ['3/4', [['2/4', 3]], undefined],
  ['all', [['2/4', 3]], 0],
  ['2/4', [['all', 3]], 0],
  // The half that the quarter is of, and the other half.
  ['2/2', [['2/4', 3]], 0],
  ['1/2', [['2/4', 3]], undefined],
  // A later shard of other rows answers for nothing of it.
  [
    'all',
    [
      ['2/4', 3],
      ['3/4', 0],
      ['4/4', 1],
    ],
    0,
  ],
  [
    '2/4',
    [
      ['2/4', 3],
      ['3/4', 0],
    ],
    0,
  ],
  [
    '2/4',
    [
      ['2/4', 3],
      ['2/4', 0],
    ],
    undefined,
  ],
  [
    '2/4',
    [
      ['2/4', 3],
      ['all', 0],
    ],
    undefined,
  ],
  [
    '2/4',
    [
      ['all', 3],
      ['2/4', 0],
    ],
    undefined,
  ],
  [
    'all',
    [
      ['1/4', 0],
      ['2/4', 0],
      ['3/4', 0],
      ['4/4', 0],
    ],
    undefined,
  ],
  // The newest of several.
  [
    'all',
    [
      ['1/4', 3],
      ['2/4', 3],
    ],
    1,
  ],
])('before %s, of %j: %s', async ([word, runs, wanted]) => {
  const folder = await folderOf(runs);
  const shard = word === 'all' ? undefined : parseShard(word);
  const found = await findUnfinishedRun(join(folder, 'november.csv'), false, shard);
  const second = /-1000(\d\d)/.exec(found?.folder ?? '')?.[1];
  expect(second === undefined ? undefined : Number(second)).toBe(wanted);
});

test('a merged run answers for all of its shards', async () => {
  const folder = await folderOf([
    ['1/2', 3],
    ['2/2', 0],
  ]);
  const merged = join(folder, 'november.20261130-110000.merged.run');
  mkdirSync(merged);
  const manifest = { format: 1, simulated: false, options: {}, stages: [{ exitCode: 0 }] };
  writeFileSync(join(merged, 'run.json'), JSON.stringify(manifest));
  expect(await findUnfinishedRun(join(folder, 'november.csv'), false)).toBeUndefined();
});
