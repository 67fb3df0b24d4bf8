/**
 * Breaks a copy of the program, one place at a time, and looks whether the tests notice.
 *
 *   node test/mutants/run.js [--only WORDS] [--keep]
 */
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';

import { mutants, occurrences } from './mutants.js';

const ROOT = join(import.meta.dirname, '..', '..');
/** A test ends by itself; one that does not has not said what is wrong. */
const LONGEST_RUN_MS = 120_000;

const { values: options } = parseArgs({
  options: {
    /** Only the mutants with these words in their names. */
    only: { type: 'string', default: '' },
    /** Leaves the copy behind, unmutated. */
    keep: { type: 'boolean', default: false },
  },
});
const chosen = mutants.filter(({ name }) => name.includes(options.only));

const print = (line) => process.stdout.write(`${line}\n`);

/** Everything that a build and a test need, but for what they make themselves. */
function copyProject() {
  const copy = mkdtempSync(join(tmpdir(), 'billpatch-mutants-'));
  const left = /^(\.|node_modules$|dist$|coverage$|billpatch-(demo|runs)$)|\.run$|\/\.servers$/;
  cpSync(ROOT, copy, {
    recursive: true,
    filter: (from) => from === ROOT || !left.test(relative(ROOT, from)),
  });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

/** Of the level and of the test that may have started this, nothing is passed on. */
const env = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(VITEST|NODE_ENV$|NODE_OPTIONS$|BILLPATCH_TEST_LEVEL$)/.test(name),
  ),
);

function node(cwd, words) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, words, {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: LONGEST_RUN_MS,
      killSignal: 'SIGKILL',
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('close', (code) => resolve({ code, output }));
  });
}

/** Incremental: a mutant changes one file. What it leaves unused is no mistake of the list. */
const build = (copy) =>
  node(copy, [
    'node_modules/typescript/bin/tsc',
    ...['-p', 'tsconfig.json', '--incremental', '--tsBuildInfoFile', '.built'],
    ...['--noUnusedLocals', 'false', '--noUnusedParameters', 'false'],
  ]);

/** @returns how many tests passed, and the name of the first that failed, if any. */
async function test(copy, { tests, only }) {
  const report = join(copy, '.report.json');
  rmSync(report, { force: true });
  const { code, output } = await node(copy, [
    'node_modules/vitest/vitest.mjs',
    ...['run', '--bail', '1', '--reporter', 'json', '--outputFile', report],
    ...(only === undefined ? [] : [`--testNamePattern=${only}`]),
    ...tests,
  ]);
  if (code === null) return { problem: `not through after ${LONGEST_RUN_MS / 1000} s` };
  let files;
  try {
    files = JSON.parse(readFileSync(report, 'utf8')).testResults;
  } catch {
    return { problem: `no report: ${output.slice(-500)}` };
  }
  const found = files.flatMap(({ assertionResults }) => assertionResults);
  const failed = found.find(({ status }) => status === 'failed');
  const passed = found.filter(({ status }) => status === 'passed').length;
  if (failed === undefined && code !== 0)
    return {
      problem: `failed outside of a test: ${files.map(({ message }) => message).join(' ')}`,
    };
  return { passed, failed: failed?.fullName };
}

/** Every test that a mutant counts on passes, and is not skipped, where nothing is broken. */
async function control(copy) {
  const built = await build(copy);
  if (built.code !== 0) return `the program does not build:\n${built.output}`;
  const whole = [...new Set(chosen.filter(({ only }) => !only).flatMap(({ tests }) => tests))];
  const asked = [
    ...(whole.length === 0 ? [] : [{ tests: whole }]),
    ...new Map(
      chosen.filter(({ only }) => only).map((mutant) => [mutant.tests + mutant.only, mutant]),
    ).values(),
  ];
  for (const { tests, only } of asked) {
    const { problem, passed, failed } = await test(copy, { tests, only });
    const what = [...tests, only].filter(Boolean).join(' ');
    if (problem !== undefined) return `${what}: ${problem}`;
    if (failed !== undefined) return `${what}: "${failed}" fails`;
    if (passed === 0) return `${what}: no test ran`;
  }
  return undefined;
}

/** @returns what became of it: caught, SURVIVED, or what is wrong with the mutant itself. */
async function judge(copy, mutant) {
  const path = join(copy, mutant.file);
  const text = readFileSync(path, 'utf8');
  const count = occurrences(text, mutant.find);
  if (count !== 1) return { verdict: 'WRONG', why: `"find" occurs ${count} times` };
  // A function, since a text would have its $ read as a pattern.
  writeFileSync(
    path,
    text.replace(mutant.find, () => mutant.replace),
  );
  try {
    const built = await build(copy);
    if (built.code !== 0)
      return { verdict: 'WRONG', why: `does not build: ${built.output.trim()}` };
    const { problem, failed } = await test(copy, mutant);
    if (problem !== undefined) return { verdict: 'WRONG', why: problem };
    if (failed === undefined) return { verdict: 'SURVIVED', why: mutant.tests.join(' ') };
    return { verdict: 'caught', why: failed };
  } finally {
    writeFileSync(path, text);
  }
}

async function main() {
  const began = performance.now();
  const seconds = (since) => ((performance.now() - since) / 1000).toFixed(1);
  const copy = copyProject();
  try {
    const problem = await control(copy);
    if (problem !== undefined) {
      print(`The control run failed: ${problem}`);
      return 1;
    }
    print(`control passed, ${seconds(began)} s`);
    let caught = 0;
    for (const mutant of chosen) {
      const since = performance.now();
      const { verdict, why } = await judge(copy, mutant);
      if (verdict === 'caught') caught += 1;
      print(`${verdict.padEnd(8)}  ${mutant.name}  [${why}]  ${seconds(since)} s`);
    }
    print(`M1: ${chosen.length} mutants, caught ${caught}, ${seconds(began)} s`);
    return caught === chosen.length && chosen.length > 0 ? 0 : 1;
  } finally {
    if (options.keep) print(copy);
    else rmSync(copy, { recursive: true, force: true });
  }
}

process.exitCode = await main();
