/**
 * What a disk can do to a run, and what a run leaves on it. The counts are over a whole suite and
 * are printed; 0 means exactly none. BILLPATCH_TEST_LEVEL=full has every operation instead of some.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';

import {
  afterShell,
  applyWords,
  begin,
  billpatchWords,
  cannot,
  closeWorld,
  dice,
  FULL,
  hasTrace,
  inParallel,
  newWorld,
  RESUME,
  run,
  say,
  SUITE_MS,
  tenantsPut,
  unrecorded,
  unsettled,
  type Ended,
  type World,
} from '../helpers/disk-world.js';
import { fileOf, readCalls, straceWords, type Call } from '../helpers/strace.js';

const ROWS = 30;
const PRELOAD = new URL('../helpers/failing-disk.js', import.meta.url).href;
const preloaded = (env: Readonly<Record<string, string>>): Record<string, string> => ({
  NODE_OPTIONS: `--import ${PRELOAD}`,
  ...env,
});

const noStrace = cannot('strace', '-f', '-o', '/dev/null', 'true');
const noMounts = cannot('unshare', '-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt');

describe('K4: the order on disk', () => {
  const SENDS = ['write', 'writev', 'sendto', 'sendmsg'];
  const WRITES = ['write', 'writev', 'pwrite64', 'pwritev'];
  const INTENT =
    /\\"type\\":\\"intent\\",\\"row\\":\d+,\\"line\\":\d+,\\"tenantId\\":\\"([0-9a-f-]+)/g;

  /** A successful sync of `path` that began after `after` and ended before `before`. */
  const isSynced = (calls: readonly Call[], path: string, after: number, before: number): boolean =>
    calls.some(
      (call) =>
        /^f(data)?sync$/.test(call.name) &&
        fileOf(call) === path &&
        call.result === 0 &&
        call.began > after &&
        call.ended < before,
    );

  interface Order {
    readonly puts: number;
    /** Their intent was not on disk, or the journal not in its folder. */
    readonly early: number;
    readonly renames: number;
    /** Before the file was synced, or never made durable in the folder. */
    readonly loose: number;
  }

  async function traced(
    concurrency: number,
    env: Readonly<Record<string, string>>,
  ): Promise<Order> {
    const world = await newWorld(60, concurrency);
    const { cwd } = world;
    const folder = world.run;
    const words = applyWords(world, '--quiet', '--concurrency', String(concurrency));
    const before = straceWords(join(cwd, 'calls'));
    const ran = await begin(billpatchWords(words, ...before), {
      cwd,
      env: { UV_USE_IO_URING: '0', ...env },
    }).ended;
    expect(ran.exitCode, ran.stderr).toBe(0);
    expect(unsettled(world)).toEqual([]);

    const calls = readCalls(join(cwd, 'calls'));
    const journal = join(folder, 'journal.jsonl');
    const written = new Map<string, number>();
    for (const call of calls) {
      if (!WRITES.includes(call.name) || fileOf(call) !== journal) continue;
      for (const [, tenant = ''] of call.words.matchAll(INTENT)) written.set(tenant, call.ended);
    }
    const made = calls.find(
      ({ name, words: text }) => name === 'openat' && /journal\.jsonl.*O_CREAT/.test(text),
    );
    const puts = calls.flatMap((call) =>
      SENDS.includes(call.name)
        ? [...call.words.matchAll(/PUT \/v1\/customers\/([0-9a-f-]+)/g)].map(([, tenant = '']) => ({
            tenant,
            at: call.began,
          }))
        : [],
    );
    const early = puts.filter(
      ({ tenant, at }) =>
        !isSynced(calls, journal, written.get(tenant) ?? Infinity, at) ||
        !isSynced(calls, folder, made?.ended ?? Infinity, at),
    );

    const renames = calls.filter(({ name }) => name.startsWith('rename'));
    const loose = renames.filter(({ words: text, began, ended }) => {
      const [from = '', to = ''] = [...text.matchAll(/"([^"]*)"/g)].map(([, name]) => name);
      const path = join(folder, basename(from));
      const lastWrite = calls.findLast(
        (call) => WRITES.includes(call.name) && fileOf(call) === path && call.began < began,
      );
      const isWhole = lastWrite !== undefined && isSynced(calls, path, lastWrite.ended, began);
      return !isWhole || !isSynced(calls, join(cwd, dirname(to)), ended, Infinity);
    });
    await closeWorld(world);
    return { puts: puts.length, early: early.length, renames: renames.length, loose: loose.length };
  }

  test.skipIf(noStrace)(
    `no PUT leaves before its intent is on disk${noStrace === undefined ? '' : ` (${noStrace})`}`,
    { timeout: SUITE_MS },
    async () => {
      const total = { puts: 0, early: 0, renames: 0, loose: 0 };
      for (const concurrency of FULL ? [1, 2, 8, 32, 64] : [1, 8]) {
        const order = await traced(concurrency, {});
        expect(order.puts).toBe(60);
        // run.json three times, failed.csv, results.csv and report.html once.
        expect(order.renames).toBe(6);
        for (const name of ['puts', 'early', 'renames', 'loose'] as const)
          total[name] += order[name];
      }
      const control = await traced(8, preloaded({ FAILING_DISK_NO_SYNC: '1' }));
      say(
        `K4: ${total.puts} PUTs, before their sync ${total.early}; ${total.renames} renames, ` +
          `not synced ${total.loose} (journal never synced: ${control.early} of ${control.puts})`,
      );
      expect(total).toMatchObject({ early: 0, loose: 0 });
      expect(control).toMatchObject({ puts: 60, early: 60 });
    },
  );
});

describe('D1: a disk that fails', () => {
  interface Tally {
    runs: number;
    faults: number;
    puts: number;
    /** PUTs that nothing on disk knows of. */
    unrecorded: number;
    readonly exits: Record<string, number>;
  }
  const newTally = (): Tally => ({ runs: 0, faults: 0, puts: 0, unrecorded: 0, exits: {} });

  const sayTally = (name: string, { runs, faults, puts, exits, ...rest }: Tally): void => {
    say(
      `${name}: ${runs} runs, ${faults} with faults, ${puts} PUTs, without a durable intent ` +
        `${rest.unrecorded}; exit codes ${JSON.stringify(exits)}`,
    );
  };

  /** What a run may not do when its disk fails, in words. */
  function faultsOf(world: World, ended: Ended, tally: Tally, folder = world.run): string[] {
    const { exitCode, signal } = ended;
    const wrong: string[] = [];
    const lost = unrecorded(world, folder);
    tally.runs += 1;
    tally.unrecorded += lost.length;
    tally.exits[String(exitCode ?? signal)] = (tally.exits[String(exitCode ?? signal)] ?? 0) + 1;
    if (lost.length > 0) wrong.push(`${lost.length} PUTs without an intent`);
    if (![0, 2, 3].includes(exitCode ?? -1)) wrong.push(`exit ${exitCode ?? signal}`);
    if (hasTrace(ended)) wrong.push('a stack trace');
    if (exitCode !== 0 && !/\S/.test(ended.stderr + ended.stdout)) wrong.push('no sentence');
    if (exitCode === 2 && world.simulator.requests.length > 0) wrong.push('sent, but exit 2');
    // Whatever the last writes met: who reads 0 looks no further.
    if (exitCode === 0) wrong.push(...unsettled(world, folder).map((text) => `exit 0, ${text}`));
    return wrong;
  }

  /** Without faults; where nothing was begun, nothing may have been sent, and it is begun now. */
  async function settle(world: World): Promise<string[]> {
    const resumed = await run(RESUME, { cwd: world.cwd });
    if (resumed.exitCode === 2 && tenantsPut(world).length === 0) {
      const words = applyWords(world, '--quiet').map((word) => (word === 'run' ? 'run2' : word));
      const again = await run(words, { cwd: world.cwd });
      const wrong = unsettled(world, join(world.cwd, 'run2'));
      return again.exitCode === 0 ? wrong : [`applied again: exit ${again.exitCode}`, ...wrong];
    }
    const wrong = unsettled(world);
    if (resumed.exitCode !== 0) wrong.push(`resumed: ${resumed.exitCode} ${resumed.stderr}`);
    return wrong;
  }

  interface DiskFault {
    readonly code: 'ENOSPC' | 'EFBIG' | 'EIO';
    readonly lasts: boolean;
  }
  const FAULTS: readonly DiskFault[] = [
    { code: 'ENOSPC', lasts: true },
    { code: 'EIO', lasts: false },
    { code: 'EFBIG', lasts: true },
    { code: 'EIO', lasts: true },
    { code: 'ENOSPC', lasts: false },
  ];
  const envOf = ({ code, lasts }: DiskFault, at: number, log: string): Record<string, string> =>
    preloaded({
      FAILING_DISK_AT: String(at),
      FAILING_DISK_CODE: code,
      FAILING_DISK_LASTS: lasts ? '1' : '0',
      FAILING_DISK_LOG: log,
    });
  const failedOf = (log: string): string[] =>
    (existsSync(log) ? readFileSync(log, 'utf8') : '')
      .split('\n')
      .filter((line) => line.endsWith(' FAILS'));

  async function operations(concurrency: string): Promise<number> {
    const world = await newWorld(ROWS, 900);
    const log = join(world.cwd, 'log');
    const ran = await run(applyWords(world, '--quiet', '--concurrency', concurrency), {
      cwd: world.cwd,
      env: preloaded({ FAILING_DISK_LOG: log }),
    });
    expect([ran.exitCode, unsettled(world)]).toEqual([0, []]);
    await closeWorld(world);
    return readFileSync(log, 'utf8').trimEnd().split('\n').length;
  }

  /** Operations that take the lock, after the folder was made and synced; see below. */
  const LOCKING: readonly number[] = [3];

  test('at the lock', { timeout: SUITE_MS }, async () => {
    const tally = newTally();
    const wrong: string[] = [];
    for (const at of LOCKING) {
      const world = await newWorld(ROWS, 950 + at);
      const log = join(world.cwd, 'log');
      const env = envOf({ code: 'ENOSPC', lasts: false }, at, log);
      const applied = await run(applyWords(world, '--quiet'), { cwd: world.cwd, env });
      expect(failedOf(log).join()).toContain('lock');
      expect(world.simulator.requests).toEqual([]);
      wrong.push(...faultsOf(world, applied, tally));
      await closeWorld(world);
    }
    expect(wrong).toEqual([]);
  });

  test('at any one operation', { timeout: SUITE_MS }, async () => {
    const concurrency = '8';
    const count = await operations(concurrency);
    expect(count).toBeGreaterThan(60);
    const roll = dice(41);
    // A full disk, one bad sector, and one of the others.
    const cases = Array.from({ length: count }, (_, i) => i + 1).flatMap((at) =>
      [0, 1, 2 + (at % 3)].map((which) => ({ at, fault: FAULTS[which]! })),
    );
    // One of each stretch of the run, so that its beginning and its end are among them.
    const sample = Array.from({ length: 6 }, (_, i) => ({
      at: 1 + Math.floor(((i + roll(1000) / 1000) * count) / 6),
      fault: FAULTS[i % FAULTS.length]!,
    }));
    const tally = newTally();
    const bad: unknown[] = [];
    const chosen = (FULL ? cases : sample).filter(({ at }) => !LOCKING.includes(at));
    await inParallel(chosen, async ({ at, fault }, index) => {
      const world = await newWorld(ROWS, 1000 + index);
      const log = join(world.cwd, 'log');
      const applied = await run(applyWords(world, '--quiet', '--concurrency', concurrency), {
        cwd: world.cwd,
        env: envOf(fault, at, log),
      });
      const failed = failedOf(log);
      const wrong = faultsOf(world, applied, tally);
      const said = [applied.stderr];
      // Going on can meet a bad disk as well.
      if (index % 3 === 0 && existsSync(world.run)) {
        const later = envOf(FAULTS[index % FAULTS.length]!, 1 + ((at * 7) % 40), `${log}2`);
        const resumed = await run(RESUME, { cwd: world.cwd, env: later });
        failed.push(...failedOf(`${log}2`).map((line) => `resume: ${line}`));
        wrong.push(...faultsOf(world, resumed, tally).map((text) => `resume: ${text}`));
        said.push(resumed.stderr);
      }
      if (failed.length > 0) tally.faults += 1;
      wrong.push(...(await settle(world)).map((text) => `afterwards: ${text}`));
      tally.puts += tenantsPut(world).length;
      if (wrong.length > 0) bad.push({ at, fault, failed: failed.slice(0, 3), wrong, said });
      await closeWorld(world);
    });
    sayTally(`D1 (${count} operations)`, tally);
    expect(bad).toEqual([]);
    expect(tally.unrecorded).toBe(0);
  });

  const noLimits = cannot('prlimit', '--fsize=100000', 'true');
  test.skipIf(noLimits)(
    `a file that may not grow: EFBIG${noLimits === undefined ? '' : ` (${noLimits})`}`,
    { timeout: SUITE_MS },
    async () => {
      // Below the size of the journal; most of the other files are smaller.
      const sizes = FULL
        ? Array.from({ length: 40 }, (_, i) => 100 + i * 1500)
        : [100, 9000, 33_000];
      const tally = newTally();
      const bad: unknown[] = [];
      await inParallel(sizes, async (size, index) => {
        const world = await newWorld(ROWS, 3000 + index);
        const words = billpatchWords(applyWords(world, '--quiet'), 'prlimit', `--fsize=${size}`);
        const ended = await begin(words, { cwd: world.cwd }).ended;
        const wrong = faultsOf(world, ended, tally);
        if (ended.exitCode !== 0) tally.faults += 1;
        wrong.push(...(await settle(world)).map((text) => `afterwards: ${text}`));
        tally.puts += tenantsPut(world).length;
        if (wrong.length > 0) bad.push({ size, wrong, stderr: ended.stderr });
        await closeWorld(world);
      });
      sayTally('D1, prlimit', tally);
      expect(bad).toEqual([]);
      expect(tally.faults).toBeGreaterThan(sizes.length / 2);
    },
  );

  test.skipIf(noMounts)(
    `a disk that is full: ENOSPC${noMounts === undefined ? '' : ` (${noMounts})`}`,
    { timeout: SUITE_MS },
    async () => {
      const sizes = FULL ? Array.from({ length: 30 }, (_, i) => 4 + i * 4) : [24];
      const tally = newTally();
      const bad: unknown[] = [];
      // Mounted for these two processes alone: it is gone with them, so the folder is copied.
      const script = `
        mount -t tmpfs -o size="$1"k tmpfs disk && cp in.csv disk/ && cd disk
        "$2" "$3" "\${@:4}" 2>../said1 >&2; echo $? >../code1; cp -a run ../run
        mount -o remount,size=10m . && "$2" "$3" resume run --quiet 2>../said2 >&2
        echo $? >../code2; cp -a run ../resumed; exit 0`;
      await inParallel(sizes, async (size, index) => {
        const world = await newWorld(ROWS, 4000 + index);
        const { cwd } = world;
        mkdirSync(join(cwd, 'disk'));
        const words = billpatchWords(applyWords(world, '--quiet'));
        const before = ['unshare', '-m', 'bash', '-c', script, 'bash', String(size)];
        await begin([...before, ...words], { cwd }).ended;
        const read = (name: string): string =>
          existsSync(join(cwd, name)) ? readFileSync(join(cwd, name), 'utf8') : '';
        const exitCode = Number(read('code1'));
        const first = { exitCode, signal: null, stdout: '', stderr: read('said1') };
        // By the whole journal: what is sent later is written down there as well.
        const folder = join(cwd, existsSync(join(cwd, 'resumed')) ? 'resumed' : 'run');
        const judged = faultsOf({ ...world, run: folder }, first, tally).filter(
          (text) => exitCode !== 2 || !text.startsWith('sent,'),
        );
        if (exitCode !== 0) tally.faults += 1;
        const resumed = Number(read('code2'));
        if (resumed === 2) judged.push(...tenantsPut(world).map((tenant) => `sent ${tenant}`));
        else judged.push(...unsettled(world, folder));
        if (![0, 2].includes(resumed)) judged.push(`resumed: ${resumed} ${read('said2')}`);
        tally.puts += tenantsPut(world).length;
        if (judged.length > 0) bad.push({ size, wrong: judged, stderr: first.stderr });
        await closeWorld(world);
      });
      sayTally('D1, tmpfs', tally);
      expect(bad).toEqual([]);
      expect(tally.faults).toBeGreaterThan(sizes.length / 2);
    },
  );

  test.skipIf(noStrace)(
    `the system's own answer to a sync: EIO${noStrace === undefined ? '' : ` (${noStrace})`}`,
    { timeout: SUITE_MS },
    async () => {
      const calls = ['fdatasync', 'fsync'].flatMap((call) =>
        (FULL ? Array.from({ length: 12 }, (_, i) => i + 1) : [2]).map((when) => ({ call, when })),
      );
      const tally = newTally();
      const bad: unknown[] = [];
      await inParallel(calls, async ({ call, when }, index) => {
        const world = await newWorld(ROWS, 5000 + index);
        // Counted for each thread of its own: the first that comes so far meets it.
        const inject = ['-e', `inject=${call}:error=EIO:when=${when}`];
        const before = straceWords(join(world.cwd, 'calls'), ...inject);
        const words = billpatchWords(applyWords(world, '--quiet'), ...before);
        const ended = await begin(words, {
          cwd: world.cwd,
          env: { UV_USE_IO_URING: '0', UV_THREADPOOL_SIZE: '1' },
        }).ended;
        const wrong = faultsOf(world, ended, tally);
        if (readFileSync(join(world.cwd, 'calls'), 'latin1').includes('(INJECTED)'))
          tally.faults += 1;
        wrong.push(...(await settle(world)).map((text) => `afterwards: ${text}`));
        tally.puts += tenantsPut(world).length;
        if (wrong.length > 0) bad.push({ call, when, wrong, stderr: ended.stderr });
        await closeWorld(world);
      });
      sayTally('D1, strace', tally);
      expect(bad).toEqual([]);
      expect(tally.faults).toBeGreaterThan(0);
    },
  );
});

describe('D2: where nothing may be written', () => {
  /** Every file of a folder, by its path: what it is and what it holds. */
  function picture(folder: string): Record<string, string> {
    return Object.fromEntries(
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .sort()
        .map((name) => {
          const path = join(folder, name);
          const status = lstatSync(path);
          if (status.isSymbolicLink()) return [name, `→ ${readlinkSync(path)}`];
          if (status.isFile()) return [name, readFileSync(path, 'latin1')];
          return [name, status.isFIFO() ? 'fifo' : 'folder'];
        }),
    );
  }

  /** Refused, and nothing changed on disk or at the service. */
  function expectUntouched(world: World, ended: Ended, before: Record<string, string>): void {
    expect([ended.exitCode, ended.stderr]).toEqual([2, expect.stringContaining('→')]);
    expect(hasTrace(ended)).toBe(false);
    expect(world.simulator.requests).toEqual([]);
    expect(picture(world.cwd)).toEqual(before);
  }

  /** Everything that a name can be taken by. */
  async function crowded(): Promise<World> {
    const world = await newWorld(2, 21);
    const { cwd } = world;
    mkdirSync(join(cwd, 'folder'));
    writeFileSync(join(cwd, 'folder/file.csv'), 'kept');
    mkdirSync(join(cwd, 'empty'));
    symlinkSync('in.csv', join(cwd, 'link.csv'));
    symlinkSync('nowhere', join(cwd, 'dangling'));
    symlinkSync('folder', join(cwd, 'folder-link'));
    spawnSync('mkfifo', [join(cwd, 'fifo')]);
    return world;
  }

  /** Each in a crowded folder of its own: what is wrong with any of them. */
  async function refusedEach(
    option: string,
    names: readonly string[],
    prepare: (world: World) => void = () => undefined,
  ): Promise<unknown[]> {
    const bad: unknown[] = [];
    await inParallel(names, async (name) => {
      const world = await crowded();
      // Where mkfifo is missing there is no such name to be taken.
      if (name === 'fifo' && !existsSync(join(world.cwd, name))) return;
      prepare(world);
      const before = picture(world.cwd);
      const words = applyWords(world, '--quiet').filter(
        (word) => option !== '--run-dir' || (word !== 'run' && word !== '--run-dir'),
      );
      const ended = await run([...words, option, name], { cwd: world.cwd });
      const puts = world.simulator.counts().put;
      const overwritten = Object.entries(before).filter(
        ([path, held]) => picture(world.cwd)[path] !== held,
      );
      overwrittenFiles += overwritten.length;
      putsSent += puts;
      try {
        expectUntouched(world, ended, before);
      } catch {
        const { exitCode, stderr } = ended;
        bad.push({ name, exitCode, stderr, puts, overwritten: overwritten.map(([path]) => path) });
      }
      await closeWorld(world);
    });
    return bad;
  }
  let overwrittenFiles = 0;
  let putsSent = 0;

  // More of --out is in apply.test.ts.
  const taken = ['folder', 'folder-link', 'link.csv', 'fifo', 'folder/file.csv', '.', '/dev/full'];

  test('--out that is taken', { timeout: SUITE_MS }, async () => {
    expect(await refusedEach('--out', taken)).toEqual([]);
  });

  test('--run-dir that is taken', { timeout: SUITE_MS }, async () => {
    const names = [...taken, 'in.csv', 'in.csv/run', 'dangling', ''];
    expect(await refusedEach('--run-dir', names)).toEqual([]);
    say(`D2: PUTs ${putsSent}, files overwritten ${overwrittenFiles}`);
  });

  test('--out without a name', { timeout: SUITE_MS }, async () => {
    expect(await refusedEach('--out', [''])).toEqual([]);
  });

  // The run writes these names itself.
  test('--out into the run folder itself', { timeout: SUITE_MS }, async () => {
    const names = ['results.csv', 'journal.jsonl'];
    if (FULL) names.push('failed.csv', 'input.csv', 'run.json');
    const bad = await refusedEach(
      '--out',
      names.map((name) => `run/${name}`),
      (world) => {
        mkdirSync(world.run);
      },
    );
    expect(bad).toEqual([]);
  });

  test('an --out that appears in the meantime is not overwritten', async () => {
    const world = await newWorld(4, 22, { latencyMs: 300 });
    const out = join(world.cwd, 'out.csv');
    const { ended } = begin(billpatchWords(applyWords(world, '--quiet', '--out', out)), world);
    while (world.simulator.counts().put === 0) await new Promise((done) => setTimeout(done, 5));
    writeFileSync(out, 'theirs');
    const { exitCode, ...said } = await ended;
    expect(readFileSync(out, 'utf8')).toBe('theirs');
    expect(unsettled(world)).toEqual([]);
    expect(hasTrace({ exitCode, ...said })).toBe(false);
    expect(exitCode).not.toBe(70);
  });

  const READ_ONLY = 'mount --bind . . && mount -o remount,ro,bind . && cd "$PWD"';
  const why = noMounts === undefined ? '' : ` (${noMounts})`;

  test.skipIf(noMounts)(`a folder that is read-only${why}`, async () => {
    const world = await crowded();
    const before = picture(world.cwd);
    const shell = (words: readonly string[]) =>
      begin(['unshare', '-m', ...afterShell(READ_ONLY, words)], { cwd: world.cwd }).ended;
    expectUntouched(world, await shell(applyWords(world, '--quiet')), before);
    const beside = applyWords(world, '--quiet').slice(0, -3);
    expect(beside).not.toContain('run');
    expectUntouched(world, await shell(beside), before);
    const elsewhere = await newWorld(1, 23);
    const out = [...applyWords(world, '--quiet', '--out', 'out.csv')].map((word) =>
      word === 'run' ? join(elsewhere.cwd, 'new') : word,
    );
    expectUntouched(world, await shell(out), before);
    expect(readdirSync(elsewhere.cwd)).toEqual(['in.csv']);
  });

  test.skipIf(noMounts)(`a run folder that became read-only${why}`, async () => {
    const world = await newWorld(3, 24);
    await run(applyWords(world, '--quiet'), world);
    const before = picture(world.cwd);
    for (const command of ['resume', 'report']) {
      const words = afterShell(READ_ONLY, [command, 'run']);
      const ended = await begin(['unshare', '-m', ...words], { cwd: world.cwd }).ended;
      expect(hasTrace(ended)).toBe(false);
      expect([2, 3]).toContain(ended.exitCode);
      expect(picture(world.cwd)).toEqual(before);
    }
  });

  const asNobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] as const;
  const noOther = cannot(...asNobody, ...(billpatchWords(['--version']) as [string]));

  test.skipIf(noOther)(
    `folders of somebody else${noOther === undefined ? '' : ` (${noOther})`}`,
    async () => {
      const world = await newWorld(3, 25);
      const { cwd } = world;
      chmodSync(cwd, 0o755);
      const nobody = (words: readonly string[]) =>
        begin(billpatchWords(words, ...asNobody), { cwd }).ended;
      expectUntouched(world, await nobody(applyWords(world, '--quiet')), picture(cwd));
      await run(applyWords(world, '--quiet'), world);
      const puts = world.simulator.counts().put;
      // Closed to them, then theirs to read and not to write.
      for (const mode of [0o700, 0o500]) {
        chmodSync(world.run, mode);
        if (mode === 0o500) {
          for (const name of ['.', ...readdirSync(world.run)])
            chownSync(join(world.run, name), 65534, 65534);
        }
        const before = picture(cwd);
        for (const command of ['resume', 'report']) {
          const ended = await nobody([command, 'run']);
          expect([command, mode.toString(8), hasTrace(ended), ended.stderr]).toEqual([
            command,
            mode.toString(8),
            false,
            expect.stringMatching(/→/),
          ]);
          expect([2, 3]).toContain(ended.exitCode);
        }
        expect(picture(cwd)).toEqual(before);
      }
      expect(world.simulator.counts().put).toBe(puts);
    },
  );
});

describe('S2: who can read what a run leaves', () => {
  const modeOf = (path: string): string => (lstatSync(path).mode & 0o777).toString(8);

  function expectPrivate(folder: string): void {
    const names = readdirSync(folder);
    expect(names.length).toBeGreaterThan(2);
    expect([folder, modeOf(folder)]).toEqual([folder, '700']);
    for (const name of names) expect([name, modeOf(join(folder, name))]).toEqual([name, '600']);
  }

  for (const umask of ['000', '022', '077']) {
    test(`umask ${umask}`, { timeout: SUITE_MS }, async () => {
      // Stops half-way, so that going on has something to write.
      const world = await newWorld(6, 31, { faults: [{ kind: '401', after: 6 }] });
      const { cwd } = world;
      const masked = (words: readonly string[]) =>
        begin(afterShell(`umask ${umask}`, words), { cwd }).ended;
      // A folder that was there, open to everybody.
      mkdirSync(world.run);
      chmodSync(world.run, 0o777);
      const words = applyWords(world, '--quiet', '--out', 'out.csv', '--concurrency', '1');
      expect((await masked(words)).exitCode).toBe(3);
      expectPrivate(world.run);
      expect(modeOf(join(cwd, 'out.csv'))).toBe('600');

      // Files that were there: left half written, and opened to everybody.
      world.simulator.clearFaults();
      writeFileSync(join(world.run, 'results.csv.1.tmp'), 'half');
      for (const name of ['results.csv.1.tmp', 'results.csv', 'failed.csv', 'run.json'])
        chmodSync(join(world.run, name), 0o666);
      expect((await masked([...RESUME, '--out', 'out2.csv'])).exitCode).toBe(0);
      expectPrivate(world.run);
      expect(modeOf(join(cwd, 'out2.csv'))).toBe('600');
      expect(unsettled(world)).toEqual([]);

      chmodSync(join(world.run, 'results.csv'), 0o666);
      expect((await masked(['report', 'run'])).exitCode).toBe(0);
      expectPrivate(world.run);

      // The rest does not differ so much: with the umask that takes nothing away.
      if (umask !== '000' && !FULL) return;
      writeFileSync(join(cwd, 'bad.csv'), 'customerTenantId,country\nx,UK\n');
      expect((await masked(['apply', 'bad.csv', '--yes', '--run-dir', 'bad'])).exitCode).toBe(2);
      expectPrivate(join(cwd, 'bad'));
      expect(
        (await masked(['apply', 'in.csv', '--simulate', '--run-dir', 'rehearsed'])).exitCode,
      ).toBe(0);
      expectPrivate(join(cwd, 'rehearsed'));
      expect((await masked(['resume', 'rehearsed'])).exitCode).toBe(0);
      expectPrivate(join(cwd, 'rehearsed'));
      const folder = join(cwd, 'november');
      mkdirSync(folder);
      cpSync(join(cwd, 'in.csv'), join(folder, 'november.csv'));
      expect((await masked(['apply', 'november/november.csv', '--simulate'])).exitCode).toBe(0);
      const beside = readdirSync(folder).filter((name) => name.endsWith('.run'));
      expect(beside).toHaveLength(1);
      expectPrivate(join(folder, beside[0] ?? ''));
      expect(statSync(join(folder, 'november.csv')).size).toBeGreaterThan(0);
    });
  }
});
