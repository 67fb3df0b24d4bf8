/** The peers of the benchmark do the job they are compared by, and count right what they did. */
import { describe, expect, test, vi } from 'vitest';

import { startSimulator, type SimulatorOptions } from '../../src/simulator/start-simulator.js';
import { newFolder, writeInput } from './billpatch.js';

interface Runtime {
  readonly command: string;
  readonly args: readonly string[];
}

interface Counted {
  readonly rows: number;
  readonly updated: number;
  readonly failed: number;
  readonly requests: number;
  readonly refused: number;
  readonly wallMs: number;
  readonly cpuMs: number;
}

const url = new URL('../bench/peers/peers.js', import.meta.url);
const { PEERS, runPeer } = (await import(url.href)) as {
  readonly PEERS: readonly {
    readonly name: string;
    readonly find: () => Runtime | { readonly missing: string };
  }[];
  readonly runPeer: (
    runtime: Runtime,
    on: { readonly url: string; readonly file: string; readonly concurrency: number },
  ) => Promise<Counted>;
};

const tenant = (row: number): string => `00000000-0001-4000-8000-00000000000${row}`;
const ROWS = [0, 1, 2, 3, 4];
const LINES = ROWS.map(
  (row) => `${tenant(row)},invoices@c${row}.example,Bench ${row} "O'Neil" Ltd`,
);

async function runOn(runtime: Runtime, options: SimulatorOptions) {
  const simulator = await startSimulator({ anyTenant: true, ...options });
  try {
    const input = ['customerTenantId,email,companyName', ...LINES, ''].join('\n');
    const file = writeInput(newFolder(), input);
    const counted = await runPeer(runtime, { url: simulator.url, file, concurrency: 3 });
    const { get, put, customer, throttled } = simulator.counts();
    const profiles = ROWS.map((row) => simulator.profile(tenant(row)));
    return { counted, requests: get + put + customer, throttled, profiles, simulator };
  } finally {
    await simulator.close();
  }
}

const found = PEERS.map(({ name, find }) => ({ name, runtime: find() }));

describe.each(found)('$name', ({ runtime }) => {
  test('changes every row, by its tag, in two requests', async (context) => {
    if ('missing' in runtime) return context.skip(runtime.missing);
    const ran = await runOn(runtime, { etags: 'header', missingTag: 'refuse' });
    const { wallMs, cpuMs, ...counted } = ran.counted;
    expect(counted).toEqual({ rows: 5, updated: 5, failed: 0, requests: 10, refused: 0 });
    expect(wallMs).toBeGreaterThan(0);
    expect(cpuMs).toBeGreaterThan(0);
    for (const [row, profile] of ran.profiles.entries()) {
      expect(profile).toMatchObject({
        email: `invoices@c${row}.example`,
        companyName: `Bench ${row} "O'Neil" Ltd`,
      });
    }
    expect(ran.requests).toBe(10);
    const ids = ran.simulator.requests.map(({ headers }) => headers['ms-requestid']);
    expect(new Set(ids).size).toBe(10);
    expect(ids).not.toContain(undefined);
  });

  test('asks again when it is throttled, and counts rows that are lost', async (context) => {
    if ('missing' in runtime) return context.skip(runtime.missing);
    const ran = await runOn(runtime, {
      ratePerMinute: 600,
      burst: 4,
      faults: [{ kind: '404', tenantId: tenant(3), route: 'any' }],
    });
    const { updated, failed, requests, refused } = ran.counted;
    expect({ requests, refused }).toEqual({ requests: ran.requests, refused: ran.throttled });
    expect(updated + failed).toBe(5);
    expect(failed).toBeGreaterThanOrEqual(1);
    const changed = ran.profiles.filter(
      (profile, row) => profile?.email === `invoices@c${row}.example`,
    );
    expect(changed).toHaveLength(updated);
  });
});

test('all give a row up that is refused four times', async () => {
  const all = found.map(async ({ name, runtime }) => {
    if ('missing' in runtime) return undefined;
    const ran = await runOn(runtime, {
      faults: [{ kind: '429', seconds: 0, tenantId: tenant(1), route: 'any' }],
    });
    const { updated, failed, requests, refused } = ran.counted;
    expect({ name, updated, failed, requests, refused, seen: ran.requests }).toEqual({
      name,
      updated: 4,
      failed: 1,
      requests: 12,
      refused: 4,
      seen: 12,
    });
    return name;
  });
  expect(await Promise.all(all)).toContain('axios + p-limit');
});

test('what a peer needs and does not find is said', () => {
  const path = newFolder();
  try {
    vi.stubEnv('PATH', path);
    const curl = PEERS.find(({ name }) => name === 'curl by xargs');
    expect(curl?.find()).toEqual({ missing: 'no bash, xargs, curl, jq' });
  } finally {
    vi.unstubAllEnvs();
  }
});

test('those that only need what the project installs are never missing', () => {
  const here = found.filter(({ runtime }) => !('missing' in runtime)).map(({ name }) => name);
  expect(here).toEqual(expect.arrayContaining(['axios + p-limit', 'sequential']));
});
