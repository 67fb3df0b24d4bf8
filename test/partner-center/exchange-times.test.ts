import { expect, it } from 'vitest';

import type { Client, Request } from '../../src/partner-center/client.js';
import { timeExchanges } from '../../src/partner-center/exchange-times.js';

function timed() {
  let clock = 0;
  const client: Client = {
    exchange: () => {
      clock += 100;
      return Promise.resolve({ kind: 'answer', answer: { status: 200, headers: {}, body: '' } });
    },
    close: () => undefined,
  };
  const times = timeExchanges(client, () => clock);
  const send = (method: Request['method'], row: string) =>
    times.client.exchange({ method, path: '/', headers: { 'MS-CorrelationId': row } });
  return { times, send, pass: (ms: number) => (clock += ms) };
}

it('says nothing before anything was sent', () => {
  const { times } = timed();
  expect(times.latencyMs()).toBe(0);
  expect(times.conflictWindow()).toBeUndefined();
});

it('tells the time between the last reading of a profile and its update, to a twentieth', async () => {
  const { times, send, pass } = timed();
  for (let row = 0; row < 100; row += 1) {
    await send('GET', `row ${row}`);
    pass(row < 2 ? 5000 : 40);
    await send('PUT', `row ${row}`);
  }
  const { medianMs = 0, p99Ms = 0 } = times.conflictWindow() ?? {};
  expect(medianMs).toBeGreaterThanOrEqual(40);
  expect(medianMs).toBeLessThanOrEqual(42);
  expect(p99Ms).toBeGreaterThanOrEqual(5000);
  expect(p99Ms).toBeLessThanOrEqual(5250);
  expect(times.latencyMs()).toBe(100);
});

it('does not count an update that is sent again, or one of a profile that was not read', async () => {
  const { times, send, pass } = timed();
  await send('PUT', 'unread');
  expect(times.conflictWindow()).toBeUndefined();
  await send('GET', 'a');
  await send('PUT', 'a');
  pass(60_000);
  await send('PUT', 'a');
  expect(times.conflictWindow()?.p99Ms).toBeLessThan(1);
});

it('forgets rows that had nothing to write', async () => {
  const { times, send } = timed();
  await send('GET', 'first');
  for (let row = 0; row < 2_000; row += 1) await send('GET', `unchanged ${row}`);
  await send('PUT', 'first');
  expect(times.conflictWindow()).toBeUndefined();
});
