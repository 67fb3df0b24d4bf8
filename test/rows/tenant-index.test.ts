import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';

import { createTenantIndex } from '../../src/rows/tenant-index.js';
import { createTenantSet } from '../../src/rows/tenant-set.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
const scattered = (i: number): string =>
  `${hex(Math.imul(i, 0x9e3779b1) >>> 0, 8)}-${hex(i & 0xffff, 4)}-4000-8000-${hex(i, 12)}`;
const inSequence: Record<string, (i: number) => string> = {
  'at the end': (i) => `77777777-0000-4000-8000-${hex(i, 12)}`,
  'at the beginning': (i) => `${hex(i, 8)}-0000-4000-8000-000000000000`,
  'in steps of 2^16': (i) => `77777777-0000-4000-8000-${hex(i, 8)}0000`,
};
const DIGEST = Buffer.alloc(8);

function cpuMsOf(idOf: (i: number) => string): number {
  const tenants = createTenantSet();
  const begun = process.cpuUsage();
  for (let i = 0; i < 100_000; i += 1) tenants.add(idOf(i));
  const { user, system } = process.cpuUsage(begun);
  expect(tenants.size).toBe(100_000);
  return (user + system) / 1000;
}

it.each(Object.keys(inSequence))('ids that count up %s take no longer than others', (where) => {
  cpuMsOf(scattered);
  const usual = cpuMsOf(scattered);
  // Where each id is looked for among all before it, it is a hundred times.
  expect(cpuMsOf(inSequence[where]!)).toBeLessThan(8 * usual);
});

it.each([
  ['with what they ask for', 40, createTenantIndex],
  ['by itself', 23, createTenantSet],
] as const)('ids %s take at most %d bytes a row, whatever their number', (_, most, create) => {
  const index = create();
  // What is freed is given back a little later.
  const heldBytes = (): number => {
    collect();
    collect();
    return process.memoryUsage().arrayBuffers;
  };
  const before = heldBytes();
  for (let i = 1; i <= 400_000; i += 1) {
    index.add(scattered(i), i + 1, DIGEST);
    if (i < 100_000 || i % 20_000 !== 0) continue;
    expect((heldBytes() - before) / i).toBeLessThanOrEqual(most);
  }
  expect(index.size).toBe(400_000);
});
