import { describe, expect, it } from 'vitest';

import type { GrantOutcome } from '../../../src/partner-center/auth/grant.js';
import {
  createRenewedTokens,
  renewalTime,
} from '../../../src/partner-center/auth/renewed-tokens.js';

const HOUR = 3_600_000;
const BUSY = { code: 'sign-in-unavailable', message: 'Busy.', hint: 'Later.' };
const GONE = { code: 'sign-in-expired', message: 'Gone.', hint: 'Sign in.' };

interface Options {
  /** What the service says, one answer after the other; then tokens. */
  readonly answers?: readonly GrantOutcome[];
  readonly lifeMs?: number;
  readonly maxWaitMs?: number;
}

function world({ answers = [], lifeMs = HOUR, maxWaitMs = 300_000 }: Options = {}) {
  let clock = 0;
  const asked: (string | undefined)[] = [];
  const slept: number[] = [];
  const tokens = createRenewedTokens({
    acquire: async (rejected) => {
      asked.push(rejected);
      const number = asked.length;
      await Promise.resolve();
      return (
        answers[number - 1] ?? {
          kind: 'granted',
          grant: { accessToken: `token-${number}`, expiresAt: clock + lifeMs },
        }
      );
    },
    now: () => clock,
    sleep: (ms) => {
      slept.push(ms);
      clock += ms;
      return Promise.resolve();
    },
    random: () => 0.5,
    maxWaitMs,
  });
  return {
    tokens,
    asked,
    slept,
    pass: (ms: number) => {
      clock += ms;
    },
  };
}

const later = (over: object = {}): GrantOutcome => ({
  kind: 'later',
  isThrottled: false,
  problem: BUSY,
  ...over,
});

describe('a token is renewed', () => {
  it.each([
    [HOUR, HOUR - 300_000],
    [5 * 300_000, 4 * 300_000],
    [10_000, 8000],
    [0, 0],
  ])('of a life of %i ms after %i ms', (life, after) => {
    expect(renewalTime(1000, 1000 + life)).toBe(1000 + after);
  });

  it('once for everybody who asks at the same time', async () => {
    const { tokens, asked } = world();
    const first = await Promise.all(Array.from({ length: 50 }, () => tokens.getToken()));
    expect(new Set(first.map(({ value }) => value))).toEqual(new Set(['token-1']));
    const again = await Promise.all(first.map((token) => tokens.refresh(token)));
    expect(new Set(again.map(({ value }) => value))).toEqual(new Set(['token-2']));
    expect(asked).toEqual([undefined, 'token-1']);
  });

  it('not for those whose refused token was replaced already', async () => {
    const { tokens, asked } = world();
    const old = await tokens.getToken();
    await tokens.refresh(old);
    expect(await tokens.refresh(old)).toMatchObject({ value: 'token-2' });
    expect(asked).toHaveLength(2);
  });

  it('ahead of its end, and not before', async () => {
    const { tokens, asked, pass } = world();
    await tokens.getToken();
    pass(HOUR - 300_001);
    expect(await tokens.getToken()).toMatchObject({ value: 'token-1' });
    pass(1);
    expect(await tokens.getToken()).toMatchObject({ value: 'token-2' });
    expect(asked).toHaveLength(2);
  });
});

describe('where the identity service is busy', () => {
  it('the present token is used as long as it is good', async () => {
    const granted: GrantOutcome = {
      kind: 'granted',
      grant: { accessToken: 'first', expiresAt: HOUR },
    };
    const { tokens, slept, asked, pass } = world({ answers: [granted, later()] });
    await tokens.getToken();
    pass(HOUR - 200_000);
    expect(await tokens.getToken()).toMatchObject({ value: 'first' });
    expect(await tokens.getToken()).toMatchObject({ value: 'first' });
    expect(asked).toHaveLength(2);
    pass(30_000);
    expect(await tokens.getToken()).toMatchObject({ value: 'token-3' });
    expect(slept).toEqual([]);
  });

  it('it is waited for as long as it asks', async () => {
    const throttled = later({ isThrottled: true, afterMs: 57_000 });
    const { tokens, slept } = world({ answers: [throttled, throttled] });
    expect(await tokens.getToken()).toMatchObject({ value: 'token-3' });
    expect(slept).toEqual([57_000, 57_000]);
  });

  it('but not longer than --max-wait', async () => {
    const { tokens, slept } = world({
      answers: [later({ isThrottled: true, afterMs: 3_600_000 })],
    });
    await expect(tokens.getToken()).rejects.toMatchObject(BUSY);
    expect(slept).toEqual([]);
  });

  it('and four times at most where it cannot be reached', async () => {
    const { tokens, asked } = world({ answers: Array.from({ length: 9 }, () => later()) });
    await expect(tokens.getToken()).rejects.toMatchObject(BUSY);
    expect(asked).toHaveLength(4);
  });
});

it('a refusal is final: nobody asks again for the rows that are left', async () => {
  const { tokens, asked } = world({ answers: [{ kind: 'refused', problem: GONE }] });
  const all = await Promise.allSettled(Array.from({ length: 20 }, () => tokens.getToken()));
  expect(all.map(({ status }) => status)).not.toContain('fulfilled');
  await expect(tokens.getToken()).rejects.toMatchObject(GONE);
  await expect(tokens.refresh({ value: 'x' })).rejects.toMatchObject(GONE);
  expect(asked).toHaveLength(1);
});
