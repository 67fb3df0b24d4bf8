import { expect, it } from 'vitest';
import { billingPath, call, getProfile, simulate } from './call.js';

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/;

it('echoes the ids that were sent', async () => {
  const headers = { 'MS-RequestId': 'Mine-1', 'MS-CorrelationId': 'Mine-2', 'X-Locale': 'en-US' };
  const answer = await call(await simulate(), 'GET', billingPath(), { headers });
  expect(answer.headers).toMatchObject({
    'ms-requestid': 'Mine-1',
    'ms-correlationid': 'Mine-2',
    'x-locale': 'en-US',
  });
});

it('makes ids where none were sent, and has the headers of a recorded answer', async () => {
  const { headers } = await getProfile(await simulate({ now: () => Date.UTC(2026, 10, 23) }));
  expect(headers).toMatchObject({
    'content-type': 'application/json; charset=utf-8',
    'ms-requestid': expect.stringMatching(GUID) as string,
    'ms-correlationid': expect.stringMatching(GUID) as string,
    'ms-cv': expect.stringMatching(/^[A-Za-z0-9+/]{16}\.0$/) as string,
    'ms-serverid': expect.stringMatching(/^[0-9a-f]+$/) as string,
    'request-context': expect.stringMatching(/^appId=cid-v1:/) as string,
    date: 'Mon, 23 Nov 2026 00:00:00 GMT',
  });
  // The tag is in the body alone.
  expect(headers).not.toHaveProperty('etag');
});

it('begins JSON with a byte order mark, errors included, and counts it', async () => {
  const simulator = await simulate();
  for (const path of [billingPath(), '/v1/nothing']) {
    const { bytes, headers, text } = await call(simulator, 'GET', path);
    expect([...bytes.subarray(0, 4)]).toEqual([0xef, 0xbb, 0xbf, 0x7b]);
    expect(Number(headers['content-length'])).toBe(bytes.length);
    const json = text.slice(1);
    expect(JSON.stringify(JSON.parse(json))).toBe(json);
  }
});

it('leaves the mark out where told, and before text always', async () => {
  const plain = await getProfile(await simulate({ bom: false }));
  expect(plain.bytes[0]).toBe(0x7b);
  const text = await call(await simulate(), 'GET', '/v1/countryvalidationrules/UK');
  expect(text.text.startsWith('No')).toBe(true);
});
