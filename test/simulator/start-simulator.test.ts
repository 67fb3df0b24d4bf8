import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { startSimulator } from '../../src/simulator/start-simulator.js';
import { OTHER, TENANT, billingPath, call, getProfile, putProfile, simulate } from './call.js';

describe('the record of requests', () => {
  it('has what was sent and what was answered', async () => {
    const seen: unknown[] = [];
    const simulator = await simulate({ now: () => 42, log: (request) => seen.push(request) });
    const live = (await getProfile(simulator)).json;
    await putProfile(simulator, live, { 'ms-requestid': 'mine' });
    await call(simulator, 'GET', '/v1/customers?size=1');
    expect(simulator.requests).toMatchObject([
      { at: 42, method: 'GET', path: billingPath(), tenantId: TENANT, status: 200 },
      { method: 'PUT', body: JSON.stringify(live), requestId: 'mine', status: 200 },
      { method: 'GET', path: '/v1/customers?size=1', status: 200 },
    ]);
    expect(simulator.requests[0]).not.toHaveProperty('body');
    expect(simulator.requests[2]).not.toHaveProperty('tenantId');
    expect(simulator.requests[1]?.headers).toHaveProperty('if-match');
    expect(seen).toEqual(simulator.requests);
  });

  it.each([
    [3, [5, 6, 7]],
    [0, []],
  ])('keeps the newest %i, and counts them all', async (keepRequests, kept) => {
    const simulator = await simulate({ keepRequests });
    for (let index = 0; index < 8; index++) {
      await call(simulator, 'GET', `/v1/countryvalidationrules/${index}`);
    }
    const expected = kept.map((index) => `/v1/countryvalidationrules/${index}`);
    expect(simulator.requests.map((request) => request.path)).toEqual(expected);
    expect(simulator.counts().rules).toBe(8);
  });

  it('counts by what was asked for', async () => {
    const simulator = await simulate({ faults: [{ kind: '503', on: 'PUT' }] });
    await getProfile(simulator);
    await putProfile(simulator, {});
    await call(simulator, 'GET', '/v1/customers');
    await call(simulator, 'GET', `/v1/customers/${OTHER}`);
    await call(simulator, 'POST', '/v1/customers');
    await call(simulator, 'GET', '/');
    expect(simulator.counts()).toEqual({
      get: 1,
      put: 1,
      customers: 1,
      customer: 1,
      rules: 0,
      address: 0,
      other: 2,
      throttled: 0,
      faults: 1,
    });
  });
});

describe('another writer', () => {
  it('changes fields and tag, and is no PUT', async () => {
    const simulator = await simulate();
    const before = simulator.profile(TENANT);
    simulator.edit(TENANT.toUpperCase(), { city: 'Bonn', lastName: '' });
    const after = simulator.profile(TENANT);
    expect(after).toMatchObject({ id: before?.id, defaultAddress: { city: 'Bonn' } });
    expect(after).not.toHaveProperty('lastName');
    expect(after?.attributes).not.toEqual(before?.attributes);
    expect(simulator.history(TENANT)).toBe(0);
  });

  it('can do nothing to nobody', async () => {
    const simulator = await simulate();
    simulator.edit(OTHER, { city: 'Bonn' });
    expect(simulator.profile(OTHER)).toBeUndefined();
  });
});

describe('the connection', () => {
  it('is on the loopback interface, and kept open', async () => {
    const simulator = await simulate();
    expect(simulator.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const answer = await fetch(`${simulator.url}${billingPath()}`);
    expect(answer.headers.get('keep-alive')).toBe('timeout=600');
  });

  it('rejects where the port is taken', async () => {
    const simulator = await simulate();
    const port = Number(new URL(simulator.url).port);
    await expect(startSimulator({ port })).rejects.toThrow('EADDRINUSE');
  });

  it('is cut by close, which may be called twice', async () => {
    const simulator = await simulate({ faults: [{ kind: 'black-hole' }] });
    const waiting = expect(getProfile(simulator)).rejects.toThrow();
    while (simulator.counts().get === 0) await sleep(1);
    await Promise.all([simulator.close(), simulator.close()]);
    await simulator.close();
    await waiting;
    await expect(getProfile(simulator)).rejects.toThrow('ECONNREFUSED');
  });

  it('holds each answer back, and does the work at once', async () => {
    const simulator = await simulate({ latencyMs: 30, jitterMs: 10 });
    const live = simulator.profile(TENANT);
    const started = performance.now();
    const put = putProfile(simulator, { ...live, email: 'a@a.example' });
    while (simulator.history(TENANT) === 0) await sleep(1);
    await put;
    expect(performance.now() - started).toBeGreaterThanOrEqual(29);
  });
});
