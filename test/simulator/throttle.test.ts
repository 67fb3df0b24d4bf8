import { describe, expect, it } from 'vitest';
import { createFixedWindow } from '../../src/simulator/fixed-window.js';
import { createThrottle } from '../../src/simulator/throttle.js';
import type { ThrottleOptions } from '../../src/simulator/throttle.js';
import { createTokenBucket } from '../../src/simulator/token-bucket.js';
import { getProfile, putProfile, simulate } from './call.js';

it('refuses beyond the burst, says how long, and lets in again', async () => {
  let time = 1_000_000;
  const simulator = await simulate({ ratePerMinute: 6, burst: 2, now: () => time });
  const statuses = async () => (await getProfile(simulator)).status;
  expect([await statuses(), await statuses()]).toEqual([200, 200]);

  const refused = await getProfile(simulator);
  expect(refused.status).toBe(429);
  expect(refused.headers['retry-after']).toBe('10');
  expect(refused.json).toEqual({
    statusCode: 429,
    message: 'Rate limit is exceeded. Try again in 10 seconds.',
  });
  time += 9_999;
  expect((await getProfile(simulator)).headers['retry-after']).toBe('1');
  time += 1;
  expect(await statuses()).toBe(200);
  expect(simulator.counts()).toMatchObject({ get: 5, throttled: 2 });
});

it('makes the wait longer for each refused request, where these count', () => {
  const { take } = createTokenBucket({ ratePerMinute: 60, burst: 2, countRefused: true });
  expect([0, 0, 0, 0, 0].map(take)).toEqual([0, 0, 2, 3, 3]);
  expect([take(2_999), take(6_500)]).toEqual([2, 0]);
});

it('lets everything through without a rate', async () => {
  const simulator = await simulate({ now: () => 0 });
  const answers = await Promise.all(Array.from({ length: 50 }, () => getProfile(simulator)));
  expect(answers.every((answer) => answer.status === 200)).toBe(true);
});

describe('a fixed window', () => {
  const window = (more: Partial<Parameters<typeof createFixedWindow>[0]> = {}) =>
    createFixedWindow({
      ratePerMinute: 12,
      windowSeconds: 10,
      windowStart: 'request',
      countRefused: false,
      ...more,
    });

  it('lets its allowance through at any time in it, and none until it ends', () => {
    const { take } = window();
    expect([4_000, 13_400, 13_400, 13_999].map(take)).toEqual([0, 0, 1, 1]);
    expect([14_000, 14_000, 14_000, 18_000].map(take)).toEqual([0, 0, 10, 6]);
  });

  it('begins with the first request after the last one', () => {
    const { take } = window();
    expect([4_000, 4_000, 22_000, 22_000].map(take)).toEqual([0, 0, 0, 0]);
    expect([30_000, 32_000].map(take)).toEqual([2, 0]);
  });

  it('begins at multiples of its length, where it goes by the clock', () => {
    const { take } = window({ windowStart: 'clock' });
    expect([4_000, 4_000, 9_999, 10_000].map(take)).toEqual([0, 0, 1, 0]);
    expect([19_000, 19_500, 20_000].map(take)).toEqual([0, 1, 0]);
  });

  it('lets one through where its share is less, and rounds', () => {
    const answers = (ratePerMinute: number, windowSeconds: number) =>
      [0, 0, 0].map(window({ ratePerMinute, windowSeconds }).take);
    expect(answers(1, 10)).toEqual([0, 10, 10]);
    expect(answers(500, 0.12)).toEqual([0, 1, 1]);
    expect(answers(9, 10)).toEqual([0, 0, 10]);
  });

  it.each(['request', 'clock'] as const)(
    'never lets more through than its windows allow, whatever their length (%s)',
    (windowStart) => {
      for (const windowSeconds of [0.12, 0.0333, 1 / 3, 7]) {
        const { take } = window({ ratePerMinute: 60 / windowSeconds, windowSeconds, windowStart });
        const from = 1_700_000_000_000;
        let served = 0;
        for (let ms = 0; ms <= 60_000; ms += 1) served += take(from + ms) === 0 ? 1 : 0;
        const windows = 60 / windowSeconds;
        expect(served).toBeLessThanOrEqual(windows + 2);
        // A window that begins with a request begins up to a millisecond late.
        expect(served).toBeGreaterThanOrEqual(60 / (windowSeconds + 0.001) - 1);
      }
    },
  );

  it('loses what was refused from the next one, where that counts, and no more than that', () => {
    const { take } = window({ countRefused: true });
    expect([0, 0, 0, 1_000].map(take)).toEqual([0, 0, 10, 19]);
    expect([10_000, 11_000, 12_000].map(take)).toEqual([10, 19, 18]);
    // The next one is lost as well; a rest of it is enough, however much was refused.
    expect([30_000, 30_000].map(take)).toEqual([0, 0]);
  });

  it('is an option of the simulator', async () => {
    let time = 1_000_000;
    const simulator = await simulate({ ratePerMinute: 12, windowSeconds: 10, now: () => time });
    const statuses = async () => (await getProfile(simulator)).status;
    expect([await statuses(), await statuses()]).toEqual([200, 200]);
    time += 3_000;
    const refused = await getProfile(simulator);
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '7']);
    time += 7_000;
    expect(await statuses()).toBe(200);
    expect(simulator.counts()).toMatchObject({ get: 4, throttled: 1 });
  });
});

describe('allowances apart', () => {
  it('takes PUTs from their own, and nothing else', async () => {
    const simulator = await simulate({
      ratePerMinute: 2,
      putRatePerMinute: 1,
      now: () => 1_000_000,
    });
    const live = (await getProfile(simulator)).json;
    const put = await putProfile(simulator, live);
    expect(put.status).toBe(200);
    const refused = await putProfile(simulator, put.json);
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '60']);
    const gets = [await getProfile(simulator), await getProfile(simulator)];
    expect(gets.map(({ status }) => status)).toEqual([200, 429]);
    expect(simulator.counts()).toMatchObject({ get: 3, put: 2, throttled: 2 });
  });

  it('limits PUTs alone, where there is no other rate', () => {
    const throttle = createThrottle({ putRatePerMinute: 1 });
    const waits = ['PUT', 'PUT', 'GET', 'GET'].map((method) => throttle(method, 0));
    expect(waits).toEqual([0, 60, 0, 0]);
  });

  it('takes PUTs from the common one, where they have none', () => {
    const throttle = createThrottle({ ratePerMinute: 2 });
    expect(['PUT', 'GET', 'PUT'].map((method) => throttle(method, 0))).toEqual([0, 0, 30]);
  });
});

describe('a rate that changes', () => {
  /** How many of eight requests a second are let in, in each of so many stretches of ten seconds. */
  function served(options: ThrottleOptions, stretches: number): number[] {
    const throttle = createThrottle(options);
    return Array.from({ length: stretches }, (_, stretch) => {
      let count = 0;
      for (let tick = 0; tick < 80; tick += 1) {
        const ms = 5_000_000 + stretch * 10_000 + tick * 125;
        if (throttle('GET', ms) === 0) count += 1;
      }
      return count;
    });
  }
  const rateChanges = [
    { atMs: 10_000, ratePerMinute: 60 },
    { atMs: 20_000, ratePerMinute: 240 },
  ];

  it.each<[string, ThrottleOptions]>([
    ['a token bucket', { burst: 1 }],
    ['a fixed window', { windowSeconds: 1 }],
  ])('is followed by %s', (_, shape) => {
    expect(served({ ratePerMinute: 120, rateChanges, ...shape }, 4)).toEqual([20, 10, 40, 40]);
  });

  it('is told apart for PUTs, and counts from the first request', () => {
    const throttle = createThrottle({
      ratePerMinute: 60,
      putRatePerMinute: 60,
      burst: 1,
      rateChanges: [{ atMs: 1_000, putRatePerMinute: 6 }],
    });
    expect([throttle('PUT', 70_000), throttle('PUT', 70_000)]).toEqual([0, 1]);
    expect([throttle('PUT', 71_000), throttle('PUT', 71_000)]).toEqual([0, 10]);
    expect([throttle('GET', 71_000), throttle('GET', 71_000)]).toEqual([0, 1]);
  });

  it('fills a bucket at the old rate until then', () => {
    const throttle = createThrottle({
      ratePerMinute: 60,
      burst: 10,
      rateChanges: [{ atMs: 2_000, ratePerMinute: 6 }],
    });
    const takeAll = (ms: number) => {
      let count = 0;
      while (throttle('GET', ms) === 0) count += 1;
      return count;
    };
    // Two seconds of one a second, and ten of one in ten.
    expect([takeAll(0), takeAll(12_000)]).toEqual([10, 3]);
  });

  it('leaves what was used of a window used', () => {
    const throttle = createThrottle({
      ratePerMinute: 60,
      windowSeconds: 10,
      rateChanges: [{ atMs: 5_000, ratePerMinute: 30 }],
    });
    const waits = (ms: number, times: number) =>
      Array.from({ length: times }, () => throttle('GET', ms));
    expect(waits(0, 4)).toEqual([0, 0, 0, 0]);
    expect(waits(5_000, 2)).toEqual([0, 5]);
  });
});
