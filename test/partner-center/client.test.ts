import { describe, expect, it, onTestFinished } from 'vitest';

import { createBillingProfiles } from '../../src/partner-center/billing-profiles.js';
import { createClient } from '../../src/partner-center/client.js';
import { createServiceHealth } from '../../src/partner-center/service-health.js';
import { createThrottle } from '../../src/partner-center/throttle.js';
import { givenToken } from '../helpers/given-token.js';
import { rawServer } from '../helpers/raw-server.js';

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

describe('the token goes to the base URL alone', () => {
  it.each(['http:', ''])('also where a path is an absolute URL (%j)', async (scheme) => {
    const own = await server();
    const foreign = await server();
    const path = `${foreign.url.replace('http:', scheme)}/v1/customers`;
    await clientOf(own.url).exchange({ method: 'GET', path, headers: {} }, 'token');
    expect(foreign.requests).toHaveLength(0);
    expect(own.requests).toHaveLength(0);
  });

  it('and a tenant id leads to no other path', async () => {
    const own = await server();
    const sleep = () => Promise.resolve();
    const service = createBillingProfiles({
      client: clientOf(own.url),
      tokens: givenToken(),
      health: createServiceHealth(),
      throttle: createThrottle({ now: () => 0, sleep }),
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
