import { constants, createHash, sign, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { refuseProof } from '../../src/simulator/client-assertion.js';
import { makeAppCertificate, type AppCertificate } from '../helpers/certificates.js';

/** Certificates are good from their making on. */
const NOW = Date.now() + 60_000;
const SECONDS = Math.floor(NOW / 1000);
const PATH = '/tenant/oauth2/v2.0/token';
const folder = mkdtempSync(join(tmpdir(), 'billpatch-assertion-'));
let own: AppCertificate | undefined;
let other: AppCertificate | undefined;

beforeAll(async () => {
  own = await makeAppCertificate(folder);
  other = await makeAppCertificate(folder, { name: 'other' });
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const thumbprintOf = ({ cert }: AppCertificate): string =>
  createHash('sha256').update(new X509Certificate(cert).raw).digest('base64url');

function assertionOf(named: AppCertificate, claims: object, key = named.key, alg = 'PS256') {
  const about = { iss: 'app', sub: 'app', aud: `https://h${PATH}`, exp: SECONDS + 60, ...claims };
  const text = `${part({ alg, 'x5t#S256': thumbprintOf(named) })}.${part(about)}`;
  const padding = constants.RSA_PKCS1_PSS_PADDING;
  const saltLength = constants.RSA_PSS_SALTLEN_DIGEST;
  const signature = sign('sha256', Buffer.from(text), { key, padding, saltLength });
  return `${text}.${signature.toString('base64url')}`;
}

const refusalOf = (
  client_assertion: string,
  certificates: readonly string[],
  { now = NOW, type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' } = {},
) =>
  refuseProof(
    new URLSearchParams({ client_id: 'app', client_assertion, client_assertion_type: type }),
    PATH,
    { certificates },
    now,
  );

it('takes what a certificate of the app has signed, for here and now', ({ skip }) => {
  if (!own || !other) return skip('openssl made no certificates');
  const good = assertionOf(own, {});
  expect(refusalOf(good, [other.cert, own.cert])).toBeUndefined();
  expect(refusalOf(good, [])).toBeUndefined();
  expect(refusalOf(good, [other.cert])).toBe('700027');
  // Named rightly, signed with another key; and altered on its way.
  expect(refusalOf(assertionOf(own, {}, other.key), [own.cert])).toBe('700027');
  const [head, , signature] = assertionOf(own, {}).split('.');
  const [, altered] = assertionOf(own, { exp: SECONDS + 61 }).split('.');
  expect(refusalOf([head, altered, signature].join('.'), [own.cert])).toBe('700027');
});

it('refuses what is for another app, endpoint or time, or no such thing', ({ skip }) => {
  if (!own) return skip('openssl made no certificates');
  const { cert } = own;
  const refusals = [
    [{ sub: 'other' }, '700021'],
    [{ iss: 'other', sub: 'other' }, '700021'],
    [{ aud: 'https://h/other/oauth2/v2.0/token' }, '700023'],
    [{ aud: 'none' }, '700023'],
    [{ exp: SECONDS - 301 }, '700024'],
    [{ exp: 'soon' }, '700024'],
    [{ nbf: SECONDS + 301 }, '700024'],
  ] as const;
  for (const [claims, code] of refusals)
    expect([claims, refusalOf(assertionOf(own, claims), [cert])]).toEqual([claims, code]);
  for (const text of ['', 'a.b.c', `${assertionOf(own, {})}.x`])
    expect(refusalOf(text, [cert])).toBe('50027');
  expect(refusalOf(assertionOf(own, {}), [cert], { type: 'other' })).toBe('50027');
  expect(refusalOf(assertionOf(own, {}, own.key, 'none'), [cert])).toBe('50027');
  const later = NOW + 3 * 86_400_000;
  const then = assertionOf(own, { exp: later / 1000 + 60 });
  expect(refusalOf(then, [cert], { now: later })).toBe('1000502');
});
