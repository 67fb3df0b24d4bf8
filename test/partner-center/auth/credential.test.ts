/** What is wrong with a client certificate is said before anybody is asked. */
import { createPrivateKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { readCredential } from '../../../src/partner-center/auth/credential.js';
import { makeAppCertificate, type AppCertificate } from '../../helpers/certificates.js';

const PASSWORD = 'canary-password';
const DAY_MS = 86_400_000;
const folder = mkdtempSync(join(tmpdir(), 'billpatch-credential-'));
let own: AppCertificate | undefined;
let other: AppCertificate | undefined;

beforeAll(async () => {
  own = await makeAppCertificate(folder);
  other = await makeAppCertificate(folder, { name: 'other' });
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function certificates(skip: (why?: string) => never) {
  return own && other ? { own, other } : skip('openssl made no certificates');
}

/** Of a file with this text; an error as its code, message and hint. */
async function read(text: string, { password = '', now = Date.now(), mode = 0o600 } = {}) {
  const path = join(folder, 'read.pem');
  rmSync(path, { force: true });
  writeFileSync(path, text, { mode });
  const env = {
    AZURE_CLIENT_CERTIFICATE_PATH: path,
    AZURE_CLIENT_CERTIFICATE_PASSWORD: password,
  };
  const app = { tenant: 't', clientId: 'c', credential: 'certificate' } as const;
  return readCredential(env, app, now).catch((error: unknown) => {
    const { code, message, hint } = error as Readonly<Record<string, string>>;
    return { code, said: `${message ?? ''} ${hint ?? ''}` };
  });
}

const locked = ({ key }: AppCertificate, type: 'pkcs1' | 'pkcs8'): string => {
  const cipher = { cipher: 'aes-256-cbc', passphrase: PASSWORD };
  return createPrivateKey(key)
    .export({ type, format: 'pem', ...cipher })
    .toString();
};

it('takes certificate and key in either order, and the certificate of the key from a chain', async ({
  skip,
}) => {
  const { own: mine, other: theirs } = certificates(skip);
  const plain = await read(mine.cert + mine.key);
  expect(plain).toMatchObject({
    kind: 'certificate',
    thumbprint: expect.stringMatching(/^[0-9A-F]{64}$/) as string,
  });
  expect(await read(mine.key + mine.cert)).toEqual(plain);
  expect(await read(theirs.cert + mine.cert + mine.key)).toEqual(plain);
  expect(await read(`Bag Attributes\n    friendlyName: app-1\n${mine.cert}${mine.key}`)).toEqual(
    plain,
  );
});

it('opens a key that a password protects, in the form of today and in that of long ago', async ({
  skip,
}) => {
  const { own: mine } = certificates(skip);
  const plain = await read(mine.cert + mine.key);
  for (const type of ['pkcs8', 'pkcs1'] as const) {
    const text = mine.cert + locked(mine, type);
    expect(text).toMatch(/ENCRYPTED/);
    expect(await read(text, { password: PASSWORD })).toEqual(plain);
    const missing = await read(text);
    expect(missing).toMatchObject({
      code: 'certificate-unreadable',
      said: expect.stringMatching(
        /protected by a password.*AZURE_CLIENT_CERTIFICATE_PASSWORD/,
      ) as string,
    });
    const wrong = await read(text, { password: `${PASSWORD}-not` });
    expect(wrong).toMatchObject({
      code: 'certificate-unreadable',
      said: expect.stringContaining('not opened by the password') as string,
    });
    expect(JSON.stringify([missing, wrong])).not.toContain(PASSWORD);
  }
});

it('says what the file lacks', async ({ skip }) => {
  const { own: mine, other: theirs } = certificates(skip);
  const said = async (text: string, what: string): Promise<void> => {
    expect(await read(text), what).toMatchObject({
      code: 'certificate-unreadable',
      said: expect.stringContaining(what) as string,
    });
  };
  await said(mine.cert, 'holds no private key');
  await said(mine.key, 'holds no certificate');
  await said('', 'holds no private key');
  await said(theirs.cert + mine.key, 'not that of its certificate');
  await said(mine.cert + mine.key.replace(/\n.{8}/, '\nAAAAAAAA'), 'cannot be read');
  await said(mine.cert.replace(/\n.{8}/, '\nAAAAAAAA') + mine.key, 'not that of its');
  for (const kind of ['ec', 'rsa:1024']) {
    const weak = await makeAppCertificate(folder, { name: 'weak', kind });
    if (weak) await said(weak.cert + weak.key, 'no RSA key of at least 2048 bits');
  }
});

it('refuses a certificate that is over or not yet good, and a file that others can read', async ({
  skip,
}) => {
  const { own: mine } = certificates(skip);
  const text = mine.cert + mine.key;
  expect(await read(text, { now: Date.now() + 3 * DAY_MS })).toMatchObject({
    code: 'certificate-expired',
    said: expect.stringMatching(/ended on \d{4}-\d\d-\d\d\..*Make a new one/) as string,
  });
  expect(await read(text, { now: Date.now() - DAY_MS })).toMatchObject({
    code: 'certificate-not-yet-valid',
  });
  if (process.platform === 'win32') return;
  expect(await read(text, { mode: 0o640 })).toMatchObject({
    code: 'secret-file-open',
    said: expect.stringContaining('chmod 600') as string,
  });
});
