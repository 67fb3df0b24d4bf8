import { describe, expect, it } from 'vitest';

import type { Kind, Paces } from '../../../src/partner-center/pacing/paces.js';
import {
  createThrottle,
  type Turn,
  type Urgency,
} from '../../../src/partner-center/pacing/throttle.js';

const GO = new AbortController().signal;
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** A throttle on a clock that is moved on by hand, and a pace of so many milliseconds a request. */
function throttled(gapMs = 0, mostUnderWay = Infinity, updateGapMs = 0) {
  let clock = 0;
  let free = 0;
  let updateFree = 0;
  const sleepers = new Set<{ readonly until: number; readonly wake: () => void }>();
  const paces: Paces = {
    next: (now, { question, update }, kind) =>
      question + update >= mostUnderWay
        ? Infinity
        : Math.max(0, free - now, kind === 'update' ? updateFree - now : 0),
    noteSent: (now, kind: Kind) => {
      free = now + gapMs;
      if (kind === 'update') updateFree = now + updateGapMs;
    },
    noteAccepted: () => undefined,
    noteRefused: () => undefined,
  };
  const throttle = createThrottle({
    now: () => clock,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const sleeper = { until: clock + ms, wake: resolve };
        sleepers.add(sleeper);
        signal.addEventListener('abort', () => {
          sleepers.delete(sleeper);
          reject(new Error('stopped'));
        });
      }),
    paces,
  });
  const left: { readonly name: string; readonly at: number; readonly turn: Turn }[] = [];
  return {
    throttle,
    left,
    leftAt: () => left.map(({ name, at }) => `${name} ${at}`),
    now: () => clock,
    ask: (name: string, urgency: Urgency = 'question', signal = GO) =>
      throttle.admit(urgency, signal).then((turn) => {
        left.push({ name, at: clock, turn });
        return turn;
      }),
    /** To this time, from one that wakes to the next. */
    to: async (ms: number): Promise<void> => {
      for (;;) {
        await settle();
        const first = [...sleepers].sort((a, b) => a.until - b.until)[0];
        if (!first || first.until > ms) break;
        sleepers.delete(first);
        clock = Math.max(clock, first.until);
        first.wake();
      }
      clock = Math.max(clock, ms);
      await settle();
    },
  };
}

async function refuse(retryAfterMs: number | undefined, { throttle } = throttled()) {
  const turn = await throttle.admit('question', GO);
  return turn.refused(retryAfterMs);
}

describe('the throttle', () => {
  it('lets requests leave at the pace, in the order they came', async () => {
    const { ask, to, leftAt } = throttled(120);
    for (const name of ['a', 'b', 'c']) void ask(name);
    await to(1000);
    expect(leftAt()).toEqual(['a 0', 'b 120', 'c 240']);
  });

  it('lets an update go before questions that came earlier', async () => {
    const { ask, to, leftAt } = throttled(100);
    for (const name of ['a', 'b', 'c']) void ask(name);
    void ask('put', 'update');
    await to(1000);
    expect(leftAt()).toEqual(['a 0', 'put 100', 'b 200', 'c 300']);
  });

  it('lets questions pass while updates wait for a limit of their own', async () => {
    const { ask, to, leftAt } = throttled(100, Infinity, 350);
    for (const name of ['put 1', 'put 2']) void ask(name, 'update');
    for (const name of ['a', 'b', 'c']) void ask(name);
    await to(1000);
    expect(leftAt()).toEqual(['put 1 0', 'a 100', 'b 200', 'c 300', 'put 2 400']);
  });

  it('lets rows that were begun go before those that were not', async () => {
    const { ask, to, leftAt } = throttled(100);
    for (const name of ['a', 'b', 'c']) void ask(name, 'first');
    void ask('again');
    await to(1000);
    expect(leftAt()).toEqual(['a 0', 'again 100', 'b 200', 'c 300']);
  });

  it('waits for an answer where as many are under way as may be', async () => {
    const { ask, to, leftAt, left } = throttled(0, 2);
    for (const name of ['a', 'b', 'c']) void ask(name);
    await to(500);
    expect(leftAt()).toEqual(['a 0', 'b 0']);
    left[0]?.turn.lost();
    await to(600);
    expect(leftAt()).toEqual(['a 0', 'b 0', 'c 500']);
  });

  it('lets nobody out before the time that was asked for', async () => {
    const { ask, to, leftAt } = throttled();
    (await ask('refused')).refused(57_000);
    void ask('put', 'update');
    void ask('get');
    await to(56_999);
    expect(leftAt()).toEqual(['refused 0']);
    await to(58_000);
    expect(leftAt()).toEqual(['refused 0', 'put 57000', 'get 57000']);
  });

  it('never shortens a pause', async () => {
    const { ask, to, leftAt } = throttled();
    const [first, second] = await Promise.all([ask('a'), ask('b')]);
    first.refused(10_000);
    second.refused(1000);
    void ask('c');
    await to(20_000);
    expect(leftAt().at(-1)).toBe('c 10000');
  });

  it('doubles an unsaid wait up to a minute, and begins anew after a success', async () => {
    const paced = throttled();
    const waits: number[] = [];
    for (let n = 0; n < 7; n += 1) {
      const until = await refuse(undefined, paced);
      waits.push(until - paced.now());
      await paced.to(until);
    }
    (await paced.throttle.admit('question', GO)).accepted();
    waits.push(await refuse(undefined, paced));
    expect(waits).toEqual([2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 2000]);
  });

  it('counts requests that were refused together as one refusal', async () => {
    const { throttle } = throttled();
    const turns = await Promise.all([1, 2, 3].map(() => throttle.admit('question', GO)));
    expect(turns.map((turn) => turn.refused(undefined))).toEqual([2000, 2000, 2000]);
  });

  it('says how long everything has been refused without a break, and waits longer than asked then', async () => {
    const paced = throttled();
    expect(await refuse(1000, paced)).toBe(1000);
    await paced.to(1000);
    // Coming back when it was said has just been refused.
    expect(await refuse(1000, paced)).toBe(3000);
    await paced.to(3000);
    (await paced.throttle.admit('question', GO)).accepted();
    await paced.to(5000);
    expect(await refuse(1000, paced)).toBe(1000);
  });

  it('after a pause that was too short, one request finds out for all', async () => {
    const { ask, to, left, leftAt } = throttled();
    (await ask('a')).refused(1000);
    void ask('b');
    await to(1000);
    left.at(-1)?.turn.refused(1000);
    for (const name of ['c', 'd', 'e']) void ask(name);
    await to(4000);
    expect(leftAt().slice(2)).toEqual(['c 3000']);
    left.at(-1)?.turn.accepted();
    await to(5000);
    expect(leftAt().slice(2)).toEqual(['c 3000', 'd 4000', 'e 4000']);
  });

  it('ends a pause for those who wait when the run stops', async () => {
    const { ask, to, throttle } = throttled();
    const stop = new AbortController();
    (await ask('a')).refused(10_000);
    const waiting = ask('b', 'question', stop.signal);
    const late = ask('c', 'question', AbortSignal.abort());
    await expect(late).rejects.toThrow('The run stops.');
    stop.abort();
    await expect(waiting).rejects.toThrow('The run stops.');
    expect(throttle.waiting()).toBe(0);
    await to(20_000);
  });

  it('begins no row once the run stops', async () => {
    const { ask, to, leftAt } = throttled(100);
    const stop = new AbortController();
    const rows = ['a', 'b', 'c'].map((name) => ask(name, 'first', stop.signal));
    const put = ask('put', 'update', stop.signal);
    stop.abort();
    await expect(rows[1]).rejects.toThrow('The run stops.');
    await expect(rows[2]).rejects.toThrow('The run stops.');
    await expect(ask('d', 'first', stop.signal)).rejects.toThrow('The run stops.');
    await to(100);
    expect(leftAt()).toEqual(['a 0', 'put 100']);
    await put;
  });

  it('lets rows that were begun go on to their end when the run stops, but not through a pause', async () => {
    const { ask, to, left, leftAt } = throttled(100);
    const stop = new AbortController();
    const waiting = ['a', 'b', 'c'].map((name) => ask(name, 'question', stop.signal));
    stop.abort();
    await to(100);
    expect(leftAt()).toEqual(['a 0', 'b 100']);
    left.at(-1)?.turn.refused(1000);
    await expect(waiting[2]).rejects.toThrow('The run stops.');
  });
});
