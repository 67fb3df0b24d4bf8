import { describe, expect, it } from 'vitest';
import type { EtagMode, StaleDialect } from '../../src/simulator/etag-policy.js';
import { decideTag } from '../../src/simulator/etag-policy.js';
import { TENANT, billingPath, call, getProfile, simulate } from './call.js';

const LIVE = '-4242348048554929000';

describe('which tag counts', () => {
  const cases: [EtagMode, string | undefined, string | undefined, 'ok' | 'stale' | 'missing'][] = [
    ['either', `"${LIVE}"`, LIVE, 'ok'],
    ['either', `"${LIVE}"`, undefined, 'ok'],
    ['either', undefined, LIVE, 'ok'],
    ['either', `"${LIVE}"`, '1', 'stale'],
    ['either', '"1"', LIVE, 'stale'],
    ['either', '"1"', undefined, 'stale'],
    ['either', undefined, '1', 'stale'],
    ['either', undefined, undefined, 'missing'],
    ['either', `W/"${LIVE}"`, undefined, 'ok'],
    ['either', LIVE, undefined, 'ok'],
    ['either', '*', undefined, 'ok'],
    ['header', `"${LIVE}"`, '1', 'ok'],
    ['header', '"1"', LIVE, 'stale'],
    ['header', undefined, LIVE, 'missing'],
    ['body', '"1"', LIVE, 'ok'],
    ['body', `"${LIVE}"`, '1', 'stale'],
    ['body', `"${LIVE}"`, undefined, 'missing'],
    ['ignore', '"1"', '2', 'ok'],
    ['ignore', undefined, undefined, 'ok'],
  ];
  it.each(cases)('%s: If-Match %s, body %s: %s', (etags, header, body, expected) => {
    const policy = { etags, stale: '412', missingTag: 'refuse' } as const;
    const status = decideTag({ header, body }, LIVE, policy)?.status;
    expect(status).toBe({ ok: undefined, stale: 412, missing: 400 }[expected]);
  });
});

describe('a stale tag', () => {
  const dialects: [StaleDialect, number, object | undefined][] = [
    ['400-2055', 400, { code: 2055 }],
    ['412', 412, undefined],
    ['412-odata', 412, { error: { code: 'preconditionFailed', innerError: { code: '99918' } } }],
    ['409', 409, { code: 409 }],
  ];
  const modes = ['either', 'header', 'body'] as const;
  const table = modes.flatMap((etags) => dialects.map((dialect) => [etags, ...dialect] as const));

  it.each(table)('mode %s, dialect %s', async (etags, stale, status, body) => {
    const simulator = await simulate({ etags, stale });
    const read = (await getProfile(simulator)).json;
    simulator.edit(TENANT, { addressLine2: 'Hinterhaus' });
    const tag = (read.attributes as { etag: string }).etag;
    const answer = await call(simulator, 'PUT', billingPath(), {
      headers: { 'if-match': `"${tag}"` },
      body: { ...read, email: 'late@a.example' },
    });
    expect(answer.status).toBe(status);
    if (body === undefined) expect(answer.bytes).toHaveLength(0);
    else expect(answer.json).toMatchObject(body);
    expect(simulator.history(TENANT)).toBe(0);
    expect(simulator.profile(TENANT)).not.toMatchObject({ email: 'late@a.example' });
  });
});

describe('a missing tag', () => {
  it.each([
    ['accept', 200],
    ['refuse', 400],
  ] as const)('%s', async (missingTag, status) => {
    const simulator = await simulate({ missingTag });
    const { attributes, ...profile } = (await getProfile(simulator)).json;
    expect(attributes).toBeDefined();
    const answer = await call(simulator, 'PUT', billingPath(), { body: profile });
    expect(answer.status).toBe(status);
  });
});

it('never gives a tag twice', async () => {
  const simulator = await simulate();
  const tags = new Set<unknown>();
  for (let round = 0; round < 200; round++) {
    tags.add((simulator.profile(TENANT)?.attributes as { etag: string }).etag);
    simulator.edit(TENANT, { city: 'Köln' });
  }
  expect(tags.size).toBe(200);
  expect([...tags].some((tag) => String(tag).startsWith('-'))).toBe(true);
});
