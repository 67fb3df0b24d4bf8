/** The package that would be published: what is in it, whether it fits its users, whether it works. */
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import { generateCustomers } from '../../src/simulator/generate-customers.js';
import { startSimulator } from '../../src/simulator/start-simulator.js';
import { ROOT } from '../e2e/billpatch.js';
import { install, pack, type Packed } from './pack.js';

const run = promisify(execFile);

let folder = '';
let packed: Packed = { tarball: '', files: [] };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'billpatch-pack-'));
  packed = await pack(folder);
}, 90_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

const tarball = (): Uint8Array => new Uint8Array(readFileSync(packed.tarball));

describe('what is in it', () => {
  test('code and types of what is in src, the help, and nothing that is left over from an older build', () => {
    const built = packed.files.filter((path) => path.startsWith('dist/'));
    const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => name.slice(0, -'.ts'.length));
    expect(built.sort()).toEqual(
      [
        'dist/help.txt',
        ...sources.flatMap((name) => [`dist/${name}.d.ts`, `dist/${name}.js`]),
      ].sort(),
    );
  });

  test('what its users read, and no test, source, map, lock or run', () => {
    const others = packed.files.filter((path) => !/^(dist|samples)\//.test(path));
    expect(others).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'SECURITY.md',
      'package.json',
      'src/partner-center/pacing/README.md',
      'src/simulator/README.md',
    ]);
    const samples = packed.files.filter((path) => path.startsWith('samples/'));
    expect(
      samples.filter(
        (path) => !/\.(cron|csv|js|json|md|ps1|sh|xlsx|ya?ml)$|\/Dockerfile$/.test(path),
      ),
    ).toEqual([]);
    expect(packed.files.filter((path) => /\.map$|\.tgz$|\.run\//.test(path))).toEqual([]);
  });

  test('every file that package.json names', () => {
    const { exports, bin } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      exports: Record<string, string | Record<string, string>>;
      bin: Record<string, string>;
    };
    const named = [...Object.values(exports), bin].flatMap((target) =>
      typeof target === 'string' ? [target] : Object.values(target),
    );
    expect(named.length).toBeGreaterThan(3);
    for (const path of named) expect(packed.files).toContain(path.replace(/^\.\//, ''));
  });
});

test('publint has nothing to say', async () => {
  const { messages } = await publint({
    strict: true,
    pack: { tarball: tarball().buffer as ArrayBuffer },
  });
  expect(messages).toEqual([]);
});

test('attw finds no wrong types where the package can be imported: it is an ES module', async () => {
  const analysis = await checkPackage(createPackageFromTarballData(tarball()));
  if (!analysis.types) throw new Error('There are no types.');
  const problems = analysis.problems.filter(
    (problem) =>
      // As its profile `esm-only`: these ways of resolving know no ES modules.
      !('resolutionKind' in problem && ['node10', 'node16-cjs'].includes(problem.resolutionKind)),
  );
  expect(problems).toEqual([]);
  expect(Object.keys(analysis.entrypoints)).toEqual(['.', './package.json']);
}, 120_000);

const CUSTOMERS = generateCustomers(3, 11);
const [FIRST] = CUSTOMERS.map(({ tenantId }) => tenantId);

const JAVASCRIPT = `
import { createPartnerCenter, apply, UsageError } from 'billpatch';
const [url, tenantId] = process.argv.slice(2);
const partnerCenter = createPartnerCenter({ getToken: () => 'a-token', baseUrl: url });
const { billing } = partnerCenter.customers.byId(tenantId).profiles;
const profile = await billing.get();
profile.email = 'from-javascript@customer.example';
await billing.update(profile);
const run = apply(
  { rows: [{ customerTenantId: tenantId, city: 'Leeds' }], runDir: 'a.run' },
  { getToken: () => 'a-token', baseUrl: url },
);
for await (const { status } of run) console.log(status);
try { partnerCenter.customers.byId('x'); } catch (error) { console.log(error instanceof UsageError); }
`;

const TYPESCRIPT = `
import { createPartnerCenter, ConflictError, plan, type CustomerBillingProfile, type Run } from 'billpatch';
const [url = '', tenantId = ''] = process.argv.slice(2);
const partnerCenter = createPartnerCenter({ getToken: async () => 'a-token', baseUrl: url });
const { billing } = partnerCenter.customers.byId(tenantId).profiles;
const profile: CustomerBillingProfile = await billing.get();
profile.companyName = 'From TypeScript Ltd';
// @ts-expect-error no such field
profile.emial = 'x';
delete (profile as { emial?: string }).emial;
// @ts-expect-error the tag is the service's
profile.attributes.etag = '1';
profile.attributes;
const run: Run = plan({ rows: [{ customerTenantId: tenantId, city: 'York' }], runDir: 'b.run' }, { getToken: () => 'a-token', baseUrl: url });
for await (const { changes } of run) console.log(changes.map(({ field }) => field).join());
const stale = { ...profile, attributes: { ...profile.attributes, etag: '7' } };
try { await billing.update(stale); } catch (error) { console.log(error instanceof ConflictError && error.code); }
`;

describe('installed in an empty folder', () => {
  let home = '';
  beforeAll(async () => {
    home = join(folder, 'program');
    await install(packed, home, ['@types/node', 'undici-types']);
    writeFileSync(join(home, 'package.json'), '{"type":"module","private":true}');
    writeFileSync(join(home, 'in.js'), JAVASCRIPT);
    writeFileSync(join(home, 'in.ts'), TYPESCRIPT);
  }, 90_000);

  const node = async (words: readonly string[]): Promise<string> => {
    const simulator = await startSimulator({ customers: CUSTOMERS });
    onTestFinished(simulator.close);
    const [program = '', ...rest] = words.map((word) => (word === 'URL' ? simulator.url : word));
    const { stdout } = await run(process.execPath, [program, ...rest], {
      cwd: home,
      timeout: 60_000,
      env: {},
    });
    return stdout;
  };

  test('works from JavaScript', async () => {
    expect(await node(['in.js', 'URL', FIRST ?? ''])).toBe('updated\ntrue\n');
    expect(existsSync(join(home, 'a.run', 'results.csv'))).toBe(true);
  });

  test('works from TypeScript, and nothing of its types is taken on trust', async () => {
    const config = {
      compilerOptions: {
        module: 'nodenext',
        target: 'es2023',
        types: ['node'],
        strict: true,
        exactOptionalPropertyTypes: true,
        skipLibCheck: false,
        outDir: 'out',
        rootDir: '.',
      },
      files: ['in.ts'],
    };
    writeFileSync(join(home, 'tsconfig.json'), JSON.stringify(config));
    const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
    const compiled = await run(process.execPath, [tsc, '-p', home], { timeout: 120_000 }).catch(
      (error: unknown) => error as { stdout: string },
    );
    expect(compiled.stdout).toBe('');
    expect(await node(['out/in.js', 'URL', FIRST ?? ''])).toBe('city\nprofile-moved\n');
  }, 150_000);

  test('has the command line', async () => {
    const main = join('node_modules', 'billpatch', 'dist', 'main.js');
    expect(await node([main, 'get', '--simulate', FIRST ?? ''])).toContain('companyName');
  });

  test('keeps what is inside to itself', async () => {
    writeFileSync(
      join(home, 'inside.js'),
      "await import('billpatch/dist/run/update-customer.js');",
    );
    await expect(node(['inside.js'])).rejects.toThrow(/ERR_PACKAGE_PATH_NOT_EXPORTED/);
  });
});
