import { describe, expect, it } from 'vitest';

import { ask, type AskPorts } from '../../src/partner-center/ask.js';
import type { Token, TokenProvider } from '../../src/partner-center/auth/token-provider.js';
import type { Request } from '../../src/partner-center/client.js';
import { createServiceHealth } from '../../src/partner-center/service-health.js';
import { StoppedError } from '../../src/problem.js';
import { givenToken } from '../helpers/given-token.js';
import { throttleOn } from '../helpers/throttle-on.js';

const sleep = () => Promise.resolve();
const never = () => {
  throw new Error('No answer of success was given.');
};
const CALL = {
  requestId: 'r',
  correlationId: 'c',
  aside: (wait: () => Promise<void>) => wait(),
};
const PUT: Request = { method: 'PUT', path: '/v1', headers: { 'MS-RequestId': 'r' } };

const portsOf = (
  exchange: AskPorts['client']['exchange'],
  tokens: TokenProvider,
  stop = new AbortController().signal,
): AskPorts => ({
  client: { exchange, close: () => undefined },
  tokens,
  throttle: throttleOn({ now: () => 0, sleep }),
  health: createServiceHealth(),
  sleep,
  random: () => 0,
  stop,
  maxWaitMs: 0,
});

/** An update that is answered with a status after so many failures of others. */
async function put(status: number, failuresBefore: number) {
  let exchanges = 0;
  const ports = portsOf(() => {
    exchanges += 1;
    return Promise.resolve({ kind: 'answer', answer: { status, headers: {}, body: '' } });
  }, givenToken());
  for (let failures = 0; failures < failuresBefore; failures += 1) ports.health.noteFailure();
  const { result } = await ask(PUT, CALL, never, ports);
  return { failure: result.kind === 'failure' ? result.failure : undefined, exchanges };
}

it('an update whose failure opens the circuit may have been carried out all the same', async () => {
  expect(await put(503, 19)).toMatchObject({
    failure: { code: 'circuit-open', scope: 'run', carriedOut: 'maybe' },
    exchanges: 1,
  });
});

it('an update is not sent once the circuit is open', async () => {
  expect(await put(503, 20)).toMatchObject({
    failure: { code: 'circuit-open', scope: 'run', carriedOut: 'no' },
    exchanges: 0,
  });
});

describe('a token that is refused', () => {
  /** A service that accepts some tokens, and a provider that gives one after the other. */
  function world(values: readonly string[], accepted: readonly string[]) {
    const sent: { readonly token: string; readonly request: Request }[] = [];
    let at = 0;
    const token = (): Token => ({ value: values[at] ?? '' });
    const tokens: TokenProvider = {
      getToken: () => Promise.resolve(token()),
      refresh: (rejected) => {
        if (rejected.value === token().value) at += 1;
        if (at < values.length) return Promise.resolve(token());
        return Promise.reject(new StoppedError('sign-in-refused', 'No more.', 'Sign in.'));
      },
    };
    const ports = portsOf((request, value = '') => {
      sent.push({ token: value, request });
      const status = accepted.includes(value) ? 200 : 401;
      return Promise.resolve({ kind: 'answer', answer: { status, headers: {}, body: '' } });
    }, tokens);
    const asked = () => ask(PUT, CALL, () => ({ kind: 'value', value: 'done' }), ports);
    return { asked, sent };
  }

  it('is renewed, and the same request goes out once more with the new one', async () => {
    const { asked, sent } = world(['old', 'new'], ['new']);
    expect(await asked()).toMatchObject({
      result: { kind: 'value', value: 'done' },
      trace: { attempts: 2, httpStatus: 200 },
    });
    expect(sent).toEqual([
      { token: 'old', request: PUT },
      { token: 'new', request: PUT },
    ]);
  });

  it('is not sent again where it is what others are still given', async () => {
    const sent: string[] = [];
    const tokens: TokenProvider = {
      getToken: () => Promise.resolve({ value: 'old' }),
      refresh: () => Promise.resolve({ value: 'new' }),
    };
    const ports = portsOf((_, value = '') => {
      sent.push(value);
      const status = value === 'new' ? 200 : 401;
      return Promise.resolve({ kind: 'answer', answer: { status, headers: {}, body: '' } });
    }, tokens);
    await ask(PUT, CALL, () => ({ kind: 'value', value: 'done' }), ports);
    expect(sent).toEqual(['old', 'new']);
  });

  it('is renewed once for each request, and no more', async () => {
    const { asked, sent } = world(['old', 'new', 'newer'], ['newer']);
    expect(await asked()).toMatchObject({
      result: {
        kind: 'failure',
        failure: { code: 'token-refused', scope: 'run', again: 'never', carriedOut: 'no' },
      },
      trace: { attempts: 2 },
    });
    expect(sent.map(({ token }) => token)).toEqual(['old', 'new']);
  });

  it('stops the run where there is no other, with the reason of whoever gives tokens', async () => {
    const { asked, sent } = world(['old'], []);
    expect(await asked()).toMatchObject({
      result: {
        kind: 'failure',
        failure: { code: 'sign-in-refused', hint: 'Sign in.', scope: 'run', httpStatus: 401 },
      },
    });
    expect(sent).toHaveLength(1);
  });

  it('is not sent again where the new one is the old one', async () => {
    const { asked, sent } = world(['old', 'old'], []);
    expect(await asked()).toMatchObject({
      result: { kind: 'failure', failure: { code: 'token-refused', again: 'never' } },
    });
    expect(sent).toHaveLength(1);
  });

  it.each([
    ['with a reason', new StoppedError('sign-in-refused', 'No.', 'Do.'), 'sign-in-refused'],
    ['without one, of which nothing is repeated', new Error('canary-secret'), 'token-unavailable'],
    [
      'as a lost connection would',
      Object.assign(new Error('x'), { code: 'ECONNRESET' }),
      'token-unavailable',
    ],
  ] as const)('is never had: %s', async (_, error, code) => {
    let exchanges = 0;
    const ports = portsOf(
      () => {
        exchanges += 1;
        return Promise.reject(new Error('never'));
      },
      { getToken: () => Promise.reject(error), refresh: () => Promise.reject(error) },
    );
    const asked = await ask(PUT, CALL, never, ports);
    expect(asked).toMatchObject({
      result: {
        kind: 'failure',
        failure: { code, scope: 'run', again: 'never', carriedOut: 'no' },
      },
      trace: { attempts: 0 },
    });
    expect(JSON.stringify(asked)).not.toContain('canary');
    expect(exchanges).toBe(0);
  });

  it('is not waited for once the run stops', async () => {
    const stop = new AbortController();
    const ports = portsOf(
      () => Promise.reject(new Error('never')),
      {
        getToken: (signal) =>
          new Promise((_, reject) => {
            signal?.addEventListener('abort', () => {
              reject(new Error('aborted'));
            });
            stop.abort();
          }),
        refresh: () => Promise.reject(new Error('never')),
      },
      stop.signal,
    );
    expect(await ask(PUT, CALL, never, ports)).toMatchObject({
      result: { kind: 'failure', failure: { code: 'run-stopped' } },
    });
  });
});
