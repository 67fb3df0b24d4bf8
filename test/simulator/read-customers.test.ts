import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { generateCustomers } from '../../src/simulator/generate-customers.js';
import { parseCustomers, readCustomers } from '../../src/simulator/read-customers.js';
import { TENANT } from './call.js';

it('reads what generateCustomers makes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'billpatch-customers-'));
  const path = join(folder, 'customers.json');
  const customers = generateCustomers(5);
  await writeFile(path, `\uFEFF${JSON.stringify(customers)}`);
  expect(await readCustomers(path)).toEqual(customers);
  await writeFile(path, '[{}]');
  await expect(readCustomers(path)).rejects.toThrow(`${path}: entry 1: tenantId must be a GUID.`);
  await rm(folder, { recursive: true });
});

it('reads relationship, profile and faults', () => {
  const faults = ['503@GET,times=2', 'lost-after'];
  const entry = { tenantId: TENANT.toUpperCase(), relationship: 'none', profile: {}, faults };
  expect(parseCustomers(JSON.stringify([entry]))).toEqual([
    {
      tenantId: TENANT,
      relationship: 'none',
      profile: {},
      faults: [{ kind: '503', on: 'GET', times: 2 }, { kind: 'lost-after' }],
    },
  ]);
});

it.each([
  ['{}', /an array of customers was expected/],
  ['[', /JSON/],
  ['[1]', /entry 1 is not an object/],
  [[{ tenantId: TENANT }, { tenantId: 'x' }], /entry 2: tenantId must be a GUID/],
  [[{ tenantId: TENANT, name: 'x' }], /entry 1: name is not known; members are tenantId, profile/],
  [[{ tenantId: TENANT, profile: 'x' }], /entry 1: profile must be an object/],
  [[{ tenantId: TENANT, domain: 1 }], /entry 1: domain must be a text/],
  [[{ tenantId: TENANT, companyName: null }], /entry 1: companyName must be a text/],
  [[{ tenantId: TENANT, relationship: 'advisor' }], /entry 1: relationship must be "reseller"/],
  [[{ tenantId: TENANT, faults: '503' }], /entry 1: faults must be an array of texts/],
  [[{ tenantId: TENANT, faults: [{}] }], /entry 1: faults has an entry that is none/],
  [[{ tenantId: TENANT, faults: ['x'] }], /entry 1: faults .*"x" is no kind of fault/],
])('refuses %j', (content, sentence) => {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  expect(() => parseCustomers(text)).toThrow(sentence);
});
