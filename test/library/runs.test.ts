/** The stages of a run from code: rows in, outcomes out, against the simulator. */
import { createReadStream, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';

import {
  apply,
  FileProblem,
  InputRefusedError,
  merge,
  plan,
  resume,
  StoppedError,
  undo,
  UsageError,
  type InputRow,
  type Progress,
  type RowOutcome,
  type Run,
} from '../../src/index.js';
import { generateCustomers } from '../../src/simulator/generate-customers.js';
import {
  startSimulator,
  type Simulator,
  type SimulatorOptions,
} from '../../src/simulator/start-simulator.js';
import { readCsv } from '../e2e/billpatch.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const CANARY = 'canary-token-91bb';
const CUSTOMERS = generateCustomers(30, 6);
const ids = CUSTOMERS.map(({ tenantId }) => tenantId);

async function simulate(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await startSimulator({ customers: CUSTOMERS, ...options });
  onTestFinished(simulator.close);
  return simulator;
}

const at = ({ url }: Simulator) => ({ getToken: () => CANARY, baseUrl: url });

const rowsOf = (email: string): InputRow[] =>
  ids.map((customerTenantId, i) => ({ customerTenantId, email, remark: `no ${i}` }));

async function outcomesOf(run: Run): Promise<RowOutcome[]> {
  const outcomes: RowOutcome[] = [];
  for await (const outcome of run) outcomes.push(outcome);
  return outcomes;
}

const byRow = (a: RowOutcome, b: RowOutcome): number => a.row - b.row;

test('apply: rows of a program, each with its outcome, and a run folder as always', async () => {
  const simulator = await simulate();
  const runDir = join(await temporaryFolder(), 'a.run');
  const progress: Progress[] = [];
  const run = apply(
    { rows: rowsOf('a@runs.example'), runDir },
    { ...at(simulator), by: 'nightly job', onProgress: (now) => progress.push({ ...now }) },
  );
  const outcomes = (await outcomesOf(run)).sort(byRow);
  expect(outcomes.map(({ line, tenantId, status }) => [line, tenantId, status])).toEqual(
    ids.map((id, i) => [i + 2, id, 'updated']),
  );
  const [first] = outcomes;
  expect(first?.changes).toEqual([
    { field: 'email', from: expect.any(String) as string, to: 'a@runs.example' },
  ]);
  expect(first?.trace?.putRequestId).toMatch(/^[0-9a-f-]{36}$/);
  const result = await run.result;
  expect(result).toMatchObject({
    exitCode: 0,
    rows: 30,
    totals: { updated: 30 },
    simulated: false,
    target: simulator.url,
    files: { folder: runDir, results: join(runDir, 'results.csv') },
  });
  expect(progress.at(-1)).toMatchObject({ done: 30, total: 30, counts: { updated: 30 } });
  expect(readCsv(result.files.results).map(({ remark }) => remark)).toEqual(
    ids.map((_, i) => `no ${i}`),
  );
  expect(readFileSync(join(runDir, 'run.json'), 'utf8')).toContain('"by": "nightly job"');
  for (const name of await readdir(runDir))
    expect(readFileSync(join(runDir, name), 'utf8')).not.toContain(CANARY);
});

test('plan, apply of exactly that plan, undo: each an iterable of its own', async () => {
  const simulator = await simulate();
  const folder = await temporaryFolder();
  const before = simulator.profile(ids[0] ?? '')?.email;
  const runDir = join(folder, 'p.run');
  const planned = plan({ rows: rowsOf('p@runs.example'), runDir }, at(simulator));
  expect((await outcomesOf(planned)).map(({ status }) => status)).toEqual(ids.map(() => 'planned'));
  const made = (await planned.result).plan;
  expect(made).toMatchObject({ customers: 30, totals: { changes: 30, emptied: 0 } });
  expect(simulator.counts().put).toBe(0);

  const other = apply({ plan: runDir, digest: 'f'.repeat(12) }, at(simulator));
  await expect(other.result).rejects.toMatchObject({ name: 'UsageError', code: 'other-digest' });
  const applied = apply({ plan: runDir, digest: made?.digest ?? '' }, at(simulator));
  // Nothing of the plan's own outcomes.
  expect((await outcomesOf(applied)).map(({ status }) => status)).toEqual(ids.map(() => 'updated'));
  const undone = undo(runDir, { ...at(simulator), runDir: join(folder, 'u.run') });
  expect((await outcomesOf(undone)).map(({ status }) => status)).toEqual(ids.map(() => 'updated'));
  expect((await undone.result).files.folder).toBe(join(folder, 'u.run'));
  expect(simulator.profile(ids[0] ?? '')?.email).toBe(before);
});

test('a signal stops it; resume gives the outcomes of the rest', async () => {
  const simulator = await simulate({ latencyMs: 5 });
  const runDir = join(await temporaryFolder(), 's.run');
  const abort = new AbortController();
  const run = apply(
    { rows: rowsOf('s@runs.example'), runDir },
    { ...at(simulator), concurrency: 2, signal: abort.signal },
  );
  let seen = 0;
  for await (const { status } of run) {
    // One that was just about to be sent says so.
    if (status === 'updated') seen += 1;
    else expect(status).toBe('skipped');
    if (seen === 5) abort.abort();
  }
  const stopped = await run.result;
  expect(stopped).toMatchObject({ exitCode: 130, stopped: { code: 'interrupted' } });
  expect(stopped.totals.updated).toBe(seen);
  expect(seen).toBeLessThan(30);
  const rest = resume(runDir, at(simulator));
  const outcomes = await outcomesOf(rest);
  expect(outcomes).toHaveLength(30 - seen);
  expect(await rest.result).toMatchObject({ exitCode: 0, totals: { updated: 30 } });
  expect(ids.map((id) => simulator.history(id))).toEqual(ids.map(() => 1));
});

describe('who reads the outcomes', () => {
  test('slowly, holds nothing up and misses nothing', async () => {
    const simulator = await simulate();
    const runDir = join(await temporaryFolder(), 'a.run');
    const run = apply({ rows: rowsOf('slow@runs.example'), runDir }, at(simulator));
    let seen = 0;
    let isOver = false;
    void run.result.then(() => (isOver = true));
    for await (const outcome of run) {
      seen += outcome.status === 'updated' ? 1 : 0;
      if (seen === 1) {
        await run.result;
        expect(isOver).toBe(true);
      }
    }
    expect(seen).toBe(30);
  });

  test('late, twice or not at all, gets what everybody gets', async () => {
    const simulator = await simulate();
    const runDir = join(await temporaryFolder(), 'a.run');
    const run = apply({ rows: rowsOf('late@runs.example'), runDir }, at(simulator));
    expect((await run.result).totals.updated).toBe(30);
    const [one, two] = await Promise.all([outcomesOf(run), outcomesOf(run)]);
    expect(one).toHaveLength(30);
    expect(two).toEqual(one);
  });

  test('leaves early: the run goes on', async () => {
    const simulator = await simulate({ latencyMs: 2 });
    const runDir = join(await temporaryFolder(), 'a.run');
    const run = apply({ rows: rowsOf('early@runs.example'), runDir }, at(simulator));
    for await (const { status } of run) {
      expect(status).toBe('updated');
      break;
    }
    expect((await run.result).totals.updated).toBe(30);
  });

  test('10,000 outcomes: in memory are only those that are looked at', async () => {
    const rows = function* (): Generator<InputRow> {
      for (let i = 0; i < 10_000; i += 1)
        yield {
          customerTenantId: `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`,
          email: i % 2 ? 'not one' : 'many@runs.example',
        };
    };
    const runDir = join(await temporaryFolder(), 'many.run');
    // All of them end at once: the file's own checks, or the brake after the first.
    const run = apply({ rows: rows(), runDir }, { simulate: true, skipInvalid: true, limit: 1 });
    const result = await run.result;
    let invalid = 0;
    for await (const { status } of run) invalid += status === 'invalid' ? 1 : 0;
    expect(result).toMatchObject({ exitCode: 3, rows: 10_000, stopped: { code: 'limit-reached' } });
    expect(result.totals.invalid).toBe(invalid);
  }, 60_000);
});

describe('input', () => {
  test('a file, with its run folder beside it', async () => {
    const simulator = await simulate();
    const file = join(await temporaryFolder(), 'in.csv');
    writeFileSync(file, `customerTenantId;email\n${ids[0] ?? ''};file@runs.example\n`);
    const now = new Date(2026, 10, 23, 7, 30);
    const run = apply({ file }, { ...at(simulator), now: () => now });
    expect((await run.result).files.folder).toBe(file.replace('in.csv', 'in.20261123-073000.run'));
    expect((await outcomesOf(run))[0]?.at).toBe(now.toISOString());
  });

  test('a stream of bytes, and one of text', async () => {
    const simulator = await simulate();
    const folder = await temporaryFolder();
    const file = join(folder, 'in.csv');
    writeFileSync(file, `customerTenantId,companyName\n${ids[0] ?? ''},Zoë & Søn\n`);
    const bytes = { stream: createReadStream(file), runDir: join(folder, '1.run') };
    expect((await apply(bytes, at(simulator)).result).totals.updated).toBe(1);
    const text = {
      stream: createReadStream(file, { encoding: 'utf8', highWaterMark: 3 }),
      runDir: join(folder, '2.run'),
    };
    expect((await apply(text, at(simulator)).result).totals.unchanged).toBe(1);
    expect(simulator.profile(ids[0] ?? '')?.companyName).toBe('Zoë & Søn');
  });

  test('rows with everything that a cell can hold come back as they were', async () => {
    const simulator = await simulate();
    const runDir = join(await temporaryFolder(), 'a.run');
    const odd = ['a,b', 'a;b', 'say "hi"', 'two\nlines', '\tTab', "'=1+1", 'Zoë', '00501'];
    const rows = odd.map((note, i) => ({
      customerTenantId: ids[i],
      addressLine2: i % 2 ? undefined : null,
      email: 'odd@runs.example',
      note,
    }));
    const { result } = apply({ rows, runDir }, at(simulator));
    expect((await result).totals.updated).toBe(odd.length);
    const input = readCsv(join(runDir, 'input.csv'));
    expect(input.map(({ note }) => note)).toEqual(odd);
  });

  const failing = async function* (): AsyncGenerator<InputRow> {
    yield { customerTenantId: ids[0], email: 'a@runs.example' };
    await Promise.resolve();
    throw new RangeError('the database is gone');
  };
  test.each<[string, unknown, { name: string; code?: string }]>([
    ['none', [], { name: 'UsageError', code: 'rows-empty' }],
    ['one without columns', [{}], { name: 'UsageError', code: 'rows-empty' }],
    [
      'one with a column that the first has not',
      [
        { customerTenantId: 'x', email: 'a' },
        { customerTenantId: 'y', city: 'b' },
      ],
      { name: 'UsageError', code: 'row-column-unknown' },
    ],
    [
      'one of nothing',
      [
        { customerTenantId: 'x', email: 'a' },
        { customerTenantId: '', email: ' ' },
      ],
      { name: 'UsageError', code: 'row-empty' },
    ],
    [
      'a number',
      [{ customerTenantId: 'x', postalCode: 501 }],
      { name: 'UsageError', code: 'not-a-text' },
    ],
    ['an error of their own', failing(), { name: 'RangeError' }],
  ])('rows: %s', async (_name, rows, error) => {
    const simulator = await simulate();
    const runDir = join(await temporaryFolder(), 'a.run');
    const run = apply({ rows: rows as InputRow[], runDir }, at(simulator));
    await expect(outcomesOf(run)).rejects.toMatchObject(error);
    await expect(run.result).rejects.toMatchObject(error);
    // A half of them is no input, and stands in nobody's way.
    expect(existsSync(runDir)).toBe(false);
    expect(simulator.requests).toEqual([]);
  });

  test('rows that fail their own checks: all errors, and nothing sent', async () => {
    const simulator = await simulate();
    const runDir = join(await temporaryFolder(), 'a.run');
    const rows = [
      { customerTenantId: ids[0], email: 'secret nobody' },
      { customerTenantId: 'x', email: 'a@runs.example' },
    ];
    const run = apply({ rows, runDir }, at(simulator));
    const error = await run.result.catch((reason: unknown) => reason);
    if (!(error instanceof InputRefusedError)) throw error as Error;
    expect(error.inputErrors.map(({ line, code }) => [line, code])).toEqual([
      [2, 'email-malformed'],
      [3, 'tenant-malformed'],
    ]);
    expect([error.errorCount, readCsv(error.errorsFile).length]).toEqual([2, 2]);
    expect(inspect(error)).not.toContain('secret');
    expect(simulator.requests).toEqual([]);
  });

  test('no table, no file, no token, a used folder', async () => {
    const simulator = await simulate();
    const folder = await temporaryFolder();
    const csv = join(folder, 'quote.csv');
    writeFileSync(csv, 'customerTenantId,email\n"open');
    await expect(apply({ file: csv }, at(simulator)).result).rejects.toBeInstanceOf(FileProblem);
    await expect(
      apply({ file: join(folder, 'no.csv') }, at(simulator)).result,
    ).rejects.toMatchObject({
      code: 'file-unreadable',
    });
    const rows = rowsOf('x@runs.example');
    const withoutToken = apply({ rows, runDir: join(folder, 'a.run') }, { baseUrl: simulator.url });
    await expect(withoutToken.result).rejects.toMatchObject({ code: 'token-missing' });
    const used = apply({ rows, runDir: folder }, at(simulator));
    await expect(used.result).rejects.toMatchObject({ code: 'run-folder-not-empty' });
    await expect(resume(folder, at(simulator)).result).rejects.toBeInstanceOf(UsageError);
    expect(simulator.requests).toEqual([]);
  });
});

test('a brake: StoppedError before anything is sent', async () => {
  const simulator = await simulate();
  const runDir = join(await temporaryFolder(), 'a.run');
  const run = apply(
    { rows: rowsOf('x@runs.example'), runDir },
    { ...at(simulator), maxChanges: 5 },
  );
  await expect(run.result).rejects.toBeInstanceOf(StoppedError);
  expect(simulator.counts().put).toBe(0);
});

test('a rehearsal needs no token, later stages of it neither', async () => {
  const folder = await temporaryFolder();
  const runDir = join(folder, 'a.run');
  const run = apply({ rows: rowsOf('x@runs.example'), runDir }, { simulate: true });
  expect(await run.result).toMatchObject({ simulated: true, totals: { updated: 30 } });
  const undone = undo(runDir, { runDir: join(folder, 'u.run') });
  expect((await undone.result).totals.updated).toBe(30);
});

test('an error that nobody looks at is an unhandled one; one that is iterated is not', async () => {
  const seen: unknown[] = [];
  const listeners = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  const note = (reason: unknown): void => {
    seen.push(reason);
  };
  process.on('unhandledRejection', note);
  onTestFinished(() => {
    process.off('unhandledRejection', note);
    for (const listener of listeners) process.on('unhandledRejection', listener);
  });
  const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 100));
  await expect(outcomesOf(apply({ file: '/nowhere.csv' }, { simulate: true }))).rejects.toThrow();
  await settle();
  expect(seen).toEqual([]);
  apply({ file: '/nowhere.csv' }, { simulate: true });
  await settle();
  expect(seen).toHaveLength(1);
});

test('shards: each its part of the rows, and one run of them all', async () => {
  const simulator = await simulate();
  const folder = await temporaryFolder();
  const dirs = [1, 2, 3].map((index) => join(folder, `${index}.run`));
  const parts = await Promise.all(
    dirs.map(async (runDir, i) => {
      const shard = { index: i + 1, count: 3 };
      const run = apply({ rows: rowsOf('s@runs.example'), runDir }, { ...at(simulator), shard });
      const outcomes = await outcomesOf(run);
      expect((await run.result).rows).toBe(outcomes.length);
      return outcomes.map(({ tenantId }) => tenantId);
    }),
  );
  expect(parts.flat().sort()).toEqual([...ids].sort());
  expect(simulator.counts()).toMatchObject({ put: ids.length });

  const runDir = join(folder, 'all.run');
  await expect(merge(dirs.slice(1), { runDir })).rejects.toMatchObject({ code: 'shards-missing' });
  expect(existsSync(runDir)).toBe(false);
  const result = await merge(dirs, { runDir, by: 'nightly job' });
  expect(result).toMatchObject({
    exitCode: 0,
    rows: ids.length,
    totals: { updated: ids.length },
    files: { folder: runDir },
  });
  expect(readCsv(result.files.results).map((row) => row.customerTenantId)).toEqual(ids);
});

test.for([
  { index: 0, count: 3 },
  { index: 4, count: 3 },
])('a shard that is none is refused: $index/$count', async (shard) => {
  const simulator = await simulate();
  const runDir = join(await temporaryFolder(), 'none.run');
  const run = apply({ rows: rowsOf('x@runs.example'), runDir }, { ...at(simulator), shard });
  await expect(run.result).rejects.toMatchObject({ code: 'shard-malformed' });
  expect(existsSync(runDir)).toBe(false);
});
