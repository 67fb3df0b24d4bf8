import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/profile/billing-profile.js';
import { generateCustomers } from '../../src/simulator/generate-customers.js';
import type { Simulator } from '../../src/simulator/start-simulator.js';
import { call, simulate } from './call.js';

interface Page extends JsonObject {
  readonly totalCount: number;
  readonly items: readonly { readonly id: string; readonly companyProfile: JsonObject }[];
  readonly continuationToken: string;
  readonly links: { readonly next?: { readonly uri: string; readonly headers: JsonObject[] } };
}

const list = (simulator: Simulator, query: string, token?: string) =>
  call(simulator, 'GET', `/v1/customers${query}`, {
    headers: token === undefined ? {} : { 'MS-ContinuationToken': token },
  });

/** Every id, by tokens alone, until the list ends in either way. */
async function everyId(simulator: Simulator, query: string): Promise<string[]> {
  const ids: string[] = [];
  let answer = await list(simulator, query);
  while (answer.status === 200) {
    const page = answer.json as unknown as Page;
    expect(page.totalCount).toBe(page.items.length);
    ids.push(...page.items.map((item) => item.id));
    if (!('continuationToken' in page)) return ids;
    answer = await list(simulator, '?size=3&seekOperation=Next', page.continuationToken);
  }
  expect([answer.status, answer.json.code]).toEqual([400, 2000]);
  return ids;
}

describe.each([6, 7, 1])('%i customers in pages of 3', (count) => {
  const table = (['plain', 'v1'] as const).flatMap((nextLinks) =>
    (['no-link', '400-2000'] as const).map((pagingEnd) => ({ nextLinks, pagingEnd })),
  );
  it.each(table)('come once each, in order: $nextLinks, $pagingEnd', async (options) => {
    const customers = generateCustomers(count, 5);
    const simulator = await simulate({ customers, ...options });
    const expected = customers.map((customer) => customer.tenantId);
    expect(await everyId(simulator, '?size=3')).toEqual(expected);
    expect(await everyId(simulator, '')).toEqual(expected);
  });
});

describe('the link to the next page', () => {
  it.each([
    ['plain', '/customers?size=2&seekOperation=Next'],
    ['v1', '/v1/customers?size=2&seekOperation=Next'],
  ] as const)('%s', async (nextLinks, uri) => {
    const simulator = await simulate({ customers: generateCustomers(3), nextLinks });
    const page = (await list(simulator, '?size=2')).json as unknown as Page;
    const header = { key: 'MS-ContinuationToken', value: page.continuationToken };
    expect(page.links.next).toEqual({ uri, method: 'GET', headers: [header] });
  });
});

it('has at most 500 on a page, or fewer where told', async () => {
  const customers = generateCustomers(501);
  const whole = await list(await simulate({ customers }), '?size=1000');
  expect(whole.json.totalCount).toBe(500);
  const small = await list(await simulate({ customers, pageSize: 4 }), '?size=10');
  expect(small.json.totalCount).toBe(4);
});

it('lists names and no billing profile', async () => {
  const customers = [
    { ...generateCustomers(1)[0]!, companyName: 'List Name', domain: 'l.example' },
  ];
  const page = (await list(await simulate({ customers }), '')).json as unknown as Page;
  expect(page.items[0]).toMatchObject({
    companyProfile: { companyName: 'List Name', domain: 'l.example' },
    relationshipToPartner: 'reseller',
  });
  expect(page.items[0]).not.toHaveProperty('billingProfile');
});

describe('filter', () => {
  const customers = generateCustomers(40, 3);
  const named = [
    { ...customers[0]!, companyName: 'Zebra One' },
    ...customers.slice(1, 30),
    { ...customers[30]!, companyName: 'zebra two', domain: 'zebra.example' },
    ...customers.slice(31),
  ];
  const filter = (value: object) => `?size=1&filter=${encodeURIComponent(JSON.stringify(value))}`;

  it.each([
    ['CompanyName', 'ZEBRA', [0, 30]],
    ['Domain', 'zebra', [30]],
    ['Domain', 'nobody', []],
  ])('%s starts with %s', async (Field, Value, expected) => {
    const simulator = await simulate({ customers: named });
    const ids = await everyId(simulator, filter({ Field, Value, Operator: 'starts_with' }));
    expect(ids).toEqual(expected.map((index) => customers[index]?.tenantId));
  });

  it.each([{ Field: 'CompanyName', Value: 'Z', Operator: 'equals' }, { Field: 'Age' }, 'x', null])(
    'refuses %j',
    async (value) => {
      const query = `?filter=${encodeURIComponent(JSON.stringify(value))}`;
      const answer = await list(await simulate(), query);
      expect([answer.status, answer.json.code]).toEqual([400, 2000]);
    },
  );
});

it.each([undefined, 'rubbish', Buffer.from('{}').toString('base64')])(
  'refuses the token %s',
  async (token) => {
    const answer = await list(await simulate(), '?seekOperation=Next', token);
    expect([answer.status, answer.json.code]).toEqual([400, 2000]);
  },
);
