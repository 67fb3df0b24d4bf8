/**
 * Runs of the built program that are killed, and then resumed. The counts are over a whole suite and
 * are printed; 0 means exactly none. BILLPATCH_TEST_LEVEL=full has more kills.
 */
import { createHash, randomUUID } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';

import { takeLock } from '../../src/journal/lock.js';
import { createRandom } from '../../src/simulator/random.js';
import {
  startSimulator,
  type Simulator,
  type SimulatorOptions,
} from '../../src/simulator/start-simulator.js';
import { CLOUDS } from '../../src/partner-center/base-url.js';
import type { BillingProfile } from '../../src/profile/billing-profile.js';
import { reportRun } from '../../src/stages/report-run.js';
import { resumeRun, type ResumeHost } from '../../src/stages/resume-run.js';
import {
  addTo,
  crashAt,
  crashRows,
  describeViolations,
  findViolations,
  isClean,
  NO_VIOLATION,
  readWholeJournal,
  rowsInDoubt,
  toCsv,
  type CrashRow,
  type Truth,
  type Violations,
} from '../helpers/crash-run.js';
import {
  billpatch,
  newFolder,
  readCsv,
  start,
  TOKEN,
  writeInput,
  type Ran,
  type RunOptions,
} from './billpatch.js';

/** What a killed process leaves of its lock. */
function removeLocks(folder: string): void {
  for (const name of readdirSync(folder)) if (name.startsWith('lock.')) rmSync(join(folder, name));
}

const FULL = process.env.BILLPATCH_TEST_LEVEL === 'full';
const SUITE_MS = FULL ? 3_600_000 : 240_000;
/** Runs at the same time. */
const AT_ONCE = 2;

/**
 * A kill takes nothing from the system's memory, so where the folders are is a matter of time only;
 * at the full level they are on a disk, whose syncs take long enough to be killed in.
 */
if (!FULL && existsSync('/dev/shm')) process.env.TMPDIR = '/dev/shm';

const open = new Set<Simulator>();
afterEach(async () => {
  await Promise.all(Array.from(open, (simulator) => simulator.close()));
  open.clear();
});

async function simulate(options: SimulatorOptions): Promise<Simulator> {
  const simulator = await startSimulator({ anyTenant: true, ...options });
  open.add(simulator);
  return simulator;
}

async function close(simulator: Simulator): Promise<void> {
  open.delete(simulator);
  await simulator.close();
}

/** What a simulator has seen and holds. */
function truthOf(simulator: Simulator): Truth {
  const ids = new Map<string, string[]>();
  for (const { method, status, tenantId = '', headers } of simulator.requests) {
    if (method !== 'PUT' || status !== 200) continue;
    ids.set(tenantId, [...(ids.get(tenantId) ?? []), String(headers['ms-requestid'])]);
  }
  const { profile, history } = simulator;
  return { profile, history, requestIds: (tenantId) => ids.get(tenantId) ?? [] };
}

async function inParallel<Item>(
  items: Iterable<Item>,
  work: (item: Item) => Promise<void>,
  atOnce = AT_ONCE,
): Promise<void> {
  const queue = items[Symbol.iterator]();
  const shared = { [Symbol.iterator]: () => queue };
  const worker = async (): Promise<void> => {
    for (const item of shared) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

function say(text: string, total: Violations): void {
  // eslint-disable-next-line no-console -- the counts are what these suites are for
  console.log(`${text}: ${describeViolations(total)}`);
}

const APPLY = (url: string, concurrency: number): readonly string[] => [
  ...['apply', 'in.csv', '--yes', '--quiet', '--run-dir', 'run', '--base-url', url],
  ...['--concurrency', String(concurrency)],
];
const RESUME = ['resume', 'run', '--quiet'];

/** For stages that are called in this process: starting the program takes longer than they do. */
const HOST: ResumeHost = {
  now: () => new Date(),
  random: Math.random,
  newId: randomUUID,
  stdin: Readable.from([]),
  env: { PARTNER_CENTER_ACCESS_TOKEN: TOKEN },
  version: 'test',
  user: 'test',
  interrupt: new AbortController().signal,
  onProgress: () => undefined,
  onResume: () => undefined,
};

async function resumeHere(folder: string): Promise<Pick<Ran, 'exitCode' | 'stderr'>> {
  try {
    const { exitCode } = await resumeRun({ folder, allowedHosts: [] }, HOST);
    return { exitCode, stderr: '' };
  } catch (error) {
    return { exitCode: null, stderr: String(error) };
  }
}

interface Killed extends Ran {
  readonly wasKilled: boolean;
}

async function runToKill(words: readonly string[], options: RunOptions): Promise<Killed> {
  const { child, ended } = start(words, options);
  const ran = await ended;
  return { ...ran, wasKilled: child.signalCode === 'SIGKILL' };
}

/** Rows in doubt after kills, and those of them of which the update was carried out. */
interface Doubt {
  open: number;
  committed: number;
}

async function noteDoubt(
  doubt: Doubt,
  folder: string,
  rows: readonly CrashRow[],
  simulator: Simulator,
): Promise<Doubt> {
  const left = await rowsInDoubt(folder);
  const committed = left.filter((row) => simulator.history(rows[row]?.tenantId ?? '') > 0).length;
  doubt.open += left.length;
  doubt.committed += committed;
  return { open: left.length, committed };
}

describe('K1: killed at random times', () => {
  const ROWS = 60;
  const WANTED = FULL ? 1000 : 6;
  const CONCURRENCIES = [1, 8, 32];

  test('no row is lost, doubled or written twice', { timeout: SUITE_MS }, async () => {
    const total = { ...NO_VIOLATION };
    const doubt: Doubt = { open: 0, committed: 0 };
    const bad: unknown[] = [];
    let kills = 0;
    let killsInDoubt = 0;
    let missed = 0;
    let runs = 0;

    /** Seeds of further runs, until there were enough kills. */
    const seeds = function* (): Generator<number> {
      for (let seed = 1; kills < WANTED && seed <= WANTED; seed += 1) yield seed;
    };
    await inParallel(seeds(), async (seed) => {
      const random = createRandom(seed);
      const concurrency = CONCURRENCIES[seed % CONCURRENCIES.length] ?? 1;
      const rows = crashRows(ROWS, seed);
      let onRequest = (): void => undefined;
      const simulator = await simulate({
        latencyMs: 3,
        jitterMs: 7,
        seed,
        log: () => {
          onRequest();
        },
      });
      const cwd = newFolder();
      writeInput(cwd, toCsv(rows));
      const folder = join(cwd, 'run');
      const log: unknown[] = [];
      runs += 1;
      let words = APPLY(simulator.url, concurrency);
      // Mostly three: what is resumed is then what was resumed before.
      const most = seed % 5 === 0 ? 1 + Math.floor(random() * 2) : 3;
      for (let kill = 0; kill < most; kill += 1) {
        const unwritten = rows.filter(
          ({ isChange, tenantId }) => isChange && simulator.history(tenantId) === 0,
        ).length;
        if (unwritten < 3) break;
        // Each of them needs two requests at least; some are left for the kills to come.
        let until = 1 + Math.floor(random() * unwritten * (kill + 1 < most ? 1.2 : 1.9));
        // An answer is held back for 3 to 10 ms: before, while and after it comes.
        const delayMs = random() < 0.4 ? 0 : random() * 15;
        log.push({ until, delayMs });
        const { child, ended } = start(words, { cwd });
        onRequest = () => {
          until -= 1;
          if (until !== 0) return;
          if (delayMs === 0) child.kill('SIGKILL');
          else setTimeout(() => child.kill('SIGKILL'), delayMs);
        };
        const ran = await ended;
        words = RESUME;
        if (child.signalCode !== 'SIGKILL') {
          missed += 1;
          if (ran.exitCode !== 0) bad.push({ seed, concurrency, log, ...ran });
          break;
        }
        kills += 1;
        const own = await noteDoubt(doubt, folder, rows, simulator);
        if (own.open > 0) killsInDoubt += 1;
      }
      onRequest = () => undefined;
      const { exitCode, stderr } = await billpatch(RESUME, { cwd });
      const found = await findViolations({ folder, rows, exitCode }, truthOf(simulator));
      addTo(total, found);
      if (!isClean(found)) bad.push({ seed, concurrency, log, found, exitCode, stderr });
      rmSync(cwd, { recursive: true });
      await close(simulator);
    });

    say(
      `K1: ${kills} kills in ${runs} runs of ${ROWS} rows (${missed} came too late), ` +
        `${killsInDoubt} with an intent without outcome (${doubt.open} rows, ` +
        `${doubt.committed} of them written)`,
      total,
    );
    expect(bad).toEqual([]);
    expect(total).toEqual(NO_VIOLATION);
    expect(kills).toBeGreaterThanOrEqual(WANTED);
    // Otherwise nothing was put to the test.
    expect(killsInDoubt).toBeGreaterThan(kills / 4);
    expect(doubt.committed).toBeGreaterThan(0);
    expect(doubt.committed).toBeLessThan(doubt.open);
  });
});

describe('K2: killed at every step', () => {
  const ROWS = 20;
  const EACH = FULL ? 20 : 1;

  /** How often apply comes by at least, with rows one by one and with four at once. */
  interface Step {
    readonly name: string;
    readonly most: readonly [number, number];
    /** Where apply and resume come by with other counts: which of them is meant. */
    readonly nth?: readonly [number, number];
    /** Only resume does this: where apply is killed before. */
    readonly after?: string;
  }
  const hasOneWay = ({ most }: Pick<Step, 'most'>): boolean => most[0] === 1;
  const MANIFEST = 'run.json';
  const STEPS: readonly Step[] = [
    // The stage is in run.json, and there is no journal yet.
    { name: `renamed ${MANIFEST}`, most: [1, 1], nth: [2, 1] },
    { name: 'open-torn', most: [1, 1] },
    { name: 'get-answered', most: [12, 12] },
    { name: 'intent-torn', most: [12, 3] },
    { name: 'intent-written', most: [12, 3] },
    { name: 'intent-synced', most: [12, 3] },
    { name: 'put-sent', most: [12, 12] },
    { name: 'put-answered', most: [12, 12] },
    { name: 'outcome-torn', most: [12, 3] },
    { name: 'outcome-written', most: [12, 3] },
    { name: 'close-torn', most: [1, 1] },
    { name: 'close-written', most: [1, 1] },
    { name: 'results-torn', most: [2, 2] },
    { name: 'results-written', most: [2, 2] },
    { name: 'rename failed.csv', most: [1, 1] },
    { name: 'renamed failed.csv', most: [1, 1] },
    { name: 'rename results.csv', most: [1, 1] },
    { name: 'renamed results.csv', most: [1, 1] },
    { name: `rename ${MANIFEST}`, most: [1, 1], nth: [3, 2] },
    // resume has cut off the torn line, and has written nothing yet.
    { name: 'truncated', most: [1, 1], after: 'intent-torn:4' },
  ];

  test('no row is lost, doubled or written twice', { timeout: SUITE_MS }, async () => {
    const total = { ...NO_VIOLATION };
    const bad: unknown[] = [];
    const doubts = new Map<string, Doubt>();
    let kills = 0;
    let missed = 0;
    const cases = STEPS.flatMap((step) =>
      Array.from({ length: hasOneWay(step) ? Math.ceil(EACH / 3) : EACH }, (_, i) => ({
        ...step,
        seed: i + 1,
      })),
    );
    await inParallel(cases, async ({ name, most, nth, after, seed }) => {
      const random = createRandom(seed);
      const isSingle = seed % 2 === 0;
      const times = 1 + Math.floor(random() * most[isSingle ? 0 : 1]);
      const plan = [after ?? `${name}:${nth?.[0] ?? times}`];
      const again = `${name}:${nth?.[1] ?? 1}`;
      // Resume too, and what resumes that.
      if (hasOneWay({ most })) plan.push(again, again);
      else if (seed % 4 === 0) plan.push(again);

      const rows = crashRows(ROWS, 1000 + seed);
      const simulator = await simulate({ seed, latencyMs: 1 });
      const cwd = newFolder();
      writeInput(cwd, toCsv(rows));
      const folder = join(cwd, 'run');
      let words = APPLY(simulator.url, isSingle ? 1 : 4);
      const doubt = doubts.get(name) ?? { open: 0, committed: 0 };
      doubts.set(name, doubt);
      const before = bad.length;
      for (const where of plan) {
        const { wasKilled, exitCode, stderr } = await runToKill(words, {
          cwd,
          env: crashAt(where),
        });
        words = RESUME;
        if (wasKilled) kills += 1;
        else {
          missed += 1;
          bad.push({ name, seed, plan, missed: where, exitCode, stderr });
        }
        await noteDoubt(doubt, folder, rows, simulator);
      }
      const { exitCode, stderr } = await resumeHere(folder);
      const found = await findViolations({ folder, rows, exitCode }, truthOf(simulator));
      addTo(total, found);
      if (!isClean(found)) bad.push({ name, seed, plan, found, exitCode, stderr });
      if (bad.length === before) rmSync(cwd, { recursive: true });
      await close(simulator);
    });

    const sums = Array.from(doubts.values()).reduce(
      (sum, { open: rows, committed }) => ({
        open: sum.open + rows,
        committed: sum.committed + committed,
      }),
      { open: 0, committed: 0 },
    );
    say(
      `K2: ${kills} kills at ${STEPS.length} steps (${missed} missed; ${sums.open} rows with an ` +
        `intent without outcome, ${sums.committed} of them written)`,
      total,
    );
    expect(bad).toEqual([]);
    expect(total).toEqual(NO_VIOLATION);
    // Each of these was what its name says.
    expect(doubts.get('put-sent')?.committed).toBeGreaterThanOrEqual(EACH);
    expect(doubts.get('put-answered')?.committed).toBeGreaterThanOrEqual(EACH);
    expect(doubts.get('intent-synced')?.open).toBeGreaterThanOrEqual(EACH);
  });
});

describe('K3: a torn journal', () => {
  const ROWS = 5;
  const STEP = FULL ? 1 : 37;
  /** Here the disk is what is waited for. */
  const CUTS_AT_ONCE = 8;

  /** A rehearsal, so that the world is in the run folder and a copy of it has its own. */
  const KINDS = [
    { name: 'finished, one by one', concurrency: 1, where: undefined },
    { name: 'cut off, four at once', concurrency: 4, where: 'put-answered:3' },
  ];

  /** What the simulator of a rehearsal has committed. */
  function truthIn(folder: string): Truth {
    const commits = new Map<string, BillingProfile[]>();
    const text = readFileSync(join(folder, 'simulator.jsonl'), 'utf8');
    for (const line of text.split('\n').slice(0, -1)) {
      const { tenantId, profile } = JSON.parse(line) as {
        readonly tenantId: string;
        readonly profile: BillingProfile;
      };
      commits.set(tenantId, [...(commits.get(tenantId) ?? []), profile]);
    }
    return {
      profile: (tenantId) => commits.get(tenantId)?.at(-1),
      history: (tenantId) => commits.get(tenantId)?.length ?? 0,
      requestIds: () => [],
    };
  }

  test('cut at every byte of its last three lines', { timeout: SUITE_MS }, async () => {
    const bad: unknown[] = [];
    const total = { crashes: 0, lost: 0, doubled: 0, twice: 0, unwritten: 0, unreadable: 0 };
    let cuts = 0;
    let resent = 0;
    for (const { name, concurrency, where } of KINDS) {
      const rows = crashRows(ROWS, 3);
      const cwd = newFolder();
      writeInput(cwd, toCsv(rows));
      await billpatch(
        ['apply', 'in.csv', '--simulate', '--quiet', '--run-dir', 'run'].concat(
          '--concurrency',
          String(concurrency),
        ),
        { cwd, env: where === undefined ? {} : crashAt(where) },
      );
      const run = join(cwd, 'run');
      removeLocks(run);
      const journal = readFileSync(join(run, 'journal.jsonl'));
      const ends = Array.from(journal.entries())
        .filter(([, byte]) => byte === 0x0a)
        .map(([at]) => at + 1);
      const from = ends.at(-4) ?? 0;
      const places = Array.from(
        { length: journal.length - from + 1 },
        (_, i) => from + i,
        // The ends of lines always: there is nothing torn, only something missing.
      ).filter((at) => (at - from) % STEP === 0 || ends.includes(at) || ends.includes(at + 1));
      await inParallel(
        places,
        async (at) => {
          const folder = join(cwd, `cut-${at}`);
          cpSync(run, folder, { recursive: true });
          truncateSync(join(folder, 'journal.jsonl'), at);
          const written = new Map(
            rows.map(({ tenantId }) => [tenantId, truthIn(run).history(tenantId)]),
          );
          cuts += 1;
          const wrong: Partial<Record<keyof typeof total, number>> = {};
          const note = (what: keyof typeof total, count = 1): void => {
            if (count > 0) wrong[what] = (wrong[what] ?? 0) + count;
          };
          const countRows = (): void => {
            const results = readCsv(join(folder, 'results.csv'));
            for (const { tenantId } of rows) {
              const own = results.filter((result) => result.customerTenantId === tenantId).length;
              note('lost', own === 0 ? 1 : 0);
              note('doubled', own > 1 ? 1 : 0);
            }
            note('doubled', results.length - rows.length);
          };
          let why: unknown;
          try {
            await reportRun(folder, Math.random);
            countRows();
            // Who only reports leaves the journal as it is.
            if (statSync(join(folder, 'journal.jsonl')).size !== at) note('unreadable');
            const { exitCode } = await resumeRun({ folder, allowedHosts: [] }, HOST);
            if (exitCode !== 0) note('crashes');
            countRows();
          } catch (error) {
            why = error;
            note('crashes');
          }
          const truth = truthIn(folder);
          for (const { tenantId, isChange, email } of rows) {
            const puts = truth.history(tenantId);
            if (puts > (isChange ? 1 : 0)) note('twice');
            if (isChange && truth.profile(tenantId)?.email !== email) note('unwritten');
            if (puts > (written.get(tenantId) ?? 0)) resent += 1;
          }
          const entries = await readWholeJournal(folder).catch(() => []);
          if (entries.at(-1)?.type !== 'close') note('unreadable');
          for (const key of Object.keys(wrong) as (keyof typeof total)[])
            total[key] += wrong[key] ?? 0;
          if (Object.keys(wrong).length > 0) bad.push({ name, at, from, wrong, why });
          else rmSync(folder, { recursive: true });
        },
        CUTS_AT_ONCE,
      );
    }
    // eslint-disable-next-line no-console -- the counts are what these suites are for
    console.log(
      `K3: ${cuts} cuts of ${KINDS.length} journals, ${resent} updates sent that were still due: ` +
        `crashes ${total.crashes}, rows lost ${total.lost}, rows doubled ${total.doubled}, ` +
        `written twice ${total.twice}, not written ${total.unwritten}, ` +
        `journals not readable from end to end ${total.unreadable}`,
    );
    expect(bad).toEqual([]);
    expect(Object.values(total).every((count) => count === 0)).toBe(true);
    expect(resent).toBeGreaterThan(0);
  });
});

/** An access token of a tenant: unsigned, since billpatch only reads whose it is. */
function tokenOf(tid: string): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part({ tid })}.${TOKEN}`;
}

describe('K6: a run that would go on as another one', () => {
  const OURS = '6f1d4f2e-0c1f-4c39-9a55-3f3c1d2a7b10';
  const THEIRS = 'c0ffee00-1111-4222-8333-944455566677';
  const rows = crashRows(12, 6);
  const env = { PARTNER_CENTER_ACCESS_TOKEN: tokenOf(OURS) };

  /** The run as a case finds it: a copy, with an update under way. */
  interface Copy {
    readonly cwd: string;
    /** Where it goes, and another service. */
    readonly here: string;
    readonly there: string;
  }
  const inRun = ({ cwd }: Copy, name: string): string => join(cwd, 'run', name);
  const filesIn = (copy: Copy): (readonly [string, string])[] =>
    readdirSync(join(copy.cwd, 'run')).map((name) => [
      name,
      readFileSync(inRun(copy, name), 'utf8'),
    ]);
  const edit = (copy: Copy, name: string, change: (text: string) => string): void => {
    writeFileSync(inRun(copy, name), change(readFileSync(inRun(copy, name), 'utf8')));
  };
  type Json = Record<string, unknown>;
  const editManifest = (copy: Copy, change: (manifest: Json) => Json): void => {
    edit(copy, 'run.json', (text) => JSON.stringify(change(JSON.parse(text) as Json)));
  };

  /** The first line of the journal with another format, sealed again or not. */
  const withFormat2 = (isSealed: boolean) => (text: string) => {
    const [first = '', ...others] = text.split('\n');
    const [json = '', seal = ''] = first.replace('"format":1', '"format":2').split(',"crc":"');
    const crc = crc32(json).toString(16).padStart(8, '0');
    return [`${json},"crc":"${isSealed ? `${crc}"}` : seal}`, ...others].join('\n');
  };

  /** Tried with this; and what the message has to name. */
  interface Attempt {
    readonly words?: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
    readonly named: readonly string[];
  }
  const CASES: Readonly<Record<string, (copy: Copy) => Attempt>> = {
    'another input.csv': (copy) => {
      const sha256 = createHash('sha256');
      const before = sha256
        .copy()
        .update(readFileSync(inRun(copy, 'input.csv')))
        .digest('hex');
      edit(copy, 'input.csv', (text) => text.replace('new5@new', 'new6@new'));
      const after = sha256.update(readFileSync(inRun(copy, 'input.csv'))).digest('hex');
      return { named: [before, after] };
    },
    'another input.csv, to which run.json was made to fit': (copy) => {
      const named: string[] = [];
      edit(copy, 'input.csv', (text) => text.replace('new5@new', 'new6@new'));
      const bytes = readFileSync(inRun(copy, 'input.csv'));
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      editManifest(copy, ({ input, ...others }) => {
        named.push((input as { readonly sha256: string }).sha256, sha256);
        return { ...others, input: { ...(input as Json), sha256 } };
      });
      return { named };
    },
    'another --base-url': ({ here, there }) => ({
      words: ['--base-url', there],
      named: [here, there],
    }),
    'another BILLPATCH_BASE_URL': ({ here, there }) => ({
      env: { BILLPATCH_BASE_URL: there },
      named: [here, there],
    }),
    'another --cloud': ({ here }) => ({
      words: ['--cloud', 'china'],
      named: [here, CLOUDS.china],
    }),
    'another address in run.json': (copy) => {
      editManifest(copy, (manifest) => ({ ...manifest, baseUrl: copy.there }));
      return { named: [copy.here, copy.there] };
    },
    'a token of another partner tenant': () => ({
      env: { PARTNER_CENTER_ACCESS_TOKEN: tokenOf(THEIRS) },
      named: [OURS, THEIRS],
    }),
    'a journal of a newer format': (copy) => {
      edit(copy, 'journal.jsonl', withFormat2(true));
      return { named: ['format 2', 'format 1'] };
    },
    'a journal of a newer format, sealed in another way': (copy) => {
      edit(copy, 'journal.jsonl', withFormat2(false));
      return { named: ['format 2', 'format 1'] };
    },
    'a run.json of a newer format': (copy) => {
      editManifest(copy, (manifest) => ({ ...manifest, format: 2 }));
      return { named: ['format 2', 'format 1'] };
    },
  };

  test('is refused, both values are named, nothing is sent', { timeout: SUITE_MS }, async () => {
    const [simulator, elsewhere] = await Promise.all([simulate({}), simulate({})]);
    const cwd = newFolder();
    writeInput(cwd, toCsv(rows));
    const { wasKilled } = await runToKill(APPLY(simulator.url, 2), {
      cwd,
      env: { ...env, ...crashAt('put-sent:4') },
    });
    expect(wasKilled).toBe(true);
    const whole = join(cwd, 'run');
    const counts = simulator.counts();
    const copyRun = (): Copy => {
      const copy = { cwd: newFolder(), here: simulator.url, there: elsewhere.url };
      cpSync(whole, join(copy.cwd, 'run'), { recursive: true });
      removeLocks(inRun(copy, '.'));
      return copy;
    };

    const bad: unknown[] = [];
    await inParallel(Object.entries(CASES), async ([name, prepare]) => {
      const copy = copyRun();
      const { words = [], env: own = {}, named } = prepare(copy);
      const before = filesIn(copy);
      const options = { cwd: copy.cwd, env: { ...env, ...own } };
      const { exitCode, stderr } = await billpatch([...RESUME, ...words], options);
      const isNamed = named.length === 2 && named.every((value) => stderr.includes(value));
      const isLeft = JSON.stringify(filesIn(copy)) === JSON.stringify(before);
      if (exitCode !== 2 || !isNamed || !isLeft || /\n\s+at /.test(stderr))
        bad.push({ name, exitCode, stderr, named, isLeft });
    });

    // Nor is it while a living process has its lock.
    const locked = copyRun();
    const lock = await takeLock(inRun(locked, 'lock'), Math.random);
    await inParallel([RESUME, ['report', 'run']], async (words) => {
      const { exitCode, stderr } = await billpatch(words, { cwd: locked.cwd, env });
      if (exitCode !== 2 || !stderr.includes(`process ${process.pid} `))
        bad.push({ words, exitCode, stderr });
    });
    expect(readdirSync(inRun(locked, '.')).filter((name) => name.startsWith('lock'))).toHaveLength(
      1,
    );
    lock.release();

    const { length } = Object.keys(CASES);
    // eslint-disable-next-line no-console -- the counts are what these suites are for
    console.log(`K6: ${length - bad.length} of ${length} refused with both values named`);
    expect(bad).toEqual([]);
    expect(simulator.counts()).toEqual(counts);
    expect(elsewhere.requests).toEqual([]);

    // It was not the run that could not go on.
    const { exitCode } = await billpatch(RESUME, { cwd, env });
    expect(await findViolations({ folder: whole, rows, exitCode }, truthOf(simulator))).toEqual(
      NO_VIOLATION,
    );
  });
});

describe('apply of a file with a run beside it', () => {
  const rows = crashRows(6, 7);
  const runsIn = (cwd: string): string[] =>
    readdirSync(cwd).filter((name) => name.endsWith('.run'));

  test('that did not come to its end names it; a finished one does not disturb', async () => {
    const simulator = await simulate({});
    const cwd = newFolder();
    writeInput(cwd, toCsv(rows));
    const words = ['apply', 'in.csv', '--yes', '--quiet', '--base-url', simulator.url];
    const killed = await runToKill(words, { cwd, env: crashAt('put-answered:2') });
    expect(killed.wasKilled).toBe(true);
    const [unfinished = ''] = runsIn(cwd);
    const before = readdirSync(join(cwd, unfinished));

    const counts = simulator.counts();
    const refused = await billpatch(words, { cwd });
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain(`billpatch resume ${unfinished}`);
    expect(simulator.counts()).toEqual(counts);
    expect(runsIn(cwd)).toEqual([unfinished]);
    expect(readdirSync(join(cwd, unfinished))).toEqual(before);

    // The command that it named.
    const resumed = await billpatch(['resume', unfinished, '--quiet'], { cwd });
    const folder = join(cwd, unfinished);
    const { exitCode } = resumed;
    expect(await findViolations({ folder, rows, exitCode }, truthOf(simulator))).toEqual(
      NO_VIOLATION,
    );

    const finished = await billpatch(words, { cwd });
    expect(finished.exitCode).toBe(0);
    expect(runsIn(cwd)).toHaveLength(2);
    expect(simulator.counts().put).toBe(rows.filter(({ isChange }) => isChange).length);
  });

  test('begins all the same with --new, and the older run is no longer asked about', async () => {
    const simulator = await simulate({});
    const cwd = newFolder();
    mkdirSync(join(cwd, 'sheets'));
    writeInput(cwd, toCsv(rows), 'sheets/in.csv');
    const words = ['apply', 'sheets/in.csv', '--yes', '--quiet', '--base-url', simulator.url];
    const killed = await runToKill(words, { cwd, env: crashAt('intent-synced:1') });
    expect(killed.wasKilled).toBe(true);
    const [today = ''] = runsIn(join(cwd, 'sheets'));
    const unfinished = 'in.20260101-120000.run';
    renameSync(join(cwd, 'sheets', today), join(cwd, 'sheets', unfinished));
    const refused = await billpatch(words, { cwd });
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain(`billpatch resume ${join('sheets', unfinished)}`);

    const begun = await billpatch([...words, '--new'], { cwd });
    expect(begun.exitCode).toBe(0);
    expect(runsIn(join(cwd, 'sheets'))).toHaveLength(2);
    const again = await billpatch(words, { cwd });
    expect(again.exitCode).toBe(0);
    for (const { tenantId, isChange } of rows)
      expect(simulator.history(tenantId)).toBe(isChange ? 1 : 0);
  });
});
