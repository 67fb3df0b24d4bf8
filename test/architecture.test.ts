/** The import rules of the design. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const SRC = join(import.meta.dirname, '..', 'src');

interface Source {
  readonly file: string;
  readonly text: string;
  /** Packages and files, the latter relative to src; imports of types alone apart. */
  readonly imports: readonly string[];
  readonly typeImports: readonly string[];
}

const sources: readonly Source[] = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((file) => {
    const text = readFileSync(join(SRC, file), 'utf8');
    const imports: string[] = [];
    const typeImports: string[] = [];
    for (const [, type, from, lazy] of text.matchAll(
      /^(?:import|export) (type )?[^;]*?from '([^']+)'|import\('([^']+)'\)/gm,
    )) {
      const target = from ?? lazy ?? '';
      const name = target.startsWith('.')
        ? relative(SRC, resolve(SRC, dirname(file), target)).replace(/\.js$/, '.ts')
        : target;
      (type ? typeImports : imports).push(name);
    }
    return { file, text, imports, typeImports };
  });

const importersOf = (name: string): string[] =>
  sources
    .filter(({ imports, typeImports }) =>
      [...imports, ...typeImports].some(
        (target) => target === name || target.startsWith(`${name}/`),
      ),
    )
    .map(({ file }) => file)
    .sort();

describe('one package, one door', () => {
  test.for([
    ['axios', ['partner-center/client.ts']],
    ['@azure/msal-node', ['partner-center/auth/entra.ts']],
    ['@napi-rs/keyring', ['partner-center/auth/cache-key.ts']],
    ['csv-parse', ['rows/read-rows.ts']],
    ['csv-stringify', ['results/write-results.ts']],
    ['hucre', ['rows/read-workbook.ts']],
    ['iconv-lite', ['rows/decode.ts']],
    ['p-limit', ['run/places.ts']],
  ] as const)('%s', ([name, doors]) => {
    expect(importersOf(name)).toEqual(doors);
  });

  test('yargs, in cli alone', () => {
    const doors = importersOf('yargs');
    expect(doors).toContain('cli/program.ts');
    expect(doors.filter((file) => !file.startsWith('cli/'))).toEqual([]);
  });

  test('no other package', () => {
    const packages = sources.flatMap(({ imports, typeImports }) =>
      [...imports, ...typeImports].filter(
        (name) => !name.endsWith('.ts') && !name.startsWith('node:'),
      ),
    );
    const known = [
      '@azure/msal-node',
      '@napi-rs/keyring',
      'axios',
      'csv-parse',
      'csv-parse/sync',
      'csv-stringify',
      'csv-stringify/sync',
      'hucre',
      'iconv-lite',
      'p-limit',
      'yargs',
    ];
    expect([...new Set(packages)].filter((name) => !known.includes(name))).toEqual([]);
  });
});

describe('the core does no I/O and reads no clock, chance or environment', () => {
  const isCore = (file: string): boolean =>
    /^(profile|run)\//.test(file) ||
    [
      'problem.ts',
      'rows/accidents.ts',
      'rows/email-watch.ts',
      'rows/check-value.ts',
      'rows/column-map.ts',
      'rows/column-names.ts',
      'rows/columns.ts',
      'rows/country-errors.ts',
      'rows/country-watch.ts',
      'rows/damaged-cell.ts',
      'rows/sheet-mark.ts',
      'rows/parse-row.ts',
      'rows/shard.ts',
      'journal/entry.ts',
      'results/month-names.ts',
      'results/result-row.ts',
      'results/sheet-guard.ts',
      'results/summary.ts',
      'results/progress.ts',
      'results/exit-code.ts',
      'partner-center/auth/sign-in-problem.ts',
      'partner-center/error-map.ts',
      'partner-center/retry.ts',
      'partner-center/failure.ts',
    ].includes(file);
  const core = sources.filter(({ file }) => isCore(file));

  test('there is a core', () => {
    expect(core.length).toBeGreaterThan(15);
  });
  test.for(core.map((source) => [source.file, source] as const))('%s', ([, { imports, text }]) => {
    const allowed = ['p-limit', 'node:zlib'];
    const foreign = imports.filter((name) => !allowed.includes(name) && !isCore(name));
    expect(foreign).toEqual([]);
    expect(text).not.toMatch(
      /\b(Date\.now|new Date\(\)|Math\.random|process\.|setTimeout|console\.)/,
    );
  });
});

test('only main touches the process', () => {
  const users = sources.filter(({ text }) =>
    /\bprocess\.(env|argv|exit|exitCode|std(in|out|err)|on)\b/.test(text),
  );
  expect(users.map(({ file }) => file)).toEqual(['main.ts']);
});

test('the library knows no command line', () => {
  const users = sources.filter(
    ({ file, imports, typeImports }) =>
      !/^(cli\/|main\.ts)/.test(file) &&
      [...imports, ...typeImports].some((name) => name.startsWith('cli/')),
  );
  expect(users.map(({ file }) => file)).toEqual([]);
});

test('no cycles', () => {
  const graph = new Map(
    sources.map(({ file, imports }) => [file, imports.filter((name) => name.endsWith('.ts'))]),
  );
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(' → '));
    if (done.has(file) || path.includes(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const { file } of sources) visit(file, []);
  expect(cycles).toEqual([]);
});

test('no barrels, no utils, no types.ts', () => {
  expect(sources.filter(({ file }) => /(^|\/)(utils?|helpers?|types)(\.ts|\/)/.test(file))).toEqual(
    [],
  );
  expect(sources.filter(({ file }) => file !== 'index.ts' && file.endsWith('/index.ts'))).toEqual(
    [],
  );
});

test('no state at the level of a module', () => {
  const stateful = sources.filter(
    ({ file, text }) => file !== 'main.ts' && /^(export )?let /m.test(text),
  );
  expect(stateful.map(({ file }) => file)).toEqual([]);
});
