/** The list of mutants fits the program as it is: cheap, so that it cannot rot unseen. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
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

test('each of them builds: one that does not has tried nothing', { timeout: 300_000 }, () => {
  const diagnose = compiler();
  const wrong = mutants.flatMap(({ name, file, find, replace }) =>
    diagnose(
      file,
      read(file).replace(find, () => replace),
    ).map((text) => `${name}: ${text}`),
  );
  expect(wrong).toEqual([]);
});

/** What the compiler has to say of a file of the program, were this its text. */
function compiler(): (file: string, text: string) => readonly string[] {
  const config = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) => ts.sys.readFile(path));
  const { fileNames, options } = ts.parseJsonConfigFileContent(config.config, ts.sys, ROOT);
  let mutated = { path: '', text: '' };
  const service = ts.createLanguageService({
    getScriptFileNames: () => fileNames,
    getScriptVersion: (path) => (path === mutated.path ? mutated.text : ''),
    getScriptSnapshot: (path) => {
      const text = path === mutated.path ? mutated.text : ts.sys.readFile(path);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getCurrentDirectory: () => ROOT,
    // As the mutants are built.
    getCompilationSettings: () => ({
      ...options,
      noUnusedLocals: false,
      noUnusedParameters: false,
    }),
    getDefaultLibFileName: (of) => ts.getDefaultLibFilePath(of),
    fileExists: (path) => ts.sys.fileExists(path),
    readFile: (path) => ts.sys.readFile(path),
  });
  return (file, text) => {
    const path = join(ROOT, file);
    mutated = { path, text };
    return [...service.getSyntacticDiagnostics(path), ...service.getSemanticDiagnostics(path)].map(
      ({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '),
    );
  };
}
