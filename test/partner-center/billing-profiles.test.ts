import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';

import { createBillingProfiles, quoteEtag } from '../../src/partner-center/billing-profiles.js';
import { createClient } from '../../src/partner-center/client.js';
import { createServiceHealth } from '../../src/partner-center/service-health.js';
import { withFields, type JsonObject } from '../../src/profile/billing-profile.js';
import type { ProfileCall, ProfileResult } from '../../src/run/profile-service.js';
import { startSimulator, type SimulatorOptions } from '../../src/simulator/start-simulator.js';
import { givenToken } from '../helpers/given-token.js';
import { rawServer } from '../helpers/raw-server.js';
import { TENANT } from '../helpers/scripted-service.js';
import { throttleOn } from '../helpers/throttle-on.js';

const CANARY = 'canary-token-value';
const CALL: ProfileCall = {
  tenantId: TENANT,
  requestId: 'request-1',
  correlationId: 'correlation-1',
  aside: (wait) => wait(),
};

interface Options {
  readonly timeoutMs?: number;
  readonly maxWaitMs?: number;
  readonly stop?: AbortSignal;
}

/** The service as a run has it, but with a clock that sleeping moves on. */
function serviceAt(url: string, options: Options = {}) {
  const slept: number[] = [];
  let clock = 0;
  const sleep = (ms: number, signal: AbortSignal): Promise<void> => {
    if (signal.aborted) return Promise.reject(new Error('stopped'));
    slept.push(ms);
    clock += ms;
    return Promise.resolve();
  };
  const client = createClient({
    baseUrl: url,
    timeoutMs: options.timeoutMs ?? 2000,
    connections: 4,
    userAgent: 'billpatch/test',
  });
  onTestFinished(client.close);
  const health = createServiceHealth();
  // One question at a time: nobody else will ever pay for its retries.
  for (let questions = 0; questions < 1000; questions += 1) health.noteQuestion();
  const service = createBillingProfiles({
    client,
    tokens: givenToken(CANARY),
    health,
    throttle: throttleOn({ now: () => clock, sleep }),
    sleep,
    random: () => 0.5,
    stop: options.stop ?? new AbortController().signal,
    maxWaitMs: options.maxWaitMs ?? 600_000,
  });
  return { service, slept };
}

async function simulated(simulator: SimulatorOptions = {}, options: Options = {}) {
  const world = await startSimulator({
    customers: [{ tenantId: TENANT, profile: { country: 'DE', city: 'Bonn' } }],
    ...simulator,
  });
  onTestFinished(world.close);
  return { world, ...serviceAt(world.url, options) };
}

async function raw(answer: Parameters<typeof rawServer>[0], options: Options = {}) {
  const server = await rawServer(answer);
  return { server, ...serviceAt(server.url, options) };
}

const bodyServer = (body: string, headers: Record<string, string> = {}, options: Options = {}) =>
  raw((_, response) => response.writeHead(200, headers).end(body), options);

function profileOf(result: ProfileResult) {
  if (result.kind === 'failure') throw new Error(`no profile: ${result.failure.code}`);
  return result.live;
}

function failureOf(result: ProfileResult) {
  // Every failure of this file passes here: none may carry the token anywhere.
  expect(JSON.stringify(result)).not.toContain(CANARY);
  expect(inspect(result, { depth: 20, showHidden: true })).not.toContain(CANARY);
  if (result.kind === 'profile') throw new Error('a profile, not a failure');
  return result.failure;
}

const PROFILE = '{"firstName":"Ada","attributes":{"etag":"-1"}}';

describe('what is sent', () => {
  it('a GET with the token, the ids and no tag', async () => {
    const { world, service } = await simulated();
    const result = await service.get(CALL);
    expect(profileOf(result).profile.defaultAddress).toMatchObject({ city: 'Bonn' });
    expect(result.trace).toEqual({
      requestId: 'request-1',
      serviceRequestId: 'request-1',
      attempts: 1,
      httpStatus: 200,
    });
    const [sent] = world.requests;
    expect(sent).toMatchObject({ method: 'GET', path: `/v1/customers/${TENANT}/profiles/billing` });
    expect(sent!.headers).toMatchObject({
      authorization: `Bearer ${CANARY}`,
      accept: 'application/json',
      'ms-requestid': 'request-1',
      'ms-correlationid': 'correlation-1',
      'user-agent': 'billpatch/test',
    });
    expect(sent!.headers).not.toHaveProperty('if-match');
    expect(inspect(result, { depth: 20 })).not.toContain(CANARY);
  });

  it('a PUT with the same tag in both places, in quotes in the header', async () => {
    const { world, service } = await simulated();
    const live = profileOf(await service.get(CALL));
    const profile = withFields(live.profile, [['city', 'Köln']]);
    const after = profileOf(await service.put(CALL, { profile, etag: live.etag }));
    expect(after.etag).not.toBe(live.etag);
    expect(world.profile(TENANT)!.defaultAddress).toMatchObject({ city: 'Köln' });
    const sent = world.requests[1]!;
    expect(sent.headers['if-match']).toBe(`"${live.etag}"`);
    expect(sent.headers['content-type']).toBe('application/json');
    expect(sent.headers['content-length']).toBe(String(Buffer.byteLength(sent.body!)));
    expect(JSON.parse(sent.body!)).toEqual(profile);
    expect((JSON.parse(sent.body!) as { attributes: JsonObject }).attributes.etag).toBe(live.etag);
  });

  it('keeps quotes that the service itself wrote', () => {
    expect(['-1', '"-1"', 'W/"-1"'].map(quoteEtag)).toEqual(['"-1"', '"-1"', 'W/"-1"']);
  });

  it('never goes by a proxy to this machine', async () => {
    const proxy = await rawServer((_, response) => response.end(PROFILE));
    const before = process.env.http_proxy;
    process.env.http_proxy = proxy.url;
    onTestFinished(() => {
      if (before === undefined) delete process.env.http_proxy;
      else process.env.http_proxy = before;
    });
    const { world, service } = await simulated();
    profileOf(await service.get(CALL));
    expect(world.requests).toHaveLength(1);
    expect(proxy.requests).toHaveLength(0);
  });
});

describe('a profile', () => {
  it.each([true, false])('is read with a byte order mark: %s', async (bom) => {
    const { service } = await simulated({ bom });
    expect(profileOf(await service.get(CALL)).etag).toMatch(/^-?\d+$/);
  });

  it('takes its tag from the ETag header where the body has none', async () => {
    const { service, server } = await bodyServer('{"firstName":"Ada"}', { ETag: '"abc"' });
    const live = profileOf(await service.get(CALL));
    await service.put(CALL, live);
    expect(server.requests[1]!.headers['if-match']).toBe('"abc"');
  });

  it('prefers the tag of the body', async () => {
    const { service } = await bodyServer(PROFILE, { ETag: '"abc"' });
    expect(profileOf(await service.get(CALL)).etag).toBe('-1');
  });

  it('that says which customer it is of must be of the one that was asked for', async () => {
    const { service } = await simulated({ faults: [{ kind: 'other-customer' }] });
    expect(failureOf(await service.get(CALL))).toMatchObject({
      code: 'unreadable-answer',
      carriedOut: 'maybe',
    });
  });

  it('names the id of the service where that is another', async () => {
    const { service } = await simulated({ faults: [{ kind: 'other-request-id' }] });
    const { requestId, serviceRequestId } = (await service.get(CALL)).trace;
    expect(requestId).toBe('request-1');
    expect(serviceRequestId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each([
    ['9007199254740993', false],
    ['12345678901234567890', false],
    ['1234567890.12345678', false],
    ['0.1000000000000000055', false],
    ['1e400', false],
    ['9007199254740991', true],
    ['1234567890.5', true],
    ['-17', true],
    ['"9007199254740993"', true],
    ['"a\\"9007199254740993"', true],
    ['"1e400 and \\\\"', true],
  ])('with the number %s is taken: %s', async (number, taken) => {
    const { service } = await bodyServer(`{"n":${number},"attributes":{"etag":"-1"}}`);
    const result = await service.get(CALL);
    if (taken) expect(profileOf(result).etag).toBe('-1');
    else expect(failureOf(result)).toMatchObject({ code: 'inexact-number', again: 'never' });
  });
});

describe('a success that is none', () => {
  it.each(['html', 'array', 'empty', 'truncated'] as const)(
    '%s: asked again for a GET, but not for a PUT',
    async (kind) => {
      const { service, world } = await simulated({ faults: [{ kind }] });
      const get = await service.get(CALL);
      expect(failureOf(get)).toMatchObject({ code: 'unreadable-answer', carriedOut: 'maybe' });
      expect(get.trace.attempts).toBe(4);
      const profile = world.profile(TENANT)!;
      const { etag } = profile.attributes as { etag: string };
      const put = await service.put(CALL, { profile, etag });
      expect(failureOf(put).carriedOut).toBe('maybe');
      expect(put.trace.attempts).toBe(1);
    },
  );

  it.each(['null', '"x"', '17', 'true'])('%s is no profile', async (body) => {
    const { service } = await bodyServer(body);
    expect(failureOf(await service.get(CALL)).code).toBe('unreadable-answer');
  });

  it('a profile without any tag is final', async () => {
    const { service, world } = await simulated({ faults: [{ kind: 'no-etag' }] });
    expect(failureOf(await service.get(CALL))).toMatchObject({ code: 'no-etag', again: 'never' });
    expect(world.requests).toHaveLength(1);
  });

  it('a tag that would end a header is refused', async () => {
    const { service } = await bodyServer('{"attributes":{"etag":"1\\r\\nX-Evil: 1"}}');
    expect(failureOf(await service.get(CALL)).code).toBe('unreadable-answer');
  });

  it('an answer of many megabytes is not read to its end', async () => {
    const { service } = await bodyServer('x'.repeat(6 * 1024 * 1024));
    expect(failureOf(await service.get(CALL)).carriedOut).toBe('maybe');
  });
});

describe('redirects', () => {
  it.each([301, 302, 303, 307, 308])('%i is not followed', async (status) => {
    const elsewhere = await rawServer((_, response) => response.end(PROFILE));
    const { service } = await raw((_, response) =>
      response.writeHead(status, { Location: `${elsewhere.url}/v1` }).end(),
    );
    expect(failureOf(await service.get(CALL)).code).toBe('redirected');
    const put = await service.put(CALL, { profile: {}, etag: '-1' });
    expect(failureOf(put).code).toBe('redirected');
    expect(elsewhere.requests).toHaveLength(0);
  });
});

describe('the network', () => {
  it.each(['black-hole', 'drip'] as const)('%s: ends at the deadline', async (kind) => {
    const { service, world } = await simulated({ faults: [{ kind }] }, { timeoutMs: 60 });
    const put = await service.put(CALL, { profile: world.profile(TENANT)!, etag: '-1' });
    expect(failureOf(put)).toMatchObject({ code: 'no-answer-in-time', carriedOut: 'maybe' });
    expect(put.trace.attempts).toBe(1);
  });

  it.each(['lost-before', 'lost-after', 'mid-answer'] as const)(
    '%s: a PUT may have been carried out, and is not sent again',
    async (kind) => {
      const { service, world } = await simulated({ faults: [{ kind }] });
      const put = await service.put(CALL, { profile: world.profile(TENANT)!, etag: '-1' });
      expect(failureOf(put)).toMatchObject({ code: 'connection-lost', carriedOut: 'maybe' });
      expect(world.requests).toHaveLength(1);
    },
  );

  it('refused connections carry nothing out, so that a PUT too is tried again', async () => {
    const { world, service } = await simulated();
    await world.close();
    const put = await service.put(CALL, { profile: {}, etag: '-1' });
    expect(failureOf(put)).toMatchObject({ code: 'service-unreachable', carriedOut: 'no' });
    expect(put.trace).toEqual({ requestId: 'request-1', attempts: 4 });
  });
});

describe('asking again', () => {
  it('keeps the request id, and waits longer each time', async () => {
    const faults = [{ kind: '503', times: 3 }] as const;
    const { world, service, slept } = await simulated({ faults });
    const result = await service.get(CALL);
    expect(profileOf(result).etag).toBeDefined();
    expect(result.trace.attempts).toBe(4);
    expect(world.requests.map(({ headers }) => headers['ms-requestid'])).toEqual(
      Array(4).fill('request-1'),
    );
    expect(slept).toEqual([250, 500, 1000]);
  });

  it('ends after four attempts', async () => {
    const { world, service } = await simulated({ faults: [{ kind: '502' }] });
    expect(failureOf(await service.get(CALL)).code).toBe('service-unavailable');
    expect(world.requests).toHaveLength(4);
  });

  it('waits as long as a 503 says, unless that is longer than a run may wait', async () => {
    const faults = [{ kind: '503', times: 1, seconds: 20 }] as const;
    const patient = await simulated({ faults });
    profileOf(await patient.service.get(CALL));
    expect(patient.slept).toEqual([20_000]);
    const short = await simulated({ faults }, { maxWaitMs: 5000 });
    expect(failureOf(await short.service.get(CALL)).code).toBe('service-unavailable');
    expect(short.slept).toEqual([]);
  });

  it('pauses for a 429 as long as it says, and then goes on, for a PUT too', async () => {
    const faults = [{ kind: '429', times: 5, seconds: 20 }] as const;
    const { world, service, slept } = await simulated({ faults });
    const live = { profile: world.profile(TENANT)!, etag: '' };
    const etag = (live.profile.attributes as { etag: string }).etag;
    const result = await service.put(CALL, { ...live, etag });
    profileOf(result);
    // More refusals than attempts: being told to wait is no failure.
    expect(result.trace.attempts).toBe(6);
    expect(slept.filter((ms) => ms === 20_000)).toHaveLength(5);
  });

  it('stops the run where the service refuses everything for too long', async () => {
    const faults = [{ kind: '429', seconds: 100 }] as const;
    const { service, world } = await simulated({ faults }, { maxWaitMs: 250_000 });
    expect(failureOf(await service.get(CALL))).toMatchObject({
      code: 'throttled-too-long',
      scope: 'run',
      carriedOut: 'no',
    });
    expect(world.requests).toHaveLength(3);
  });

  it('is over when the run stops', async () => {
    const { service, world } = await simulated(
      { faults: [{ kind: '503' }] },
      { stop: AbortSignal.abort() },
    );
    expect(failureOf(await service.get(CALL))).toMatchObject({
      code: 'run-stopped',
      scope: 'run',
      carriedOut: 'maybe',
    });
    expect(world.requests).toHaveLength(1);
  });

  it('sends nothing more when the run stops during a pause', async () => {
    const { service, world } = await simulated(
      { faults: [{ kind: '429' }] },
      { stop: AbortSignal.abort() },
    );
    expect(failureOf(await service.get(CALL)).code).toBe('run-stopped');
    expect(world.requests).toHaveLength(1);
  });

  it.each(['401', '401-mfa', '401-mfa-claim', '401-audience'] as const)(
    '%s is a failure of the run, and is not tried again',
    async (kind) => {
      const { service, world } = await simulated({ faults: [{ kind }] });
      expect(failureOf(await service.get(CALL))).toMatchObject({ scope: 'run', again: 'never' });
      expect(world.requests).toHaveLength(1);
    },
  );
});
