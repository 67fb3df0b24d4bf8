import { describe, expect, it } from 'vitest';
import { US_STATES } from '../../src/profile/states.js';
import { OTHER, TENANT, billingPath, call, getProfile, putProfile, simulate } from './call.js';

describe('billing profile', () => {
  it('answers GET with the profile, its link and a tag that is a signed integer', async () => {
    const simulator = await simulate();
    const { status, json } = await getProfile(simulator);
    expect(status).toBe(200);
    expect(json).toMatchObject({
      companyName: expect.any(String) as string,
      defaultAddress: { country: 'DE' },
      links: { self: { uri: `/customers/${TENANT}/profiles/billing`, method: 'GET', headers: [] } },
      attributes: {
        etag: expect.stringMatching(/^-?\d+$/) as string,
        objectType: 'CustomerBillingProfile',
      },
    });
    expect(json.id).not.toBe(TENANT);
    expect(json).toEqual(simulator.profile(TENANT));
  });

  it('answers PUT with the stored profile under a new tag', async () => {
    const simulator = await simulate();
    const live = (await getProfile(simulator)).json;
    const { status, json } = await putProfile(simulator, { ...live, email: 'new@a.example' });
    expect(status).toBe(200);
    expect(json).toMatchObject({ id: live.id, email: 'new@a.example', links: live.links });
    expect(json.attributes).not.toEqual(live.attributes);
    expect((await getProfile(simulator)).json).toEqual(json);
    expect(simulator.history(TENANT)).toBe(1);
  });

  it('finds a tenant whatever the case of its id', async () => {
    const simulator = await simulate({ anyTenant: true });
    const id = 'ABCDEFAB-0000-4000-8000-00000000000A';
    const upper = await getProfile(simulator, id);
    expect(upper.json).toEqual((await getProfile(simulator, id.toLowerCase())).json);
    expect(upper.json).toEqual(simulator.profile(id));
  });

  it.each([
    ['an unknown tenant', billingPath(OTHER), 404, 60003],
    ['an id that is no GUID', '/v1/customers/contoso/profiles/billing', 400, 2000],
    ['another resource', `/v1/customers/${TENANT}/profiles/company`, 404, 1000],
    ['another version', `/v2/customers/${TENANT}`, 404, 1000],
    ['a doubled version', '/v1//v1/customers', 404, 1000],
  ])('refuses %s', async (_, path, status, code) => {
    const answer = await call(await simulate(), 'GET', path);
    expect([answer.status, answer.json.code]).toEqual([status, code]);
  });

  it.each(['POST', 'DELETE', 'PATCH', 'HEAD'])('answers %s with 405', async (method) => {
    expect((await call(await simulate(), method, billingPath())).status).toBe(405);
  });

  it('refuses a customer without a relationship', async () => {
    const simulator = await simulate({ customers: [{ tenantId: TENANT, relationship: 'none' }] });
    const answer = await getProfile(simulator);
    expect([answer.status, answer.json.code]).toEqual([403, 20002]);
  });
});

describe('token', () => {
  it.each([
    ['none', '', 401, 800001],
    ['another scheme', 'Basic YTpi', 401, 800001],
    ['an empty one', 'Bearer ', 401, 800001],
    ['the wrong one', 'Bearer wrong', 401, 400],
  ])('is refused: %s', async (_, authorization, status, code) => {
    const simulator = await simulate({ token: 'right' });
    const answer = await call(simulator, 'GET', billingPath(), { headers: { authorization } });
    expect([answer.status, answer.json.code]).toEqual([status, code]);
    expect(answer.headers['www-authenticate']).toContain('OAuth');
  });

  it('is accepted where it is the right one', async () => {
    const simulator = await simulate({ token: 'right' });
    const headers = { authorization: 'Bearer right' };
    expect((await call(simulator, 'GET', billingPath(), { headers })).status).toBe(200);
  });
});

describe('customer', () => {
  it('has its billing profile inside, and a name in the list that does not follow it', async () => {
    const simulator = await simulate();
    const before = (await call(simulator, 'GET', `/v1/customers/${TENANT}`)).json;
    expect(before.billingProfile).toEqual(simulator.profile(TENANT));
    simulator.edit(TENANT, { companyName: 'Renamed GmbH' });
    const after = (await call(simulator, 'GET', `/v1/customers/${TENANT}`)).json;
    expect(after.billingProfile).toMatchObject({ companyName: 'Renamed GmbH' });
    expect(after.companyProfile).toEqual(before.companyProfile);
  });
});

describe('country validation rules', () => {
  it('has the recorded shape for US', async () => {
    const { json } = await call(await simulate(), 'GET', '/v1/countryvalidationrules/us');
    expect(json).toMatchObject({
      iso2Code: 'US',
      defaultCulture: 'en-US',
      isStateRequired: true,
      supportedStatesList: US_STATES,
      postalCodeRegex: '^\\d{5}(-\\d{4})?$',
      countryCallingCodesList: ['1'],
      attributes: { objectType: 'CountryValidationRules' },
    });
    expect(US_STATES).toHaveLength(51);
    expect(json).not.toHaveProperty('vatIdRegex');
  });

  it('leaves out what PT does not have', async () => {
    const { json } = await call(await simulate(), 'GET', '/v1/countryvalidationrules/PT');
    expect(json.supportedStatesList).toEqual([]);
    expect(json).toHaveProperty('vatIdRegex');
    expect(json).not.toHaveProperty('phoneNumberRegex');
  });

  it.each(['GB', 'DE', 'FR', 'CA', 'JP', 'BR', 'CN', 'IN'])('knows %s', async (country) => {
    const path = `/v1/countryvalidationrules/${country}`;
    expect((await call(await simulate(), 'GET', path)).json.iso2Code).toBe(country);
  });

  it('has none for UK', async () => {
    const answer = await call(await simulate(), 'GET', '/v1/countryvalidationrules/UK');
    expect(answer.status).toBe(400);
    expect(answer.text).toBe('No validation rules were found for the country/region UK');
  });
});
