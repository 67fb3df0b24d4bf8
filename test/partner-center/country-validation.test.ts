import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';

import {
  bundledRules,
  createCountryValidation,
  toCountryRules,
} from '../../src/partner-center/country-validation.js';
import {
  createRulesCache,
  rulesCacheFolder,
  type RulesCache,
} from '../../src/partner-center/rules-cache.js';
import type { RulesAnswer } from '../../src/profile/country-rules.js';
import { startSimulator, type SimulatorOptions } from '../../src/simulator/start-simulator.js';
import { askPortsAt } from '../helpers/ask-ports.js';
import { rawServer } from '../helpers/raw-server.js';

const GERMAN = {
  iso2Code: 'DE',
  defaultCulture: 'de-DE',
  isPostalCodeRequired: true,
  supportedCulturesList: ['de-DE'],
  postalCodeRegex: '^\\d{5}$',
};

async function service(options: SimulatorOptions = {}) {
  const simulator = await startSimulator(options);
  onTestFinished(simulator.close);
  const ports = askPortsAt(simulator.url);
  return { simulator, ports, rulesOf: createCountryValidation(ports) };
}

/** A server with one answer for everything. */
async function answering(status: number, body: string) {
  const server = await rawServer((_, response) => {
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(body);
  });
  const ports = askPortsAt(server.url);
  return { server, ports, rulesOf: createCountryValidation(ports) };
}

const sourceOf = (answer: RulesAnswer): string =>
  answer.kind === 'rules' ? answer.rules.source : answer.kind;

describe('the rules of a country', () => {
  it("are the service's, byte order mark and all", async () => {
    const { rulesOf, simulator } = await service();
    expect(await rulesOf('US')).toMatchObject({
      kind: 'rules',
      rules: {
        iso2Code: 'US',
        source: 'service',
        isStateRequired: true,
        cultures: ['en-US', 'es-US'],
      },
    });
    expect(await rulesOf('PT')).toMatchObject({ rules: { states: [], languages: ['pt-PT'] } });
    expect(simulator.requests[0]?.headers).toMatchObject({
      authorization: 'Bearer canary-token-value',
      'ms-requestid': expect.any(String) as string,
      'ms-correlationid': expect.any(String) as string,
    });
  });

  it('are asked for once, however many wait and whatever the letters', async () => {
    const { rulesOf, simulator } = await service({ latencyMs: 20 });
    await Promise.all(['US', 'DE', 'us', 'US', 'De'].map(rulesOf));
    await rulesOf('DE');
    expect(simulator.counts().rules).toBe(2);
  });

  it('are none where the service says so; what is no code is not asked for', async () => {
    const { rulesOf, simulator } = await service();
    expect(await rulesOf('XK')).toEqual({ kind: 'unknown-country' });
    for (const country of ['', 'USA', '..', '../../customers', 'U%', 'ÄÖ'])
      expect(await rulesOf(country)).toEqual({ kind: 'unknown-country' });
    expect(simulator.counts()).toMatchObject({ rules: 1, other: 0 });
    const gone = await answering(404, 'No validation rules were found for the country/region UK');
    expect(await gone.rulesOf('UK')).toEqual({ kind: 'unknown-country' });
  });

  it('go with the service where it differs from the bundled ones', async () => {
    const { rulesOf } = await service({ countryRules: { DE: { postalCodeRegex: '^\\d{4}$' } } });
    expect(await rulesOf('DE')).toMatchObject({ rules: { postalCodeRegex: '^\\d{4}$' } });
    expect(bundledRules('DE')).toMatchObject({ rules: { postalCodeRegex: '^\\d{5}$' } });
  });
});

describe('an answer that is none', () => {
  it.each([
    ['HTML', '<html>sign in</html>'],
    ['nothing', ''],
    ['a list', '[]'],
    ['null', 'null'],
    ['a text', '"DE"'],
    ['the old form', '{"iso2Code":"DE","supportedStatesList":{"value":["a"]}}'],
    ['lists of numbers', '{"iso2Code":"DE","supportedCulturesList":[1]}'],
    ['another country', JSON.stringify({ ...GERMAN, iso2Code: 'FR' })],
    ['no country', '{}'],
    ['a torn one', '{"iso2Code":"DE"'],
  ])('%s: the bundled ones take their place, after one question', async (_, body) => {
    const { rulesOf, server } = await answering(200, body);
    const answer = await rulesOf('DE');
    expect(answer).toMatchObject({
      kind: 'rules',
      rules: { source: 'bundled' },
      instead: expect.stringContaining('its answer') as string,
    });
    await rulesOf('DE');
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    [401, '', 1],
    [403, '', 1],
    [404, '', 1],
    [400, '{"code":2000,"description":"The input is invalid."}', 1],
    [500, '', 4],
    [503, 'busy', 4],
    [302, '', 1],
  ])('%i: the same', async (status, body, requests) => {
    const { rulesOf, server } = await answering(status, body);
    expect(await rulesOf('DE')).toMatchObject({
      rules: { source: 'bundled' },
      instead: `HTTP ${status}`,
    });
    expect(server.requests).toHaveLength(requests);
  });

  it('for a country that is not bundled there are none, and it is said why', async () => {
    const { rulesOf } = await answering(500, '');
    expect(await rulesOf('KE')).toEqual({ kind: 'none', instead: 'HTTP 500' });
  });

  it('however often it comes, it does not open the circuit', async () => {
    const { rulesOf, ports } = await answering(503, '');
    for (const country of ['DE', 'FR', 'US', 'GB', 'IT', 'ES', 'PT', 'NL', 'BE', 'AT', 'CH', 'SE'])
      expect(sourceOf(await rulesOf(country))).toBe('bundled');
    expect(ports.health.circuit()).toBeUndefined();
  });

  it('nor does one that never comes', async () => {
    const server = await rawServer((request) => request.socket.destroy());
    const answer = await createCountryValidation(askPortsAt(server.url))('DE');
    expect(answer).toMatchObject({ rules: { source: 'bundled' } });
  });
});

it('rules leave out what a country does not have', () => {
  expect(toCountryRules({ iso2Code: 'de' }, 'DE')).toEqual({
    iso2Code: 'DE',
    source: 'service',
    isStateRequired: false,
    isCityRequired: false,
    isPostalCodeRequired: false,
    states: [],
    languages: [],
    cultures: [],
    callingCodes: [],
  });
});

describe('the cache', () => {
  const URL = 'https://partner-center.example';
  const NOW = new Date('2026-11-23T08:00:00Z');

  function cacheAt(now = NOW, url = URL): { cache: RulesCache; folder: string } {
    const folder = join(root, 'country-rules');
    return { folder, cache: createRulesCache(folder, url, () => now) };
  }
  let root = '';
  const newRoot = (): void => {
    root = mkdtempSync(join(tmpdir(), 'billpatch-cache-'));
    const made = root;
    onTestFinished(() => {
      rmSync(made, { recursive: true, force: true });
    });
  };
  const days = (number: number): Date => new Date(NOW.getTime() + number * 24 * 3600 * 1000);

  it('gives back what was kept, to its owner alone, for a week', async () => {
    newRoot();
    const { cache, folder } = cacheAt();
    await cache.write('DE', GERMAN);
    const [file = ''] = readdirSync(folder);
    expect(readdirSync(folder)).toHaveLength(1);
    expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(await cache.read('DE')).toEqual(GERMAN);
    expect(await cacheAt(days(6.9)).cache.read('DE')).toEqual(GERMAN);
    expect(await cacheAt(days(7.1)).cache.read('DE')).toBeUndefined();
    // A clock that went back.
    expect(await cacheAt(days(-1)).cache.read('DE')).toBeUndefined();
    expect(await cache.read('FR')).toBeUndefined();
    expect(await cacheAt(NOW, 'https://other.example').cache.read('DE')).toBeUndefined();
  });

  it('that is damaged, or another service’s, is no cache', async () => {
    newRoot();
    const { cache, folder } = cacheAt();
    await cache.write('DE', GERMAN);
    const path = join(folder, readdirSync(folder)[0] ?? '');
    const whole = readFileSync(path, 'utf8');
    const damaged = [
      ...['', '{', '[]', 'null', whole.slice(0, 100), '\0'.repeat(100)],
      whole.replace('"format": 1', '"format": 2'),
      whole.replace(URL, 'https://elsewhere.example'),
      whole.replace('"country": "DE"', '"country": "FR"'),
      whole.replace('2026-11-23', 'yesterday'),
    ];
    for (const text of damaged) {
      writeFileSync(path, text);
      expect(await cache.read('DE')).toBeUndefined();
    }
  });

  it('that cannot be written is done without', async () => {
    newRoot();
    writeFileSync(join(root, 'country-rules'), 'a file');
    const { cache } = cacheAt();
    await cache.write('DE', GERMAN);
    expect(await cache.read('DE')).toBeUndefined();
  });

  it('is asked before the service; what it holds is looked at like an answer', async () => {
    newRoot();
    const { cache } = cacheAt();
    const first = await service();
    const rulesOf = (at: typeof first) => createCountryValidation({ ...at.ports, cache });
    await rulesOf(first)('DE');
    const second = await service();
    expect(await rulesOf(second)('DE')).toMatchObject({ rules: { source: 'service' } });
    expect(second.simulator.counts().rules).toBe(0);
    await cache.write('DE', { ...GERMAN, iso2Code: 'FR' });
    expect(await rulesOf(second)('DE')).toMatchObject({ rules: { iso2Code: 'DE' } });
    expect(second.simulator.counts().rules).toBe(1);
  });

  it.each([
    [URL, { XDG_CACHE_HOME: '/c', HOME: '/h' }, '/c/billpatch/country-rules'],
    [URL, { XDG_CACHE_HOME: 'relative', HOME: '/h' }, '/h/.cache/billpatch/country-rules'],
    [URL, {}, undefined],
    ['http://127.0.0.1:8700', { HOME: '/h' }, undefined],
    ['http://127.0.0.1:8700', { HOME: '/h', BILLPATCH_CACHE_DIR: '/d' }, '/d/country-rules'],
  ])('of %s with %j is %s', (url, env, folder) => {
    expect(rulesCacheFolder(url, env)).toBe(folder);
  });
});
