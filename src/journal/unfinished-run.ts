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
    // Of an export of that name: it wrote nothing.
    if (manifest.export) continue;
    return isUnfinished(manifest) ? { folder, manifest } : undefined;
  }
  return undefined;
}

/** Several of one second have a number: `….run`, `…-2.run`, …, `…-10.run`. */
function byTimeAndNumber(a: string, b: string): number {
  const [, timeA = '', numberA = '1'] = RUN_NAME.exec(a) ?? [];
  const [, timeB = '', numberB = '1'] = RUN_NAME.exec(b) ?? [];
  return timeA === timeB ? Number(numberA) - Number(numberB) : timeA < timeB ? -1 : 1;
}

const RUN_NAME = /\.(\d{8}-\d{6})(?:-(\d+))?\.run$/;

function isUnfinished({ stages }: Manifest): boolean {
  const exitCode = stages.at(-1)?.exitCode;
  return exitCode === undefined || exitCode === 3 || exitCode === 130;
}
