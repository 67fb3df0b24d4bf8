/** What is loaded and drawn before a command does its work, and that it is no more than is needed. */
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import { cannot } from '../helpers/disk-world.js';
import { billpatch, MAIN, newFolder, ROOT, writeInput } from './billpatch.js';

const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  version: string;
};

/** Files of the program and folders of packages, as far as they are loaded. */
async function loadedBy(words: readonly string[], cwd = newFolder()) {
  const { stderr, exitCode } = await billpatch(words, { cwd, env: { NODE_DEBUG: 'esm,module' } });
  expect(exitCode).toBe(0);
  const found = (pattern: RegExp) => [
    ...new Set(Array.from(stderr.matchAll(pattern), ([, name = '']) => name)),
  ];
  return {
    own: found(/\/dist\/([\w/-]+\.js)/g).sort(),
    packages: found(/\/node_modules\/((?:@[\w.-]+\/)?[\w.-]+)\//g).sort(),
  };
}

describe('a lone --version or --help', () => {
  test.for(['--version', '--help'])('%s loads nothing but the entry', async (word) => {
    expect(await loadedBy([word])).toEqual({ own: ['main.js'], packages: [] });
  });

  test('is answered as every other spelling, which loads neither what reads nor what talks', async () => {
    const cwd = newFolder();
    const said = (words: readonly string[]) => billpatch(words, { cwd });
    const help = await said(['--help']);
    expect(help).toEqual(await said(['help']));
    expect(help).toEqual(await said(['--help', '--version']));
    expect(help.stdout).toContain('billpatch check <file>');
    expect(await said(['--version'])).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
    expect(await said(['--version', '--version'])).toEqual(await said(['--version']));
    expect(await said(['check', '--version'])).toEqual(await said(['--version']));

    const { own, packages } = await loadedBy(['help'], cwd);
    expect(own).toContain('cli/program.js');
    expect(packages).toContain('yargs');
    const heavy = /^(axios|@azure|@napi-rs|csv-|hucre|iconv-lite|p-limit)/;
    expect(packages.filter((name) => heavy.test(name))).toEqual([]);
  });

  test('is answered by a build of the compiler alone, too', async () => {
    const copy = newFolder();
    mkdirSync(join(copy, 'dist'));
    cpSync(join(ROOT, 'dist'), join(copy, 'dist'), { recursive: true });
    rmSync(join(copy, 'dist', 'help.txt'));
    cpSync(join(ROOT, 'package.json'), join(copy, 'package.json'));
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
    const { status, stdout } = spawnSync(
      process.execPath,
      [join(copy, 'dist', 'main.js'), '--help'],
      { encoding: 'utf8' },
    );
    const { stdout: built } = await billpatch(['--help'], { cwd: copy });
    expect({ status, stdout }).toEqual({ status: 0, stdout: built });
  });

  const noTerminals = cannot('script', '-qec', 'true', '/dev/null');
  test.skipIf(noTerminals)('fits a narrow screen', () => {
    const drawn = (columns: number): string[] => {
      const command = `stty cols ${columns}; exec '${process.execPath}' '${MAIN}' --help`;
      const { stdout } = spawnSync('script', ['-qec', command, '/dev/null'], { encoding: 'utf8' });
      return stdout.split(/\r?\n/);
    };
    const longest = (lines: readonly string[]) => Math.max(...lines.map(({ length }) => length));
    expect(longest(drawn(120))).toBeGreaterThan(70);
    expect(longest(drawn(60))).toBeLessThanOrEqual(60);
    expect(drawn(60).join('\n')).toContain('billpatch check <file>');
  });
});

describe('a command that runs', () => {
  const DRAWS = `data:text/javascript,${encodeURIComponent(`
    const { segment } = Intl.Segmenter.prototype;
    Intl.Segmenter.prototype.segment = function (text) {
      globalThis.hasDrawn ??= process.stderr.write('DRAWN');
      return segment.call(this, text);
    };
    const { of } = Intl.DisplayNames.prototype;
    Intl.DisplayNames.prototype.of = function (code) {
      globalThis.hasNamed ??= process.stderr.write('NAMED');
      return of.call(this, code);
    };
  `)}`;
  const ID = '01234567-89ab-cdef-0123-456789abcdef';

  test.for([
    ['is drawn no help', [], 'US', ''],
    ['is drawn its help where that is asked for', ['--help'], 'US', 'DRAWN'],
    ['names countries where one is misspelt, and only there', ['--json'], 'Deutschland', 'NAMED'],
  ] as const)('%s', async ([, options, country, expected]) => {
    const cwd = newFolder();
    writeInput(cwd, `customerTenantId,country\n${ID},${country}\n`);
    const { stderr } = await billpatch(['check', 'in.csv', ...options], {
      cwd,
      env: { NODE_OPTIONS: `--import=${DRAWS}` },
    });
    expect(Array.from(stderr.matchAll(/DRAWN|NAMED/g), String).join()).toBe(expected);
  });

  test('check loads nothing that talks or writes', async () => {
    const cwd = newFolder();
    writeInput(cwd, `customerTenantId,email\n${ID},ap@customer.example\n`);
    const { packages } = await loadedBy(['check', 'in.csv'], cwd);
    expect(packages).toContain('csv-parse');
    const heavy = /^(axios|@azure|@napi-rs|csv-stringify|hucre|iconv-lite|p-limit)/;
    expect(packages.filter((name) => heavy.test(name))).toEqual([]);
  });
});
