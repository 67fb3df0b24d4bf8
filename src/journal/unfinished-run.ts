/** Finds a run of a file that was cut off or stopped. */
import { readdir } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';

import { readManifest, runPaths, type Manifest } from './run-folder.js';

export interface UnfinishedRun {
  readonly folder: string;
  readonly manifest: Manifest;
}

/**
 * The newest run beside a file, where it did not come to its end. Older ones have been answered: a
 * later run was begun all the same.
 * @param simulated whether to look among rehearsals, or among runs against the service
 */
export async function findUnfinishedRun(
  file: string,
  simulated: boolean,
): Promise<UnfinishedRun | undefined> {
  const name = basename(file, extname(file));
  const names = await readdir(dirname(file)).catch(() => []);
  const folders = names
    .filter((found) => found.startsWith(`${name}.`))
    .filter((found) => /^\.\d{8}-\d{6}(-\d+)?\.run$/.test(found.slice(name.length)))
    .sort(byTimeAndNumber)
    .reverse();
  for (const found of folders) {
    const folder = join(dirname(file), found);
    const manifest = await readManifest(runPaths(folder)).catch(() => undefined);
    // Where nothing was begun, nothing is unfinished.
    if (manifest?.simulated !== simulated || manifest.stages.length === 0) continue;
    return isUnfinished(manifest) ? { folder, manifest } : undefined;
  }
  return undefined;
}

/** Several of one second have a number: -2, …, -10. */
const byTimeAndNumber = (a: string, b: string): number =>
  a.localeCompare(b, 'en', { numeric: true });

function isUnfinished({ stages }: Manifest): boolean {
  const exitCode = stages.at(-1)?.exitCode;
  return exitCode === undefined || exitCode === 3 || exitCode === 130;
}
