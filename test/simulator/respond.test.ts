import { expect, it } from 'vitest';
import { createFaultPlan } from '../../src/simulator/fault-plan.js';
import { listen } from '../../src/simulator/listen.js';
import { createRandom } from '../../src/simulator/random.js';
import { createRequestCounter } from '../../src/simulator/request-counter.js';
import { createResponder } from '../../src/simulator/respond.js';
import { createService } from '../../src/simulator/service.js';
import { createWorld } from '../../src/simulator/world.js';
import { TENANT, billingPath } from './call.js';

it('says so where a commit cannot be saved, and commits nothing', async () => {
  const world = createWorld({
    customers: [],
    anyTenant: true,
    committed: new Map(),
    save: () => {
      throw new Error('ENOSPC: no space left on device');
    },
  });
  const service = createService(world, {
    etags: 'either',
    stale: '400-2055',
    missingTag: 'accept',
    update: 'replace',
    idempotency: 'ignore',
    pageSize: 500,
    nextLinks: 'plain',
    pagingEnd: 'no-link',
  });
  const random = createRandom(1);
  const faults = createFaultPlan(random);
  const respond = createResponder({
    ports: {
      world,
      service,
      faults,
      throttle: () => 0,
      token: undefined,
      checkIssued: () => undefined,
      stale: '400-2055',
    },
    identity: {
      answer: () => undefined,
      check: () => undefined,
      revoke: () => undefined,
      requests: [],
      script: () => undefined,
      clear: () => undefined,
    },
    counter: createRequestCounter(),
    record: () => undefined,
    random,
    now: () => 0,
    bom: false,
    latencyMs: 0,
    jitterMs: 0,
  });
  const { url, close } = await listen(0, respond);
  const before = world.profile(TENANT);
  const answer = await fetch(`${url}${billingPath()}`, {
    method: 'PUT',
    headers: { authorization: 'Bearer any' },
    body: JSON.stringify({ ...before, email: 'a@a.example' }),
  });
  expect(answer.status).toBe(500);
  expect(await answer.json()).toMatchObject({
    code: 800003,
    description: 'The simulator failed: ENOSPC: no space left on device',
  });
  expect(world.profile(TENANT)).toEqual(before);
  expect(world.puts(TENANT)).toBe(0);
  await close();
});
