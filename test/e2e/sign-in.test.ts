/** Signing in, by every way there is, with the built program against the simulator's token endpoints. */
import { createPrivateKey } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';

import { generateCustomers } from '../../src/simulator/generate-customers.js';
import {
  startSimulator,
  type Simulator,
  type SimulatorOptions,
} from '../../src/simulator/start-simulator.js';
import { makeAppCertificate, type AppCertificate } from '../helpers/certificates.js';
import { billpatch, newFolder, readCsv, start, writeInput, type Ran } from './billpatch.js';

const FULL = process.env.BILLPATCH_TEST_LEVEL === 'full';
const SUITE_MS = FULL ? 600_000 : 120_000;
const TENANT = '11111111-2222-4333-8444-555555555555';
const OTHER_TENANT = '99999999-2222-4333-8444-555555555555';
/** The figures are what these suites are for. */
const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};
/** Looked for in everything that is left behind. */
const CANARY = 'canary-5ecret';

type Env = Readonly<Record<string, string>>;
const NOBODY: Env = {
  PARTNER_CENTER_ACCESS_TOKEN: '',
  AZURE_TENANT_ID: TENANT,
  AZURE_CLIENT_ID: 'aaaaaaaa-2222-4333-8444-555555555555',
};
const APP: Env = { ...NOBODY, AZURE_CLIENT_SECRET: CANARY };
const KEPT: Env = { ...NOBODY, BILLPATCH_CACHE_PASSPHRASE: `${CANARY}-passphrase` };

interface World {
  readonly simulator: Simulator;
  readonly cwd: string;
  readonly tenants: readonly string[];
  readonly env: (env: Env) => Env;
  readonly run: (words: readonly string[], env: Env) => Promise<Ran>;
  readonly results: () => readonly Readonly<Record<string, string>>[];
}

const APPLY = ['apply', 'in.csv', '--yes', '--quiet', '--run-dir', 'run'];

const newEmail = (tenant: string): string => `${tenant.slice(0, 8)}@new.example`;

async function newWorld(rows: number, options: SimulatorOptions = {}): Promise<World> {
  const customers = generateCustomers(rows, 5);
  const simulator = await startSimulator({ customers, tokens: 'issued', ...options });
  onTestFinished(simulator.close);
  const cwd = newFolder();
  const tenants = customers.map(({ tenantId }) => tenantId);
  const lines = tenants.map((tenant) => `${tenant},${newEmail(tenant)}`);
  writeInput(cwd, ['customerTenantId,email', ...lines, ''].join('\n'));
  const env = (over: Env): Env => ({
    BILLPATCH_BASE_URL: simulator.url,
    BILLPATCH_AUTHORITY: simulator.url,
    XDG_CONFIG_HOME: join(cwd, 'config'),
    ...over,
  });
  return {
    simulator,
    cwd,
    tenants,
    env,
    run: (words, over) => billpatch(words, { cwd, env: env(over) }),
    results: () => readCsv(join(cwd, 'run/results.csv')),
  };
}

const statusesOf = ({ results }: World): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { result_status: status = '' } of results())
    counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};

const updatedOnce = ({ simulator, tenants }: World): number =>
  tenants.filter(
    (tenant) =>
      simulator.history(tenant) === 1 && simulator.profile(tenant)?.email === newEmail(tenant),
  ).length;

/** Every file below a folder, with its mode. */
function filesIn(folder: string): { readonly path: string; readonly text: string }[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => ({ path, text: readFileSync(path, 'latin1') }));
}

const login = (world: World, env: Env = KEPT): Promise<Ran> =>
  world.run(['login', '--device-code', '--no-open'], env);

describe('N8: tokens that are refused in mid-run', () => {
  const ROWS = FULL ? 400 : 60;

  test(
    'one token request for all rows that wait, and each request is sent once more',
    { timeout: SUITE_MS },
    async () => {
      let seen = 0;
      const world: World = await newWorld(ROWS, {
        latencyMs: 20,
        log: () => {
          seen += 1;
          if (seen === 30) world.simulator.revokeTokens();
        },
      });
      const { exitCode, stderr } = await world.run([...APPLY, '--concurrency', '16'], APP);
      expect([exitCode, stderr]).toEqual([0, '']);
      expect(statusesOf(world)).toEqual({ updated: ROWS });
      expect(updatedOnce(world)).toBe(ROWS);
      expect(world.simulator.tokenRequests).toHaveLength(2);
      const { requests } = world.simulator;
      const refused = requests.filter(({ status }) => status === 401);
      expect(refused.length).toBeGreaterThan(0);
      expect(refused.length).toBeLessThanOrEqual(16);
      for (const { method, path, headers } of refused) {
        // The same request, its id included, with the new token: once.
        const same = requests.filter(
          (other) => other.headers['ms-requestid'] === headers['ms-requestid'],
        );
        expect(same.map(({ status }) => status)).toEqual([401, 200]);
        expect(same.map((other) => [other.method, other.path])).toEqual([
          [method, path],
          [method, path],
        ]);
        expect(same[1]?.headers.authorization).not.toBe(headers.authorization);
      }
      say(`N8: ${ROWS} rows, ${refused.length} requests refused, 1 token request for them`);
    },
  );

  test.for([
    ['700082', 'sign-in-expired'],
    ['50076', 'mfa-required'],
    ['53003', 'conditional-access'],
    ['7000222', 'secret-expired'],
  ] as const)(
    'a renewal that is refused (AADSTS%s) stops the run; a new sign-in ends it',
    { timeout: SUITE_MS },
    async ([code, errorCode]) => {
      let seen = 0;
      const world: World = await newWorld(24, {
        latencyMs: 10,
        log: () => {
          seen += 1;
          if (seen !== 20) return;
          world.simulator.revokeTokens();
          world.simulator.scriptSignIn({ code });
        },
      });
      const { exitCode, stderr, stdout } = await world.run([...APPLY, '--concurrency', '4'], APP);
      expect(exitCode).toBe(3);
      expect(stderr + stdout).toContain(`AADSTS${code}`);
      expect(stderr + stdout).toContain('billpatch resume');
      expect(stderr).not.toMatch(/\n\s+at /);
      const statuses = statusesOf(world);
      expect((statuses.skipped ?? 0) + (statuses.updated ?? 0)).toBe(24);
      expect(world.results().at(-1)).toMatchObject({
        result_status: 'skipped',
        result_error_code: errorCode,
      });
      expect(world.simulator.tokenRequests).toHaveLength(2);

      world.simulator.clearFaults();
      expect((await world.run(['resume', 'run', '--yes', '--quiet'], APP)).exitCode).toBe(0);
      expect(statusesOf(world)).toEqual({ updated: 24 });
      expect(updatedOnce(world)).toBe(24);
    },
  );

  test(
    'a run over more than three lifetimes asks for as many tokens as it needs',
    { timeout: SUITE_MS },
    async () => {
      const rows = FULL ? 2000 : 150;
      const tokenSeconds = FULL ? 8 : 2;
      const world = await newWorld(rows, { latencyMs: FULL ? 50 : 100, tokenSeconds });
      const begun = Date.now();
      const { exitCode } = await world.run([...APPLY, '--concurrency', FULL ? '8' : '3'], APP);
      const seconds = (Date.now() - begun) / 1000;
      expect(exitCode).toBe(0);
      expect(updatedOnce(world)).toBe(rows);
      const { requests, tokenRequests } = world.simulator;
      const used = new Set(requests.map(({ headers }) => headers.authorization));
      say(
        `${rows} rows, ${seconds.toFixed(1)} s of ${tokenSeconds} s tokens: ${tokenRequests.length} token requests, ${used.size} tokens used, rows lost ${rows - updatedOnce(world)}`,
      );
      // Renewed a fifth of its life ahead of its end, and never more often.
      expect(tokenRequests.length).toBeGreaterThan(3);
      expect(tokenRequests.length).toBe(used.size);
      expect(tokenRequests.length).toBeLessThanOrEqual(
        Math.ceil(seconds / (tokenSeconds * 0.8)) + 1,
      );
      expect(requests.filter(({ status }) => status === 401)).toHaveLength(0);
    },
  );
});

describe('a user', () => {
  test(
    'signs in once; two runs at the same time do not lose what is renewed',
    { timeout: SUITE_MS },
    async () => {
      const world = await newWorld(40, {
        devicePolls: [],
        rotation: 'refuse',
        tokenSeconds: 2,
        latencyMs: 50,
      });
      const { simulator, cwd, env } = world;
      const signedIn = await login(world);
      expect([signedIn.exitCode, signedIn.stdout]).toEqual([
        0,
        expect.stringContaining('finance@partner.example'),
      ]);
      const mode = (path: string): string =>
        (statSync(join(cwd, 'config/billpatch', path)).mode & 0o777).toString(8);
      expect([mode('.'), mode('login.json')]).toEqual(['700', '600']);

      const words = (run: string) => [
        'apply',
        'in.csv',
        '--yes',
        '--quiet',
        '--new',
        '--concurrency',
        '1',
        '--run-dir',
        run,
      ];
      const both = await Promise.all(
        ['run', 'second'].map((run) => start(words(run), { cwd, env: env(KEPT) }).ended),
      );
      expect(both.map(({ exitCode }) => exitCode).every((code) => code === 0 || code === 1)).toBe(
        true,
      );
      expect(both.map(({ stderr }) => stderr).join('')).not.toContain('sign');
      expect(simulator.tokenRequests.filter(({ error }) => error !== undefined)).toEqual([]);
      expect(
        simulator.tokenRequests.filter(({ grant }) => grant === 'refresh_token').length,
      ).toBeGreaterThan(1);

      // What is kept last still works; after that nothing is kept.
      expect((await world.run(['whoami', '--check', '--json'], KEPT)).exitCode).toBe(0);
      expect((await world.run(['logout'], KEPT)).exitCode).toBe(0);
      expect(readdirSync(join(cwd, 'config/billpatch'))).toEqual([]);
      expect((await world.run(['whoami'], KEPT)).exitCode).toBe(2);
    },
  );

  test('is told what to do where the login cannot be read', { timeout: SUITE_MS }, async () => {
    const world = await newWorld(1, { devicePolls: [] });
    expect((await login(world)).exitCode).toBe(0);
    const locked = await world.run(['whoami'], NOBODY);
    expect([locked.exitCode, locked.stderr]).toEqual([
      2,
      expect.stringContaining('BILLPATCH_CACHE_PASSPHRASE'),
    ]);
    const wrong = await world.run(APPLY, { ...KEPT, BILLPATCH_CACHE_PASSPHRASE: 'x' });
    expect([wrong.exitCode, wrong.stderr]).toEqual([2, expect.stringContaining('billpatch login')]);
    writeFileSync(join(world.cwd, 'config/billpatch/login.json'), '{');
    const damaged = await world.run(['whoami'], KEPT);
    expect([damaged.exitCode, damaged.stderr]).toEqual([2, expect.stringContaining('damaged')]);
    // Signing in anew mends it.
    expect((await login(world)).exitCode).toBe(0);
    const china = await world.run(['whoami', '--cloud', 'china'], KEPT);
    expect([china.exitCode, china.stderr]).toEqual([
      2,
      expect.stringContaining('signed in elsewhere'),
    ]);
    expect(world.simulator.requests).toHaveLength(0);
  });

  test('who takes too long is told so', { timeout: SUITE_MS }, async () => {
    const world = await newWorld(1);
    const { exitCode, stderr } = await world.run(['login', '--no-open', '--wait', '1'], KEPT);
    expect(exitCode).toBe(3);
    expect(stderr).toContain('/oauth2/v2.0/authorize?');
    expect(stderr).toContain('Nobody signed in within 1 s.');
  });

  test(
    'can keep nothing without a key, and nothing is asked of anybody',
    { timeout: SUITE_MS },
    async () => {
      const world = await newWorld(1);
      const { exitCode, stderr } = await login(world, NOBODY);
      // Where the machine has a keyring, the login is kept with its key: then there is nothing to show.
      if (exitCode === 0) return;
      expect([exitCode, stderr]).toEqual([
        2,
        expect.stringContaining('nothing is ever stored unencrypted'),
      ]);
      expect(world.simulator.tokenRequests).toHaveLength(0);
    },
  );
});

describe('another tenant', () => {
  test(
    'than that of the plan is refused, and so is another cloud',
    { timeout: SUITE_MS },
    async () => {
      const world = await newWorld(3);
      const { simulator, run } = world;
      expect((await run(['plan', 'in.csv', '--run-dir', 'run'], APP)).exitCode).toBe(0);
      const manifest = JSON.parse(readFileSync(join(world.cwd, 'run/run.json'), 'utf8')) as object;
      expect(manifest).toMatchObject({ partnerTenant: TENANT, cloud: 'global' });
      const other = await run(['apply', 'run', '--yes'], { ...APP, AZURE_TENANT_ID: OTHER_TENANT });
      expect(other.exitCode).toBe(2);
      expect(other.stderr).toContain(TENANT);
      expect(other.stderr).toContain(OTHER_TENANT);
      const opaque = await run(['apply', 'run', '--yes'], {
        ...NOBODY,
        AZURE_TENANT_ID: OTHER_TENANT,
        PARTNER_CENTER_ACCESS_TOKEN: 'opaque',
      });
      expect([opaque.exitCode, opaque.stderr]).toEqual([2, expect.stringContaining(OTHER_TENANT)]);
      const cloud = await run(
        ['apply', 'run', '--yes', '--cloud', 'us-gov', '--base-url', simulator.url],
        APP,
      );
      expect([cloud.exitCode, cloud.stderr]).toEqual([2, expect.stringContaining('us-gov')]);
      expect(simulator.counts().put).toBe(0);
      expect((await run(['apply', 'run', '--yes'], APP)).exitCode).toBe(0);
      expect(
        (
          await run(['undo', 'run', '--yes', '--run-dir', 'undone'], {
            ...APP,
            AZURE_TENANT_ID: OTHER_TENANT,
          })
        ).exitCode,
      ).toBe(2);
      expect(simulator.counts().put).toBe(3);
    },
  );
});

/** How whatever an app signs itself begins. */
const SIGNED_BY_KEY = Buffer.from('{"alg":"PS256"').toString('base64url').slice(0, -1);

/** The key of the file is protected by a password from now on; as text. */
function lock({ path, key, cert }: AppCertificate, passphrase: string): string {
  const form = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase } as const;
  const text = createPrivateKey(key).export(form).toString();
  writeFileSync(path, `${cert}${text}`);
  return text;
}

test(
  'S1: no secret is left anywhere, by whichever way one signs in',
  { timeout: SUITE_MS },
  async () => {
    const world = await newWorld(4, { tokens: 'any', devicePolls: [] });
    const { cwd, env, simulator } = world;
    expect((await login(world)).exitCode).toBe(0);
    const kept = readFileSync(join(cwd, 'config/billpatch/login.json'), 'latin1');
    // Not among the files that are searched.
    const certificate = await makeAppCertificate(newFolder());
    const locked = certificate && lock(certificate, `${CANARY}-password`);
    const ways: readonly (readonly [run: string, Env, auth?: string])[] = [
      ['access-token', { PARTNER_CENTER_ACCESS_TOKEN: `${CANARY}.access` }],
      ['refresh-token', { ...NOBODY, PARTNER_CENTER_REFRESH_TOKEN: `${CANARY}-refresh` }],
      ['app', APP],
      ['user', KEPT],
      ...(certificate
        ? [
            [
              'certificate',
              {
                ...NOBODY,
                AZURE_CLIENT_CERTIFICATE_PATH: certificate.path,
                AZURE_CLIENT_CERTIFICATE_PASSWORD: `${CANARY}-password`,
              },
              'app',
            ] as const,
          ]
        : []),
    ];
    const outputs: string[] = [];
    const given = new Set<string>();
    for (const failing of [false, true]) {
      if (failing) {
        simulator.script({ kind: '401', route: 'any' });
        simulator.scriptSignIn({ code: '70008' });
      }
      await Promise.all(
        ways.map(async ([way, over, auth = way]) => {
          const run = `${way}-${failing}`;
          const all = [
            ['apply', 'in.csv', '--yes', '--new', '--verbose', '--run-dir', run, '--auth', auth],
            ['whoami', '--check', '--auth', auth],
            ['resume', run, '--yes', '--verbose', '--auth', auth],
            ['doctor', '--json', '--auth', auth],
          ];
          for (const words of failing || FULL ? all : all.slice(0, 2)) {
            const { child, ended } = start(words, { cwd, env: env(over) });
            const line = readFileSync(`/proc/${child.pid ?? 0}/cmdline`, 'latin1');
            const { stdout, stderr, exitCode } = await ended;
            expect(exitCode, stderr).not.toBe(70);
            // The planted refresh token is one that nobody gave out.
            if (!failing && words[0] === 'whoami')
              expect([way, exitCode]).toEqual([way, way === 'refresh-token' ? 3 : 0]);
            outputs.push(line, stdout, stderr);
          }
        }),
      );
    }
    for (const { headers } of simulator.requests) {
      const token = headers.authorization?.slice(7) ?? '';
      if (token !== '') given.add(token);
    }
    expect(given.size).toBeGreaterThan(2);
    outputs.push(kept, ...filesIn(cwd).map(({ text }) => text));
    const everything = outputs.join('\n');
    const keys = [certificate?.key ?? '', locked ?? ''].flatMap((text) =>
      text.split('\n').filter((line) => line.length === 64),
    );
    const secrets = [CANARY, ...given, ...keys, SIGNED_BY_KEY];
    const hits = secrets.filter((secret) => everything.includes(secret));
    say(
      `S1: ${outputs.length} outputs, ${everything.length} bytes, ${ways.length} ways, ${given.size} tokens, ${keys.length} lines of keys, hits ${hits.length}`,
    );
    expect(hits).toEqual([]);
  },
);

test('S3: nobody is named on the console', { timeout: SUITE_MS }, async () => {
  const world = await newWorld(12, {
    tokens: 'any',
    faults: [
      { kind: '400-27002', after: 1, times: 1, on: 'PUT' },
      { kind: 'edited', times: 2, fields: { email: 'theirs@person.example' } },
      { kind: '404', after: 6, times: 1 },
    ],
  });
  const profiles = world.tenants.map((tenant) => world.simulator.profile(tenant) ?? {});
  const outputs: string[] = [];
  for (const words of [
    ['check', 'in.csv'],
    ['plan', 'in.csv', '--run-dir', 'plan'],
    ['apply', 'in.csv', '--yes', '--run-dir', 'run'],
    ['resume', 'run', '--yes'],
    ['undo', 'run', '--yes', '--run-dir', 'undone'],
    ['export', '--run-dir', 'export'],
  ]) {
    const { stdout, stderr } = await world.run(words, {});
    outputs.push(stdout, stderr);
  }
  const console_ = outputs.join('\n');
  const personal = profiles.flatMap((profile) => {
    const address = (profile.defaultAddress ?? {}) as Record<string, unknown>;
    return [
      profile.email,
      profile.companyName,
      profile.lastName,
      address.phoneNumber,
      address.addressLine1,
    ].filter((value): value is string => typeof value === 'string' && value.length > 5);
  });
  expect(personal.length).toBeGreaterThan(30);
  expect(
    [...personal, '@new.example', '@person.example'].filter((value) => console_.includes(value)),
  ).toEqual([]);
});

describe('settings that are not safe are refused before anything is sent', () => {
  test.for([
    [{ NODE_TLS_REJECT_UNAUTHORIZED: '0' }, 'NODE_TLS_REJECT_UNAUTHORIZED'],
    [{ BILLPATCH_AUTHORITY: 'https://login.evil.example' }, 'authority'],
    [{ BILLPATCH_AUTHORITY: 'http://login.microsoftonline.com' }, 'authority'],
    [{ BILLPATCH_BASE_URL: 'https://evil.example' }, 'evil.example'],
    [{ AZURE_CLIENT_CERTIFICATE_PATH: '/c.pem' }, 'AZURE_CLIENT_CERTIFICATE_PATH'],
    [{ AZURE_CLIENT_SECRET: '', AZURE_CLIENT_CERTIFICATE_PATH: '/nowhere.pem' }, '/nowhere.pem'],
    [{ AZURE_TENANT_ID: '' }, 'AZURE_TENANT_ID'],
  ] as const)('%j', { timeout: SUITE_MS }, async ([over, named]) => {
    const world = await newWorld(1);
    const { exitCode, stderr } = await world.run(APPLY, { ...APP, ...over });
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(named)]);
    expect(stderr).not.toContain(CANARY);
    expect(world.simulator.requests).toHaveLength(0);
    expect(world.simulator.tokenRequests).toHaveLength(0);
    expect(readdirSync(world.cwd).filter((name) => name.endsWith('run'))).toEqual([]);
  });
});

describe('doctor', () => {
  const findingsOf = ({ stdout }: Ran) =>
    (JSON.parse(stdout) as { findings: { about: string; state: string; what: string }[] }).findings;

  test('works for nobody, and says what to do', { timeout: SUITE_MS }, async () => {
    const world = await newWorld(1);
    const ran = await world.run(['doctor', '--json'], { PARTNER_CENTER_ACCESS_TOKEN: '' });
    expect(ran.exitCode).toBe(1);
    const states = Object.fromEntries(findingsOf(ran).map(({ about, state }) => [about, state]));
    expect(states).toEqual({
      Settings: 'ok',
      Login: 'ok',
      Proxy: 'ok',
      TLS: 'ok',
      'Partner Center': 'ok',
      Clock: 'ok',
      'Entra ID': 'ok',
      'Sign-in': 'problem',
      Permissions: 'not checked',
    });
    // Nobody's question brings no token along.
    const sent = world.simulator.requests.map(({ headers }) => headers.authorization);
    expect(new Set(sent)).toEqual(new Set([undefined]));
  });

  test(
    'finds a clock that is off, a right that is missing, a proxy that is none',
    { timeout: SUITE_MS },
    async () => {
      const world = await newWorld(1, {
        tokens: 'any',
        now: () => Date.now() + 3_600_000,
        faults: [{ kind: '403', route: 'any' }],
      });
      const proxies = { HTTPS_PROXY: 'not an address', NODE_EXTRA_CA_CERTS: '' };
      const ran = await world.run(['doctor', '--json'], {
        ...proxies,
        PARTNER_CENTER_ACCESS_TOKEN: 'x',
      });
      const problems = findingsOf(ran).filter(({ state }) => state === 'problem');
      expect(problems.map(({ about }) => about)).toEqual(['Proxy', 'Clock', 'Permissions']);
      expect(problems[1]?.what).toContain('behind');
      const unchecked = await world.run(['doctor'], { NODE_TLS_REJECT_UNAUTHORIZED: '0' });
      expect([unchecked.exitCode, unchecked.stdout]).toEqual([
        1,
        expect.stringMatching(/problem +TLS/),
      ]);
    },
  );
});
