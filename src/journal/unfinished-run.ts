/** Finds a run of a file that was cut off or stopped. */
import { readdir } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';

import { haveCommonRows, type Shard } from '../rows/shard.js';
import { readManifest, runPaths, type Manifest } from './run-folder.js';

export interface UnfinishedRun {
  readonly folder: string;
  readonly manifest: Manifest;
}

/**
 * The newest run beside a file that did not come to its end and has rows in common with what is to
 * begin. Runs of the same rows that are older than another have been answered: that one was begun all
 * the same.
 * @param simulated whether to look among rehearsals, or among runs against the service
 * @param shard of what is to begin
 */
export async function findUnfinishedRun(
  file: string,
  simulated: boolean,
  shard?: Shard,
): Promise<UnfinishedRun | undefined> {
  const name = basename(file, extname(file));
  const names = await readdir(dirname(file)).catch(() => []);
  const endings = names
    .filter((found) => found.startsWith(`${name}.`))
    .map((found) => found.slice(name.length))
    .filter((ending) => RUN_NAME.test(ending))
    .sort(byTimeAndNumber)
    .reverse();
  const later: Shard[] = [];
  for (const ending of endings) {
    const folder = join(dirname(file), `${name}${ending}`);
    const manifest = await readManifest(runPaths(folder)).catch(() => undefined);
    // Where nothing was begun, nothing is unfinished.
    if (manifest?.simulated !== simulated || manifest.stages.length === 0) continue;
    // Of an export of that name: it wrote nothing.
    if (manifest.export) continue;
    const own = manifest.options.shard;
    if (!haveCommonRows(own, shard) || later.some((other) => haveCommonRows(own, other))) continue;
    if (isUnfinished(manifest)) return { folder, manifest };
    if (own === undefined) return undefined;
    later.push(own);
  }
  return undefined;
}

/** Several of one second have a number: `….run`, `…-2.run`, …, `…-10.run`. */
function byTimeAndNumber(a: string, b: string): number {
  const [, timeA = '', numberA = '1'] = RUN_NAME.exec(a) ?? [];
  const [, timeB = '', numberB = '1'] = RUN_NAME.exec(b) ?? [];
  return timeA === timeB ? Number(numberA) - Number(numberB) : timeA < timeB ? -1 : 1;
}

const RUN_NAME = /^\.(\d{8}-\d{6})(?:\.shard-\d+-of-\d+|\.merged)?(?:-(\d+))?\.run$/;

function isUnfinished({ stages }: Manifest): boolean {
  const exitCode = stages.at(-1)?.exitCode;
  return exitCode === undefined || exitCode === 3 || exitCode === 130;
}
