import { expect, it } from 'vitest';

import { ask } from '../../src/partner-center/ask.js';
import { createServiceHealth } from '../../src/partner-center/service-health.js';
import { createThrottle } from '../../src/partner-center/throttle.js';

const sleep = () => Promise.resolve();
const never = () => {
  throw new Error('No answer of success was given.');
};

/** An update that is answered with a status after so many failures of others. */
async function put(status: number, failuresBefore: number) {
  const health = createServiceHealth();
  for (let failures = 0; failures < failuresBefore; failures += 1) health.noteFailure();
  let exchanges = 0;
  const { result } = await ask(
    { method: 'PUT', path: '/v1', headers: {} },
    { requestId: 'r', correlationId: 'c', aside: (wait) => wait() },
    never,
    {
      client: {
        exchange: () => {
          exchanges += 1;
          return Promise.resolve({ kind: 'answer', answer: { status, headers: {}, body: '' } });
        },
        close: () => undefined,
      },
      throttle: createThrottle({ now: () => 0, sleep }),
      health,
      sleep,
      random: () => 0,
      stop: new AbortController().signal,
      maxWaitMs: 0,
    },
  );
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
