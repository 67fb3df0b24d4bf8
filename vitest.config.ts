import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

const LEVEL = 'BILLPATCH_TEST_LEVEL';

/** Suites name the level where they have more to do at it; the others are the same in `npm test`. */
const largerSuites = (): string[] =>
  readdirSync(join(import.meta.dirname, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join('test', name))
    .filter((suite) => readFileSync(join(import.meta.dirname, suite), 'utf8').includes(LEVEL));

export default defineConfig({
  test: {
    include: process.env[LEVEL] === 'full' ? largerSuites() : ['test/**/*.test.ts'],
    testTimeout: 30_000,
    // Most of the time goes by in programs that tests have started: they run beside each other.
    maxWorkers: 3,
    coverage: { provider: 'v8', include: ['src/**'], reporter: ['text', 'html'] },
  },
});
