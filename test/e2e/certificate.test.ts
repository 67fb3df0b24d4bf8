/** An app that signs in with a certificate: with the built program, against a checked signature. */
import { createPrivateKey } from 'node:crypto';
import { chmodSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';

import { generateCustomers } from '../../src/simulator/generate-customers.js';
import { startSimulator } from '../../src/simulator/start-simulator.js';
import { makeAppCertificate, type AppCertificate } from '../helpers/certificates.js';
import { billpatch, newFolder, readCsv, writeInput, type Ran } from './billpatch.js';

const SUITE_MS = 120_000;
const CLIENT = 'aaaaaaaa-2222-4333-8444-555555555555';
const PASSWORD = 'canary-5ecret-password';
const APPLY = ['apply', 'in.csv', '--yes', '--quiet', '--run-dir', 'run'];
const WHOAMI = ['whoami', '--check', '--json'];

type Skip = (why?: string) => never;

const make = async (
  skip: Skip,
  options?: Parameters<typeof makeAppCertificate>[1],
): Promise<AppCertificate> =>
  (await makeAppCertificate(newFolder(), options)) ?? skip('openssl made no certificate');

/** A service that knows this certificate of the app, and no other. */
async function newWorld({ cert }: AppCertificate) {
  const customers = generateCustomers(3, 5);
  const simulator = await startSimulator({ customers, tokens: 'issued', certificates: [cert] });
  onTestFinished(simulator.close);
  const cwd = newFolder();
  const lines = customers.map(({ tenantId }) => `${tenantId},a@new.example`);
  writeInput(cwd, ['customerTenantId,email', ...lines, ''].join('\n'));
  const run = (words: readonly string[], path: string, password = ''): Promise<Ran> =>
    billpatch(words, {
      cwd,
      env: {
        PARTNER_CENTER_ACCESS_TOKEN: '',
        AZURE_TENANT_ID: '11111111-2222-4333-8444-555555555555',
        AZURE_CLIENT_ID: CLIENT,
        AZURE_CLIENT_CERTIFICATE_PATH: path,
        AZURE_CLIENT_CERTIFICATE_PASSWORD: password,
        BILLPATCH_BASE_URL: simulator.url,
        BILLPATCH_AUTHORITY: simulator.url,
        XDG_CONFIG_HOME: join(cwd, 'config'),
      },
    });
  return { simulator, cwd, run };
}

describe('an app with a certificate', () => {
  test('signs in, is accepted, and changes customers', { timeout: SUITE_MS }, async ({ skip }) => {
    const own = await make(skip);
    const { simulator, cwd, run } = await newWorld(own);
    const who = await run(WHOAMI, own.path);
    expect([who.exitCode, who.stderr]).toEqual([0, '']);
    expect(JSON.parse(who.stdout)).toMatchObject({
      mode: 'app',
      because: 'AZURE_CLIENT_CERTIFICATE_PATH is set',
      subject: { kind: 'app', name: CLIENT },
      mfa: 'not needed',
      check: { ok: true },
    });
    const applied = await run(APPLY, own.path);
    expect([applied.exitCode, applied.stderr]).toEqual([0, '']);
    const statuses = readCsv(join(cwd, 'run/results.csv')).map((row) => row.result_status);
    expect(statuses).toEqual(['updated', 'updated', 'updated']);
    const granted = { version: 'v2', grant: 'client_credentials', status: 200 };
    expect(simulator.tokenRequests).toEqual([granted, granted]);
  });

  test(
    'may have its key protected by a password, which has to be right',
    { timeout: SUITE_MS },
    async ({ skip }) => {
      const own = await make(skip);
      const { simulator, run } = await newWorld(own);
      const key = createPrivateKey(own.key).export({
        type: 'pkcs8',
        format: 'pem',
        cipher: 'aes-256-cbc',
        passphrase: PASSWORD,
      });
      writeFileSync(own.path, `${own.cert}${key.toString()}`);
      const [right, wrong] = await Promise.all([
        run(WHOAMI, own.path, PASSWORD),
        run(WHOAMI, own.path, `${PASSWORD}-not`),
      ]);
      expect([right.exitCode, right.stderr]).toEqual([0, '']);
      expect([wrong.exitCode, wrong.stderr]).toEqual([
        2,
        expect.stringContaining('AZURE_CLIENT_CERTIFICATE_PASSWORD'),
      ]);
      expect(wrong.stdout + wrong.stderr).not.toContain(PASSWORD);
      expect(simulator.tokenRequests).toHaveLength(1);
    },
  );

  test(
    'that the tenant does not know is refused, with a next step; nothing is changed',
    { timeout: SUITE_MS },
    async ({ skip }) => {
      const [own, other] = [await make(skip), await make(skip, { name: 'other' })];
      const { simulator, run } = await newWorld(own);
      for (const { exitCode, stderr, stdout } of await Promise.all([
        run(WHOAMI, other.path),
        run(APPLY, other.path),
      ])) {
        expect(exitCode).toBe(3);
        expect(stderr + stdout).toContain('AADSTS700027');
        expect(stderr + stdout).toContain('Upload its public part');
        expect(stderr).not.toMatch(/\n\s+at /);
      }
      expect(simulator.tokenRequests.map(({ error }) => error)).toEqual([
        'invalid_client',
        'invalid_client',
      ]);
      expect(simulator.requests).toHaveLength(0);
    },
  );

  test(
    'that is over, or that others can read, is not even asked with',
    { timeout: SUITE_MS },
    async ({ skip }) => {
      const own = await make(skip);
      const over = await make(skip, { name: 'over', days: -1 });
      const { simulator, cwd, run } = await newWorld(own);
      chmodSync(own.path, 0o644);
      for (const [{ path, key }, named] of [
        [own, `chmod 600 ${own.path}`],
        [over, 'ended on'],
      ] as const) {
        const { exitCode, stdout, stderr } = await run(APPLY, path);
        expect([exitCode, stderr]).toEqual([2, expect.stringContaining(named)]);
        expect(stdout + stderr).not.toContain(key.split('\n')[1]);
        expect(stderr).toContain(path);
      }
      expect(simulator.tokenRequests).toHaveLength(0);
      expect(readdirSync(cwd)).toEqual(['in.csv']);
    },
  );
});
