/**
 * billpatch against servers that nobody here wrote. Their tag comes in the `ETag` header alone and
 * a PUT is answered without a body, so every update is confirmed by reading again.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import { fieldValue, isObject, type JsonObject } from '../../src/profile/billing-profile.js';
import { billpatch, newFolder, readCsv, writeInput, type Result } from '../e2e/billpatch.js';
import {
  bodyOf,
  startAzurite,
  startLighttpd,
  startNginx,
  type ForeignServer,
  type Skipped,
} from '../helpers/foreign-servers.js';

const FULL = process.env.BILLPATCH_TEST_LEVEL === 'full';
const ROWS = 200;
const TIMEOUT = 120_000;

interface Customer {
  readonly tenant: string;
  readonly before: JsonObject;
  readonly email: string;
}

let made = 0;

/** Customers that no other test has. */
const newCustomers = (count: number): Customer[] =>
  Array.from({ length: count }, () => {
    made += 1;
    const hex = made.toString(16).padStart(12, '0');
    const before = {
      'x-first': { kept: [1, null, { deep: ['é', ''] }] },
      id: `aaaaaaaa-0000-4000-8000-${hex}`,
      firstName: 'Ada',
      email: `old${made}@old.example`,
      companyName: `Company ${made}`,
      culture: 'en-US',
      defaultAddress: {
        country: 'US',
        city: 'Redmond',
        addressLine2: 'Suite 4',
        geo: { point: [47.64, -122.13], checked: false },
      },
      notes: { count: 0 },
      attributes: { objectType: 'CustomerBillingProfile', future: { a: { b: null } } },
    };
    return {
      tenant: `bbbbbbbb-0000-4000-8000-${hex}`,
      before,
      email: `new-address-${made}@new.example`,
    };
  });

interface Proxy {
  readonly url: string;
  /** How many PUTs were answered with each status. */
  readonly puts: Readonly<Record<number, number>>;
}

type OnRead = (tenant: string, reading: number) => Promise<void>;

/**
 * Between billpatch and the server: `onRead` runs when the server has answered a GET, and billpatch
 * does not have the answer yet. So what it writes always comes between that GET and the next PUT.
 */
async function proxyTo(origin: ForeignServer, onRead: OnRead): Promise<Proxy> {
  const readings = new Map<string, number>();
  const puts: Record<number, number> = {};
  const server = createServer((request, response) => {
    void (async () => {
      const { method = '', url = '', headers } = request;
      const body = await bodyOf(request);
      const passed = ['content-type', 'if-match'].flatMap((name) => {
        const value = headers[name];
        return typeof value === 'string' ? [[name, value] as const] : [];
      });
      const answer = await fetch(origin.url + url, {
        method,
        headers: Object.fromEntries(passed),
        ...(method === 'PUT' ? { body: new Uint8Array(body) } : {}),
      });
      const content = Buffer.from(await answer.arrayBuffer());
      if (method === 'GET') {
        const tenant = url.split('/')[3] ?? '';
        const reading = (readings.get(tenant) ?? 0) + 1;
        readings.set(tenant, reading);
        await onRead(tenant, reading);
      } else puts[answer.status] = (puts[answer.status] ?? 0) + 1;
      const etag = answer.headers.get('etag');
      response.writeHead(answer.status, {
        'Content-Type': answer.headers.get('content-type') ?? 'application/octet-stream',
        ...(etag === null ? {} : { ETag: etag }),
      });
      response.end(content);
    })().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, puts };
}

interface Applied {
  readonly exitCode: number | null;
  readonly results: readonly Result[];
  /** In the order of the customers. */
  readonly after: readonly JsonObject[];
  readonly puts: Readonly<Record<number, number>>;
}

async function apply(
  server: ForeignServer,
  customers: readonly Customer[],
  onRead: OnRead = () => Promise.resolve(),
  options: readonly string[] = [],
): Promise<Applied> {
  for (const { tenant, before } of customers) await server.put(tenant, before);
  const proxy = await proxyTo(server, onRead);
  const cwd = newFolder();
  const rows = customers.map(({ tenant, email }) => `${tenant},${email}\n`);
  writeInput(cwd, `customerTenantId,email\n${rows.join('')}`);
  const words = ['apply', 'in.csv', '--base-url', proxy.url, '--yes', '--run-dir', 'run'];
  const { exitCode, stderr } = await billpatch([...words, '--concurrency', '8', ...options], {
    cwd,
  });
  const file = join(cwd, 'run/results.csv');
  expect(existsSync(file), stderr).toBe(true);
  const results = readCsv(file);
  expect(results, stderr).toHaveLength(customers.length);
  const after: JsonObject[] = [];
  for (const { tenant } of customers) after.push((await server.get(tenant)).profile);
  return { exitCode, results, after, puts: proxy.puts };
}

/** `updated 198, conflict stale-etag 2` */
const endings = (results: readonly Result[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { result_status = '', result_error_code = '' } of results) {
    const ending = [result_status, result_error_code].filter(Boolean).join(' ');
    counts[ending] = (counts[ending] ?? 0) + 1;
  }
  return counts;
};

const inWords = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');

const say = (
  server: string,
  what: string,
  { results, puts }: Applied,
  overwritten: number,
): void => {
  process.stdout.write(
    `${server}: ${what}: rows ${results.length}: ${inWords(endings(results))}; PUTs by status: ${inWords(puts)}; overwritten ${overwritten}\n`,
  );
};

const addressOf = (profile: JsonObject): JsonObject =>
  isObject(profile.defaultAddress) ? profile.defaultAddress : {};

const line2 = (profile: JsonObject): string => fieldValue(profile, 'addressLine2');

const withLine2 = (profile: JsonObject, addressLine2: string): JsonObject => ({
  ...profile,
  defaultAddress: { ...addressOf(profile), addressLine2 },
});

const noteCount = (profile: JsonObject): number =>
  isObject(profile.notes) ? Number(profile.notes.count) : Number.NaN;

/** Compared as text: the order of the members counts, too. */
const texts = (profiles: readonly JsonObject[]): string[] =>
  profiles.map((profile) => JSON.stringify(profile));

/** One server for the tests of a block. */
function useServer(start: (folder: string) => Promise<ForeignServer | Skipped>) {
  let folder = '';
  let started: ForeignServer | Skipped = { skipped: 'it was not started' };
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'billpatch-server-'));
    started = await start(folder);
  }, TIMEOUT);
  afterAll(async () => {
    if ('close' in started) await started.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return (context: { readonly skip: (note: string) => never }): ForeignServer =>
    'skipped' in started ? context.skip(started.skipped) : started;
}

// A loop: `describe.skipIf(…).for` does not skip.
for (const [name, start] of [
  ['lighttpd', startLighttpd],
  ['azurite', startAzurite],
] as const)
  describe.skipIf(!FULL)(`N9: a server that honours If-Match: ${name}`, () => {
    const use = useServer(start);

    test('refuses a tag that is no longer the current one', async (context) => {
      const server = use(context);
      const [{ tenant, before }] = newCustomers(1) as [Customer];
      await server.put(tenant, before);
      const { etag } = await server.get(tenant);
      const theirs = withLine2(before, 'theirs');
      expect(await server.put(tenant, theirs, etag)).toBeLessThan(300);
      expect(await server.put(tenant, before, etag)).toBe(412);
      const now = await server.get(tenant);
      expect(now.profile).toEqual(theirs);
      expect(now.etag).not.toBe(etag);
    });

    test(
      'nobody else writes: every row is updated, and nothing else in the profile changes',
      async (context) => {
        const server = use(context);
        const customers = newCustomers(ROWS);
        const applied = await apply(server, customers);
        say(name, 'nobody else writes', applied, 0);
        expect(endings(applied.results)).toEqual({ updated: ROWS });
        expect(applied.exitCode).toBe(0);
        expect(texts(applied.after)).toEqual(
          texts(customers.map(({ before, email }) => ({ ...before, email }))),
        );
      },
      TIMEOUT,
    );

    test(
      'passes --check-etags',
      async (context) => {
        const applied = await apply(use(context), newCustomers(20), undefined, ['--check-etags']);
        expect(endings(applied.results)).toEqual({ updated: 20 });
        const notes = applied.results.filter(({ result_hint }) =>
          result_hint?.includes('outdated'),
        );
        expect(notes).toHaveLength(1);
      },
      TIMEOUT,
    );

    test(
      'another field is changed between GET and PUT: both changes are kept',
      async (context) => {
        const server = use(context);
        const customers = newCustomers(ROWS);
        const byTenant = new Map(customers.map((customer) => [customer.tenant, customer]));
        const applied = await apply(server, customers, async (tenant, reading) => {
          if (reading > 1) return;
          await server.put(tenant, withLine2(byTenant.get(tenant)!.before, 'theirs'));
        });
        const overwritten = applied.after.filter((profile) => line2(profile) !== 'theirs').length;
        say(name, 'another field changed in between', applied, overwritten);
        expect(overwritten).toBe(0);
        expect(applied.puts[412]).toBe(ROWS);
        expect(endings(applied.results)).toEqual({ updated: ROWS });
        expect(texts(applied.after)).toEqual(
          texts(customers.map(({ before, email }) => ({ ...withLine2(before, 'theirs'), email }))),
        );
      },
      TIMEOUT,
    );

    test(
      'the same field is changed between GET and PUT: a conflict, theirs stays',
      async (context) => {
        const server = use(context);
        const customers = newCustomers(ROWS);
        const byTenant = new Map(customers.map((customer) => [customer.tenant, customer]));
        const theirs = 'theirs@their.example';
        const applied = await apply(server, customers, async (tenant, reading) => {
          if (reading > 1) return;
          await server.put(tenant, { ...byTenant.get(tenant)!.before, email: theirs });
        });
        const overwritten = applied.after.filter(({ email }) => email !== theirs).length;
        say(name, 'the same field changed in between', applied, overwritten);
        expect(overwritten).toBe(0);
        expect(endings(applied.results)).toEqual({ 'conflict field-moved': ROWS });
        expect(texts(applied.after)).toEqual(
          texts(customers.map(({ before }) => ({ ...before, email: theirs }))),
        );
      },
      TIMEOUT,
    );

    test(
      'a profile that changes at every reading: a conflict, every change of theirs stays',
      async (context) => {
        const server = use(context);
        const customers = newCustomers(40);
        // Each change is added to the ones before, so that the last state shows all of them.
        const theirs = new Map(customers.map(({ tenant }) => [tenant, 'Suite 4']));
        const applied = await apply(server, customers, async (tenant, reading) => {
          const { profile } = await server.get(tenant);
          await server.put(tenant, withLine2(profile, `${line2(profile)} ${reading}`));
          theirs.set(tenant, `${theirs.get(tenant)!} ${reading}`);
        });
        const overwritten = customers.filter(
          ({ tenant }, i) => line2(applied.after[i]!) !== theirs.get(tenant),
        ).length;
        say(name, 'changed at every reading', applied, overwritten);
        expect(overwritten).toBe(0);
        expect(endings(applied.results)).toEqual({ 'conflict stale-etag': customers.length });
        expect(applied.after.map(({ email }) => email)).toEqual(
          customers.map(({ before }) => before.email),
        );
      },
      TIMEOUT,
    );

    test(
      'others write whenever they like: no write of theirs is lost',
      async (context) => {
        const server = use(context);
        const customers = newCustomers(ROWS);
        const written = new Map<string, number>();
        const others: Promise<void>[] = [];
        /** Adds one to a counter in the profile, as carefully as billpatch: with the tag it read. */
        const add = async (tenant: string): Promise<void> => {
          for (let attempt = 1; attempt <= 100; attempt += 1) {
            const { profile, etag } = await server.get(tenant);
            const next = { ...profile, notes: { count: noteCount(profile) + 1 } };
            if ((await server.put(tenant, next, etag)) >= 300) continue;
            written.set(tenant, (written.get(tenant) ?? 0) + 1);
            return;
          }
          throw new Error(`${tenant} could not be written`);
        };
        // Not waited for, they meet billpatch's PUT at the server, before it, after it or together. One
        // in ten is waited for: some of billpatch's tags are old however fast the server is.
        const applied = await apply(server, customers, async (tenant, reading) => {
          if (reading > 2) return;
          const writes = [add(tenant), add(tenant)];
          others.push(...writes);
          if (reading === 1 && others.length % 20 === 0) await Promise.all(writes);
        });
        await Promise.all(others);
        let lost = 0;
        let lostOurs = 0;
        for (const [i, { tenant, email, before }] of customers.entries()) {
          const { profile } = await server.get(tenant);
          lost += (written.get(tenant) ?? 0) - noteCount(profile);
          const ours = applied.results[i]?.result_status === 'updated';
          if (profile.email !== (ours ? email : before.email)) lostOurs += 1;
        }
        say(name, `${others.length} writes by others at any time`, applied, lost);
        expect(lost).toBe(0);
        expect(lostOurs).toBe(0);
        const { updated = 0, 'conflict stale-etag': stale = 0 } = endings(applied.results);
        expect(updated + stale).toBe(ROWS);
        expect(applied.puts[412]).toBeGreaterThan(0);
      },
      TIMEOUT,
    );
  });

describe.skipIf(!FULL)('N10: a server that ignores If-Match: nginx', () => {
  const use = useServer(startNginx);

  test('a PUT with an old tag is carried out, and the change of somebody else is lost', async (context) => {
    const server = use(context);
    const [{ tenant, before, email }] = newCustomers(1) as [Customer];
    await server.put(tenant, before);
    const { etag, profile } = await server.get(tenant);
    // Of another length: nginx makes its tags of the second and the length alone.
    await server.put(tenant, withLine2(before, 'the change of somebody else'));
    expect((await server.get(tenant)).etag).not.toBe(etag);
    expect(await server.put(tenant, { ...profile, email }, etag)).toBeLessThan(300);
    expect((await server.get(tenant)).profile).toEqual({ ...before, email });
  });

  test(
    'nobody else writes: every row is updated, and nothing else in the profile changes',
    async (context) => {
      const server = use(context);
      const customers = newCustomers(50);
      const applied = await apply(server, customers);
      say('nginx', 'nobody else writes', applied, 0);
      expect(endings(applied.results)).toEqual({ updated: customers.length });
      expect(texts(applied.after)).toEqual(
        texts(customers.map(({ before, email }) => ({ ...before, email }))),
      );
    },
    TIMEOUT,
  );

  test(
    'is found out by --check-etags, which stops the run',
    async (context) => {
      const server = use(context);
      for (let round = 0; round < 10; round += 1) {
        const applied = await apply(server, newCustomers(50), undefined, ['--check-etags']);
        expect(applied.exitCode).toBe(3);
        const codes = new Set(applied.results.map((row) => row.result_error_code));
        expect(codes).toContain('etags-ignored');
        // A row that had been begun says of itself alone that the run stopped.
        codes.delete('run-stopped');
        expect([...codes].sort()).toEqual(['', 'etags-ignored']);
      }
      process.stdout.write(
        'N10: nginx: 10 of 10 runs stopped, since an outdated tag was accepted\n',
      );
    },
    TIMEOUT,
  );
});
