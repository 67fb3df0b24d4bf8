import { describe, expect, test } from 'vitest';

import type { Manifest } from '../../src/journal/run-folder.js';
import { UsageError } from '../../src/problem.js';
import {
  orderShards,
  refuseUnfinished,
  type NamedRun,
  type ShardEnd,
} from '../../src/run/decide-merge.js';
import { meanLatencyMs, toMergedManifest } from '../../src/run/merged-manifest.js';

const INPUT: Manifest['input'] = {
  name: 'november.csv',
  sha256: 'aaaa',
  bytes: 100,
  rows: 10,
  shardRows: 3,
  repeatedTenants: 0,
  encoding: 'UTF-8',
  delimiter: ',',
};

function runOf(
  index: number,
  count: number,
  { options = {}, input = {}, ...manifest }: Changes = {},
): NamedRun {
  return {
    folder: `${index}.run`,
    manifest: {
      format: 1,
      tool: { name: 'billpatch', version: '0.0.1' },
      baseUrl: 'https://api.partnercenter.microsoft.com',
      simulated: false,
      partnerTenant: '11111111-2222-4333-8444-555555555555',
      cloud: 'global',
      input: { ...INPUT, ...input },
      options: {
        concurrency: 8,
        skipInvalid: false,
        strict: false,
        timeoutSeconds: 100,
        maxWaitSeconds: 300,
        countryRules: 'service',
        repair: false,
        checkAddresses: false,
        shard: { index, count },
        ...options,
      },
      stages: [{ stage: 'apply', startedAt: `2026-11-30T10:0${index}:00.000Z`, exitCode: 0 }],
      ...manifest,
    },
  };
}

type Changes = Partial<Omit<Manifest, 'options' | 'input'>> & {
  readonly options?: Partial<Manifest['options']>;
  readonly input?: Partial<Manifest['input']>;
};

function problemOf(work: () => unknown): { code: string; message: string; hint: string } {
  try {
    work();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const { code, message, hint } = error;
    return { code, message, hint };
  }
  throw new Error('nothing was refused');
}

const PLAN: Changes = { stages: [{ stage: 'plan', startedAt: '2026-11-30T10:00:00.000Z' }] };
const PLANNED = { digest: 'd', customers: 1, totals: {} as never, latencyMs: 20 };

describe('shards', () => {
  test('are put in order', () => {
    const ordered = orderShards([runOf(3, 3), runOf(1, 3), runOf(2, 3)]);
    expect(ordered.map(({ shard }) => shard.index)).toEqual([1, 2, 3]);
  });

  test('may be one', () => {
    expect(orderShards([runOf(1, 1)])).toHaveLength(1);
  });

  test('may go at paces of their own', () => {
    const slow = runOf(2, 2, { options: { concurrency: 1, timeoutSeconds: 5 } });
    expect(orderShards([runOf(1, 2), slow])).toHaveLength(2);
  });

  test('are refused where one is missing', () => {
    expect(problemOf(() => orderShards([runOf(1, 4), runOf(2, 4), runOf(4, 4)]))).toEqual({
      code: 'shards-missing',
      message: 'Shard 3 of 4 is missing.',
      hint: 'Name the run folders of all 4. One that was never begun: billpatch apply november.csv --shard 3/4',
    });
  });

  test('are refused where several are missing, or all', () => {
    expect(problemOf(() => orderShards([runOf(2, 4)])).message).toBe(
      'Shards 1, 3 and 4 of 4 are missing.',
    );
    expect(problemOf(() => orderShards([runOf(1, 100)])).message).toBe(
      'Shards 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 89 more of 100 are missing.',
    );
    expect(problemOf(() => orderShards([])).code).toBe('shards-missing');
  });

  test('of a plan are planned', () => {
    expect(problemOf(() => orderShards([runOf(1, 2, PLAN)])).hint).toContain(
      'billpatch plan november.csv --shard 2/2',
    );
  });

  test('are refused where one is there twice', () => {
    const again = { ...runOf(1, 2), folder: 'again.run' };
    expect(problemOf(() => orderShards([runOf(1, 2), again, runOf(2, 2)]))).toEqual({
      code: 'shard-twice',
      message: 'Shard 1 of 2 is there twice: 1.run and again.run.',
      hint: 'Name one run folder for each shard.',
    });
  });

  test('are refused among them what is none', () => {
    const whole = runOf(2, 2);
    const options: { -readonly [name in keyof Manifest['options']]: Manifest['options'][name] } = {
      ...whole.manifest.options,
    };
    delete options.shard;
    const run = { folder: 'whole.run', manifest: { ...whole.manifest, options } };
    expect(problemOf(() => orderShards([runOf(1, 2), run]))).toMatchObject({
      code: 'not-a-shard',
      message:
        'whole.run is no shard: its run was begun without --shard, so there is nothing to join it with.',
    });
  });

  test('are refused among them an undo', () => {
    const undo = runOf(2, 2, { undoes: '/x/2.run' });
    expect(problemOf(() => orderShards([runOf(1, 2), undo]))).toMatchObject({
      code: 'merge-of-undo',
      message: '2.run takes back a run (/x/2.run); every undo has a file of its own.',
    });
  });

  test.for<readonly [string, Changes]>([
    ['the SHA-256 of the input is aaaa in the first, bbbb', { input: { sha256: 'bbbb' } }],
    ['the number of shards is 2 in the first, 3', { options: { shard: { index: 2, count: 3 } } }],
    [
      'the address is https://api.partnercenter.microsoft.com in the first, simulator',
      { baseUrl: 'simulator' },
    ],
    ['the cloud is global in the first, us-gov', { cloud: 'us-gov' }],
    [
      'the partner tenant is 11111111-2222-4333-8444-555555555555 in the first, 9999',
      { partnerTenant: '9999' },
    ],
    ['the kind of run is an apply in the first, a plan', PLAN],
    ['the kind of run is an apply in the first, a plan that was applied', { plan: PLANNED }],
    [
      'the sheet is none in the first, A',
      { input: { workbook: { sheet: 'A', otherSheets: [], csvSha256: 'x' } } },
    ],
    ['the encoding is UTF-8 in the first, windows-1252', { input: { encoding: 'windows-1252' } }],
    ['the delimiter is , in the first, ;', { input: { delimiter: ';' } }],
    ['the customer list (SHA-256) is none in the first, cccc', { customerList: 'cccc' }],
    ['--skip-invalid is false in the first, true', { options: { skipInvalid: true } }],
    ['--strict is false in the first, true', { options: { strict: true } }],
    ['--country-rules is service in the first, off', { options: { countryRules: 'off' } }],
    ['--repair is false in the first, true', { options: { repair: true } }],
    ['--check-addresses is false in the first, true', { options: { checkAddresses: true } }],
  ])('are refused where %s', ([words, changes]) => {
    const { code, message } = problemOf(() => orderShards([runOf(1, 2), runOf(2, 2, changes)]));
    expect([code, message]).toEqual([
      'shards-differ',
      `1.run and 2.run are not shards of one run: ${words} in the second.`,
    ]);
  });
});

describe('shards at their end', () => {
  const end = (index: number, changes: Partial<ShardEnd> = {}): ShardEnd => ({
    folder: `${index}.run`,
    shard: { index, count: 3 },
    rows: 5,
    ended: 5,
    isClosed: true,
    ...changes,
  });

  test('are let through', () => {
    refuseUnfinished([end(1), end(2), end(3, { rows: 0, ended: 0 })], runOf(1, 3));
  });

  test('are refused where one is not, with the command', () => {
    const ends = [end(1), end(2, { ended: 3 }), end(3)];
    expect(
      problemOf(() => {
        refuseUnfinished(ends, runOf(1, 3));
      }),
    ).toEqual({
      code: 'shards-unfinished',
      message: 'Shard 2 of 3 has not come to its end: 3 of 5 rows have an ending.',
      hint: 'Go on, then merge: billpatch resume 2.run',
    });
  });

  test('are refused where several are not, though every row has its ending', () => {
    const ends = [end(1, { isClosed: false }), end(2), end(3, { ended: 0 })];
    expect(
      problemOf(() => {
        refuseUnfinished(ends, runOf(1, 3));
      }),
    ).toEqual({
      code: 'shards-unfinished',
      message:
        'Shards 1 and 3 of 3 have not come to their end: 5 of 5 rows, 0 of 5 rows have an ending.',
      hint: 'Go on, then merge: billpatch resume 1.run; billpatch resume 3.run',
    });
  });

  test('of a plan are planned again', () => {
    expect(
      problemOf(() => {
        refuseUnfinished([end(2, { isClosed: false })], runOf(1, 3, PLAN));
      }).hint,
    ).toBe('Plan again, then merge: billpatch plan november.csv --shard 2/3');
  });
});

describe('the merged run', () => {
  const remark = { code: 'c', message: 'm', hint: 'h' };
  const runs = orderShards([
    runOf(1, 2, { remarks: [{ ...remark, lines: [4, 9], lineCount: 2 }], input: { shardRows: 1 } }),
    runOf(2, 2, {
      remarks: [
        { ...remark, lines: [2], lineCount: 1 },
        { ...remark, message: 'n', lines: [7], lineCount: 1 },
      ],
      totals: {} as never,
    }),
  ]);
  const [first, ...others] = runs;
  const merged = toMergedManifest([first!, ...others], '9.9.9', (folder) => `/x/${folder}`);

  test('is of the whole file', () => {
    expect(merged.options).not.toHaveProperty('shard');
    expect(merged.input).toEqual({ ...INPUT, shardRows: undefined });
    expect(merged.input).not.toHaveProperty('shardRows');
    expect(merged).not.toHaveProperty('totals');
    expect(merged.tool.version).toBe('9.9.9');
  });

  test('names its shards and their stages', () => {
    expect(merged.merges).toEqual(['/x/1.run', '/x/2.run']);
    expect(merged.stages.map(({ stage, shard }) => [stage, shard])).toEqual([
      ['apply', 1],
      ['apply', 2],
    ]);
  });

  test('says once what each had to say', () => {
    expect(merged.remarks).toEqual([
      { ...remark, lines: [2, 4, 9], lineCount: 3 },
      { ...remark, message: 'n', lines: [7], lineCount: 1 },
    ]);
  });

  test('takes the mean of latencies by rows', () => {
    const planned = (shardRows: number, latencyMs: number): NamedRun =>
      runOf(1, 2, { input: { shardRows }, plan: { ...PLANNED, latencyMs } });
    expect(meanLatencyMs([planned(3, 10), planned(1, 50)])).toBe(20);
    expect(meanLatencyMs([planned(0, 0)])).toBe(0);
  });
});
