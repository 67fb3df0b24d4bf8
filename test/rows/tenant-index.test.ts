import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';

import { createTenantIndex } from '../../src/rows/tenant-index.js';

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
  const index = createTenantIndex();
  const begun = process.cpuUsage();
  for (let i = 0; i < 100_000; i += 1) index.add(idOf(i), i + 2, DIGEST);
  const { user, system } = process.cpuUsage(begun);
  expect(index.size).toBe(100_000);
  return (user + system) / 1000;
}

it.each(Object.keys(inSequence))('ids that count up %s take no longer than others', (where) => {
  cpuMsOf(scattered);
  const usual = cpuMsOf(scattered);
  // Where each id is looked for among all before it, it is a hundred times.
  expect(cpuMsOf(inSequence[where]!)).toBeLessThan(8 * usual);
});

it('holds at most 40 bytes for each row, whatever their number', () => {
  const index = createTenantIndex();
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
    expect((heldBytes() - before) / i).toBeLessThanOrEqual(40);
  }
  expect(index.size).toBe(400_000);
});
