/**
 * N5, where real time would be too long: 500 rows through the parts that talk, in a storm of
 * refusals, on a clock that only waiting moves on. The counts are printed; 0 means exactly none.
 */
import { setImmediate as drained } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';

import { createBillingProfiles } from '../../../src/partner-center/billing-profiles.js';
import type { Answer, Client } from '../../../src/partner-center/client.js';
import { createServiceHealth } from '../../../src/partner-center/service-health.js';
import { createThrottle } from '../../../src/partner-center/pacing/throttle.js';
import { createPaces } from '../../../src/partner-center/pacing/paces.js';
import type { Aside, ProfileResult } from '../../../src/run/profile-service.js';
import { runBatch } from '../../../src/run/run-batch.js';
import { createTokenBucket } from '../../../src/simulator/token-bucket.js';
import { givenToken } from '../../helpers/given-token.js';

const ROWS = 500;
const CONCURRENCY = 8;
const LATENCY_MS = 50;
/** A fiftieth of the rows. */
const MOST_EXTRA = ROWS / 50;
const STORM = { from: 1000, to: 61_000 };
const HOUR_MS = 3_600_000;
const MAX_WAIT_MS = 300_000;

interface Clock {
  readonly now: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Lets time pass until the work is done. */
  readonly pass: <Result>(work: Promise<Result>) => Promise<Result>;
}

function createClock(): Clock {
  let now = 0;
  const sleepers = new Set<{ readonly until: number; readonly wake: () => void }>();
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const stop = (): void => {
          sleepers.delete(sleeper);
          reject(new Error('The run stops.'));
        };
        const wake = (): void => {
          sleepers.delete(sleeper);
          signal?.removeEventListener('abort', stop);
          resolve();
        };
        const sleeper = { until: now + ms, wake };
        if (signal?.aborted) {
          reject(new Error('The run stops.'));
          return;
        }
        signal?.addEventListener('abort', stop);
        sleepers.add(sleeper);
      }),
    async pass(work) {
      const state = { done: false };
      const ended = work.finally(() => (state.done = true));
      for (;;) {
        // What can go on without time does so first.
        await drained();
        if (state.done) return ended;
        // Of those that wake at once, the one that lay down first.
        const [first] = [...sleepers].sort((a, b) => a.until - b.until);
        if (first === undefined) throw new Error('Nobody waits, and nobody is done.');
        now = Math.max(now, first.until);
        first.wake();
      }
    },
  };
}

/** A refusal, and how long it asks to wait in truth: what the headers say is to be understood so. */
interface Refusal {
  readonly headers: Readonly<Record<string, string>>;
  readonly askedMs: number;
}
/** Called when a request arrives. */
type Weather = (at: number) => Refusal | undefined;

interface Storm {
  readonly statuses: Readonly<Record<string, number>>;
  /** Why the run stopped. */
  readonly reason: string | undefined;
  readonly requests: number;
  /** Sent before the time that a refusal had named. */
  readonly early: number;
  readonly refused: number;
  /** Under way when the first refusal came: nobody could know. */
  readonly unaware: number;
  /** When each request was sent after which the service was seen to refuse. */
  readonly probes: readonly number[];
  readonly puts: ReadonlyMap<string, number>;
  readonly endedAt: number;
  readonly left: readonly string[];
}

const tenantOf = (row: number): string =>
  `00000000-0000-4000-8000-${row.toString(16).padStart(12, '0')}`;
const ALL: readonly string[] = Array.from({ length: ROWS }, (_, row) => tenantOf(row));

async function brave(
  weather: Weather,
  { tenants = ALL, concurrency = CONCURRENCY, puts = new Map<string, number>() } = {},
): Promise<Storm> {
  const clock = createClock();
  const stopped = new AbortController();
  let requests = 0;
  let early = 0;
  let refused = 0;
  let unaware = 0;
  let knownAt: number | undefined;
  let allowedFrom = 0;
  const probes: number[] = [];
  const seen = new Set<string>();
  const client: Client = {
    close: () => undefined,
    async exchange({ method, path, body }) {
      const sentAt = clock.now();
      requests += 1;
      if (sentAt < allowedFrom) early += 1;
      await clock.sleep(LATENCY_MS / 2);
      const refusal = weather(clock.now());
      const tenant = path.split('/')[3] ?? '';
      seen.add(tenant);
      if (!refusal && method === 'PUT') puts.set(tenant, (puts.get(tenant) ?? 0) + 1);
      const version = puts.get(tenant) ?? 0;
      await clock.sleep(LATENCY_MS / 2);
      if (refusal) {
        refused += 1;
        if (knownAt === undefined || sentAt < knownAt) unaware += 1;
        else probes.push(sentAt);
        knownAt ??= clock.now();
        allowedFrom = Math.max(allowedFrom, clock.now() + refusal.askedMs);
        const said = { kind: 'answer', answer: answerOf(429, {}, refusal.headers) } as const;
        return said;
      }
      const profile = JSON.parse(body ?? '{"email":"old@old.example"}') as Record<string, unknown>;
      const live = { ...profile, attributes: { etag: `-${version}` } };
      return { kind: 'answer', answer: answerOf(200, live, {}) };
    },
  };
  const health = createServiceHealth();
  const service = createBillingProfiles({
    client,
    tokens: givenToken(),
    health,
    throttle: createThrottle({
      ...clock,
      paces: createPaces({ concurrency, expected: 2 * tenants.length, shards: 1 }),
    }),
    sleep: clock.sleep,
    random: () => 0.5,
    stop: stopped.signal,
    maxWaitMs: MAX_WAIT_MS,
  });
  const statuses: Record<string, number> = {};
  const left: string[] = [];
  let reason: string | undefined;
  let ids = 0;
  /** A row as far as the service sees it: one question, then one update. */
  const work = async (tenantId: string, aside: Aside): Promise<void> => {
    const call = () => ({ tenantId, requestId: String(++ids), correlationId: 'c', aside });
    let result = await service.get(call());
    if (result.kind === 'profile') result = await service.put(call(), result.live);
    const status = statusOf(result);
    statuses[status] = (statuses[status] ?? 0) + 1;
    if (status === 'updated') return;
    left.push(tenantId);
    if (result.kind === 'failure' && result.failure.scope === 'run') {
      reason ??= result.failure.code;
      stopped.abort();
    }
  };
  await clock.pass(
    runBatch({
      items: each(tenants),
      concurrency,
      work,
      isStopped: () => stopped.signal.aborted,
      onIdle: health.lend,
    }),
  );
  return {
    statuses,
    reason,
    requests,
    early,
    refused,
    unaware,
    probes,
    puts,
    endedAt: clock.now(),
    // A row that gave up while it waited for its turn is in both.
    left: [...new Set([...left, ...tenants.filter((tenant) => !seen.has(tenant))])],
  };
}

const answerOf = (status: number, body: unknown, headers: Answer['headers']): Answer => ({
  status,
  headers,
  body: JSON.stringify(body),
});

async function* each(tenants: readonly string[]): AsyncGenerator<string> {
  await Promise.resolve();
  yield* tenants;
}

function statusOf(result: ProfileResult): 'updated' | 'skipped' | 'failed' {
  if (result.kind === 'profile') return 'updated';
  return result.failure.scope === 'run' ? 'skipped' : 'failed';
}

const inStorm =
  (refuse: (at: number) => Refusal): Weather =>
  (at) =>
    at >= STORM.from && at < STORM.to ? refuse(at) : undefined;

const seconds = (value: number): Refusal => ({
  headers: { 'retry-after': String(value) },
  askedMs: value * 1000,
});

/** As a service writes it, whose clock is off by so much; dates have whole seconds. */
function date(at: number, untilMs: number, offMs: number): Refusal {
  const here = Date.UTC(2026, 10, 23) + offMs;
  const text = (ms: number): string => new Date(here + ms).toUTCString();
  const whole = (ms: number): number => Math.floor(ms / 1000) * 1000;
  return {
    headers: { 'retry-after': text(untilMs), date: text(at) },
    askedMs: Math.max(0, whole(untilMs) - whole(at)),
  };
}

function say(name: string, storm: Storm): void {
  const { requests, early, refused, unaware, probes, statuses, endedAt, reason } = storm;
  // eslint-disable-next-line no-console -- the counts are what these suites are for
  console.log(
    `N5 ${name}: ${requests} requests, early ${early}, refused ${refused}: unaware ${unaware}, ` +
      `extra ${probes.length}; ${JSON.stringify(statuses)}, ${reason ?? 'to its end'}, ` +
      `${Math.round(endedAt / 1000)} s`,
  );
}

function bucket(ratePerMinute: number, burst: number): Weather {
  const { take } = createTokenBucket({ ratePerMinute, burst, countRefused: false });
  return (at) => {
    const wait = take(at);
    return wait > 0 ? seconds(wait) : undefined;
  };
}

const runs: readonly number[] = process.env.BILLPATCH_TEST_LEVEL === 'full' ? [1, 8, 32] : [8];

/** Every row is updated once, and nobody asks before the time. */
function expectDone(storm: Storm): void {
  expect(storm.early).toBe(0);
  expect(storm.statuses).toEqual({ updated: ROWS });
  expect(storm.puts.size).toBe(ROWS);
  expect(new Set(storm.puts.values())).toEqual(new Set([1]));
}

describe('a storm of 60 s that says', () => {
  const storms: readonly (readonly [name: string, refuse: (at: number) => Refusal])[] = [
    ['0 s', () => seconds(0)],
    ['1 s', () => seconds(1)],
    ['57 s', () => seconds(57)],
    ['what is left of it', (at) => seconds(Math.ceil((STORM.to - at) / 1000))],
    ['a date in the past', (at) => date(at, at - 5000, 0)],
    ['the date of its end', (at) => date(at, STORM.to, 0)],
    ['this date, by a clock an hour fast', (at) => date(at, STORM.to, HOUR_MS)],
    ['this date, by a clock an hour slow', (at) => date(at, STORM.to, -HOUR_MS)],
    ['nothing', () => ({ headers: {}, askedMs: 0 })],
    ['garbage', () => ({ headers: { 'retry-after': 'soon' }, askedMs: 0 })],
  ];
  for (const [name, refuse] of storms) {
    for (const concurrency of runs) {
      test(`${name}: nobody asks before the time (${concurrency} at once)`, async () => {
        const storm = await brave(inStorm(refuse), { concurrency });
        say(`${name}, ${concurrency} at once`, storm);
        expectDone(storm);
        expect(storm.unaware).toBeLessThanOrEqual(concurrency);
        expect(storm.probes.length).toBeLessThanOrEqual(MOST_EXTRA);
      });
    }
  }
});

test.for([3600, 1e9])('%i s is longer than a run may wait: it stops at once', async (wait) => {
  const storm = await brave(inStorm(() => seconds(wait)));
  say(`${wait} s`, storm);
  expect(storm).toMatchObject({ early: 0, probes: [], reason: 'throttled-too-long' });
  expect(storm.endedAt).toBeLessThan(STORM.from + 10 * LATENCY_MS);
  // Those under way, and no other.
  expect(storm.statuses.skipped).toBeLessThanOrEqual(CONCURRENCY);
  expect((storm.statuses.updated ?? 0) + storm.left.length).toBe(ROWS);

  const rest = await brave(() => undefined, { tenants: storm.left, puts: new Map(storm.puts) });
  expect(rest.statuses).toEqual({ updated: storm.left.length });
  expect(rest.puts.size).toBe(ROWS);
  expect(new Set(rest.puts.values())).toEqual(new Set([1]));
});

test('a storm without an end stops the run at --max-wait, whatever each refusal says', async () => {
  const storm = await brave((at) => (at < STORM.from ? undefined : seconds(57)));
  say('57 s for ever', storm);
  expect(storm).toMatchObject({ early: 0, reason: 'throttled-too-long' });
  expect(storm.endedAt).toBeLessThanOrEqual(STORM.from + MAX_WAIT_MS);
  expect(storm.probes.length).toBeLessThanOrEqual(MAX_WAIT_MS / 57_000);
  expect((storm.statuses.updated ?? 0) + storm.left.length).toBe(ROWS);
});

// An allowance is no storm: it is felt for as long as the run lasts, so extra requests are counted
// against requests, of which each row has two.
test.for([
  [500, 500],
  [500, 50],
  [300, 50],
  [100, 50],
] as const)('an allowance of %i a minute, %i at once', async ([ratePerMinute, burst]) => {
  const storm = await brave(bucket(ratePerMinute, burst));
  say(`${ratePerMinute} a minute, burst ${burst}`, storm);
  expectDone(storm);
  expect(storm.probes.length).toBeLessThanOrEqual(storm.requests / 50);
  // And most of the allowance is used.
  const least = ((2 * ROWS - burst) / ratePerMinute) * 60_000;
  expect(storm.endedAt).toBeLessThan(1.5 * Math.max(least, 60_000));
});
