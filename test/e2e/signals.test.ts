/**
 * Signals, readers that leave, and two programs on one run folder. The counts are over a whole suite
 * and are printed; 0 means exactly none. BILLPATCH_TEST_LEVEL=full has more runs.
 */
import { existsSync, openSync, closeSync, readFileSync, writeFileSync, readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
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
  sleep,
  SUITE_MS,
  tenantsPut,
  unrecorded,
  unsettled,
  type Begun,
  type Ended,
  type World,
} from '../helpers/disk-world.js';
import { MAIN, readCsv } from './billpatch.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Until it is so, or the program has ended, or it has taken far too long. */
async function until({ child }: Begun, isSo: () => boolean): Promise<void> {
  const end = Date.now() + 20_000;
  while (!isSo() && child.exitCode === null && child.signalCode === null) {
    if (Date.now() > end) throw new Error('It does not come to pass.');
    await sleep(2);
  }
}

/** What it says when it has understood. */
function whenStopping({ child }: Begun): Promise<void> {
  return new Promise((resolve) => {
    child.stderr?.on('data', (text: string) => {
      if (text.includes('Stopping:')) resolve();
    });
    child.on('exit', () => {
      resolve();
    });
  });
}

const tenantsSeen = ({ simulator }: World): Set<string> =>
  new Set(simulator.requests.flatMap(({ tenantId }) => tenantId ?? []));

/** Rows of a stopped run: those that were begun are updated, the others skipped. */
function misended(world: World): string[] {
  const path = join(world.run, 'results.csv');
  if (!existsSync(path)) return ['no results.csv'];
  const results = readCsv(path);
  const seen = tenantsSeen(world);
  const wrong = world.tenants.flatMap((tenant, row) => {
    const { customerTenantId, result_status: status } = results[row] ?? {};
    const puts = world.simulator.history(tenant);
    const isRight =
      customerTenantId === tenant &&
      (seen.has(tenant) ? status === 'updated' && puts === 1 : status === 'skipped' && puts === 0);
    return isRight ? [] : [`row ${row}: ${customerTenantId} ${status}, ${puts} PUTs`];
  });
  if (results.length !== world.tenants.length) wrong.push(`${results.length} results`);
  return wrong;
}

/** Goes on, to the end: what is wrong then. */
async function resumed(world: World): Promise<string[]> {
  const ended = await run([...RESUME, '--concurrency', '32'], { cwd: world.cwd });
  const wrong = unsettled(world);
  if (ended.exitCode !== 0) wrong.push(`resumed: ${ended.exitCode} ${ended.stderr}`);
  return wrong;
}

describe('K5: signals', () => {
  const RUNS = FULL ? 100 : 4;
  /** Between a signal and its being understood, rows may still be begun. */
  const GRACE_MS = 150;

  test('one: no new rows, those in flight finish', { timeout: SUITE_MS }, async () => {
    const bad: unknown[] = [];
    let begunLate = 0;
    let without = 0;
    let longest = 0;
    const roll = dice(51);
    const cases = Array.from({ length: RUNS }, (_, i) => ({
      signal: SIGNALS[i % 3]!,
      after: roll(10),
      waitMs: roll(60),
      concurrency: [1, 4, 8][roll(3)]!,
    }));
    await inParallel(cases, async (one, index) => {
      const world = await newWorld(40, 100 + index, { latencyMs: 60 });
      const words = applyWords(world, '--concurrency', String(one.concurrency));
      const program = begin(billpatchWords(words), { cwd: world.cwd });
      const stopping = whenStopping(program);
      await until(program, () => world.simulator.counts().put > one.after);
      await sleep(one.waitMs);
      program.child.kill(one.signal);
      await stopping;
      const told = Date.now();
      await sleep(GRACE_MS);
      const seen = tenantsSeen(world).size;
      const ended = await program.ended;
      longest = Math.max(longest, Date.now() - told);
      const late = tenantsSeen(world).size - seen;
      begunLate += late;
      const wrong = misended(world);
      without += wrong.length;
      if (ended.exitCode !== 130) wrong.push(`exit ${ended.exitCode ?? ended.signal}`);
      if (seen === world.tenants.length) wrong.push('came too late');
      if (hasTrace(ended)) wrong.push('a stack trace');
      wrong.push(...(await resumed(world)).map((text) => `resumed: ${text}`));
      if (late > 0 || wrong.length > 0) bad.push({ one, late, wrong, stderr: ended.stderr });
      await closeWorld(world);
    });
    say(
      `K5, one signal: ${RUNS} runs, rows begun afterwards ${begunLate}, rows without their ending ` +
        `${without}; longest to leave ${longest} ms`,
    );
    expect(bad).toEqual([]);
    expect(begunLate + without).toBe(0);
  });

  test('a second one: leaves at once', { timeout: SUITE_MS }, async () => {
    const bad: unknown[] = [];
    const runs = FULL ? 50 : 2;
    const tookMs: number[] = [];
    await inParallel(
      Array.from({ length: runs }, (_, i) => i),
      async (_, index) => {
        // The service takes 30 s: over an update, which it carries out, or over reading.
        const on = index % 2 === 0 ? 'PUT' : 'GET';
        const world = await newWorld(20, 300 + index, {
          faults: [{ kind: 'slow', on, seconds: 30, after: 6 }],
        });
        const words = applyWords(world, '--concurrency', '4');
        const program = begin(billpatchWords(words), { cwd: world.cwd });
        const stopping = whenStopping(program);
        const count = () => world.simulator.counts()[on === 'PUT' ? 'put' : 'get'];
        await until(program, () => count() >= 10);
        program.child.kill(SIGNALS[index % 3]);
        await stopping;
        await sleep(20);
        const stillThere = program.child.exitCode === null;
        const asked = Date.now();
        program.child.kill(SIGNALS[(index >> 1) % 3]);
        const ended = await program.ended;
        tookMs.push(Date.now() - asked);
        world.simulator.clearFaults();
        const wrong = unrecorded(world);
        if (!stillThere) wrong.push('left at the first');
        if (ended.exitCode !== 130) wrong.push(`exit ${ended.exitCode ?? ended.signal}`);
        if (hasTrace(ended)) wrong.push('a stack trace');
        wrong.push(...(await resumed(world)));
        if (wrong.length > 0) bad.push({ on, index, wrong, stderr: ended.stderr });
        await closeWorld(world);
      },
    );
    say(`K5, two signals: ${runs} runs, longest to leave ${Math.max(...tookMs)} ms`);
    expect(bad).toEqual([]);
    expect(Math.max(...tookMs)).toBeLessThan(1000);
  });

  test('at any moment', { timeout: SUITE_MS }, async () => {
    const bad: unknown[] = [];
    const runs = FULL ? 50 : 2;
    const exits: Record<string, number> = {};
    await inParallel(
      Array.from({ length: runs }, (_, i) => i),
      async (_, index) => {
        const world = await newWorld(12, 600 + index, { latencyMs: 3 });
        const program = begin(billpatchWords(applyWords(world)), { cwd: world.cwd });
        // From before it listens to after its last row.
        await sleep(80 + (index * 1200) / runs);
        program.child.kill(SIGNALS[index % 3]);
        const ended = await program.ended;
        const how = String(ended.exitCode ?? ended.signal);
        exits[how] = (exits[how] ?? 0) + 1;
        const wrong = unrecorded(world);
        if (hasTrace(ended)) wrong.push('a stack trace');
        if (ended.exitCode !== null && ![0, 130].includes(ended.exitCode)) wrong.push(how);
        const puts = tenantsPut(world).length;
        const next = await run(RESUME, { cwd: world.cwd });
        if (next.exitCode === 2 && puts > 0) wrong.push(next.stderr);
        if (next.exitCode !== 2) wrong.push(...unsettled(world));
        if (![0, 2].includes(next.exitCode ?? -1)) wrong.push(`resumed: ${next.stderr}`);
        if (wrong.length > 0) bad.push({ index, how, wrong, stderr: ended.stderr });
        await closeWorld(world);
      },
    );
    say(`K5, any moment: ${runs} runs, ended with ${JSON.stringify(exits)}`);
    expect(bad).toEqual([]);
  });

  const noTerminals = cannot('script', '-qec', 'true', '/dev/null');
  const why = noTerminals === undefined ? '' : ` (${noTerminals})`;

  /** A shell that leads the session of a terminal, and writes down how the program ended. */
  const LEADER = `trap 'kill -HUP $p' HUP; "$@" & p=$!; wait $p; code=$?
    while kill -0 $p 2>/dev/null; do wait $p; code=$?; done; echo $code > code`;

  async function withTerminal(index: number): Promise<{ world: World; code: string }> {
    const world = await newWorld(60, 800 + index, { latencyMs: 40 });
    const words = billpatchWords(applyWords(world)).map((word) => `'${word}'`);
    writeFileSync(join(world.cwd, 'leader.sh'), LEADER);
    const command = `exec sh leader.sh ${words.join(' ')}`;
    const terminal = begin(['script', '-qec', command, '/dev/null'], { cwd: world.cwd });
    await until(terminal, () => world.simulator.counts().put > 6);
    terminal.child.kill('SIGKILL');
    for (let waited = 0; waited < 10_000 && !existsSync(join(world.cwd, 'code')); waited += 20)
      await sleep(20);
    await sleep(20);
    const code = existsSync(join(world.cwd, 'code'))
      ? readFileSync(join(world.cwd, 'code'), 'utf8').trim()
      : 'none';
    return { world, code };
  }

  test.skipIf(noTerminals)(
    `the terminal is gone: every row has its ending${why}`,
    { timeout: SUITE_MS },
    async () => {
      const { world } = await withTerminal(1);
      expect(tenantsSeen(world).size).toBeLessThan(60);
      expect(misended(world)).toEqual([]);
      expect(await resumed(world)).toEqual([]);
    },
  );

  // Node by itself aborts (134): it cannot give the terminal its settings back.
  test.skipIf(noTerminals)(
    `the terminal is gone: exit 130${why}`,
    { timeout: SUITE_MS },
    async () => {
      expect((await withTerminal(2)).code).toBe('130');
    },
  );

  test('SIGHUP, and nobody reads any more', { timeout: SUITE_MS }, async () => {
    const world = await newWorld(60, 820, { latencyMs: 40 });
    const program = begin(billpatchWords(applyWords(world)), { cwd: world.cwd });
    await until(program, () => world.simulator.counts().put > 6);
    program.child.stdout?.destroy();
    program.child.stderr?.destroy();
    program.child.kill('SIGHUP');
    expect((await program.ended).exitCode).toBe(130);
    expect(tenantsSeen(world).size).toBeLessThan(60);
    expect(misended(world)).toEqual([]);
    expect(await resumed(world)).toEqual([]);
  });
});

describe('D3: nobody takes the output', () => {
  /** Shell words around the program, `"$0" "$@"`; its exit code goes to the file `code`. */
  const shells: Readonly<Record<string, string>> = {
    'stdout to head -1': '{ "$0" "$@"; echo $? >code; } | head -1 >head',
    'stdout to nobody': '{ sleep 0.1; "$0" "$@"; echo $? >code; } | true',
    'stdout closed': '"$0" "$@" >&-; echo $? >code',
    'stderr closed': '"$0" "$@" 2>&-; echo $? >code',
    'both closed': '"$0" "$@" >&- 2>&-; echo $? >code',
    'all closed': '"$0" "$@" <&- >&- 2>&-; echo $? >code',
    'stdout to a full disk': '"$0" "$@" >/dev/full; echo $? >code',
    'stderr to a full disk': '"$0" "$@" 2>/dev/full; echo $? >code',
    'both to a full disk': '"$0" "$@" >/dev/full 2>&1; echo $? >code',
    'stderr to nobody': '{ sleep 0.1; "$0" "$@" 2>&1 >/dev/null; echo $? >code; } | true',
  };
  const shell = async (script: string, words: readonly string[], world: World): Promise<Ended> => {
    const ended = await begin(['bash', '-c', script, process.execPath, MAIN, ...words], {
      cwd: world.cwd,
    }).ended;
    return { ...ended, exitCode: Number(readFileSync(join(world.cwd, 'code'), 'utf8')) };
  };

  test('a run comes to its end', { timeout: SUITE_MS }, async () => {
    let traces = 0;
    let without = 0;
    const exits: Record<string, number> = {};
    const bad: unknown[] = [];
    const cases = Object.entries(shells).flatMap(([name, script], index) => {
      // Either output is one write or several: at the quick level one of them for each.
      const forms = [[], ['--json']] as const;
      return (FULL ? forms : [forms[index % 2]!]).map((more) => ({ name, script, more }));
    });
    await inParallel(cases, async ({ name, script, more }, index) => {
      const world = await newWorld(6, 900 + index);
      const ended = await shell(script, applyWords(world, ...more), world);
      exits[String(ended.exitCode)] = (exits[String(ended.exitCode)] ?? 0) + 1;
      const wrong = unsettled(world);
      without += wrong.length;
      if (hasTrace(ended)) traces += 1;
      if (hasTrace(ended) || ended.exitCode !== 0 || wrong.length > 0)
        bad.push({ name, more, wrong, ...ended });
      await closeWorld(world);
    });
    say(
      `D3: ${cases.length} runs, stack traces ${traces}, rows without an ending ${without}; ` +
        `exit codes ${JSON.stringify(exits)}`,
    );
    expect(bad).toEqual([]);
  });

  test('what is refused is refused with the same code', { timeout: SUITE_MS }, async () => {
    const bad: unknown[] = [];
    const cases = Object.entries(shells).filter((_, index) => FULL || index % 3 === 0);
    await inParallel(cases, async ([name, script], index) => {
      const world = await newWorld(1, 950 + index);
      const rows = 'x,UK\n'.repeat(3000);
      writeFileSync(join(world.cwd, 'in.csv'), `customerTenantId,country\n${rows}`);
      const ended = await shell(script, ['check', 'in.csv'], world);
      if (hasTrace(ended) || ended.exitCode !== 2) bad.push({ name, ...ended });
      await closeWorld(world);
    });
    expect(bad).toEqual([]);
  });

  test('the reader closes in the middle of the run', { timeout: SUITE_MS }, async () => {
    const world = await newWorld(20, 990, { latencyMs: 20 });
    const full = openSync('/dev/full', 'w');
    const program = begin(billpatchWords(applyWords(world)), {
      cwd: world.cwd,
      stdio: ['ignore', 'pipe', full],
    });
    closeSync(full);
    await until(program, () => world.simulator.counts().put > 3);
    program.child.stdout?.destroy();
    expect((await program.ended).exitCode).toBe(0);
    expect(unsettled(world)).toEqual([]);
  });
});

describe('D4: two on one run folder', () => {
  const PAIRS = FULL ? 200 : 4;

  /** A run that was killed half-way. */
  async function cutOff(seed: number, latencyMs: number): Promise<World> {
    const world = await newWorld(12, seed, { latencyMs });
    const words = applyWords(world, '--quiet', '--concurrency', '2');
    const program = begin(billpatchWords(words), { cwd: world.cwd });
    await until(program, () => world.simulator.counts().put >= 3);
    program.child.kill('SIGKILL');
    await program.ended;
    return world;
  }

  const nameless = `on ${hostname()}, since `;
  /** It says who holds the folder, and the other one is who it says. */
  const names = (ended: Ended, other: Begun): boolean =>
    ended.stderr.includes(`process ${other.child.pid} ${nameless}`);

  interface PairTally {
    pairs: number;
    /** One sent, the other was refused and named it. */
    refused: number;
    /** One after the other. */
    both: number;
    sentTwice: number;
  }

  /** What is wrong with two that ran at the same time. */
  async function judgePair(
    world: World,
    pair: readonly [Begun, Begun],
    tally: PairTally,
  ): Promise<string[]> {
    const [a, b] = await Promise.all([pair[0].ended, pair[1].ended]);
    const wrong: string[] = [];
    const codes = [a.exitCode, b.exitCode].sort();
    tally.pairs += 1;
    if (codes.every((code) => code === 0)) tally.both += 1;
    else if (codes[0] === 0 && codes[1] === 2) {
      tally.refused += 1;
      const [loser, winner] = a.exitCode === 2 ? [a, pair[1]] : [b, pair[0]];
      const isTold = names(loser, winner) || loser.stderr.includes('not empty');
      if (!isTold) wrong.push('the other one is not named');
    } else wrong.push(`exit ${codes.join(' and ')}`);
    tally.sentTwice += world.tenants.filter((tenant) => world.simulator.history(tenant) > 1).length;
    const puts = tenantsPut(world);
    // The one PUT that was cut off may have been sent again; none of a row that two had begun.
    if (new Set(puts).size < puts.length) wrong.push('a PUT was sent twice');
    if ([a, b].some(hasTrace)) wrong.push('a stack trace');
    wrong.push(...unsettled(world));
    return wrong.length > 0 ? [...wrong, a.stderr, b.stderr] : [];
  }

  const sayPairs = (name: string, { pairs, refused, both, sentTwice }: PairTally): void => {
    say(
      `D4, ${name}: ${pairs} pairs, rows sent by both ${sentTwice}; the second refused ${refused}, ` +
        `one after the other ${both}`,
    );
  };

  test('resume and resume, after a kill', { timeout: SUITE_MS }, async () => {
    const tally: PairTally = { pairs: 0, refused: 0, both: 0, sentTwice: 0 };
    const bad: unknown[] = [];
    const roll = dice(71);
    await inParallel(
      Array.from({ length: PAIRS }, () => roll(40)),
      async (gapMs, index) => {
        const world = await cutOff(2000 + index, 10);
        const first = begin(billpatchWords(RESUME), { cwd: world.cwd });
        if (index % 2 === 0) await sleep(gapMs);
        const second = begin(billpatchWords(RESUME), { cwd: world.cwd });
        const wrong = await judgePair(world, [first, second], tally);
        if (wrong.length > 0) bad.push({ index, gapMs, wrong });
        await closeWorld(world);
      },
      2,
    );
    sayPairs('resume', tally);
    expect(bad).toEqual([]);
    expect(tally.sentTwice).toBe(0);
  });

  test('apply and apply, into one folder', { timeout: SUITE_MS }, async () => {
    const tally: PairTally = { pairs: 0, refused: 0, both: 0, sentTwice: 0 };
    const bad: unknown[] = [];
    const roll = dice(72);
    await inParallel(
      Array.from({ length: FULL ? 50 : 2 }, () => roll(20)),
      async (gapMs, index) => {
        const world = await newWorld(6, 2500 + index, { latencyMs: 5 });
        const words = billpatchWords(applyWords(world, '--quiet'));
        const first = begin(words, { cwd: world.cwd });
        if (index % 2 === 0) await sleep(gapMs);
        const second = begin(words, { cwd: world.cwd });
        const wrong = await judgePair(world, [first, second], tally);
        if (wrong.length > 0) bad.push({ index, gapMs, wrong });
        await closeWorld(world);
      },
      2,
    );
    sayPairs('apply', tally);
    expect(bad).toEqual([]);
    expect(tally.sentTwice).toBe(0);
  });

  test('report and resume, while apply is at work', { timeout: SUITE_MS }, async () => {
    const world = await newWorld(12, 2800, { latencyMs: 150 });
    const words = applyWords(world, '--quiet', '--concurrency', '2');
    const apply = begin(billpatchWords(words), { cwd: world.cwd });
    await until(apply, () => world.simulator.counts().put >= 1);
    // Held up, so that it is still at work however long the others take to begin.
    apply.child.kill('SIGSTOP');
    const others = await Promise.all(
      [['report', 'run'], RESUME].map((other) => run(other, { cwd: world.cwd })),
    );
    apply.child.kill('SIGCONT');
    for (const other of others) {
      expect(other.exitCode).toBe(2);
      expect(names(other, apply)).toBe(true);
    }
    expect((await apply.ended).exitCode).toBe(0);
    expect(unsettled(world)).toEqual([]);
  });

  const locksOf = ({ run: folder }: World): string[] =>
    readdirSync(folder).filter((name) => name.startsWith('lock.'));

  /** Field 22 of /proc/PID/stat. */
  const startOf = (pid: number): string => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  };
  const hasProc = existsSync('/proc/self/stat');

  async function lockedBy(
    over: { start?: string; host?: string },
    seed: number,
  ): Promise<{ world: World; ended: Ended }> {
    const world = await cutOff(seed, 3);
    const { start, host } = { start: '-', host: hostname(), ...over };
    const name = `lock.${process.pid}.${start}.${encodeURIComponent(host)}`;
    writeFileSync(join(world.run, name), '');
    return { world, ended: await run(RESUME, { cwd: world.cwd }) };
  }

  test('the lock of a dead process is taken over', { timeout: SUITE_MS }, async () => {
    const world = await cutOff(2900, 3);
    // What the kill left.
    expect(locksOf(world)).toHaveLength(1);
    expect(await resumed(world)).toEqual([]);
  });

  test.skipIf(!hasProc)(
    `the lock of a process whose number was used again${hasProc ? '' : ' (there is no /proc)'}`,
    { timeout: SUITE_MS },
    async () => {
      const { world, ended } = await lockedBy({ start: '1' }, 2910);
      expect([ended.exitCode, ended.stderr]).toEqual([0, '']);
      expect(unsettled(world)).toEqual([]);
    },
  );

  test.skipIf(!hasProc)(
    `the lock of a living process, or of another machine, is not taken${hasProc ? '' : ' (there is no /proc)'}`,
    { timeout: SUITE_MS },
    async () => {
      const living = await lockedBy({ start: startOf(process.pid) }, 2920);
      const elsewhere = await lockedBy({ host: 'elsewhere.example' }, 2930);
      for (const [{ world, ended }, host] of [
        [living, hostname()],
        [elsewhere, 'elsewhere.example'],
      ] as const) {
        expect(ended.exitCode).toBe(2);
        expect(ended.stderr).toContain(`process ${process.pid} on ${host}`);
        expect(tenantsPut(world).length).toBeLessThan(12);
        expect(locksOf(world).length).toBeGreaterThan(0);
      }
    },
  );

  const SLOW = new URL('../helpers/slow-takeover.js', import.meta.url).href;

  test('one that is slow to look has the folder all the same', { timeout: SUITE_MS }, async () => {
    const world = await cutOff(3000, 10);
    const { cwd } = world;
    const env = { NODE_OPTIONS: `--import ${SLOW}`, SLOW_AT: 'made' };
    const slow = begin(billpatchWords(RESUME), { cwd, env });
    await until(slow, () => existsSync(join(cwd, 'at-made')));
    const refused = await run(RESUME, { cwd });
    expect([refused.exitCode, names(refused, slow)]).toEqual([2, true]);
    writeFileSync(join(cwd, 'go-made'), '');
    expect((await slow.ended).exitCode).toBe(0);
    expect(unsettled(world)).toEqual([]);
  });

  test('one that is slow to ask takes nothing from the living', { timeout: SUITE_MS }, async () => {
    const world = await cutOff(3100, 60);
    const { cwd, simulator } = world;
    const env = { NODE_OPTIONS: `--import ${SLOW}`, SLOW_AT: 'making' };
    const slow = begin(billpatchWords(RESUME), { cwd, env });
    await until(slow, () => existsSync(join(cwd, 'at-making')));
    const sent = simulator.requests.length;
    const first = begin(billpatchWords([...RESUME, '--concurrency', '1']), { cwd });
    await until(first, () => simulator.requests.length > sent);
    // Held up, so that it is still at work however long the others take.
    first.child.kill('SIGSTOP');
    writeFileSync(join(cwd, 'go-making'), '');
    const third = await run(RESUME, { cwd });
    const second = await slow.ended;
    first.child.kill('SIGCONT');
    expect([second.exitCode, third.exitCode]).toEqual([2, 2]);
    expect((await first.ended).exitCode).toBe(0);
    const puts = tenantsPut(world);
    expect(puts.length - new Set(puts).size).toBeLessThanOrEqual(1);
    expect(unsettled(world)).toEqual([]);
  });

  test('three at once, from a shell that has not waited', { timeout: SUITE_MS }, async () => {
    const bad: unknown[] = [];
    const runs = FULL ? 20 : 1;
    await inParallel(
      Array.from({ length: runs }, (_, i) => i),
      async (_, index) => {
        const world = await cutOff(3200 + index, 10);
        const all = await Promise.all(
          [1, 2, 3].map(() => begin(afterShell(':', RESUME), { cwd: world.cwd }).ended),
        );
        const wrong = unsettled(world);
        const puts = tenantsPut(world);
        if (new Set(puts).size < puts.length) wrong.push('a PUT was sent twice');
        if (all.some(hasTrace)) wrong.push('a stack trace');
        const codes = all.map(({ exitCode }) => exitCode);
        if (!codes.includes(0) || codes.some((code) => code !== 0 && code !== 2))
          wrong.push(`exit ${codes.join(', ')}`);
        if (wrong.length > 0) bad.push({ index, wrong, said: all.map(({ stderr }) => stderr) });
        await closeWorld(world);
      },
      1,
    );
    say(`D4, three: ${runs} runs, with a violation ${bad.length}`);
    expect(bad).toEqual([]);
  });
});
