import { get } from 'node:http';
import { describe, expect, it } from 'vitest';
import { FAULT_KINDS } from '../../src/simulator/fault.js';
import type { Fault, FaultKind } from '../../src/simulator/fault.js';
import { OTHER, TENANT, billingPath, call, getProfile, putProfile, simulate } from './call.js';

const NOW = Date.UTC(2026, 10, 23);

/** A PUT with a good tag, while a fault is on; and what is stored afterwards. */
async function putUnder(fault: Fault) {
  const simulator = await simulate({ now: () => NOW });
  const before = simulator.profile(TENANT)!;
  simulator.script(fault);
  const put = await putProfile(simulator, { ...before, email: 'new@a.example' }).catch(
    (error: unknown) => error as NodeJS.ErrnoException,
  );
  return { simulator, before, put, committed: simulator.history(TENANT) === 1 };
}

type Expected = readonly [status: number, content: object | string | RegExp];

const odd = {
  html: [200, /^<!DOCTYPE html>/],
  array: [200, '\uFEFF[]'],
  redirect: [302, ''],
  '400-2000': [400, { code: 2000 }],
  '400-3000': [400, { code: 3000 }],
  '400-20000': [400, { code: 20000 }],
  '400-27002': [400, { code: 27002, source: 'PartnerFD' }],
  '400-600051': [400, { code: 600051 }],
  '400-unknown': [400, { code: 987654 }],
  '401': [401, { code: 400 }],
  '401-mfa': [401, 'Authentication failed. MFA required. (10001)'],
  '401-mfa-claim': [401, { code: 900421 }],
  '401-audience': [401, { code: 900420 }],
  '403': [403, /^The supplied role/],
  '403-empty': [403, ''],
  '403-relationship': [403, { code: 20002 }],
  '403-review': [403, { code: 800073 }],
  '404': [404, { code: 60003 }],
  '408': [408, /<h1>408 Request Timeout/],
  '409': [409, { code: 409 }],
  '412': [412, ''],
  '417': [417, { code: 800036 }],
  '429': [429, { statusCode: 429, message: 'Rate limit is exceeded. Try again in 7 seconds.' }],
  '429-date': [429, { statusCode: 429 }],
  '429-bare': [429, { statusCode: 429 }],
  '429-garbage': [429, { statusCode: 429 }],
  '500': [500, { isRetryable: true }],
  '500-final': [500, { isRetryable: false }],
  '502': [502, /<h1>502 Bad Gateway/],
  '503': [503, /<h1>503 Service Unavailable/],
  '504': [504, /<h1>504 Gateway Timeout/],
  stale: [400, { code: 2055 }],
} as const satisfies Partial<Record<FaultKind, Expected>>;

describe('instead of the work, another answer', () => {
  it.each(Object.entries(odd) as [FaultKind, Expected][])('%s', async (kind, [status, content]) => {
    const { put, committed } = await putUnder({ kind, seconds: 7 });
    if (put instanceof Error) throw put;
    expect(put.status).toBe(status);
    if (content instanceof RegExp) expect(put.text).toMatch(content);
    else if (typeof content === 'string') expect(put.text).toBe(content);
    else expect(put.json).toMatchObject(content);
    expect(committed).toBe(false);
  });
});

describe('Retry-After', () => {
  it.each([
    ['429', 7, '7'],
    ['429', undefined, '1'],
    ['429-date', 7, 'Mon, 23 Nov 2026 00:00:07 GMT'],
    ['429-bare', 7, undefined],
    ['429-garbage', 7, 'soon'],
    ['503', 7, '7'],
    ['503', undefined, undefined],
  ] as const)('%s with seconds %s: %s', async (kind, seconds, expected) => {
    const { put } = await putUnder({ kind, ...(seconds !== undefined && { seconds }) });
    expect('headers' in put && put.headers['retry-after']).toBe(expected);
  });
});

it.each([
  [{}, 'https://elsewhere.example/'],
  [{ location: 'http://127.0.0.1:1/x' }, 'http://127.0.0.1:1/x'],
])('redirect %j', async (options, location) => {
  const { put } = await putUnder({ kind: 'redirect', ...options });
  expect('headers' in put && put.headers.location).toBe(location);
});

describe('after the work, another answer', () => {
  it.each([
    ['empty', 200, ''],
    ['503-after', 503, /<h1>503/],
    ['504-after', 504, /<h1>504/],
  ] as const)('%s', async (kind, status, content) => {
    const { put, committed } = await putUnder({ kind });
    if (put instanceof Error) throw put;
    expect(put.status).toBe(status);
    expect(put.text).toMatch(content);
    expect(committed).toBe(true);
  });
});

describe('the connection', () => {
  it.each([
    ['lost-before', false],
    ['lost-after', true],
    ['mid-answer', true],
  ] as const)('%s: reset, committed: %s', async (kind, expected) => {
    const { simulator, put, committed } = await putUnder({ kind });
    expect(put instanceof Error && put.code).toBe('ECONNRESET');
    expect(committed).toBe(expected);
    expect(simulator.requests[0]?.status).toBe(kind === 'mid-answer' ? 200 : 0);
  });

  it('mid-answer: half of what was announced arrives first', async () => {
    const simulator = await simulate({ faults: [{ kind: 'mid-answer' }] });
    const whole = Buffer.byteLength(JSON.stringify(simulator.profile(TENANT))) + 3;
    const arrived = await new Promise<number[]>((resolve) => {
      const headers = { authorization: 'Bearer x' };
      get(`${simulator.url}${billingPath()}`, { headers, agent: false }, (answer) => {
        let bytes = 0;
        answer.on('data', (chunk: Buffer) => (bytes += chunk.length));
        answer.on('error', () => {
          resolve([Number(answer.headers['content-length']), bytes]);
        });
      }).on('error', ignored);
    });
    expect(arrived).toEqual([whole, whole >> 1]);
  });

  it('truncated: half of the JSON, of an honest length', async () => {
    const { put, committed } = await putUnder({ kind: 'truncated' });
    if (put instanceof Error) throw put;
    expect(put.bytes).toHaveLength(Number(put.headers['content-length']));
    expect(put.text).toMatch(/^\uFEFF\{/);
    expect(() => put.json).toThrow(SyntaxError);
    expect(committed).toBe(true);
  });

  it.each([
    ['black-hole', 0],
    ['black-hole-after', 1],
  ] as const)('%s: no answer; commits: %i', async (kind, commits) => {
    const simulator = await simulate({ faults: [{ kind }] });
    const waiting = putProfile(simulator, simulator.profile(TENANT)!).catch(() => 'cut');
    while (simulator.counts().put === 0) await tick();
    expect(await Promise.race([waiting, tick(30)])).toBe('tick');
    expect(simulator.history(TENANT)).toBe(commits);
    expect(simulator.requests[0]).toMatchObject({ status: 0, fault: kind });
    await simulator.close();
    expect(await waiting).toBe('cut');
  });

  it('drip: one byte, and then it takes its time', async () => {
    const simulator = await simulate({ faults: [{ kind: 'drip' }] });
    const first = await new Promise<Buffer>((resolve) => {
      const headers = { authorization: 'Bearer x' };
      get(`${simulator.url}${billingPath()}`, { headers, agent: false }, (answer) => {
        answer.once('data', resolve);
        answer.on('error', ignored);
      }).on('error', ignored);
    });
    expect([...first]).toEqual([0xef]);
  });

  it('slow: the answer comes late', async () => {
    const started = performance.now();
    const { put, committed } = await putUnder({ kind: 'slow', seconds: 0.03 });
    expect('status' in put && put.status).toBe(200);
    expect(committed).toBe(true);
    expect(performance.now() - started).toBeGreaterThanOrEqual(29);
  });
});

describe('the profile', () => {
  it('edited on GET: the answer is stale as soon as it is sent', async () => {
    const simulator = await simulate({ faults: [{ kind: 'edited', on: 'GET', times: 1 }] });
    const before = simulator.profile(TENANT);
    const read = await getProfile(simulator);
    expect(read.json).toEqual(before);
    const put = await putProfile(simulator, { ...read.json, email: 'new@a.example' });
    expect([put.status, put.json.code]).toEqual([400, 2055]);
    expect(simulator.profile(TENANT)).toMatchObject({
      defaultAddress: { addressLine2: 'Floor 1' },
    });
  });

  it('edited on PUT: just before it is looked at, with the fields that were given', async () => {
    const { simulator, put } = await putUnder({
      kind: 'edited',
      on: 'PUT',
      fields: { city: 'Bonn' },
    });
    expect('json' in put && put.json.code).toBe(2055);
    expect(simulator.profile(TENANT)).toMatchObject({ defaultAddress: { city: 'Bonn' } });
  });

  it('edited again and again: no tag stays good', async () => {
    const simulator = await simulate({ faults: [{ kind: 'edited' }] });
    for (let round = 0; round < 3; round++) {
      expect((await putProfile(simulator, (await getProfile(simulator)).json)).status).toBe(400);
    }
  });

  it('ignored: 200 with the old profile', async () => {
    const { before, put, committed } = await putUnder({ kind: 'ignored' });
    expect('json' in put && put.json).toEqual(before);
    expect(committed).toBe(false);
  });

  it('normalised: stored in another form', async () => {
    const { simulator, before, put } = await putUnder({ kind: 'normalised' });
    const city = (before.defaultAddress as { city: string }).city.toUpperCase();
    expect('json' in put && put.json).toMatchObject({ defaultAddress: { city } });
    expect(simulator.profile(TENANT)).toMatchObject({ defaultAddress: { city } });
  });

  it('no-etag: the answer has none, the store does', async () => {
    const { simulator, put, committed } = await putUnder({ kind: 'no-etag' });
    expect('json' in put && put.json.attributes).toEqual({ objectType: 'CustomerBillingProfile' });
    expect(simulator.profile(TENANT)?.attributes).toHaveProperty('etag');
    expect(committed).toBe(true);
  });

  it('other-customer: id, link and values of somebody else', async () => {
    const { simulator, before, put } = await putUnder({ kind: 'other-customer' });
    if (put instanceof Error) throw put;
    expect(put.json.id).not.toBe(before.id);
    expect(put.json.email).not.toBe('new@a.example');
    expect(put.text).not.toContain(TENANT);
    expect(simulator.profile(TENANT)).toMatchObject({ email: 'new@a.example' });
  });

  it('other-request-id', async () => {
    const simulator = await simulate({ faults: [{ kind: 'other-request-id' }] });
    const headers = { 'ms-requestid': 'mine', 'ms-correlationid': 'ours' };
    const answer = await call(simulator, 'GET', billingPath(), { headers });
    expect(answer.headers['ms-requestid']).not.toBe('mine');
    expect(answer.headers['ms-correlationid']).toBe('ours');
    expect(simulator.requests[0]?.requestId).toBe(answer.headers['ms-requestid']);
  });
});

it('leaves no kind untested', () => {
  const elsewhere =
    'edited ignored normalised no-etag other-customer other-request-id slow lost-before lost-after mid-answer truncated black-hole black-hole-after drip empty 503-after 504-after';
  const tested = [...Object.keys(odd), ...elsewhere.split(' ')];
  expect(tested.sort()).toEqual(Object.keys(FAULT_KINDS).sort());
});

describe('when a fault strikes', () => {
  const statuses = async (fault: Fault, count = 6) => {
    const simulator = await simulate({ anyTenant: true, faults: [fault] });
    const seen: number[] = [];
    for (let index = 0; index < count; index++) seen.push((await getProfile(simulator)).status);
    return seen;
  };

  it('after and times', async () => {
    const seen = await statuses({ kind: '503', after: 2, times: 3 });
    expect(seen).toEqual([200, 200, 503, 503, 503, 200]);
  });

  it('rate: a share, the same for the same seed', async () => {
    const seen = await statuses({ kind: '503', rate: 0.5 }, 60);
    expect(await statuses({ kind: '503', rate: 0.5 }, 60)).toEqual(seen);
    const struck = seen.filter((status) => status === 503).length;
    expect(struck).toBeGreaterThan(15);
    expect(struck).toBeLessThan(45);
    expect(await statuses({ kind: '503', rate: 0 })).not.toContain(503);
  });

  it('only one method, only one customer', async () => {
    const simulator = await simulate({
      anyTenant: true,
      faults: [
        { kind: '503', on: 'PUT' },
        { kind: '404', tenantId: OTHER.toUpperCase() },
      ],
    });
    expect((await getProfile(simulator)).status).toBe(200);
    expect((await putProfile(simulator, {})).status).toBe(503);
    expect((await putProfile(simulator, {}, {}, OTHER)).status).toBe(404);
  });

  it('a customer brings its own', async () => {
    const customers = [{ tenantId: TENANT, faults: [{ kind: '403-review' } as const] }];
    const simulator = await simulate({ customers, anyTenant: true });
    expect((await getProfile(simulator)).status).toBe(403);
    expect((await getProfile(simulator, OTHER)).status).toBe(200);
    simulator.clearFaults();
    expect((await getProfile(simulator)).status).toBe(200);
  });

  it.each([
    [undefined, [503, 200, 200, 200]],
    ['customers', [200, 503, 200, 200]],
    ['customer', [200, 200, 503, 200]],
    ['rules', [200, 200, 200, 503]],
    ['any', [503, 503, 503, 503]],
  ] as const)('route %s', async (route, expected) => {
    const simulator = await simulate({ faults: [{ kind: '503', ...(route && { route }) }] });
    const paths = [
      billingPath(),
      '/v1/customers',
      `/v1/customers/${TENANT}`,
      '/v1/countryvalidationrules/US',
    ];
    const seen: number[] = [];
    for (const path of paths) seen.push((await call(simulator, 'GET', path)).status);
    expect(seen).toEqual(expected);
  });

  it('what is about a PUT leaves a GET alone, and does not use itself up on it', async () => {
    const simulator = await simulate({ faults: [{ kind: 'ignored', times: 1 }] });
    const live = (await getProfile(simulator)).json;
    expect((await putProfile(simulator, { ...live, email: 'x@a.example' })).json).toEqual(live);
  });
});

/** The reset shows at the answer; the request may report it a second time. */
const ignored = () => undefined;

function tick(ms = 1): Promise<'tick'> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms, 'tick');
  });
}
