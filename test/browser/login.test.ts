/** `billpatch login` as a person does it: the built program, a real browser, the simulator's page. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import { startSimulator } from '../../src/simulator/start-simulator.js';
import { billpatch, newFolder, start } from '../e2e/billpatch.js';

const CHROMIUM = '/usr/bin/chromium';
const playwright = await import('playwright-core').catch(() => undefined);
const missing = !playwright
  ? 'playwright-core is not installed'
  : existsSync(CHROMIUM)
    ? ''
    : `there is no ${CHROMIUM}`;

const TENANT = '11111111-2222-4333-8444-555555555555';

describe.skipIf(missing !== '')(
  `login in Chromium${missing === '' ? '' : ` (skipped: ${missing})`}`,
  { timeout: 120_000 },
  () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await playwright!.chromium.launch({
        executablePath: CHROMIUM,
        args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-sync'],
      });
    }, 90_000);
    afterAll(() => browser.close());

    /** A login that has been begun, and its address. */
    async function begun() {
      const simulator = await startSimulator({ tokens: 'issued', requireMfa: true });
      onTestFinished(simulator.close);
      const cwd = newFolder();
      const env = {
        PARTNER_CENTER_ACCESS_TOKEN: '',
        AZURE_TENANT_ID: TENANT,
        AZURE_CLIENT_ID: 'aaaaaaaa-2222-4333-8444-555555555555',
        BILLPATCH_BASE_URL: simulator.url,
        BILLPATCH_AUTHORITY: simulator.url,
        BILLPATCH_CACHE_PASSPHRASE: 'canary-passphrase',
        XDG_CONFIG_HOME: join(cwd, 'config'),
      };
      const { child, ended } = start(['login', '--no-open', '--wait', '90'], { cwd, env });
      const address = await new Promise<string>((resolve) => {
        let said = '';
        child.stderr?.on('data', (text: string) => {
          said += text;
          const found = /http:\/\/127\S+authorize\S+(?=\n)/.exec(said)?.[0];
          if (found !== undefined) resolve(found);
        });
      });
      const page = await browser.newPage();
      onTestFinished(() => page.close());
      await page.goto(address);
      return { simulator, cwd, env, ended, page, address };
    }

    test('a person signs in, and billpatch works as that person', async () => {
      const { simulator, cwd, env, ended, page } = await begun();
      await page.getByLabel('User').fill('ada@partner.example');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('heading', { name: 'You are signed in.' }).waitFor();
      // The code came as a form: it stands in no address, and so in no history.
      expect(page.url()).toMatch(/^http:\/\/localhost:\d+\/$/);
      const { exitCode, stdout, stderr } = await ended;
      expect([exitCode, stdout]).toEqual([0, expect.stringContaining('ada@partner.example')]);
      const kept = readFileSync(join(cwd, 'config/billpatch/login.json'), 'utf8');
      expect(stdout + stderr + kept).not.toContain('canary');
      const who = await billpatch(['whoami', '--check', '--json'], { cwd, env });
      expect(JSON.parse(who.stdout)).toMatchObject({
        mode: 'user',
        subject: { kind: 'user', name: 'ada@partner.example' },
        tenantId: TENANT,
        mfa: 'yes',
        check: { ok: true },
      });
      expect(simulator.tokenRequests).toEqual([
        { version: 'v2', grant: 'authorization_code', status: 200 },
      ]);
    });

    test('a person refuses, and is told what to do', async () => {
      const { cwd, ended, page } = await begun();
      await page.getByRole('button', { name: 'Refuse' }).click();
      await page.getByRole('heading', { name: 'You are not signed in.' }).waitFor();
      const { exitCode, stderr } = await ended;
      expect([exitCode, stderr]).toEqual([3, expect.stringContaining('consent was declined')]);
      expect(existsSync(join(cwd, 'config/billpatch/login.json'))).toBe(false);
    });
  },
);
