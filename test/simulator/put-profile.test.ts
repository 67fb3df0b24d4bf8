import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/profile/billing-profile.js';
import { TENANT, billingPath, call, getProfile, putProfile, simulate } from './call.js';

const put = async (
  options: Parameters<typeof simulate>[0],
  change: (live: JsonObject) => object | string,
) => {
  const simulator = await simulate(options);
  const live = (await getProfile(simulator)).json;
  const answer = await call(simulator, 'PUT', billingPath(), { body: change(live) });
  return { simulator, live, answer };
};

describe('replace and merge', () => {
  const without = (live: JsonObject) => {
    const { firstName, ...rest } = live;
    const { phoneNumber, ...defaultAddress } = live.defaultAddress as JsonObject;
    expect([firstName, phoneNumber]).not.toContain(undefined);
    return { ...rest, defaultAddress };
  };

  it('replace: what is left out is gone', async () => {
    const { answer } = await put({ update: 'replace' }, without);
    expect(answer.json).not.toHaveProperty('firstName');
    expect(answer.json.defaultAddress).not.toHaveProperty('phoneNumber');
  });

  it('merge: what is left out stays, null empties', async () => {
    const { answer, live } = await put({ update: 'merge' }, without);
    const { attributes, ...values } = live;
    expect(attributes).toBeDefined();
    expect(answer.json).toMatchObject(values);
    const cleared = await put({ update: 'merge' }, () => ({ lastName: null }));
    expect(cleared.answer.json).not.toHaveProperty('lastName');
    expect(cleared.answer.json.email).toBe(cleared.live.email);
  });

  it('leaves null out and keeps an empty text', async () => {
    const { answer } = await put({}, (live) => ({
      ...live,
      firstName: null,
      defaultAddress: { ...(live.defaultAddress as JsonObject), phoneNumber: '', region: null },
    }));
    expect(answer.json).not.toHaveProperty('firstName');
    expect(answer.json.defaultAddress).toMatchObject({ phoneNumber: '' });
    expect(answer.json.defaultAddress).not.toHaveProperty('region');
  });
});

describe('members', () => {
  it('keeps unknown ones exactly where they are sent back, and drops them where not', async () => {
    const unknown = { taxHints: { A: [1, 'b', { C: true }] }, __proto__x: 'odd' };
    const { simulator, answer } = await put({}, (live) => ({
      ...live,
      ...unknown,
      defaultAddress: { ...(live.defaultAddress as JsonObject), Quarter: 'West' },
    }));
    expect(answer.json).toMatchObject(unknown);
    expect(answer.json.defaultAddress).toMatchObject({ Quarter: 'West' });
    const { taxHints, ...rest } = answer.json;
    expect(taxHints).toEqual(unknown.taxHints);
    expect((await putProfile(simulator, rest)).json).not.toHaveProperty('taxHints');
  });

  it('matches names whatever their case, and the last of several wins', async () => {
    const { answer } = await put({}, (live) => {
      const { email, defaultAddress, ...rest } = live;
      const { city, ...address } = defaultAddress as JsonObject;
      expect([email, city]).not.toContain(undefined);
      return {
        ...rest,
        email: 'first@a.example',
        EMAIL: 'last@a.example',
        DefaultAddress: { ...address, CITY: 'Aachen' },
      };
    });
    expect(answer.json).toMatchObject({
      email: 'last@a.example',
      defaultAddress: { city: 'Aachen' },
    });
    expect(answer.json).not.toHaveProperty('EMAIL');
    expect(answer.json).not.toHaveProperty('DefaultAddress');
  });

  it('corrects the case of the culture and leaves the language alone', async () => {
    const { answer } = await put({}, (live) => ({ ...live, culture: 'DE-de', language: 'De' }));
    expect(answer.json).toMatchObject({ culture: 'de-DE', language: 'De' });
  });

  it('owns id, links and attributes', async () => {
    const { live, answer } = await put({ etags: 'ignore' }, (profile) => ({
      ...profile,
      id: TENANT,
      links: {},
      attributes: { etag: '1', objectType: 'Nonsense' },
    }));
    expect(answer.json).toMatchObject({ id: live.id, links: live.links });
    expect(answer.json.attributes).toMatchObject({ objectType: 'CustomerBillingProfile' });
  });

  it('reads a body that begins with a byte order mark', async () => {
    const { answer } = await put({}, (live) => `\uFEFF${JSON.stringify(live)}`);
    expect(answer.status).toBe(200);
  });
});

describe('what is not stored', () => {
  it.each(['{"half":', '[]', '"text"', 'null', ''])('the body %j', async (body) => {
    const { simulator, answer } = await put({}, () => body);
    expect([answer.status, answer.json.code]).toEqual([400, 800002]);
    expect(simulator.history(TENANT)).toBe(0);
  });

  const us = { country: 'US', state: 'WA', city: 'Redmond', postalCode: '98052' };
  const invalid = (property: string) => ({
    code: 27002,
    description: 'A property has invalid data.',
    data: [`property_name:  ${property} - Details`, 'details:  \n'],
    source: 'PartnerFD',
  });
  const cases: [string, object, object, object | string][] = [
    ['no e-mail', { email: null }, {}, { code: 3000 }],
    ['a blank company name', { companyName: ' ' }, {}, { code: 3000 }],
    ['no address', { defaultAddress: null }, {}, { code: 3000 }],
    ['no country', {}, { country: '' }, { code: 3000 }],
    ['no city', {}, { city: null }, { code: 3000 }],
    ['no address line', {}, { addressLine1: null }, { code: 3000 }],
    ['a long address line', {}, { addressLine1: 'x'.repeat(201) }, { code: 3000 }],
    ['no postal code', {}, { postalCode: null }, { code: 3000 }],
    ['UK', {}, { country: 'UK' }, 'No validation rules were found for the country/region UK'],
    ['an unknown state', {}, { ...us, state: 'Washington' }, invalid('StateInvalid')],
    ['a state in lower case', {}, { ...us, state: 'wa' }, invalid('StateInvalid')],
    ['no state', {}, { ...us, state: null }, { code: 3000 }],
    ['a region in the US', {}, { ...us, region: 'WA' }, invalid('StateInvalid')],
    ['a short postal code', {}, { ...us, postalCode: '9805' }, invalid('PostalCodeInvalid')],
    [
      'no phone number in India',
      {},
      { country: 'IN', state: 'Kerala', postalCode: '682001', phoneNumber: '' },
      { code: 600051 },
    ],
  ];
  it.each(cases)('%s', async (_, profile, address, expected) => {
    const { simulator, answer } = await put({}, (live) => ({
      ...live,
      defaultAddress: { ...(live.defaultAddress as JsonObject), ...address },
      ...profile,
    }));
    expect(answer.status).toBe(400);
    if (typeof expected === 'string') expect(answer.text).toBe(expected);
    else expect(answer.json).toMatchObject(expected);
    expect(simulator.history(TENANT)).toBe(0);
  });

  it('but a good address in another country is', async () => {
    const { answer } = await put({}, (live) => ({
      ...live,
      defaultAddress: { ...(live.defaultAddress as JsonObject), ...us },
    }));
    expect(answer.status).toBe(200);
  });
});

describe('the same request id again', () => {
  it.each([
    ['replay', 1],
    ['ignore', 2],
  ] as const)('%s', async (idempotency, commits) => {
    const simulator = await simulate({ idempotency, etags: 'ignore' });
    const live = (await getProfile(simulator)).json;
    const headers = { 'ms-requestid': 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee' };
    const first = await putProfile(simulator, { ...live, email: 'a@a.example' }, headers);
    const again = await putProfile(simulator, { ...live, email: 'b@a.example' }, headers);
    expect(again.json.email).toBe(idempotency === 'replay' ? 'a@a.example' : 'b@a.example');
    expect(first.status).toBe(200);
    expect(simulator.history(TENANT)).toBe(commits);
  });
});
