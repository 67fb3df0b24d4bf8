import { describe, expect, it, onTestFinished } from 'vitest';

import { createBillingProfiles } from '../../src/partner-center/billing-profiles.js';
import { createClient } from '../../src/partner-center/client.js';
import { createServiceHealth } from '../../src/partner-center/service-health.js';
import { givenToken } from '../helpers/given-token.js';
import { rawServer } from '../helpers/raw-server.js';
import { throttleOn } from '../helpers/throttle-on.js';

function clientOf(baseUrl: string) {
  const client = createClient({
    baseUrl,
    timeoutMs: 2000,
    connections: 1,
    userAgent: 'billpatch/test',
  });
  onTestFinished(client.close);
  return client;
}

const server = () => rawServer((_, response) => response.end('{}'));

it('does not send, nor send again, what HTTP cannot carry', async () => {
  const own = await server();
  const headers = { 'MS-RequestId': 'a\r\nX-Evil: 1' };
  expect(await clientOf(own.url).exchange({ method: 'GET', path: '/v1', headers })).toMatchObject({
    kind: 'failure',
    failure: { code: 'header-refused', again: 'never', carriedOut: 'no' },
  });
  expect(own.requests).toHaveLength(0);
});

describe('the token goes to the base URL alone', () => {
  it.each(['http:', ''])('also where a path is an absolute URL (%j)', async (scheme) => {
    const own = await server();
    const foreign = await server();
    const path = `${foreign.url.replace('http:', scheme)}/v1/customers`;
    await clientOf(own.url).exchange({ method: 'GET', path, headers: {} }, 'token');
    expect(foreign.requests).toHaveLength(0);
    expect(own.requests).toHaveLength(0);
  });

  it.each(['/v1/../invoices', '/v1/./x', '/v1\\x', '/v1#x'])(
    'nor to another path: %s',
    async (path) => {
      const own = await server();
      const result = await clientOf(own.url).exchange(
        { method: 'GET', path, headers: {} },
        'token',
      );
      expect(result).toMatchObject({ kind: 'failure', failure: { code: 'path-refused' } });
      expect(own.requests).toHaveLength(0);
    },
  );

  it('and a tenant id leads to no other path', async () => {
    const own = await server();
    const sleep = () => Promise.resolve();
    const service = createBillingProfiles({
      client: clientOf(own.url),
      tokens: givenToken(),
      health: createServiceHealth(),
      throttle: throttleOn({ now: () => 0, sleep }),
      sleep,
      random: () => 0,
      stop: AbortSignal.abort(),
      maxWaitMs: 0,
    });
    await service.get({
      tenantId: 'x/../../invoices?all#',
      requestId: 'r',
      correlationId: 'c',
      aside: (wait) => wait(),
    });
    expect(own.requests.map(({ url }) => url)).toContain(
      '/v1/customers/x%2F..%2F..%2Finvoices%3Fall%23/profiles/billing',
    );
  });
});
