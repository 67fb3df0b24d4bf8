import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';

import { listCustomers, type Customer } from '../../src/partner-center/customers.js';
import { StoppedError } from '../../src/problem.js';
import { generateCustomers } from '../../src/simulator/generate-customers.js';
import { startSimulator, type SimulatorOptions } from '../../src/simulator/start-simulator.js';
import { askPortsAt, TOKEN } from '../helpers/ask-ports.js';
import { rawServer } from '../helpers/raw-server.js';

interface Options {
  readonly stop?: AbortController;
  readonly maxWaitMs?: number;
}

/** The list as a run reads it, but with a clock that sleeping moves on. */
function listAt(url: string, { stop = new AbortController(), maxWaitMs = 600_000 }: Options = {}) {
  const slept: number[] = [];
  const onSleep = (ms: number): void => void slept.push(ms);
  const customers = listCustomers(askPortsAt(url, { stop: stop.signal, maxWaitMs, onSleep }));
  return { customers, slept };
}

async function all(customers: AsyncIterable<Customer>): Promise<Customer[]> {
  const found: Customer[] = [];
  for await (const customer of customers) found.push(customer);
  return found;
}

async function errorOf(customers: AsyncIterable<Customer>): Promise<StoppedError> {
  const error: unknown = await all(customers).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(StoppedError);
  expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(TOKEN);
  return error as StoppedError;
}

async function simulated(options: SimulatorOptions, listed: Options = {}) {
  const world = await startSimulator(options);
  onTestFinished(world.close);
  return { world, ...listAt(world.url, listed) };
}

const id = (number: number): string =>
  `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
const item = (number: number): object => ({
  id: id(number),
  companyProfile: { tenantId: id(number), companyName: `C${number}`, domain: `c${number}.example` },
});

/** Answers the pages in turn, the last one for ever. */
async function pages(...bodies: readonly object[]) {
  const server = await rawServer((_, response, number) => {
    const body = bodies[Math.min(number, bodies.length) - 1];
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.end(`\ufeff${JSON.stringify(body)}`);
  });
  return { server, ...listAt(server.url) };
}

const idsOf = (customers: readonly Customer[]): string[] =>
  customers.map(({ tenantId }) => tenantId);

const next = (uri: string, token?: string): object => ({
  links: {
    next: {
      uri,
      method: 'GET',
      headers: token === undefined ? [] : [{ key: 'MS-ContinuationToken', value: token }],
    },
  },
});

describe.each([1, 6, 7])('%i customers in pages of 3', (count) => {
  const dialects = (['plain', 'v1'] as const).flatMap((nextLinks) =>
    (['no-link', '400-2000'] as const).map((pagingEnd) => ({ nextLinks, pagingEnd })),
  );
  it.each(dialects)('come once each, in order: $nextLinks, $pagingEnd', async (dialect) => {
    const known = generateCustomers(count, 5);
    const { world, customers } = await simulated({ customers: known, pageSize: 3, ...dialect });
    expect(await all(customers)).toEqual(
      known.map(({ tenantId, companyName, domain }) => ({ tenantId, companyName, domain })),
    );
    const [first, second] = world.requests;
    expect(first?.path).toBe('/v1/customers?size=500');
    expect(first?.headers).toMatchObject({
      'ms-requestid': 'id-2',
      'ms-correlationid': 'id-1',
      authorization: `Bearer ${TOKEN}`,
    });
    if (count > 3)
      expect(second?.headers).toMatchObject({
        'ms-requestid': 'id-3',
        'ms-correlationid': 'id-1',
        'ms-continuationtoken': expect.any(String) as string,
      });
  });
});

describe('the list goes on', () => {
  it('by a token alone, without a link', async () => {
    const { server, customers } = await pages(
      { items: [item(1)], continuationToken: 'abc' },
      { items: [item(2)] },
    );
    expect(idsOf(await all(customers))).toEqual([id(1), id(2)]);
    expect(server.requests.map(({ url }) => url)).toEqual([
      '/v1/customers?size=500',
      '/v1/customers?size=500&seekOperation=Next',
    ]);
    expect(server.requests[1]?.headers['ms-continuationtoken']).toBe('abc');
  });

  it('by a link alone, with what it needs in its query', async () => {
    const { server, customers } = await pages(
      { items: [item(1)], ...next('/v1//v1/customers?size=2&skip=2') },
      { items: [item(2)] },
    );
    expect(idsOf(await all(customers))).toEqual([id(1), id(2)]);
    expect(server.requests[1]?.url).toBe('/v1/customers?size=2&skip=2');
  });

  it('never at another host or path, whatever a link says', async () => {
    const foreign = await rawServer((_, response) => response.end('{}'));
    const { server, customers } = await pages(
      { items: [item(1)], ...next(`${foreign.url}/v1/customers?size=1&seekOperation=Next`, 'a') },
      { items: [item(2)], ...next(`//${new URL(foreign.url).host}/customers?seek=2`, 'b') },
      { items: [item(3)], ...next('https://evil.example/steal?token=1', 'c') },
      { items: [item(4)], ...next('/../../admin?x=1', 'd') },
      { items: [item(5)] },
    );
    expect(await all(customers)).toHaveLength(5);
    expect(foreign.requests).toEqual([]);
    expect(server.requests.map(({ url }) => url)).toEqual([
      '/v1/customers?size=500',
      '/v1/customers?size=1&seekOperation=Next',
      '/v1/customers?seek=2',
      '/v1/customers?size=500&seekOperation=Next',
      '/v1/customers?size=500&seekOperation=Next',
    ]);
  });

  it.each(['not a link', '/v1/orders?size=5', ''])(
    'is refused where neither link (%j) nor token says how',
    async (uri) => {
      const { customers } = await pages({ items: [item(1)], ...next(uri) });
      expect((await errorOf(customers)).code).toBe('unreadable-answer');
    },
  );

  it('not with a token that cannot be sent', async () => {
    const { server, customers } = await pages({ items: [item(1)], continuationToken: 'a\r\nX: y' });
    expect((await errorOf(customers)).code).toBe('unreadable-answer');
    expect(server.requests.every((request) => request.headers.x === undefined)).toBe(true);
  });
});

describe('a list without end', () => {
  it('is refused where a token comes back, even after another', async () => {
    const a = next('/customers?seekOperation=Next', 'a');
    const b = next('/customers?seekOperation=Next', 'b');
    const { server, customers } = await pages(
      { items: [item(1)], ...a },
      { items: [item(2)], ...b },
      { items: [item(3)], ...a },
    );
    expect((await errorOf(customers)).code).toBe('list-endless');
    expect(server.requests).toHaveLength(3);
  });

  it('is refused where a link without a token comes back', async () => {
    const { customers } = await pages({ items: [item(1)], ...next('/customers?skip=5') });
    expect((await errorOf(customers)).code).toBe('list-endless');
  });

  it('is refused where new tokens bring nobody new', async () => {
    const server = await rawServer((_, response, number) => {
      response.end(
        JSON.stringify({ items: [item(1)], ...next('/customers?x=1', `token-${number}`) }),
      );
    });
    expect((await errorOf(listAt(server.url).customers)).code).toBe('list-endless');
    expect(server.requests.length).toBeLessThan(20);
  });

  it('ends where a token is repeated without a link', async () => {
    const { server, customers } = await pages(
      { items: [item(1)], ...next('/customers?seekOperation=Next', 'a') },
      { items: [item(2)], continuationToken: 'a' },
    );
    expect(idsOf(await all(customers))).toEqual([id(1), id(2)]);
    expect(server.requests).toHaveLength(2);
  });
});

it('takes a tenant that is listed twice once, whatever its case', async () => {
  const upper = { ...item(1), id: id(1).toUpperCase() };
  const { customers } = await pages(
    { items: [item(1), item(2)], ...next('/customers?seekOperation=Next', 'a') },
    { items: [upper, item(3)], ...next('/customers?seekOperation=Next', 'b') },
    { items: [] },
  );
  expect(idsOf(await all(customers))).toEqual([id(1), id(2), id(3)]);
});

it('takes the tenant id of the company profile where there is no other', async () => {
  const { customers } = await pages({ items: [{ companyProfile: { tenantId: id(7) } }] });
  expect(await all(customers)).toEqual([{ tenantId: id(7), companyName: '', domain: '' }]);
});

describe('an answer that is no page', () => {
  it.each([
    ['another shape', { things: [] }],
    ['a list', []],
    ['a customer without an id', { items: [{ companyProfile: { companyName: 'x' } }] }],
    ['an id that is none', { items: [{ id: '../../x' }] }],
  ])('%s', async (_name, body) => {
    const { server, customers } = await pages(body);
    const error = await errorOf(customers);
    expect(error.code).toBe('unreadable-answer');
    expect(server.requests).toHaveLength(4);
  });

  it('a sign-in page', async () => {
    const server = await rawServer((_, response) => response.end('<html>Sign in</html>'));
    expect((await errorOf(listAt(server.url).customers)).code).toBe('unreadable-answer');
  });
});

describe('trouble in the middle', () => {
  const customers = generateCustomers(9, 3);
  it.each([
    ...(['429', '429-bare', '503', '500'] as const),
    ...(['lost-before', 'mid-answer', 'truncated', 'empty'] as const),
  ])('%s is waited out, and nobody is missed or taken twice', async (kind) => {
    const { world, ...list } = await simulated({
      customers,
      pageSize: 3,
      faults: [{ kind, route: 'customers', after: 1, times: 2, seconds: 5 }],
    });
    expect(idsOf(await all(list.customers))).toEqual(idsOf(customers as readonly Customer[]));
    expect(list.slept.length).toBeGreaterThan(0);
    expect(world.requests.length).toBe(5);
  });

  it('gives up after four attempts', async () => {
    const { world, ...list } = await simulated({
      customers,
      faults: [{ kind: '503', route: 'customers' }],
    });
    const error = await errorOf(list.customers);
    expect(error).toMatchObject({ code: 'service-unavailable', hint: 'Try again later.' });
    expect(world.requests).toHaveLength(4);
  });

  it('waits no longer than --max-wait', async () => {
    const { customers: list } = await simulated(
      { customers, faults: [{ kind: '429', route: 'customers', seconds: 900 }] },
      { maxWaitMs: 60_000 },
    );
    expect((await errorOf(list)).code).toBe('throttled-too-long');
  });

  it.each([
    ['401', 'token-refused'],
    ['403', 'forbidden'],
  ] as const)('%s is not asked again', async (kind, code) => {
    const { world, ...list } = await simulated({
      customers,
      faults: [{ kind, route: 'customers' }],
    });
    expect((await errorOf(list.customers)).code).toBe(code);
    expect(world.requests).toHaveLength(1);
  });

  it('400 with code 2000 on the first page is an error, not an empty list', async () => {
    const { customers: list } = await simulated({
      customers,
      faults: [{ kind: '400-2000', route: 'customers' }],
    });
    expect((await errorOf(list)).code).toBe('request-invalid');
  });

  it('ends its waiting when the run stops', async () => {
    const stop = new AbortController();
    stop.abort();
    const { customers: list } = await simulated(
      { customers, faults: [{ kind: '503', route: 'customers' }] },
      { stop },
    );
    expect((await errorOf(list)).code).toBe('interrupted');
  });
});
