import { describe, expect, it } from 'vitest';
import { fieldValue } from '../../src/profile/billing-profile.js';
import { checkProfile } from '../../src/simulator/check-profile.js';
import { COUNTRY_RULES } from '../../src/simulator/country-rules.js';
import { createRuleBook } from '../../src/simulator/rule-book.js';
import { generateCustomers, generateProfile } from '../../src/simulator/generate-customers.js';
import { getProfile, putProfile, simulate } from './call.js';

const customers = generateCustomers(1000, 7);
const profiles = customers.map(({ tenantId }) => generateProfile(tenantId));

describe('generated customers', () => {
  it('are the same for the same seed, and others for another', () => {
    expect(generateCustomers(1000, 7)).toEqual(customers);
    const others = new Set(generateCustomers(1000, 8).map(({ tenantId }) => tenantId));
    expect(customers.some(({ tenantId }) => others.has(tenantId))).toBe(false);
  });

  it('have ids and domains of their own', () => {
    expect(new Set(customers.map(({ tenantId }) => tenantId)).size).toBe(1000);
    expect(new Set(customers.map(({ domain }) => domain)).size).toBe(1000);
  });

  it('have profiles that the simulator would store', () => {
    expect(
      profiles
        .map((profile) => checkProfile(profile, createRuleBook()))
        .filter((refusal) => refusal !== undefined),
    ).toEqual([]);
  });

  it('come from eight countries, in a language and culture of theirs', () => {
    const countries = new Set(profiles.map((profile) => fieldValue(profile, 'country')));
    expect([...countries].sort()).toEqual(['BR', 'CA', 'DE', 'FR', 'GB', 'JP', 'PT', 'US']);
    for (const profile of profiles) {
      const rules = COUNTRY_RULES.get(fieldValue(profile, 'country'));
      expect(rules?.supportedCulturesList).toContain(fieldValue(profile, 'culture'));
      expect(rules?.supportedLanguagesList).toContain(fieldValue(profile, 'language'));
      const phone = rules?.phoneNumberRegex;
      if (phone !== undefined)
        expect(fieldValue(profile, 'phoneNumber')).toMatch(new RegExp(phone));
    }
  });

  it('exist nowhere: their domains end in .example', () => {
    for (const { domain } of customers) expect(domain).toMatch(/^[a-z-]+-[0-9a-f]{8}\.example$/);
    for (const profile of profiles) expect(fieldValue(profile, 'email')).toMatch(/\.example$/);
  });

  it('have the profile that their id alone has', async () => {
    const { tenantId } = customers[3]!;
    const [listed, any] = [await simulate({ customers }), await simulate({ anyTenant: true })];
    expect(listed.profile(tenantId)).toEqual(any.profile(tenantId));
    expect((await getProfile(listed, tenantId)).json).toEqual(generateProfile(tenantId));
  });
});

describe('a customer with some fields given', () => {
  const tenantId = customers[0]!.tenantId;
  it.each(['US', 'GB', 'DE', 'FR', 'CA', 'JP', 'BR', 'PT'])(
    'is generated around them: %s',
    async (country) => {
      const customer = { tenantId, profile: { country, firstName: '', companyName: 'Given' } };
      const simulator = await simulate({ customers: [customer] });
      const live = (await getProfile(simulator, tenantId)).json;
      expect(live).toMatchObject({ companyName: 'Given', defaultAddress: { country } });
      expect(live).not.toHaveProperty('firstName');
      expect((await putProfile(simulator, live, {}, tenantId)).status).toBe(200);
    },
  );

  it('is taken as it is where the profile is whole', async () => {
    const profile = {
      email: 'a@b.example',
      extra: { Kept: 1 },
      defaultAddress: { country: 'XX', middleName: null },
      attributes: { etag: '-5', objectType: 'CustomerBillingProfile' },
    };
    const simulator = await simulate({ customers: [{ tenantId, profile }] });
    const { id, links, ...rest } = (await getProfile(simulator, tenantId)).json;
    expect([typeof id, typeof links]).toEqual(['string', 'object']);
    expect(rest).toEqual({ ...profile, defaultAddress: { country: 'XX' } });
  });
});
