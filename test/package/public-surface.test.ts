/** What programs can import is a promise: a change of it is to be seen, and meant. */
import { join } from 'node:path';
import { expect, test } from 'vitest';

import * as library from '../../src/index.js';
import { ROOT } from '../e2e/billpatch.js';
import { publicSurface } from './public-surface.js';

const surface = publicSurface(join(ROOT, 'dist', 'index.d.ts'));

test('is what public-surface.txt says (npx vitest run test/package -u writes it anew)', async () => {
  await expect(surface.text).toMatchFileSnapshot('public-surface.txt');
});

test('names no type that cannot be imported', () => {
  expect(surface.unnamed).toEqual([]);
});

test('exists at run time, too', () => {
  const values = [
    ...surface.text.matchAll(/^export declare (?:abstract )?(?:class|function) (\w+)/gm),
  ];
  expect(Object.keys(library).sort()).toEqual([...new Set(values.map(([, name]) => name))].sort());
});
