/** The list of mutants fits the program as it is: cheap, so that it cannot rot unseen. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

interface Mutant {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  readonly tests: readonly string[];
  readonly only?: string;
}

const ROOT = join(import.meta.dirname, '..', '..');
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

const { mutants, occurrences } = (await import(new URL('mutants.js', import.meta.url).href)) as {
  readonly mutants: readonly Mutant[];
  readonly occurrences: (text: string, part: string) => number;
};

test('there are enough, each with a name of its own', () => {
  expect(mutants.length).toBeGreaterThanOrEqual(24);
  expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
});

test.for(mutants.map((mutant) => [mutant.name, mutant] as const))('%s', ([, mutant]) => {
  const { file, find, replace, tests, only } = mutant;
  expect(occurrences(read(file), find)).toBe(1);
  expect(replace).not.toBe(find);
  expect(tests.length).toBeGreaterThan(0);
  // Of a name that is put together (`%s`), the part that is written out has to be chosen.
  for (const path of tests) expect(read(path)).toContain(only ?? 'import');
});
