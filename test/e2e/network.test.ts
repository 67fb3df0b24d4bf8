/**
 * What a network can do to a run, with the built program behind a proxy that breaks things. The
 * counts are over a whole suite and are printed; 0 means exactly none. BILLPATCH_TEST_LEVEL=full
 * has more rows.
 */
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import type { JsonObject } from '../../src/profile/billing-profile.js';
import type { FaultKind } from '../../src/simulator/fault.js';
import { generateCustomers, generateProfile } from '../../src/simulator/generate-customers.js';
import {
  startSimulator,
  type Simulator,
  type SimulatorOptions,
} from '../../src/simulator/start-simulator.js';
import { makeCertificates, type Certificate, type Certificates } from '../helpers/certificates.js';
import {
  startFaultProxy,
  type FaultProxy,
  type FaultProxyOptions,
  type FaultRule,
  type ProxyFault,
} from '../helpers/fault-proxy.js';
import { billpatch, newFolder, readCsv, writeInput, type Ran, type Result } from './billpatch.js';

const FULL = process.env.BILLPATCH_TEST_LEVEL === 'full';
const METHODS = ['GET', 'PUT'] as const;
const SUITE_MS = FULL ? 1_200_000 : 60_000;
/** Runs at the same time: they mostly wait. */
const AT_ONCE = 6;

const open: { readonly close: () => Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

interface World {
  readonly simulator: Simulator;
  readonly proxy: FaultProxy;
}

async function world(
  simulatorOptions: SimulatorOptions,
  proxyOptions: Omit<FaultProxyOptions, 'target'>,
): Promise<World> {
  const simulator = await startSimulator(simulatorOptions);
  open.push(simulator);
  const proxy = await startFaultProxy({ target: simulator.url, lifeMs: SUITE_MS, ...proxyOptions });
  open.push(proxy);
  return { simulator, proxy };
}

interface Applied extends Ran {
  readonly results: readonly Result[];
}

const newEmail = (row: number): string => `new${row}@new.example`;

/** One row for each tenant, which is given a new e-mail address. */
async function apply(
  tenants: readonly string[],
  url: string,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Applied> {
  const cwd = newFolder();
  const rows = tenants.map((tenant, row) => `${tenant},${newEmail(row)}\n`);
  writeInput(cwd, `customerTenantId,email\n${rows.join('')}`);
  const ran = await billpatch(
    ['apply', 'in.csv', '--base-url', url, '--yes', '--quiet', '--run-dir', 'run', ...words],
    { cwd, env },
  );
  const path = join(cwd, 'run/results.csv');
  return { ...ran, results: existsSync(path) ? readCsv(path) : [] };
}

/** What the results say of each row against what the simulator holds. */
interface Count {
  writtenTwice: number;
  /** Said to have failed, or not to have been sent, but written. */
  writtenUnsaid: number;
  /** Said to be updated, but not written. */
  saidUnwritten: number;
  /** Rows with no result, or more than one. */
  misplaced: number;
  readonly statuses: Record<string, number>;
}

const noCount = (): Count => ({
  writtenTwice: 0,
  writtenUnsaid: 0,
  saidUnwritten: 0,
  misplaced: 0,
  statuses: {},
});

const agrees = ({ writtenTwice, writtenUnsaid, saidUnwritten, misplaced }: Count): boolean =>
  writtenTwice + writtenUnsaid + saidUnwritten + misplaced === 0;

/** Whether a row may fail or not, the program itself ends in order. */
const isCrash = (exitCode: number | null, stderr: string): boolean =>
  ![0, 1, 3, 4].includes(exitCode ?? -1) || /\n\s+at /.test(stderr);

const NONE = { writtenTwice: 0, writtenUnsaid: 0, saidUnwritten: 0, misplaced: 0 };

function countRows(
  into: Count,
  tenants: readonly string[],
  results: readonly Result[],
  simulator: Simulator,
): void {
  into.misplaced += Math.abs(results.length - tenants.length);
  tenants.forEach((tenant, row) => {
    if (simulator.history(tenant) > 1) into.writtenTwice += 1;
    const own = results.filter((result) => result.customerTenantId === tenant);
    const status = own[0]?.result_status ?? 'none';
    if (own.length !== 1 || own[0]?.result_line !== String(row + 2)) into.misplaced += 1;
    into.statuses[status] = (into.statuses[status] ?? 0) + 1;
    const isWritten = simulator.profile(tenant)?.email === newEmail(row);
    // A person looks at `unknown`: it may be either.
    if (isWritten && status !== 'updated' && status !== 'unknown') into.writtenUnsaid += 1;
    if (!isWritten && status === 'updated') into.saidUnwritten += 1;
  });
}

async function inParallel<Item>(
  items: readonly Item[],
  work: (item: Item, index: number) => Promise<void>,
): Promise<void> {
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) await work(item, index);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

function say(suite: string, rows: string, count: Count, more = ''): void {
  const { writtenTwice, writtenUnsaid, saidUnwritten, misplaced, statuses } = count;
  // eslint-disable-next-line no-console -- the counts are what these suites are for
  console.log(
    `${suite}: ${rows}: written twice ${writtenTwice}, written but said otherwise ${writtenUnsaid}, ` +
      `said updated but not written ${saidUnwritten}, rows without their one result ${misplaced}; ` +
      `${JSON.stringify(statuses)}${more}`,
  );
}

/** Those that take longest first. */
const N1_KINDS: readonly ProxyFault[] = [
  'black-hole-before',
  'black-hole-after',
  'slow-drip',
  'reset-before',
  'reset-after-commit',
  'reset-mid-answer',
  'truncated',
];

test('N1: a fifth of all calls break, in every way', { timeout: SUITE_MS }, async () => {
  const rows = FULL ? 200 : 20;
  const customers = generateCustomers(rows, 11);
  const tenants = customers.map(({ tenantId }) => tenantId);
  const cases = N1_KINDS.flatMap((kind) => METHODS.map((method) => ({ kind, method })));
  const total = noCount();
  const bad: unknown[] = [];
  let broken = 0;
  await inParallel(cases, async ({ kind, method }, index) => {
    const { simulator, proxy } = await world(
      { customers, seed: index },
      { seed: 100 + index, faults: [{ kind, method, rate: 0.2 }] },
    );
    // Only who is left without an answer needs a short one; with it, a machine under load looks like
    // a network that is down.
    const timeout = /black-hole|drip/.test(kind) ? '1' : '20';
    const words = ['--concurrency', '8', '--timeout', timeout];
    const { results, exitCode, stderr } = await apply(tenants, proxy.url, words);
    const own = noCount();
    countRows(own, tenants, results, simulator);
    countRows(total, tenants, results, simulator);
    const met = proxy.seen.filter(({ fault }) => fault !== undefined).length;
    broken += met;
    if (!agrees(own) || isCrash(exitCode, stderr))
      bad.push({ kind, method, met, ...own, exitCode, stderr });
  });
  say('N1', `${rows} rows × ${cases.length} cases, ${broken} calls broken`, total);
  expect(broken).toBeGreaterThan(3 * cases.length);
  expect(bad).toEqual([]);
  expect(total).toMatchObject(NONE);
});

test('N2: a drip of one byte each 200 ms ends at the deadline', { timeout: SUITE_MS }, async () => {
  // Each drips twice, and twenty failures in a row would open the circuit.
  const rows = FULL ? 9 : 2;
  const deadlineMs = 1000;
  const customers = generateCustomers(rows, 12);
  const tenants = customers.map(({ tenantId }) => tenantId);
  const { simulator, proxy } = await world(
    { customers },
    // Once for each row and method: the next attempt goes through.
    {
      faults: tenants.flatMap((path) =>
        METHODS.map((method): FaultRule => ({ kind: 'slow-drip', method, path, times: 1 })),
      ),
    },
  );
  const { results } = await apply(tenants, proxy.url, [
    '--concurrency',
    '4',
    '--timeout',
    String(deadlineMs / 1000),
  ]);
  const drips = proxy.seen.filter(({ fault }) => fault === 'slow-drip');
  const tookMs = drips.map(({ at, ended }) => (ended ? ended.at - at : Infinity));
  const count = noCount();
  countRows(count, tenants, results, simulator);
  say(
    'N2',
    `${rows} rows, ${drips.length} drips, longest ${Math.round(Math.max(...tookMs))} ms`,
    count,
  );
  expect(drips).toHaveLength(2 * rows);
  expect(new Set(drips.map(({ ended }) => ended?.by))).toEqual(new Set(['client']));
  // The target is 100 ms over; the rest is for a machine that runs other tests at the same time.
  expect(Math.max(...tookMs)).toBeLessThanOrEqual(deadlineMs + 300);
  expect(Math.min(...tookMs)).toBeGreaterThan(deadlineMs - 300);
  expect(count).toMatchObject(NONE);
  expect(count.statuses).toEqual({ updated: rows });
});

describe('N3: a 200 that is none', () => {
  /** By the proxy, or by the simulator where the answer has to be nearly right. */
  const kinds: readonly (
    | { readonly by: 'proxy'; readonly kind: ProxyFault; readonly forward?: boolean }
    | { readonly by: 'simulator'; readonly kind: FaultKind }
  )[] = [
    { by: 'proxy', kind: 'html-200' },
    { by: 'proxy', kind: 'empty-200' },
    { by: 'proxy', kind: 'array-200' },
    { by: 'proxy', kind: 'html-200', forward: true },
    { by: 'proxy', kind: 'broken-gzip' },
    { by: 'proxy', kind: 'huge-headers' },
    { by: 'simulator', kind: 'truncated' },
    { by: 'simulator', kind: 'other-customer' },
    { by: 'simulator', kind: 'no-etag' },
  ];
  /** Rows of each kind. */
  const EACH = FULL ? 50 : 1;
  /** Rows of a run: each fails up to four times, and 20 failures in a row would end it. */
  const ROWS = 4;

  /** Members that billpatch has never heard of, at every depth. */
  function withUnknown(profile: JsonObject): JsonObject {
    const { defaultAddress, links, attributes } = profile as Record<string, JsonObject>;
    return {
      '': 'no name',
      taxIds: [{ country: 'GB', values: ['1', { deep: [[], {}, [false, 0, -1.5, 'ü\u2028']] }] }],
      ...profile,
      Email2: 'kept@kept.example',
      defaultAddress: { geo: { lat: 53.8, tags: ['a', ''] }, ...defaultAddress, isValidated: true },
      links: { ...links, next: { uri: '/none', headers: [{ key: 'k', value: 'v' }] } },
      attributes: { ...attributes, revision: 7 },
    };
  }

  const customersOf = (rows: number) =>
    generateCustomers(rows, 13).map(({ tenantId }) => ({
      tenantId,
      profile: withUnknown(generateProfile(tenantId)),
    }));

  /** PUT bodies that are not the profile as it was with another address, byte for byte. */
  function spoilt(proxy: FaultProxy, before: ReadonlyMap<string, JsonObject>): string[] {
    return proxy.seen
      .filter(({ method }) => method === 'PUT')
      .filter(({ path, body }) => {
        const tenant = path.split('/')[3] ?? '';
        const old = before.get(tenant) ?? {};
        const sent = JSON.parse(body) as JsonObject;
        return JSON.stringify({ ...sent, email: old.email }) !== JSON.stringify(old);
      })
      .map(({ path, body }) => `${path} ${body}`);
  }

  test('is never taken for an update', { timeout: SUITE_MS }, async () => {
    const all = Array.from({ length: EACH }, () => kinds).flat();
    const groups = Array.from({ length: Math.ceil(all.length / ROWS) }, (_, i) =>
      all.slice(i * ROWS, (i + 1) * ROWS),
    );
    const cases = METHODS.flatMap((method) => groups.map((faults) => ({ method, faults })));
    const total = noCount();
    const bad: unknown[] = [];
    let puts = 0;
    await inParallel(cases, async ({ method, faults }) => {
      const plain = customersOf(faults.length);
      const tenants = plain.map(({ tenantId }) => tenantId);
      const customers = plain.map((customer, row) => {
        const fault = faults[row];
        return fault?.by === 'simulator'
          ? { ...customer, faults: [{ kind: fault.kind, on: method }] }
          : customer;
      });
      const rules = faults.flatMap((fault, row): FaultRule[] =>
        fault.by === 'proxy' ? [{ ...fault, method, path: tenants[row] ?? '' }] : [],
      );
      const { simulator, proxy } = await world({ customers }, { faults: rules });
      const before = new Map(tenants.map((tenant) => [tenant, simulator.profile(tenant) ?? {}]));
      const { results, exitCode, stderr } = await apply(tenants, proxy.url, []);
      const own = noCount();
      countRows(own, tenants, results, simulator);
      countRows(total, tenants, results, simulator);
      const sent = proxy.seen.filter((seen) => seen.method === 'PUT').length;
      puts += sent;
      const lost = spoilt(proxy, before);
      // What could not be read is not written to.
      const blind = method === 'GET' ? sent : 0;
      const isWrong = !agrees(own) || lost.length > 0 || blind > 0;
      if (isWrong || isCrash(exitCode, stderr))
        bad.push({ method, faults, ...own, lost, blind, exitCode, stderr });
    });
    const rows = METHODS.length * all.length;
    say(
      'N3',
      `${rows} rows, ${kinds.length} kinds × ${METHODS.length} methods, ${puts} PUTs`,
      total,
    );
    expect(bad).toEqual([]);
    expect(total).toMatchObject(NONE);
  });

  test.for(['with', 'without'] as const)(
    'a profile %s a byte order mark keeps members unknown to billpatch',
    async (mark) => {
      const rows = FULL ? 50 : 5;
      const customers = customersOf(rows);
      const tenants = customers.map(({ tenantId }) => tenantId);
      const { simulator, proxy } = await world(
        { customers, bom: false },
        { faults: mark === 'with' ? [{ kind: 'bom' }] : [] },
      );
      const before = new Map(tenants.map((tenant) => [tenant, simulator.profile(tenant) ?? {}]));
      const { results, exitCode } = await apply(tenants, proxy.url, []);
      const count = noCount();
      countRows(count, tenants, results, simulator);
      expect(count).toMatchObject({ ...NONE, statuses: { updated: rows } });
      expect(spoilt(proxy, before)).toEqual([]);
      for (const [tenant, old] of before) {
        const held = simulator.profile(tenant) ?? {};
        expect(held.email).toMatch(/@new\.example$/);
        expect(held.attributes).toMatchObject({ revision: 7 });
        const { email, attributes } = old;
        expect({ ...held, email, attributes }).toEqual(old);
      }
      expect(exitCode).toBe(0);
    },
  );
});

describe('N11: a service that is not there, or is not who it should be', () => {
  const customers = generateCustomers(2, 14);
  const tenants = customers.map(({ tenantId }) => tenantId);

  /** Nothing was done, and host and cause are named where the user looks. */
  function expectNamed(applied: Applied, host: string, cause: RegExp): void {
    expect(applied.exitCode).not.toBe(0);
    expect(applied.results).toHaveLength(tenants.length);
    const texts = applied.results.map((result) => result.result_error ?? '');
    for (const text of texts) expect(text).toContain(host);
    for (const text of texts) expect(text).toMatch(cause);
    expect(applied.stderr).not.toMatch(/\n\s+at /);
    const statuses = applied.results.map((result) => result.result_status);
    expect(statuses.every((status) => status === 'failed' || status === 'skipped')).toBe(true);
  }

  test('a connection that is refused, a name that nobody knows', async () => {
    const listener = createServer();
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const { port } = listener.address() as AddressInfo;
    await new Promise((resolve) => listener.close(resolve));
    const words = ['--allow-host', 'nothing.invalid'];
    const [refused, unknown] = await Promise.all([
      apply(tenants, `http://127.0.0.1:${port}`, []),
      apply(tenants, 'https://nothing.invalid', words),
    ]);
    expectNamed(refused, `127.0.0.1:${port}`, /ECONNREFUSED/);
    expectNamed(unknown, 'nothing.invalid', /ENOTFOUND|EAI_AGAIN/);
  });

  describe('TLS', () => {
    let made: Awaited<ReturnType<typeof makeCertificates>>;
    beforeAll(async () => {
      made = await makeCertificates();
    });
    afterAll(() => made.certificates?.remove());

    const certificates = (skip: (why?: string) => never): Certificates =>
      made.certificates ?? skip(made.missing);

    async function secured(
      tls: Certificate,
      env: Readonly<Record<string, string>>,
    ): Promise<World & { readonly applied: Applied; readonly host: string }> {
      const { simulator, proxy } = await world({ customers }, { tls });
      const applied = await apply(tenants, proxy.url, [], env);
      return { applied, simulator, proxy, host: new URL(proxy.url).host };
    }

    test('an authority named in NODE_EXTRA_CA_CERTS is trusted', async ({ skip }) => {
      const { good, caPath } = certificates(skip);
      const env = { NODE_EXTRA_CA_CERTS: caPath };
      const { applied, simulator } = await secured(good, env);
      expect(applied.exitCode).toBe(0);
      expect(applied.results.map((result) => result.result_status)).toEqual(['updated', 'updated']);
      expect(simulator.counts()).toMatchObject({ get: 2, put: 2 });
    });

    /** Nothing arrives, not even a GET: it would bring the token along. */
    async function expectNothingSent(
      { good, selfSigned, expired, wrongName, caPath }: Certificates,
      env: Readonly<Record<string, string>>,
    ): Promise<void> {
      const trusting = { ...env, NODE_EXTRA_CA_CERTS: caPath };
      const cases = [
        { tls: good, env, cause: /UNABLE_TO_(VERIFY|GET_ISSUER)/ },
        { tls: selfSigned, env: trusting, cause: /SELF_SIGNED/ },
        { tls: expired, env: trusting, cause: /CERT_HAS_EXPIRED/ },
        { tls: wrongName, env: trusting, cause: /ALTNAME_INVALID/ },
      ];
      await inParallel(cases, async ({ tls, env: own, cause }) => {
        const { applied, proxy, host } = await secured(tls, own);
        expect(proxy.seen.map(({ method }) => method)).toEqual([]);
        expectNamed(applied, host, cause);
      });
    }

    test('an unknown authority, self-signed, expired, for another name: nothing is sent', async ({
      skip,
    }) => {
      await expectNothingSent(certificates(skip), {});
    });

    test('nor with NODE_TLS_REJECT_UNAUTHORIZED=0 set, which is refused', async ({ skip }) => {
      const env = { NODE_TLS_REJECT_UNAUTHORIZED: '0' };
      const { applied, proxy } = await secured(certificates(skip).selfSigned, env);
      expect(proxy.seen).toEqual([]);
      expect([applied.exitCode, applied.results]).toEqual([2, []]);
      expect(applied.stderr).toContain('NODE_TLS_REJECT_UNAUTHORIZED=0 is set');
    });
  });
});
