/** One customer at a time, from code, against the simulator and against a network that fails. */
import { inspect } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';

import {
  BillpatchError,
  ConflictError,
  createPartnerCenter,
  ServiceError,
  StoppedError,
  UnknownOutcomeError,
  UsageError,
  type BillingProfileOperations,
  type Customer,
  type CustomerBillingProfile,
  type GetToken,
  type PartnerCenterOptions,
} from '../../src/index.js';
import { generateCustomers } from '../../src/simulator/generate-customers.js';
import {
  startSimulator,
  type Simulator,
  type SimulatorOptions,
} from '../../src/simulator/start-simulator.js';
import { rawServer } from '../helpers/raw-server.js';

const CANARY = 'canary-token-5d1e';
const CUSTOMERS = generateCustomers(6, 3);
const [FIRST = '', SECOND = ''] = CUSTOMERS.map(({ tenantId }) => tenantId);
const NOBODY = '00000000-0000-4000-8000-00000000ffff';

async function simulate(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await startSimulator({ customers: CUSTOMERS, ...options });
  onTestFinished(simulator.close);
  return simulator;
}

function connect(baseUrl: string, options: Partial<PartnerCenterOptions> = {}) {
  const partnerCenter = createPartnerCenter({ getToken: () => CANARY, baseUrl, ...options });
  onTestFinished(partnerCenter.close);
  return partnerCenter;
}

const billingOf = (
  { url }: Pick<Simulator, 'url'>,
  tenantId = FIRST,
  options: Partial<PartnerCenterOptions> = {},
): BillingProfileOperations => connect(url, options).customers.byId(tenantId).profiles.billing;

/** What was thrown, which shows no token however it is looked at. */
async function thrown(work: Promise<unknown>): Promise<BillpatchError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(BillpatchError);
  const shown = `${inspect(error, { depth: 10, showHidden: true })} ${JSON.stringify(error)}`;
  expect(shown).not.toContain(CANARY);
  expect(shown).not.toMatch(/axios/i);
  expect((error as BillpatchError).hint).not.toBe('');
  return error as BillpatchError;
}

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

describe('get', () => {
  test('is the JSON of the service, its tag included', async () => {
    const simulator = await simulate();
    const profile = await billingOf(simulator).get();
    expect(profile).toEqual(simulator.profile(FIRST));
    expect(profile.attributes.etag).toMatch(/^-?\d{1,19}$/);
  });

  test.each([
    ['404', 'customer-not-found', 404, false],
    ['403-relationship', 'no-relationship', 403, false],
    ['403', 'forbidden', 403, false],
    ['401', 'token-refused', 401, false],
    ['503', 'service-unavailable', 503, true],
  ] as const)(
    '%s is a ServiceError %s with its ids',
    async (kind, code, httpStatus, isTransient) => {
      const simulator = await simulate({ faults: [{ kind }] });
      const error = await thrown(billingOf(simulator).get());
      expect(error).toBeInstanceOf(ServiceError);
      expect(error).toMatchObject({ code, httpStatus, isTransient });
      expect(error.requestId).toMatch(GUID);
      expect(error.correlationId).toMatch(GUID);
      expect(simulator.requests.at(-1)?.headers['ms-requestid']).toBe(error.requestId);
    },
  );

  test('the words of the service are in `detail`, and not where an error is logged', async () => {
    const simulator = await simulate({ faults: [{ kind: '403' }] });
    const error = await thrown(billingOf(simulator).get());
    expect(error.detail).toContain('HTTP 403');
    expect(inspect(error)).not.toContain('The service said');
  });

  test('a service that is down opens the circuit: nothing more is sent through this connection', async () => {
    const server = await rawServer((_request, response) => {
      // Counts as an outage, and is not asked again by itself.
      response.writeHead(302, { location: '/sign-in' }).end();
    });
    const { get } = billingOf(server);
    for (let i = 0; i < 20; i += 1) await thrown(get());
    const asked = server.requests.length;
    expect(await thrown(get())).toMatchObject({ code: 'circuit-open', isTransient: true });
    expect(server.requests).toHaveLength(asked);
  });

  test('an id that is none is refused before any request', async () => {
    const simulator = await simulate();
    const { customers } = connect(simulator.url);
    for (const id of ['', 'x', `${FIRST}/../x`, undefined as never])
      expect(() => customers.byId(id)).toThrow(UsageError);
    expect(simulator.requests).toEqual([]);
    expect((await customers.byId(`{${FIRST.toUpperCase()}}`).profiles.billing.get()).id).toBe(
      simulator.profile(FIRST)?.id,
    );
  });

  test('an aborted signal ends the waiting at once', async () => {
    const server = await rawServer(() => undefined);
    const abort = new AbortController();
    const asked = billingOf(server).get({ signal: abort.signal });
    setTimeout(() => {
      abort.abort();
    }, 50);
    const begun = performance.now();
    expect(await thrown(asked)).toMatchObject({ name: 'StoppedError', code: 'interrupted' });
    expect(performance.now() - begun).toBeLessThan(5_000);
    const before = billingOf(server).get({ signal: AbortSignal.abort() });
    expect(await thrown(before)).toBeInstanceOf(StoppedError);
    expect(server.requests).toHaveLength(1);
  });

  test('no more at once than concurrency says', async () => {
    let now = 0;
    let most = 0;
    const server = await rawServer((_request, response) => {
      now += 1;
      most = Math.max(most, now);
      setTimeout(() => {
        now -= 1;
        response.writeHead(404).end();
      }, 20);
    });
    const { get } = billingOf(server, FIRST, { concurrency: 3 });
    await Promise.allSettled(Array.from({ length: 20 }, () => get()));
    expect([most, server.requests.length]).toEqual([3, 20]);
  });
});

describe('update', () => {
  test('writes what differs, and gives back the profile with its new tag', async () => {
    const simulator = await simulate();
    const billing = billingOf(simulator);
    const before = simulator.profile(FIRST);
    const profile = await billing.get();
    profile.email = 'new@library.example';
    profile.defaultAddress = { ...profile.defaultAddress, city: 'Leeds', addressLine2: null };
    const stored = await billing.update(profile);
    expect(stored).toEqual(simulator.profile(FIRST));
    expect(stored).toMatchObject({
      id: before?.id,
      companyName: before?.companyName,
      email: 'new@library.example',
      defaultAddress: { city: 'Leeds' },
    });
    expect(stored.attributes.etag).not.toBe(profile.attributes.etag);
    // What came back can be edited and sent again.
    stored.email = 'newer@library.example';
    expect((await billing.update(stored)).email).toBe('newer@library.example');
    expect(simulator.counts()).toMatchObject({ get: 3, put: 2 });
  });

  test('nothing differs: nothing is sent, whatever the tag', async () => {
    const simulator = await simulate();
    const billing = billingOf(simulator);
    const profile = await billing.get();
    await billing.update(profile);
    const old = { ...profile, attributes: { etag: '1' } };
    expect((await billing.update(old)).attributes.etag).toBe(profile.attributes.etag);
    expect(simulator.counts().put).toBe(0);
  });

  test('as JSON and back, and as a copy, it is the same profile; a member left out is left alone', async () => {
    const simulator = await simulate();
    const billing = billingOf(simulator);
    const { attributes, ...read } = await billing.get();
    const twin = JSON.parse(JSON.stringify({ ...read, attributes })) as CustomerBillingProfile;
    const next = await billing.update({ ...twin, firstName: 'Ngaio' });
    const least = await billing.update({ attributes: next.attributes, lastName: 'Tui' });
    expect(least).toMatchObject({ email: read.email, firstName: 'Ngaio', lastName: 'Tui' });
  });

  type Edit = (profile: CustomerBillingProfile) => unknown;
  const refusals: readonly (readonly [string, Edit, string])[] = [
    [
      'another customer’s',
      (p) => ({ ...p, links: { self: { uri: `/customers/${SECOND}/profiles/billing` } } }),
      'other-customer',
    ],
    [
      'another profile’s id',
      (p) => ({ ...p, links: undefined, id: NOBODY, email: 'a@b.example' }),
      'other-customer',
    ],
    ['without a tag', (p) => ({ ...p, attributes: undefined, email: 'a@b.example' }), 'no-etag'],
    ['with an empty tag', (p) => ({ ...p, attributes: { etag: '' } }), 'no-etag'],
    ['with a tag that is a number', (p) => ({ ...p, attributes: { etag: 5 } }), 'no-etag'],
    ['with a misspelt field', (p) => ({ ...p, emial: 'a@b.example' }), 'unknown-field'],
    [
      'with a field of another letter case',
      (p) => ({ ...p, Email: 'a@b.example' }),
      'unknown-field',
    ],
    [
      'with a column name for a field of the address',
      (p) => ({ ...p, city: 'Leeds' }),
      'unknown-field',
    ],
    [
      'with a misspelt field in the address',
      (p) => ({ ...p, defaultAddress: { ...p.defaultAddress, adressLine1: 'x' } }),
      'unknown-field',
    ],
    [
      'with another id of its own',
      (p) => ({ ...p, attributes: p.attributes, id: '' }),
      'other-customer',
    ],
    [
      'with a number for a text',
      (p) => ({ ...p, defaultAddress: { ...p.defaultAddress, postalCode: 501 } }),
      'not-a-text',
    ],
    ['with a list for a text', (p) => ({ ...p, email: ['a@b.example'] }), 'not-a-text'],
    ['with no address', (p) => ({ ...p, defaultAddress: null }), 'no-address'],
    ['with a value that is none', (p) => ({ ...p, email: 'nobody' }), 'email-malformed'],
    ['with a control character', (p) => ({ ...p, companyName: 'a\u0000b' }), 'control-character'],
    ['that is a list', () => [], 'not-a-profile'],
    ['that is nothing', () => undefined, 'not-a-profile'],
  ];
  test.each(refusals)('refuses a profile %s', async (_name, edit, code) => {
    const simulator = await simulate();
    const billing = billingOf(simulator);
    const edited = edit(await billing.get()) as CustomerBillingProfile;
    const error = await thrown(billing.update(edited));
    expect(error).toBeInstanceOf(UsageError);
    expect(error.code).toBe(code);
    expect(simulator.counts().put).toBe(0);
  });

  test('names the field that was probably meant', async () => {
    const simulator = await simulate();
    const billing = billingOf(simulator);
    const profile = await billing.get();
    for (const [name, meant] of [
      ['emial', 'email'],
      ['compnayName', 'companyName'],
      ['postcode', 'defaultAddress.postalCode'],
    ] as const) {
      const error = await thrown(billing.update({ ...profile, [name]: 'x' }));
      expect(error.hint).toContain(`Did you mean ${meant}?`);
    }
  });

  test('a member that is not billpatch’s is kept, and refused where it was changed', async () => {
    const simulator = await simulate();
    const server = await rawServer((request, response) => {
      const profile = { ...simulator.profile(FIRST), custom: { kept: [1, null] } };
      if (request.method === 'GET') response.end(JSON.stringify(profile));
      else response.writeHead(500).end();
    });
    const billing = billingOf(server);
    const profile = await billing.get();
    expect(profile).toMatchObject({ custom: { kept: [1, null] } });
    await billing.update({ ...profile });
    const error = await thrown(
      billing.update({ ...profile, custom: { kept: [2, null] } } as CustomerBillingProfile),
    );
    expect(error.code).toBe('read-only-member');
  });

  test('a value that check would refuse is left alone where it was not changed', async () => {
    const simulator = await simulate();
    simulator.edit(FIRST, { email: 'not an address ' });
    const billing = billingOf(simulator);
    const profile = await billing.get();
    expect((await billing.update({ ...profile, firstName: 'Ngaio' })).email).toBe(
      'not an address ',
    );
  });

  test('what its country does not take is refused before it is sent, unless rules are off', async () => {
    const simulator = await simulate();
    const billing = billingOf(simulator);
    const profile = await billing.get();
    const error = await thrown(billing.update({ ...profile, culture: 'xx-XX' }));
    expect([error.name, error.code]).toEqual(['ServiceError', 'culture-not-listed']);
    expect(simulator.counts()).toMatchObject({ put: 0, rules: 1 });
    const unruled = billingOf(simulator, FIRST, { countryRules: 'off' });
    await unruled.update({ ...profile, culture: 'xx-XX' });
    expect(simulator.counts()).toMatchObject({ put: 1, rules: 1 });
  });

  test('stale: a ConflictError, and nothing is overwritten', async () => {
    const simulator = await simulate();
    const billing = billingOf(simulator);
    const profile = await billing.get();
    simulator.edit(FIRST, { companyName: 'Theirs Ltd' });
    const error = await thrown(billing.update({ ...profile, email: 'mine@library.example' }));
    expect(error).toBeInstanceOf(ConflictError);
    expect(error.code).toBe('profile-moved');
    expect(simulator.counts().put).toBe(0);
    expect(simulator.profile(FIRST)).toMatchObject({
      companyName: 'Theirs Ltd',
      email: profile.email,
    });
  });

  test.each(['400-2055', '412', '412-odata', '409'] as const)(
    'changed just before the PUT (%s): a ConflictError',
    async (stale) => {
      const simulator = await simulate({
        stale,
        faults: [{ kind: 'edited', on: 'PUT', times: 1, fields: { companyName: 'Theirs Ltd' } }],
      });
      const billing = billingOf(simulator);
      const error = await thrown(
        billing.update({ ...(await billing.get()), email: 'mine@library.example' }),
      );
      expect(error).toBeInstanceOf(ConflictError);
      expect(error.detail).toContain('Theirs Ltd');
      expect(inspect(error)).not.toContain('Theirs Ltd');
      expect(simulator.history(FIRST)).toBe(0);
    },
  );

  test.each([
    'lost-after',
    'lost-before',
    'mid-answer',
    '503-after',
    'empty',
    'truncated',
  ] as const)('an answer that is lost (%s) is settled by reading', async (kind) => {
    const simulator = await simulate({ faults: [{ kind, on: 'PUT', times: 1 }] });
    const billing = billingOf(simulator);
    const profile = await billing.get();
    const stored = await billing.update({ ...profile, email: 'settled@library.example' });
    expect(stored).toEqual(simulator.profile(FIRST));
    expect(stored.email).toBe('settled@library.example');
    expect(simulator.history(FIRST)).toBe(1);
  });

  test('refused: a ServiceError with the code of the answer', async () => {
    const simulator = await simulate({ faults: [{ kind: '400-27002', on: 'PUT' }] });
    const billing = billingOf(simulator);
    const profile = await billing.get();
    const error = await thrown(billing.update({ ...profile, email: 'x@library.example' }));
    expect(error).toMatchObject({
      name: 'ServiceError',
      code: 'address-refused',
      httpStatus: 400,
      isTransient: false,
    });
    expect(
      simulator.requests.findLast(({ method }) => method === 'PUT')?.headers['ms-requestid'],
    ).toBe(error.requestId);
  });

  test('lost, and cannot be read again: UnknownOutcomeError', async () => {
    const simulator = await simulate();
    const billing = billingOf(simulator);
    const profile = await billing.get();
    simulator.script({ kind: 'lost-after', on: 'PUT' });
    simulator.script({ kind: '403', on: 'GET', after: 1 });
    const error = await thrown(billing.update({ ...profile, email: 'lost@library.example' }));
    expect(error).toBeInstanceOf(UnknownOutcomeError);
    expect(error).toMatchObject({ code: 'put-unsettled' });
    expect(error.requestId).toMatch(GUID);
  });

  describe('an aborted signal', () => {
    const whenPut = (simulator: Simulator, act: () => void): void => {
      const timer = setInterval(() => {
        if (simulator.counts().put > 0) {
          clearInterval(timer);
          act();
        }
      }, 5);
      onTestFinished(() => {
        clearInterval(timer);
      });
    };

    test('before: nothing is asked', async () => {
      const simulator = await simulate();
      const billing = billingOf(simulator);
      const profile = { ...(await billing.get()), email: 'x@library.example' };
      const update = billing.update(profile, { signal: AbortSignal.abort() });
      expect(await thrown(update)).toMatchObject({ name: 'StoppedError', code: 'interrupted' });
      expect(simulator.counts()).toMatchObject({ get: 1, put: 0 });
    });

    test('between reading and writing: nothing is written', async () => {
      const abort = new AbortController();
      const simulator = await simulate({
        log: ({ method }) => {
          if (method === 'GET' && simulator.counts().get >= 2) abort.abort();
        },
      });
      const billing = billingOf(simulator);
      const profile = { ...(await billing.get()), email: 'x@library.example' };
      const error = await thrown(billing.update(profile, { signal: abort.signal }));
      expect(error).toMatchObject({ name: 'StoppedError', code: 'interrupted' });
      expect(simulator.counts().put).toBe(0);
    });

    test('in the middle of the PUT: its answer is waited for', async () => {
      const simulator = await simulate({ faults: [{ kind: 'slow', on: 'PUT', seconds: 0.3 }] });
      const abort = new AbortController();
      whenPut(simulator, () => {
        abort.abort();
      });
      const billing = billingOf(simulator);
      const profile = { ...(await billing.get()), email: 'done@library.example' };
      const stored = await billing.update(profile, { signal: abort.signal });
      expect([abort.signal.aborted, stored.email]).toEqual([true, 'done@library.example']);
      expect(simulator.history(FIRST)).toBe(1);
    });

    test('in the middle of a PUT whose answer never comes: settled by reading', async () => {
      const simulator = await simulate({ faults: [{ kind: 'black-hole-after', on: 'PUT' }] });
      const abort = new AbortController();
      whenPut(simulator, () => {
        abort.abort();
      });
      const billing = billingOf(simulator, FIRST, { timeoutMs: 400 });
      const profile = { ...(await billing.get()), email: 'done@library.example' };
      const stored = await billing.update(profile, { signal: abort.signal });
      expect(stored.email).toBe('done@library.example');
      expect(simulator.history(FIRST)).toBe(1);
    });

    test('in the middle of a PUT that was not carried out: it is not sent again', async () => {
      const simulator = await simulate({ faults: [{ kind: 'black-hole', on: 'PUT' }] });
      const abort = new AbortController();
      whenPut(simulator, () => {
        abort.abort();
      });
      const billing = billingOf(simulator, FIRST, { timeoutMs: 400 });
      const profile = { ...(await billing.get()), email: 'not@library.example' };
      const error = await thrown(billing.update(profile, { signal: abort.signal }));
      expect(error).toMatchObject({ name: 'StoppedError', code: 'interrupted' });
      expect(simulator.counts().put).toBe(1);
      expect(simulator.history(FIRST)).toBe(0);
    });

    test('in the middle of a PUT, and nothing can be read: UnknownOutcomeError', async () => {
      const simulator = await simulate({ faults: [{ kind: 'black-hole-after', on: 'PUT' }] });
      const abort = new AbortController();
      whenPut(simulator, () => {
        simulator.script({ kind: '403', on: 'GET' });
        abort.abort();
      });
      const billing = billingOf(simulator, FIRST, { timeoutMs: 400 });
      const profile = { ...(await billing.get()), email: 'lost@library.example' };
      const error = await thrown(billing.update(profile, { signal: abort.signal }));
      expect(error).toBeInstanceOf(UnknownOutcomeError);
    });
  });
});

describe('the list of customers', () => {
  test('every one once, over all pages', async () => {
    const customers = generateCustomers(1100, 8);
    const simulator = await simulate({ customers });
    const seen: Customer[] = [];
    for await (const customer of connect(simulator.url).customers.list()) seen.push(customer);
    expect(seen.map(({ tenantId }) => tenantId)).toEqual(customers.map(({ tenantId }) => tenantId));
    expect(seen[0]?.companyName).not.toBe('');
  });

  test('asks for no page that nobody reads', async () => {
    const simulator = await simulate({ customers: generateCustomers(1100, 8) });
    for await (const customer of connect(simulator.url).customers.list())
      if (customer.tenantId !== '') break;
    expect(simulator.requests).toHaveLength(1);
  });

  test('a typed error where it ends early', async () => {
    const simulator = await simulate({ faults: [{ kind: '403', route: 'customers' }] });
    const list = connect(simulator.url).customers.list()[Symbol.asyncIterator]();
    expect(await thrown(list.next())).toMatchObject({ name: 'StoppedError', code: 'forbidden' });
  });
});

describe('rules of a country', () => {
  test('as the service has them', async () => {
    const simulator = await simulate();
    const rules = await connect(simulator.url).countryValidationRules('us');
    expect(rules).toMatchObject({ iso2Code: 'US', isStateRequired: true });
    expect(rules.supportedStatesList).toContain('WA');
  });

  test('an unknown country, and what is none', async () => {
    const simulator = await simulate();
    const partnerCenter = connect(simulator.url);
    expect(await thrown(partnerCenter.countryValidationRules('UK'))).toBeInstanceOf(ServiceError);
    const asked = simulator.requests.length;
    for (const iso2 of ['', 'USA', '../x', 5 as never])
      expect(await thrown(partnerCenter.countryValidationRules(iso2))).toBeInstanceOf(UsageError);
    expect(simulator.requests).toHaveLength(asked);
  });
});

describe('the token', () => {
  test('where it is refused, another one is asked for, once', async () => {
    const simulator = await simulate({ token: 'second' });
    const asked: (string | undefined)[] = [];
    const billing = billingOf(simulator, FIRST, {
      getToken: (rejected) => {
        asked.push(rejected);
        return rejected === undefined && !asked.includes('first') ? 'first' : 'second';
      },
    });
    await billing.get();
    await billing.get();
    expect(asked).toEqual([undefined, 'first', undefined]);
  });

  test('of many that need one at the same moment, one asks', async () => {
    const simulator = await simulate();
    let fetched = 0;
    const { get } = billingOf(simulator, FIRST, {
      concurrency: 4,
      getToken: async () => {
        fetched += 1;
        await new Promise((resolve) => setTimeout(resolve, 50));
        return 'a-token';
      },
    });
    // The first requests leave one after the other.
    for (let n = 0; n < 4; n += 1) await get();
    expect(fetched).toBe(4);
    await Promise.all(Array.from({ length: 4 }, () => get()));
    expect(fetched).toBe(5);
  });

  const failing: readonly (readonly [string, GetToken, string])[] = [
    ['fails', () => Promise.reject(new Error(CANARY)), 'token-unavailable'],
    [
      'throws',
      () => {
        throw new Error(CANARY);
      },
      'token-unavailable',
    ],
    ['returns nothing', () => undefined as never, 'token-malformed'],
    ['returns a header', () => `Bearer ${CANARY}`, 'token-malformed'],
    ['returns a line break', () => `${CANARY}\r\nX: y`, 'token-malformed'],
  ];
  test.each(failing)(
    'getToken %s: an error that does not show it',
    async (_name, getToken, code) => {
      const simulator = await simulate();
      expect((await thrown(billingOf(simulator, FIRST, { getToken }).get())).code).toBe(code);
      expect(simulator.requests).toEqual([]);
    },
  );
});

describe('options', () => {
  test.each([
    [{ baseUrl: 'http://partner.example' }, 'base-url-refused'],
    [{ baseUrl: 'https://evil.example' }, 'base-url-refused'],
    [{ cloud: 'moon' as never }, 'cloud-unknown'],
    [{ concurrency: 0 }, 'option-value'],
    [{ timeoutMs: Number.NaN }, 'option-value'],
    [{ getToken: undefined as never }, 'token-missing'],
  ] as const)('%o: %s', (options, code) => {
    const make = (): unknown => createPartnerCenter({ getToken: () => 'x', ...options });
    expect(make).toThrow(UsageError);
    expect(make).toThrow(expect.objectContaining({ code }) as Error);
  });
});
