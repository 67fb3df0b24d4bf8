/** Shards of a file and the merge of their runs, driven through the built program. */
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';

import { encodeEntry } from '../../src/journal/entry.js';
import { shardOf } from '../../src/rows/row-choice.js';
import {
  startSimulator,
  type Simulator,
  type SimulatorOptions,
} from '../../src/simulator/start-simulator.js';
import {
  crashAt,
  crashRows,
  readWholeJournal,
  toCsv,
  type CrashRow,
} from '../helpers/crash-run.js';
import { billpatch, newFolder, readCsv, writeInput, type Ran, type Result } from './billpatch.js';

const COUNT = 4;
const NUMBERS = [1, 2, 3, 4] as const;

interface World {
  readonly simulator: Simulator;
  readonly cwd: string;
  readonly rows: readonly CrashRow[];
  readonly run: (words: readonly string[], env?: Record<string, string>) => Promise<Ran>;
}

async function world(count: number, options: SimulatorOptions = {}): Promise<World> {
  const simulator = await startSimulator({ anyTenant: true, ...options });
  onTestFinished(simulator.close);
  const cwd = newFolder();
  const rows = crashRows(count, 5);
  writeInput(cwd, toCsv(rows));
  return {
    simulator,
    cwd,
    rows,
    run: (words, env = {}) =>
      billpatch(words, { cwd, env: { BILLPATCH_BASE_URL: simulator.url, ...env } }),
  };
}

const FOLDERS = NUMBERS.map((index) => `${index}.run`);

const applyShard = ({ run }: World, index: number, env: Record<string, string> = {}) =>
  run(
    [
      ...['apply', 'in.csv', '--yes', '--quiet', '--run-dir', `${index}.run`],
      ...['--shard', `${index}/${COUNT}`],
    ],
    env,
  );

async function applyAll(given: World): Promise<void> {
  const all = await Promise.all(NUMBERS.map((index) => applyShard(given, index)));
  expect(all.map(({ exitCode }) => exitCode)).toEqual(NUMBERS.map(() => 0));
}

const json = ({ stdout }: Ran) => JSON.parse(stdout) as Record<string, unknown>;
const manifest = (cwd: string, run: string) =>
  JSON.parse(readFileSync(join(cwd, run, 'run.json'), 'utf8')) as Record<string, object>;
const results = (cwd: string, run: string, file = 'results.csv') => readCsv(join(cwd, run, file));

/** What differs from one run to the next though the same was done. */
const lasting = (rows: readonly Result[]): object[] =>
  rows.map((row) =>
    Object.fromEntries(Object.entries(row).filter(([name]) => !/_id$|_at$|etag/.test(name))),
  );

describe('shards', () => {
  test('that run at the same time and are merged come to what one run comes to', async () => {
    const given = await world(60);
    const { cwd, rows, simulator, run } = given;
    await applyAll(given);

    for (const index of NUMBERS) {
      const own = rows.filter(({ tenantId }) => shardOf(tenantId, COUNT) === index);
      const found = results(cwd, `${index}.run`).map((row) => row.customerTenantId);
      expect(found).toEqual(own.map(({ tenantId }) => tenantId));
    }
    const merged = await run(['merge', '3.run', '1.run', '4.run', '2.run', '--run-dir', 'all.run']);
    expect(merged).toMatchObject({ exitCode: 0, stderr: '' });
    expect(merged.stdout).toContain(`60 rows at ${simulator.url}\n`);

    // Each row once, and each customer written to once.
    for (const { tenantId, isChange } of rows)
      expect(simulator.history(tenantId)).toBe(isChange ? 1 : 0);
    expect(results(cwd, 'all.run').map((row) => row.customerTenantId)).toEqual(
      rows.map(({ tenantId }) => tenantId),
    );
    const other = await world(60);
    await other.run(['apply', 'in.csv', '--yes', '--run-dir', 'whole.run']);
    for (const file of ['results.csv', 'failed.csv'])
      expect(lasting(results(cwd, 'all.run', file))).toEqual(
        lasting(results(other.cwd, 'whole.run', file)),
      );
    const whole = manifest(other.cwd, 'whole.run');
    const joined = manifest(cwd, 'all.run');
    expect(joined).toMatchObject({
      input: whole.input,
      options: whole.options,
      totals: whole.totals,
      merges: FOLDERS.map((folder) => join(cwd, folder)),
    });
    expect(readdirSync(join(cwd, 'all.run')).sort()).toEqual(
      readdirSync(join(other.cwd, 'whole.run')).sort(),
    );
    expect(readFileSync(join(cwd, 'all.run/input.csv'))).toEqual(readFileSync(join(cwd, 'in.csv')));
    await readWholeJournal(join(cwd, 'all.run'));
  }, 180_000);

  test('say everywhere which of the rows are theirs', async () => {
    const given = await world(20);
    const own = given.rows.filter(({ tenantId }) => shardOf(tenantId, COUNT) === 2).length;
    const says = `hard 2 of 4: ${own} of 20 rows`;
    const checked = await given.run(['check', 'in.csv', '--shard', '2/4']);
    expect(checked.stdout).toContain(`s${says}`);
    expect(checked.stdout).toContain(`20 ready to apply, ${own} of them in shard 2 of 4`);
    const asJson = await given.run(['check', 'in.csv', '--shard', '2/4', '--json']);
    expect(json(asJson)).toMatchObject({
      rows: 20,
      shard: { index: 2, count: 4, rows: own, validRows: own },
    });
    const applied = await given.run(['apply', 'in.csv', '--yes', '--shard', '2/4']);
    expect(applied.stderr).toContain(`s${says}`);
    expect(applied.stderr).toContain(`shard 2 of 4 · ${own} of ${own} rows`);
    expect(applied.stdout).toContain(`S${says} at `);
    const [folder = ''] = readdirSync(given.cwd).filter((name) => name.endsWith('.run'));
    expect(folder).toMatch(/^in\.\d{8}-\d{6}\.shard-2-of-4\.run$/);
    const { options, input, totals } = manifest(given.cwd, folder);
    expect([options, input, totals]).toMatchObject([
      { shard: { index: 2, count: 4 } },
      { rows: 20, shardRows: own },
      { rows: own },
    ]);
    const page = readFileSync(join(given.cwd, folder, 'report.html'), 'utf8');
    expect(page).toContain('in.csv, shard 2 of 4');
    expect(page).toContain(`the shard’s part of 20`);
    const report = await given.run(['report', folder, '--json']);
    expect(json(report)).toMatchObject({
      rows: own,
      shard: { index: 2, count: 4, fileRows: 20 },
    });
  }, 180_000);

  test('are named by the environment too', async () => {
    const given = await world(8);
    const own = given.rows.filter(({ tenantId }) => shardOf(tenantId, 2) === 1).length;
    const ran = await given.run(['apply', 'in.csv', '--yes', '--json'], { BILLPATCH_SHARD: '1/2' });
    expect(json(ran)).toMatchObject({ rows: own, shard: { index: 1, count: 2 } });
    const wrong = await given.run(['apply', 'in.csv', '--yes'], { BILLPATCH_SHARD: '0/2' });
    expect(wrong.exitCode).toBe(2);
    expect(wrong.stderr).toContain('to a number that counts from 0, add 1');
  });

  test('are refused where one of the same rows is unfinished, and not for another', async () => {
    const given = await world(30);
    const apply = (...words: string[]) =>
      given.run(['apply', 'in.csv', '--yes', '--quiet', '--json', ...words]);
    expect((await apply('--shard', '2/4', '--limit', '1')).exitCode).toBe(3);
    const refused = await apply('--shard', '2/4');
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain('has a run of shard 2 of 4 that did not come to its end');
    expect((await apply('--shard', '3/4')).exitCode).toBe(0);
    expect((await apply()).exitCode).toBe(2);
  }, 180_000);

  test('check all of the file, and count what is their own', async () => {
    const given = await world(0);
    const id = (row: number) => `22222222-0000-4000-8000-${String(row).padStart(12, '0')}`;
    const inShard = (index: number) =>
      Array.from({ length: 50 }, (_, row) => id(row)).filter((own) => shardOf(own, 2) === index);
    const [a = '', b = '', c = ''] = inShard(1);
    const [d = '', e = ''] = inShard(2);
    writeInput(
      given.cwd,
      'customerTenantId,email\n' +
        `${a},a@new.example\nno id,x@new.example\n\n${d},d@new.example\n${b},b@new.example\n` +
        `{${d.toUpperCase()}},d@new.example\n${e},no address\n${c},c@new.example\n${b},other@new.example\n`,
    );
    const apply = (index: number, ...words: string[]) =>
      given.run([
        ...['apply', 'in.csv', '--yes', '--run-dir', `${index}.run`],
        ...['--shard', `${index}/2`, ...words],
      ]);
    // A mistake in a row of another shard stops this one too.
    const refused = await apply(2);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain('line 3');
    expect(given.simulator.counts()).toMatchObject({ get: 0, put: 0 });

    const skip = ['--skip-invalid', '--run-dir'];
    expect((await apply(1, ...skip, '1b.run')).exitCode).toBe(1);
    expect((await apply(2, ...skip, '2b.run')).exitCode).toBe(1);
    const statuses = (run: string) =>
      results(given.cwd, run).map((row) => [row.result_line, row.result_status]);
    expect(statuses('1b.run')).toEqual([
      ['2', 'updated'],
      ['3', 'invalid'],
      ['6', 'invalid'],
      ['9', 'updated'],
      ['10', 'invalid'],
    ]);
    expect(statuses('2b.run')).toEqual([
      ['5', 'updated'],
      ['7', 'unchanged'],
      ['8', 'invalid'],
    ]);
    const merged = await given.run(['merge', '1b.run', '2b.run', '--run-dir', 'all.run', '--json']);
    expect(merged.exitCode).toBe(1);
    expect(json(merged)).toMatchObject({
      rows: 8,
      totals: { updated: 3, unchanged: 1, invalid: 4 },
    });
    expect(statuses('all.run').map(([line]) => line)).toEqual([
      '2',
      '3',
      '5',
      '6',
      '7',
      '8',
      '9',
      '10',
    ]);
  }, 180_000);

  test('may have no rows', async () => {
    const given = await world(1);
    const { cwd, run } = given;
    await applyAll(given);
    const merged = await run(['merge', ...FOLDERS, '--run-dir', 'all.run', '--out', 'copy.csv']);
    expect(merged.exitCode).toBe(0);
    expect(results(cwd, 'all.run')).toHaveLength(1);
    expect(readFileSync(join(cwd, 'copy.csv'))).toEqual(
      readFileSync(join(cwd, 'all.run/results.csv')),
    );
  }, 180_000);
});

describe('a merged run', () => {
  test('is undone as one', async () => {
    const given = await world(24);
    const { cwd, run, rows, simulator } = given;
    await applyAll(given);
    await run(['merge', ...FOLDERS, '--run-dir', 'all.run']);
    const undone = await run(['undo', 'all.run', '--yes', '--run-dir', 'back.run', '--json']);
    expect(undone.exitCode).toBe(0);
    const changed = rows.filter(({ isChange }) => isChange);
    expect(json(undone)).toMatchObject({ rows: changed.length });
    for (const { tenantId, original } of rows)
      expect(simulator.profile(tenantId)).toEqual({
        ...original,
        attributes: simulator.profile(tenantId)?.attributes,
      });
    expect(results(cwd, 'back.run')).toHaveLength(changed.length);
  }, 180_000);

  test('of plans has the digest of one plan, and is applied as one', async () => {
    const given = await world(24);
    const { cwd, run, rows, simulator } = given;
    const plan = (...words: string[]) => run(['plan', 'in.csv', '--quiet', '--json', ...words]);
    for (const index of NUMBERS) await plan('--shard', `${index}/4`, '--run-dir', `${index}.run`);
    const whole = json(await plan('--run-dir', 'whole.run'));
    const merged = await run(['merge', ...FOLDERS, '--run-dir', 'all.run', '--json']);
    expect(merged.exitCode).toBe(0);
    const { plan: planned } = json(merged) as { plan: { digest: string } };
    expect(planned).toMatchObject({
      digest: (whole.plan as { digest: string }).digest,
      totals: (whole.plan as { totals: object }).totals,
    });
    for (const file of ['plan.csv', 'results.csv'])
      expect(lasting(results(cwd, 'all.run', file))).toEqual(
        lasting(results(cwd, 'whole.run', file)),
      );
    expect((await run(['report', 'all.run'])).stdout).toContain('To apply');

    const digest = planned.digest.slice(0, 12);
    const applied = await run(['apply', 'all.run', '--yes', '--json', '--digest', digest]);
    expect(applied.exitCode).toBe(0);
    for (const { tenantId, isChange } of rows)
      expect(simulator.history(tenantId)).toBe(isChange ? 1 : 0);
    expect(results(cwd, 'all.run').filter((row) => row.result_status === 'updated')).toHaveLength(
      rows.filter(({ isChange }) => isChange).length,
    );
  }, 180_000);

  test('of plans that were applied one by one is one that was applied', async () => {
    const given = await world(16);
    const { cwd, run, simulator, rows } = given;
    for (const index of [1, 2]) {
      const shard = `${index}/2`;
      await run(['plan', 'in.csv', '--quiet', '--shard', shard, '--run-dir', `${index}.run`]);
      const applied = await run(['apply', `${index}.run`, '--yes'], { BILLPATCH_SHARD: shard });
      expect(applied.exitCode).toBe(0);
    }
    const other = await run(['apply', '2.run', '--yes', '--shard', '1/2']);
    expect(other.exitCode).toBe(2);
    expect(other.stderr).toContain(
      'This is a plan of shard 2 of 2; --shard asks for shard 1 of 2.',
    );
    const merged = await run(['merge', '1.run', '2.run', '--run-dir', 'all.run']);
    expect(merged.exitCode).toBe(0);
    expect(merged.stdout).not.toContain('To apply');
    expect(results(cwd, 'all.run').map((row) => row.result_status)).toEqual(
      rows.map(({ isChange }) => (isChange ? 'updated' : 'unchanged')),
    );
    const again = await run(['apply', 'all.run', '--yes']);
    expect(again.stderr).toContain('This plan was applied');
    expect((await run(['undo', 'all.run', '--yes'])).exitCode).toBe(0);
    for (const { tenantId, original } of rows)
      expect(simulator.profile(tenantId)?.email).toBe(original.email);
  }, 180_000);

  test('with a row that is unknown has its exit code, and looks it up when it is resumed', async () => {
    const [{ tenantId } = { tenantId: '' }] = crashRows(12, 5);
    const given = await world(12, {
      faults: [
        { kind: 'lost-after', on: 'PUT', tenantId, times: 1 },
        { kind: '404', on: 'GET', tenantId, after: 1, times: 1 },
      ],
    });
    const { cwd, run, simulator } = given;
    await Promise.all(NUMBERS.map((index) => applyShard(given, index)));
    const merged = await run(['merge', ...FOLDERS, '--run-dir', 'all.run', '--json']);
    expect([merged.exitCode, json(merged).totals]).toMatchObject([4, { unknown: 1 }]);
    const resumed = await run(['resume', 'all.run', '--json']);
    expect([resumed.exitCode, json(resumed).totals]).toMatchObject([0, { unknown: 0 }]);
    expect(simulator.history(tenantId)).toBe(1);
    expect(results(cwd, 'all.run')[0]?.result_status).toBe('updated');
  }, 180_000);

  test('of a rehearsal can be undone in the world of its shards', async () => {
    const given = await world(12);
    const run = (words: readonly string[]) => given.run(words, { BILLPATCH_BASE_URL: '' });
    const rehearse = (index: number) =>
      run([
        ...['apply', 'in.csv', '--simulate', '--quiet', '--shard', `${index}/2`],
        ...['--run-dir', `${index}.run`],
      ]);
    await rehearse(1);
    await rehearse(2);
    const merged = await run(['merge', '1.run', '2.run', '--json']);
    const { runFolder = '' } = json(merged) as { runFolder?: string };
    expect(runFolder).toMatch(/^in\.\d{8}-\d{6}\.merged\.run$/);
    const undone = await run(['undo', runFolder, '--json']);
    expect([undone.exitCode, json(undone).totals]).toMatchObject([0, { conflict: 0, failed: 0 }]);
  }, 180_000);
});

describe('a shard that was killed', () => {
  test.for(['put-sent:2', 'close-written:1', 'rename results.csv:1'])(
    'at %s is not merged before it was resumed',
    { timeout: 180_000 },
    async (where) => {
      const given = await world(40);
      const { cwd, run, rows, simulator } = given;
      const killed = await applyShard(given, 2, crashAt(where));
      expect(killed.exitCode).not.toBe(0);
      await Promise.all([1, 3, 4].map((index) => applyShard(given, index)));
      const refused = await run(['merge', ...FOLDERS, '--run-dir', 'all.run']);
      expect(refused.exitCode).toBe(2);
      expect(refused.stderr).toMatch(/Shard 2 of 4 has not come to its end: \d+ of \d+ rows/);
      expect(refused.stderr).toContain('Go on, then merge: billpatch resume 2.run');
      expect(existsSync(join(cwd, 'all.run'))).toBe(false);

      const own = rows.filter(({ tenantId }) => shardOf(tenantId, COUNT) === 2);
      const resumed = await run(['resume', '2.run']);
      expect(resumed.exitCode).toBe(0);
      expect(resumed.stdout).toContain(`Shard 2 of 4: ${own.length} of 40 rows`);
      const merged = await run(['merge', ...FOLDERS, '--run-dir', 'all.run']);
      expect(merged.exitCode).toBe(0);
      for (const { tenantId, isChange } of rows)
        expect(simulator.history(tenantId)).toBe(isChange ? 1 : 0);
      expect(results(cwd, 'all.run').map((row) => row.result_status)).toEqual(
        rows.map(({ isChange }) => (isChange ? 'updated' : 'unchanged')),
      );
    },
  );
});

describe('merge refuses, with exit code 2 and nothing written,', () => {
  async function applied(count = 12): Promise<World> {
    const given = await world(count);
    await applyAll(given);
    return given;
  }
  async function refusal(given: World, folders: readonly string[], ...words: string[]) {
    const before = readdirSync(given.cwd);
    const { exitCode, stdout, stderr } = await given.run(['merge', ...folders, ...words]);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(readdirSync(given.cwd)).toEqual(before);
    for (const folder of FOLDERS)
      expect(readdirSync(join(given.cwd, folder)).filter((name) => /lock|tmp/.test(name))).toEqual(
        [],
      );
    return stderr;
  }

  test('a shard that is missing, is there twice, or belongs to no shard', async () => {
    const given = await applied();
    expect(await refusal(given, ['1.run', '2.run', '4.run'])).toBe(
      'billpatch: Shard 3 of 4 is missing.\n  → Name the run folders of all 4. One that was never begun: billpatch apply in.csv --shard 3/4\n',
    );
    expect(await refusal(given, [...FOLDERS, './2.run/'])).toContain(
      'One run folder is there twice: 2.run and ./2.run/.',
    );
    symlinkSync('2.run', join(given.cwd, 'link.run'));
    expect(await refusal(given, [...FOLDERS, 'link.run'])).toContain('twice: 2.run and link.run');
    cpSync(join(given.cwd, '2.run'), join(given.cwd, 'copy.run'), { recursive: true });
    expect(await refusal(given, [...FOLDERS, 'copy.run'])).toContain(
      'Shard 2 of 4 is there twice: 2.run and copy.run.',
    );
    await given.run(['apply', 'in.csv', '--yes', '--run-dir', 'whole.run']);
    expect(await refusal(given, [...FOLDERS, 'whole.run'])).toContain('whole.run is no shard');
    expect(await refusal(given, ['in.csv'])).toContain('in.csv is not a run folder');
  }, 180_000);

  test('shards of another file, of another service, of another kind, or with another input', async () => {
    const given = await applied();
    const { cwd, rows, run } = given;
    const others = ['1.run', '2.run', '3.run', 'other.run'];
    const fourth = (...words: string[]) =>
      run(['apply', 'in.csv', '--yes', '--new', '--shard', '4/4', '--run-dir', ...words]);

    await fourth('other.run', '--simulate');
    expect(await refusal(given, others)).toContain(
      `1.run and other.run are not shards of one run: the address is ${given.simulator.url} in the first, simulator in the second.`,
    );
    await run(['plan', 'in.csv', '--shard', '4/4', '--run-dir', 'plan.run']);
    expect(await refusal(given, ['1.run', '2.run', '3.run', 'plan.run'])).toContain(
      'the kind of run is an apply in the first, a plan in the second',
    );
    writeInput(cwd, toCsv([...rows].reverse()));
    await fourth('sorted.run');
    expect(await refusal(given, ['1.run', '2.run', '3.run', 'sorted.run'])).toMatch(
      /the SHA-256 of the input is [0-9a-f]{64} in the first, [0-9a-f]{64} in the second/,
    );
    appendFileSync(join(cwd, '3.run/input.csv'), 'x');
    expect(await refusal(given, FOLDERS)).toContain(
      '3.run: input.csv in the run folder was changed',
    );
  }, 180_000);

  test('a shard whose file was refused, one that stopped, and a place that is taken', async () => {
    const given = await applied();
    const { cwd, run } = given;
    expect(await refusal(given, FOLDERS, '--run-dir', '1.run')).toContain('is not empty');
    expect(await refusal(given, FOLDERS, '--out', 'in.csv')).toContain('in.csv exists already');
    const stopped = await run([
      ...['apply', 'in.csv', '--yes', '--new', '--limit', '1', '--json'],
      ...['--shard', '1/1', '--run-dir', 'one.run'],
    ]);
    expect(stopped.exitCode).toBe(0);
    for (const { tenantId } of given.rows)
      given.simulator.edit(tenantId, { email: 'x@old.example' });
    await run([
      ...['apply', 'in.csv', '--yes', '--new', '--limit', '1'],
      ...['--shard', '1/1', '--run-dir', 'stopped.run'],
    ]);
    expect(await refusal(given, ['stopped.run'])).toContain(
      'Shard 1 of 1 has not come to its end: 1 of 12 rows have an ending.',
    );
    writeInput(cwd, 'customerTenantId,email\nx,y\n');
    await run(['apply', 'in.csv', '--yes', '--new', '--shard', '1/1', '--run-dir', 'bad.run']);
    expect(await refusal(given, ['bad.run'])).toContain('bad.run: Nothing was sent in this run.');
  }, 180_000);

  test('a row that two shards have, and one that none has', async () => {
    const given = await applied();
    const { cwd } = given;
    const [row] = results(cwd, '2.run');
    const line = row?.result_line ?? '';
    const journal = (run: string) => join(cwd, run, 'journal.jsonl');
    const outcome = (await readWholeJournal(join(cwd, '2.run'))).find(
      (entry) => entry.type === 'outcome' && String(entry.line) === line,
    );
    copyFileSync(journal('3.run'), journal('3.run') + '.kept');
    const text = readFileSync(journal('3.run'), 'utf8');
    const end = text.lastIndexOf('{"type":"close"');
    writeFileSync(journal('3.run'), text.slice(0, end) + encodeEntry(outcome!) + text.slice(end));
    expect(await refusal(given, FOLDERS)).toContain(
      `Line ${line} has an ending in shard 2 and in shard 3`,
    );
    copyFileSync(journal('3.run') + '.kept', journal('3.run'));

    // As if the second shard had never had it.
    const lines = readFileSync(journal('2.run'), 'utf8').split('\n');
    const own = `"line":${line},`;
    writeFileSync(journal('2.run'), lines.filter((one) => !one.includes(own)).join('\n'));
    const input = manifest(cwd, '2.run').input as { shardRows: number };
    const run = JSON.stringify({
      ...manifest(cwd, '2.run'),
      input: { ...input, shardRows: input.shardRows - 1 },
    });
    writeFileSync(join(cwd, '2.run/run.json'), run);
    expect(await refusal(given, FOLDERS)).toContain(`Line ${line} has no ending in any shard.`);
  }, 180_000);
});
