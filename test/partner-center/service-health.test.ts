import { describe, expect, it } from 'vitest';

import { createServiceHealth } from '../../src/partner-center/service-health.js';

const NEVER = new AbortController().signal;

/** Which of the retries that wait have been let go. */
function watch(waits: readonly Promise<void>[]) {
  const gone: number[] = [];
  waits.forEach((wait, i) => {
    void wait.then(
      () => gone.push(i),
      () => gone.push(-i),
    );
  });
  return async () => {
    await new Promise(setImmediate);
    return gone;
  };
}

describe('the budget of retries', () => {
  it('lets one go for every ten questions, in order', async () => {
    const health = createServiceHealth();
    const gone = watch([0, 1, 2].map(() => health.admitRetry(NEVER)));
    expect(await gone()).toEqual([]);
    for (let n = 0; n < 10; n += 1) health.noteQuestion();
    expect(await gone()).toEqual([0]);
    for (let n = 0; n < 9; n += 1) health.noteQuestion();
    expect(await gone()).toEqual([0]);
    health.noteQuestion();
    expect(await gone()).toEqual([0, 1]);
  });

  it('lends one where nobody else is asking, and only one', async () => {
    const health = createServiceHealth();
    health.lend();
    health.lend();
    const gone = watch([0, 1].map(() => health.admitRetry(NEVER)));
    expect(await gone()).toEqual([0]);
    health.lend();
    expect(await gone()).toEqual([0, 1]);
  });

  it('is not spent on those who gave up', async () => {
    const health = createServiceHealth();
    const stop = new AbortController();
    const gone = watch([health.admitRetry(NEVER), health.admitRetry(stop.signal)]);
    stop.abort();
    await expect(health.admitRetry(stop.signal)).rejects.toThrow();
    health.lend();
    expect((await gone()).sort()).toEqual([-1, 0]);
    const later = watch([health.admitRetry(NEVER)]);
    expect(await later()).toEqual([]);
  });
});

describe('the circuit', () => {
  it('opens after twenty failures in a row', () => {
    const health = createServiceHealth();
    for (let n = 0; n < 19; n += 1) health.noteFailure();
    health.noteWell();
    for (let n = 0; n < 19; n += 1) health.noteFailure();
    expect(health.circuit()).toBeUndefined();
    health.noteFailure();
    expect(health.circuit()).toMatchObject({ code: 'circuit-open', scope: 'run', again: 'never' });
    health.noteWell();
    expect(health.circuit()).toBeDefined();
  });

  it('opens where 40 of the last 100 failed', () => {
    const health = createServiceHealth();
    const tenTimes = (failures: number, rounds: number): void => {
      for (let round = 0; round < rounds; round += 1) {
        for (let n = 0; n < 10; n += 1) {
          if (n < failures) health.noteFailure();
          else health.noteWell();
        }
      }
    };
    tenTimes(3, 100);
    expect(health.circuit()).toBeUndefined();
    tenTimes(4, 10);
    expect(health.circuit()?.message).toContain('40 of the last 100');
  });
});
