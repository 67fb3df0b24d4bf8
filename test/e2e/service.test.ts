/**
 * What the service itself can do to a run: redirects, refusals, outages, a token that expires,
 * another writer; with the built program. The counts are over a whole suite and are printed; 0 means
 * exactly none. BILLPATCH_TEST_LEVEL=full has more rows.
 */
import { existsSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';

import type { Fault, FaultKind } from '../../src/simulator/fault.js';
import { generateCustomers } from '../../src/simulator/generate-customers.js';
import type { RecordedRequest } from '../../src/simulator/request-log.js';
import {
  startSimulator,
  type Simulator,
  type SimulatorOptions,
} from '../../src/simulator/start-simulator.js';
import { startFaultProxy, type FaultRule } from '../helpers/fault-proxy.js';
import { rawServer } from '../helpers/raw-server.js';
import { billpatch, newFolder, readCsv, writeInput, type Ran, type Result } from './billpatch.js';

const FULL = process.env.BILLPATCH_TEST_LEVEL === 'full';
const METHODS = ['GET', 'PUT'] as const;
const SUITE_MS = FULL ? 1_200_000 : 60_000;
/** Runs at the same time: they mostly wait. */
const AT_ONCE = 4;

const open: { readonly close: () => Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

const tenantsOf = (rows: number, seed: number): readonly string[] =>
  generateCustomers(rows, seed).map(({ tenantId }) => tenantId);

async function simulate(rows: number, options: SimulatorOptions = {}): Promise<Simulator> {
  const customers = generateCustomers(rows, 21);
  const simulator = await startSimulator({ customers, keepRequests: 100_000, ...options });
  open.push(simulator);
  return simulator;
}

interface Applied extends Ran {
  readonly cwd: string;
  readonly results: readonly Result[];
}

const newEmail = (row: number): string => `new${row}@new.example`;
const RUN = ['--quiet', '--yes'] as const;

function withResults(ran: Ran, cwd: string): Applied {
  const path = join(cwd, 'run/results.csv');
  return { ...ran, cwd, results: existsSync(path) ? readCsv(path) : [] };
}

/** One row for each tenant, which is given a new e-mail address. */
async function apply(
  tenants: readonly string[],
  url: string,
  words: readonly string[] = [],
): Promise<Applied> {
  const cwd = newFolder();
  const rows = tenants.map((tenant, row) => `${tenant},${newEmail(row)}\n`);
  writeInput(cwd, `customerTenantId,email\n${rows.join('')}`);
  const ran = await billpatch(
    ['apply', 'in.csv', '--base-url', url, ...RUN, '--run-dir', 'run', ...words],
    { cwd },
  );
  return withResults(ran, cwd);
}

async function resume({ cwd }: Applied, token = 'another-token'): Promise<Applied> {
  const env = { PARTNER_CENTER_ACCESS_TOKEN: token };
  return withResults(await billpatch(['resume', 'run', ...RUN], { cwd, env }), cwd);
}

/** How many rows have not exactly one result, in its place; and how the others ended. */
function endings(tenants: readonly string[], results: readonly Result[]) {
  const statuses: Record<string, number> = {};
  let misplaced = Math.abs(results.length - tenants.length);
  tenants.forEach((tenant, row) => {
    const result = results[row];
    if (result?.customerTenantId !== tenant || result.result_line !== String(row + 2))
      misplaced += 1;
    const status = result?.result_status ?? 'none';
    statuses[status] = (statuses[status] ?? 0) + 1;
  });
  return { misplaced, statuses };
}

/** Rows whose result is not what the simulator holds; a person looks at `unknown`. */
function untrue(tenants: readonly string[], results: readonly Result[], simulator: Simulator) {
  return tenants.filter((tenant, row) => {
    const status = results[row]?.result_status ?? 'none';
    const isWritten = simulator.profile(tenant)?.email === newEmail(row);
    return status !== 'unknown' && isWritten !== (status === 'updated');
  });
}

/** Once what was wrong is over: every row is updated, by one PUT that was carried out. */
async function expectResumable(
  stopped: Applied,
  tenants: readonly string[],
  simulator: Simulator,
): Promise<void> {
  simulator.clearFaults();
  const resumed = await resume(stopped);
  expect(endings(tenants, resumed.results)).toEqual({
    misplaced: 0,
    statuses: { updated: tenants.length },
  });
  expect(resumed).toMatchObject({ exitCode: 0 });
  expect(untrue(tenants, resumed.results, simulator)).toEqual([]);
  expect(tenants.filter((tenant) => simulator.history(tenant) !== 1)).toEqual([]);
}

const isCalm = ({ stderr }: Ran): boolean => !/\n\s+at |Warning/.test(stderr);

async function inParallel<Item>(
  items: readonly Item[],
  work: (item: Item, index: number) => Promise<void>,
  atOnce = AT_ONCE,
): Promise<void> {
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) await work(item, index);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

function say(suite: string, text: string, statuses: Readonly<Record<string, number>>): void {
  // eslint-disable-next-line no-console -- the counts are what these suites are for
  console.log(`${suite}: ${text}; ${JSON.stringify(statuses)}`);
}

describe('N4: redirects', () => {
  const STATUSES = [301, 302, 303, 307, 308] as const;
  const TARGETS = ['the same path', 'another path', 'another host'] as const;

  /** Another host: another port of this machine, which says yes to everything. */
  async function elsewhere() {
    const seen: IncomingMessage[] = [];
    const server = createServer((request, response) => {
      seen.push(request);
      response.end('{"attributes":{"etag":"-1"}}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    open.push({
      close: () =>
        new Promise((resolve) => {
          server.close(() => {
            resolve();
          });
          server.closeAllConnections();
        }),
    });
    return { seen, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  }

  test('none is followed, on GET and on PUT', { timeout: SUITE_MS }, async () => {
    const cases = STATUSES.flatMap((status) =>
      // In turns, since redirects alone would end the run.
      TARGETS.flatMap((target) => METHODS.map((method) => ({ status, target, method }))),
    );
    for (const concurrency of FULL ? [1, 8, 32] : [8]) {
      const tenants = tenantsOf(cases.length, 21);
      const simulator = await simulate(cases.length);
      const other = await elsewhere();
      const proxy = await startFaultProxy({
        target: simulator.url,
        faults: cases.map(({ status, target, method }, row): FaultRule => {
          const path = tenants[row] ?? '';
          const own = `/v1/customers/${path}/profiles/billing`;
          const location = {
            'the same path': own,
            'another path': `/elsewhere${own}`,
            'another host': other.url + own,
          }[target];
          return { kind: 'redirect', method, path, status, location };
        }),
      });
      open.push(proxy);
      const applied = await apply(tenants, proxy.url, ['--concurrency', String(concurrency)]);
      const { misplaced, statuses } = endings(tenants, applied.results);
      const followed = proxy.seen.filter(({ path }) => path.startsWith('/elsewhere'));
      say(
        'N4',
        `${cases.length} rows, at another host ${other.seen.length}, at another path ${followed.length}`,
        statuses,
      );
      expect(other.seen).toHaveLength(0);
      expect(followed).toEqual([]);
      expect(misplaced).toBe(0);
      expect(statuses).toEqual({ rejected: cases.length });
      for (const [row, { method, status }] of cases.entries()) {
        const sent = proxy.seen.filter(({ path }) => path.includes(tenants[row] ?? ''));
        expect(sent.map((seen) => seen.method)).toEqual(method === 'GET' ? ['GET'] : METHODS);
        expect(applied.results[row]).toMatchObject({
          result_error_code: 'redirected',
          result_http_status: String(status),
        });
        expect(applied.results[row]?.result_hint).toMatch(/base URL/);
      }
      expect(untrue(tenants, applied.results, simulator)).toEqual([]);
      expect(applied.exitCode).toBe(1);
      expect(isCalm(applied)).toBe(true);
    }
  });

  test('nothing but redirects ends the run', { timeout: SUITE_MS }, async () => {
    const tenants = tenantsOf(60, 21);
    const other = await elsewhere();
    const simulator = await simulate(60, { faults: [{ kind: 'redirect', location: other.url }] });
    const applied = await apply(tenants, simulator.url);
    const { misplaced, statuses } = endings(tenants, applied.results);
    say('N4', `60 rows, ${simulator.counts().get} GETs, at another host 0`, statuses);
    expect(other.seen).toHaveLength(0);
    expect(misplaced).toBe(0);
    expect(Object.keys(statuses).sort()).toEqual(['rejected', 'skipped']);
    expect(simulator.counts()).toMatchObject({ put: 0 });
    expect(simulator.counts().get).toBeLessThanOrEqual(20 + 7);
    expect(applied.exitCode).toBe(3);
  });
});

describe('N5: refusals for a time', () => {
  const ROWS = 6;
  /** Requests that go through before. */
  const AFTER = 4;

  const CASES: readonly {
    readonly name: string;
    readonly fault: Fault;
    /** How long nothing may be sent after each of the refusals. */
    readonly waitsMs: readonly number[];
  }[] = [
    { name: '0 s', fault: { kind: '429', seconds: 0, times: 2 }, waitsMs: [0, 0] },
    { name: '1 s', fault: { kind: '429', seconds: 1, times: 2 }, waitsMs: [1000, 1000] },
    // A date has whole seconds.
    { name: 'a date', fault: { kind: '429-date', seconds: 3, times: 1 }, waitsMs: [2000] },
    {
      name: 'a date in the past',
      fault: { kind: '429-date', seconds: -60, times: 2 },
      waitsMs: [0, 0],
    },
    // Then it is our own rule: two seconds, doubled.
    { name: 'nothing', fault: { kind: '429-bare', times: FULL ? 2 : 1 }, waitsMs: [2000, 4000] },
    { name: 'garbage', fault: { kind: '429-garbage', times: 1 }, waitsMs: [2000] },
  ];

  test('nobody asks before the time', { timeout: SUITE_MS }, async () => {
    const tenants = tenantsOf(ROWS, 21);
    const cases = CASES.flatMap((one) =>
      (FULL || one.name === '1 s' ? [1, 4] : [1]).map((concurrency) => ({
        ...one,
        concurrency,
      })),
    );
    const bad: unknown[] = [];
    const total: Record<string, number> = {};
    const work = async ({ name, fault, waitsMs, concurrency }: (typeof cases)[number]) => {
      const simulator = await simulate(ROWS, { faults: [{ ...fault, after: AFTER }] });
      const applied = await apply(tenants, simulator.url, ['--concurrency', String(concurrency)]);
      const { misplaced, statuses } = endings(tenants, applied.results);
      for (const [status, count] of Object.entries(statuses))
        total[status] = (total[status] ?? 0) + count;
      const { requests } = simulator;
      const refused = requests.filter(({ status }) => status === 429);
      // Those that were under way may arrive behind a refusal, or be refused together: that is one.
      const early = refused.map(({ at }, which) => {
        const until = at + (waitsMs[concurrency === 1 ? which : 0] ?? 0) - 5;
        const behind = requests.slice(requests.indexOf(refused[which]!) + 1);
        return behind.filter((request) => request.at < until).length;
      });
      const most = concurrency - 1;
      const isLate = early.some((count) => count > most);
      const isDone = statuses.updated === ROWS && misplaced === 0 && applied.exitCode === 0;
      if (isLate || !isDone || !isCalm(applied))
        bad.push({ name, concurrency, early, statuses, misplaced, stderr: applied.stderr });
    };
    await inParallel(cases, work, cases.length);
    say('N5', `${cases.length} runs of ${ROWS} rows, wrong ${bad.length}`, total);
    expect(bad).toEqual([]);
  });

  const STOPS: readonly (Fault & { readonly words: readonly string[] })[] = [
    { kind: '429', seconds: 3600, words: [] },
    { kind: '429-bare', words: ['--max-wait', '1'] },
    { kind: '429', seconds: 1e9, words: [] },
    { kind: '429', seconds: 3, words: ['--max-wait', '2'] },
    { kind: '429', seconds: 1, words: ['--max-wait', '2'] },
  ];

  test('longer than --max-wait: the run stops, and can go on', { timeout: SUITE_MS }, async () => {
    const rows = FULL ? 100 : 20;
    const tenants = tenantsOf(rows, 21);
    await inParallel(FULL ? STOPS : STOPS.slice(2), async ({ words, ...fault }) => {
      const simulator = await simulate(rows, { faults: [{ ...fault, after: 10 }] });
      const stopped = await apply(tenants, simulator.url, ['--concurrency', '4', ...words]);
      const { misplaced, statuses } = endings(tenants, stopped.results);
      const requests = simulator.requests.length;
      say('N5', `${fault.kind} ${fault.seconds ?? ''}, ${requests} requests`, statuses);
      expect(misplaced).toBe(0);
      expect(stopped.exitCode).toBe(3);
      expect(isCalm(stopped)).toBe(true);
      expect(Object.keys(statuses).sort()).toEqual(['skipped', 'updated']);
      expect(stopped.results.at(-1)?.result_error_code).toBe('throttled-too-long');
      expect(stopped.results.at(-1)?.result_hint).toMatch(/--max-wait/);
      expect(untrue(tenants, stopped.results, simulator)).toEqual([]);
      // Those under way, then one by one.
      expect(requests).toBeLessThanOrEqual(10 + 4 + 2);
      await expectResumable(stopped, tenants, simulator);
    });
  });
});

describe('N6: an outage', () => {
  interface Case {
    readonly kind: '503' | '503-after';
    readonly rate: number;
    readonly rows: number;
    readonly concurrency: number;
  }

  /** Requests by question: all attempts of one bear the same id. */
  function questions(requests: readonly RecordedRequest[]): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { headers } of requests) {
      const id = String(headers['ms-requestid']);
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    return counts;
  }

  async function suffer({ kind, rate, rows, concurrency }: Case) {
    const tenants = tenantsOf(rows, 21);
    const simulator = await simulate(rows, { faults: [{ kind, rate }], seed: concurrency });
    const words = ['--concurrency', String(concurrency)];
    const applied = await apply(tenants, simulator.url, words);
    const { misplaced, statuses } = endings(tenants, applied.results);
    const { requests } = simulator;
    const attempts = questions(requests);
    const tried = new Set(requests.map(({ tenantId }) => tenantId)).size;
    const repeated = requests.length - attempts.size;
    const failed = requests.filter(({ status }) => status === 503).length;
    say(
      'N6',
      `${rate * 100} % ${kind}, ${concurrency} at once: ${rows} rows, ${tried} tried, ` +
        `${requests.length} requests, ${failed} failed, ${repeated} repeated`,
      statuses,
    );
    expect(misplaced).toBe(0);
    expect(isCalm(applied)).toBe(true);
    expect(Math.max(...attempts.values())).toBeLessThanOrEqual(4);
    expect(untrue(tenants, applied.results, simulator)).toEqual([]);
    // Carried out twice is what a lost answer must never lead to.
    expect(tenants.filter((tenant) => simulator.history(tenant) > 1)).toEqual([]);
    return { applied, tenants, simulator, statuses, attempts, requests, tried, repeated };
  }

  const ROWS = FULL ? 300 : 70;
  const AT_ONCES = [1, 8, 32];

  test('of everything: the circuit opens', { timeout: SUITE_MS }, async () => {
    const kinds = FULL ? (['503', '503-after'] as const) : (['503'] as const);
    const cases = kinds.flatMap((kind) => AT_ONCES.map((concurrency) => ({ kind, concurrency })));
    await inParallel(cases, async ({ kind, concurrency }) => {
      const ran = await suffer({ kind, rate: 1, rows: ROWS, concurrency });
      expect(ran.requests.length).toBeLessThanOrEqual(1.1 * ran.tried);
      // Twenty in a row, and what was under way with the last of them.
      expect(ran.requests.length).toBeLessThanOrEqual(19 + concurrency);
      expect(ran.statuses).toEqual({ skipped: ROWS });
      expect(ran.applied.exitCode).toBe(3);
      expect(ran.applied.results.at(-1)?.result_error_code).toBe('circuit-open');
      await expectResumable(ran.applied, ran.tenants, ran.simulator);
    });
  });

  test('of half of it: the circuit opens', { timeout: SUITE_MS }, async () => {
    const kinds = ['503', '503-after'] as const;
    const atOnces = FULL ? AT_ONCES : [8];
    const cases = kinds.flatMap((kind) => atOnces.map((concurrency) => ({ kind, concurrency })));
    await inParallel(cases, async ({ kind, concurrency }) => {
      const ran = await suffer({ kind, rate: 0.5, rows: 2 * ROWS, concurrency });
      expect(ran.repeated).toBeLessThanOrEqual(0.1 * ran.attempts.size);
      expect(ran.applied.exitCode).toBe(3);
      expect(ran.applied.results.at(-1)).toMatchObject({
        result_status: 'skipped',
        result_error_code: 'circuit-open',
      });
      // Nobody's update is called failed, or done, by guess.
      expect(ran.statuses.failed).toBeUndefined();
      await expectResumable(ran.applied, ran.tenants, ran.simulator);
    });
  });

  test('of a twentieth: nobody has to do anything', { timeout: SUITE_MS }, async () => {
    const rows = FULL ? 10_000 : 400;
    const ran = await suffer({ kind: '503', rate: 0.05, rows, concurrency: 8 });
    expect(ran.repeated).toBeLessThanOrEqual(0.1 * ran.attempts.size);
    // Four failures in a row are chance, about one in a hundred thousand questions: such a row is
    // left, and going on settles it.
    const unlucky = [...ran.attempts.values()].filter((count) => count === 4).length;
    const left = rows - (ran.statuses.updated ?? 0);
    expect(left).toBeLessThanOrEqual(unlucky);
    expect(ran.applied.exitCode).toBe(left === 0 ? 0 : expect.toBeOneOf([1, 4]));
    if (left > 0) await expectResumable(ran.applied, ran.tenants, ran.simulator);
    expect(ran.tenants.filter((tenant) => ran.simulator.history(tenant) !== 1)).toEqual([]);
  });

  // Where only rows that wait are left, one at a time goes unpaid: so at the end of a file the
  // repeated requests may be more than a tenth. All the same they end.
  test('of a fifth, in a short file: all rows come to an end', { timeout: SUITE_MS }, async () => {
    const ran = await suffer({ kind: '503', rate: 0.2, rows: 60, concurrency: 8 });
    const unlucky = [...ran.attempts.values()].filter((count) => count === 4).length;
    expect(60 - (ran.statuses.updated ?? 0)).toBeLessThanOrEqual(unlucky);
    if (unlucky > 0) await expectResumable(ran.applied, ran.tenants, ran.simulator);
  });
});

describe('N7: what asking again would not change', () => {
  /** Exactly one request of the kind, and a row that says what to do. */
  function expectRefused(
    result: Result | undefined,
    sent: readonly { readonly method: string }[],
    method: (typeof METHODS)[number],
  ): void {
    expect(sent.map((request) => request.method)).toEqual(method === 'GET' ? ['GET'] : METHODS);
    expect(result?.result_status).toBe('rejected');
    expect(result?.result_error).toMatch(/^[A-Z].+[.:]/);
    expect(result?.result_hint).toMatch(/^[A-Z].+\.$/);
    expect(result?.result_error_code).toMatch(/^[a-z-]+$/);
    expect(result?.result_attempts).toBe(String(sent.length));
  }

  const KINDS: readonly FaultKind[] = [
    '400-2000',
    '403',
    '404',
    '400-3000',
    '403-empty',
    '400-20000',
    '403-relationship',
    '400-27002',
    '403-review',
    '400-600051',
    '400-unknown',
  ];

  test('400, 403 and 404 of the service', { timeout: SUITE_MS }, async () => {
    const each = FULL ? 20 : 3;
    const cases = Array.from({ length: each }, () => KINDS)
      .flat()
      .flatMap((kind) => METHODS.map((on) => ({ kind, on })));
    const customers = generateCustomers(cases.length, 22).map((customer, row) => ({
      ...customer,
      faults: [cases[row]!],
    }));
    const tenants = customers.map(({ tenantId }) => tenantId);
    const simulator = await simulate(0, { customers });
    const applied = await apply(tenants, simulator.url);
    const { misplaced, statuses } = endings(tenants, applied.results);
    const counts = simulator.counts();
    say('N7', `${cases.length} rows, ${counts.get} GETs, ${counts.put} PUTs`, statuses);
    expect(misplaced).toBe(0);
    expect(statuses).toEqual({ rejected: cases.length });
    for (const [row, { on }] of cases.entries()) {
      const sent = simulator.requests.filter(({ tenantId }) => tenantId === tenants[row]);
      expectRefused(applied.results[row], sent, on);
    }
    expect(untrue(tenants, applied.results, simulator)).toEqual([]);
    expect(applied.exitCode).toBe(1);
  });

  test('400, 403, 404 and 422 without a body', async () => {
    const cases = [400, 403, 404, 422].flatMap((status) =>
      METHODS.map((method) => ({ status, method })),
    );
    const tenants = tenantsOf(cases.length, 23);
    const server = await rawServer((request, response) => {
      const row = tenants.findIndex((tenant) => request.url?.includes(tenant));
      const refuses = cases[row]?.method === request.method;
      response.writeHead(refuses ? (cases[row]?.status ?? 500) : 200);
      response.end(refuses ? '' : '{"email":"old@old.example","attributes":{"etag":"-1"}}');
    });
    const applied = await apply(tenants, server.url);
    const { misplaced, statuses } = endings(tenants, applied.results);
    say('N7', `${cases.length} rows, ${server.requests.length} requests`, statuses);
    expect(misplaced).toBe(0);
    for (const [row, { method }] of cases.entries()) {
      const own = server.requests.filter(({ url }) => url?.includes(tenants[row] ?? ''));
      const sent = own.map((request) => ({ method: request.method ?? '' }));
      expectRefused(applied.results[row], sent, method);
    }
  });
});

describe('N8: 401 in mid-run', () => {
  const CODES = {
    '401': 'token-refused',
    '401-mfa': 'mfa-required',
    '401-mfa-claim': 'mfa-required',
    '401-audience': 'token-audience',
  } as const;
  const ROWS = FULL ? 100 : 24;
  const KINDS = FULL
    ? (['401', '401-mfa', '401-mfa-claim', '401-audience'] as const)
    : (['401', '401-mfa'] as const);
  /** The first request of all, and one amid the others; a GET or a PUT, as it happens. */
  const AFTERS = FULL ? [0, 1, 17, 50] : [0, 17];
  const CASES = KINDS.flatMap((kind) =>
    AFTERS.flatMap((after) =>
      (FULL ? [1, 8] : [kind === '401' ? 1 : 8]).map((concurrency) => ({
        kind,
        after,
        concurrency,
      })),
    ),
  );

  test(
    'the run stops, nothing is lost, and a new token ends it',
    { timeout: SUITE_MS },
    async () => {
      const tenants = tenantsOf(ROWS, 21);
      const total: Record<string, number> = {};
      let refusals = 0;
      await inParallel(CASES, async ({ kind, after, concurrency }) => {
        const simulator = await simulate(ROWS, { faults: [{ kind, after }] });
        const words = ['--concurrency', String(concurrency)];
        const stopped = await apply(tenants, simulator.url, words);
        const { misplaced, statuses } = endings(tenants, stopped.results);
        for (const [status, count] of Object.entries(statuses))
          total[status] = (total[status] ?? 0) + count;
        const refused = simulator.requests.filter(({ status }) => status === 401);
        refusals += refused.length;
        const before = simulator.requests.length;
        expect(misplaced).toBe(0);
        expect(stopped.exitCode).toBe(3);
        expect(isCalm(stopped)).toBe(true);
        expect(Object.keys(statuses)).toContain('skipped');
        expect(statuses.skipped! + (statuses.updated ?? 0)).toBe(ROWS);
        expect(stopped.results.at(-1)).toMatchObject({
          result_status: 'skipped',
          result_error_code: CODES[kind],
        });
        // Whoever was under way learns of it by an own refusal; nobody else asks.
        expect(refused.length).toBeLessThanOrEqual(concurrency);
        expect(before).toBe(after + refused.length);
        expect(untrue(tenants, stopped.results, simulator)).toEqual([]);

        await expectResumable(stopped, tenants, simulator);
        const later = simulator.requests.slice(before);
        expect(new Set(later.map(({ headers }) => headers.authorization))).toEqual(
          new Set(['Bearer another-token']),
        );
      });
      say('N8', `${CASES.length} runs of ${ROWS} rows, ${refusals} requests refused`, total);
    },
  );
});

describe('N9: another writer between GET and PUT', () => {
  const STALE = ['400-2055', '412', '412-odata', '409'] as const;
  const ETAGS = ['header', 'body', 'either'] as const;
  /** Rows of one run: a third for each kind of change. */
  const ROWS = FULL ? 84 : 51;
  const WRITES = ['another field', 'the same field', 'the same value'] as const;

  const theirs = (row: number): Readonly<Record<string, string>> =>
    ({
      'another field': { addressLine3: `Theirs ${row}` },
      'the same field': { email: `theirs${row}@other.example` },
      'the same value': { email: newEmail(row) },
    })[WRITES[row % WRITES.length]!];

  /** Behind each customer's first GET, the other writer writes. */
  async function contended(options: SimulatorOptions): Promise<Simulator> {
    const written = new Set<string>();
    const tenants = tenantsOf(ROWS, 21);
    const simulator = await simulate(ROWS, {
      ...options,
      log: ({ method, tenantId = '' }: RecordedRequest) => {
        if (method !== 'GET' || written.has(tenantId)) return;
        written.add(tenantId);
        simulator.edit(tenantId, theirs(tenants.indexOf(tenantId)));
      },
    });
    return simulator;
  }

  const overwritten = (tenants: readonly string[], simulator: Simulator): readonly string[] =>
    tenants.filter((tenant, row) => {
      const held = simulator.profile(tenant);
      const all = { ...(held?.defaultAddress as object), ...held } as Record<string, unknown>;
      return Object.entries(theirs(row)).some(([field, value]) => all[field] !== value);
    });

  test('is never overwritten', { timeout: SUITE_MS }, async () => {
    const tenants = tenantsOf(ROWS, 21);
    const all = STALE.flatMap((stale) => ETAGS.map((etags) => ({ stale, etags })));
    // Each dialect and each mode, and at the full level each of both.
    const cases = FULL
      ? all
      : all.filter(({ stale, etags }) => etags === ETAGS[STALE.indexOf(stale) % ETAGS.length]);
    const total: Record<string, number> = {};
    let lost = 0;
    await inParallel(cases, async (options) => {
      const simulator = await contended(options);
      const applied = await apply(tenants, simulator.url);
      const { misplaced, statuses } = endings(tenants, applied.results);
      for (const [status, count] of Object.entries(statuses))
        total[status] = (total[status] ?? 0) + count;
      lost += overwritten(tenants, simulator).length;
      expect(misplaced).toBe(0);
      expect(applied.exitCode).toBe(1);
      for (const [row, tenant] of tenants.entries()) {
        const result = applied.results[row];
        switch (WRITES[row % WRITES.length]!) {
          case 'another field':
            expect(result?.result_status).toBe('updated');
            expect(simulator.profile(tenant)?.email).toBe(newEmail(row));
            expect(simulator.history(tenant)).toBe(1);
            break;
          case 'the same field':
            expect(result).toMatchObject({
              result_status: 'conflict',
              result_error_code: 'field-moved',
            });
            expect(result?.result_error).toContain(theirs(row).email);
            expect(result?.result_error).toContain(newEmail(row));
            expect(simulator.history(tenant)).toBe(0);
            break;
          case 'the same value':
            expect(result?.result_status).toBe('unchanged');
            expect(simulator.history(tenant)).toBe(0);
        }
      }
    });
    say('N9', `${cases.length} runs of ${ROWS} rows, overwritten ${lost}`, total);
    expect(lost).toBe(0);
  });

  test('with --strict, whatever they wrote is a conflict', { timeout: SUITE_MS }, async () => {
    const tenants = tenantsOf(ROWS, 21);
    const total: Record<string, number> = {};
    let lost = 0;
    const dialects = FULL ? STALE : STALE.slice(0, 1);
    await inParallel(dialects, async (stale) => {
      const simulator = await contended({ stale });
      const applied = await apply(tenants, simulator.url, ['--strict']);
      const { misplaced, statuses } = endings(tenants, applied.results);
      for (const [status, count] of Object.entries(statuses))
        total[status] = (total[status] ?? 0) + count;
      lost += overwritten(tenants, simulator).length;
      expect(misplaced).toBe(0);
      expect(tenants.filter((tenant) => simulator.history(tenant) > 0)).toEqual([]);
      for (const row of tenants.keys()) {
        const result = applied.results[row];
        // What holds our value already is no conflict in any mode.
        const isSame = WRITES[row % WRITES.length] === 'the same value';
        expect(result?.result_status).toBe(isSame ? 'unchanged' : 'conflict');
        if (!isSame) expect(result?.result_error).toContain(Object.values(theirs(row))[0]);
      }
    });
    say('N9 --strict', `${dialects.length} runs of ${ROWS} rows, overwritten ${lost}`, total);
    expect(lost).toBe(0);
  });
});
