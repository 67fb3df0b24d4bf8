import { expect, it } from 'vitest';
import { createTokenBucket } from '../../src/simulator/token-bucket.js';
import { getProfile, simulate } from './call.js';

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
  const bucket = createTokenBucket({ ratePerMinute: 60, burst: 2, countRefused: true });
  expect([bucket(0), bucket(0), bucket(0), bucket(0), bucket(0)]).toEqual([0, 0, 2, 3, 3]);
  expect([bucket(2_999), bucket(6_500)]).toEqual([2, 0]);
});

it('lets everything through without a rate', async () => {
  const simulator = await simulate({ now: () => 0 });
  const answers = await Promise.all(Array.from({ length: 50 }, () => getProfile(simulator)));
  expect(answers.every((answer) => answer.status === 200)).toBe(true);
});
