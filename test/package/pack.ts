/** The package as it would be published, and an empty folder that has installed it. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { ROOT } from '../e2e/billpatch.js';

const run = promisify(execFile);

export interface Packed {
  readonly tarball: string;
  /** Paths in it, in order. */
  readonly files: readonly string[];
}

/** Of what is built now: no script of the package is run. */
export async function pack(folder: string): Promise<Packed> {
  const { stdout } = await run(
    'npm',
    ['pack', '--json', '--ignore-scripts', '--pack-destination', folder],
    { cwd: ROOT, timeout: 60_000 },
  );
  const [{ filename, files } = { filename: '', files: [] }] = JSON.parse(stdout) as {
    filename: string;
    files: { path: string }[];
  }[];
  return { tarball: join(folder, filename), files: files.map(({ path }) => path).sort() };
}

interface Lock {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean }>>;
}

/**
 * What `npm install` of the tarball comes to, without a registry: the package unpacked, and beside it
 * exactly the packages that it declares, in the versions that are installed here.
 * @param also packages that the program itself brings along
 */
export async function install(
  { tarball }: Packed,
  folder: string,
  also: readonly string[],
): Promise<void> {
  const modules = join(folder, 'node_modules');
  const own = join(modules, 'billpatch');
  mkdirSync(own, { recursive: true });
  await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', own], { timeout: 60_000 });
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as Lock;
  const needed = Object.entries(packages).flatMap(([path, { dev = false }]) =>
    path !== '' && !dev && !path.slice('node_modules/'.length).includes('node_modules/')
      ? [path.slice('node_modules/'.length)]
      : [],
  );
  for (const name of [...needed, ...also]) {
    const from = join(ROOT, 'node_modules', name);
    const to = join(modules, name);
    // What is optional need not be there.
    if (!existsSync(from) || existsSync(to)) continue;
    mkdirSync(dirname(to), { recursive: true });
    symlinkSync(from, to, 'dir');
  }
}
