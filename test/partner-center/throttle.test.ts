import { describe, expect, it } from 'vitest';

import { createThrottle } from '../../src/partner-center/throttle.js';

const GO = new AbortController().signal;

/** A throttle on a clock that only sleeping moves on. */
function throttled() {
  let clock = 0;
  const throttle = createThrottle({
    now: () => clock,
    sleep: (ms, signal) => {
      if (signal.aborted) return Promise.reject(new Error('stopped'));
      clock += ms;
      return Promise.resolve();
    },
  });
  return { throttle, now: () => clock, pass: (ms: number) => (clock += ms) };
}

describe('the throttle', () => {
  it('holds nobody back before the first refusal', async () => {
    const { throttle, now } = throttled();
    for (let n = 0; n < 1000; n += 1) await throttle.admit(GO);
    expect(now()).toBe(0);
  });

  it('lets nobody out before the time that was asked for, and then at the documented pace', async () => {
    const { throttle, now } = throttled();
    throttle.pause(57_000);
    const times: number[] = [];
    for (let n = 0; n < 3; n += 1) {
      await throttle.admit(GO);
      times.push(now());
    }
    expect(times.map(Math.round)).toEqual([57_000, 57_120, 57_240]);
  });

  it('never shortens a pause', async () => {
    const { throttle, now } = throttled();
    throttle.pause(10_000);
    throttle.pause(1000);
    await throttle.admit(GO);
    expect(now()).toBe(10_000);
  });

  it('doubles an unsaid wait up to a minute, and begins anew after a success', () => {
    const { throttle, now, pass } = throttled();
    const waits: number[] = [];
    let start = now();
    const refuse = () => {
      const until = throttle.pause(undefined) + start;
      waits.push(until - now());
      pass(until - now());
    };
    for (let n = 0; n < 7; n += 1) refuse();
    throttle.accept();
    start = now();
    refuse();
    expect(waits).toEqual([2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 2000]);
  });

  it('counts requests that were refused together as one refusal', () => {
    const { throttle } = throttled();
    expect([1, 2, 3].map(() => throttle.pause(undefined))).toEqual([2000, 2000, 2000]);
  });

  it('says how long everything has been refused without a break', () => {
    const { throttle, pass } = throttled();
    expect(throttle.pause(1000)).toBe(1000);
    pass(1000);
    // Longer than asked: coming back when it was said has just been refused.
    expect(throttle.pause(1000)).toBe(3000);
    throttle.accept();
    pass(2000);
    expect(throttle.pause(1000)).toBe(1000);
  });

  it('slows down with each refusal after a time that was well, not with one after a pause', async () => {
    const { throttle, now, pass } = throttled();
    throttle.pause(10);
    pass(10);
    throttle.pause(10);
    pass(2000);
    throttle.accept();
    throttle.pause(10);
    await throttle.admit(GO);
    const first = now();
    await throttle.admit(GO);
    expect(now() - first).toBeCloseTo(120 / 1.005 / 0.7);
  });

  it('ends a pause for those who wait when the run stops', async () => {
    const { throttle } = throttled();
    throttle.pause(10_000);
    await expect(throttle.admit(AbortSignal.abort())).rejects.toThrow('stopped');
  });
});
