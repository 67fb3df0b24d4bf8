/** Takes a run folder to work in, and refuses one that does not belong together. */
import { basename } from 'node:path';

import type { Lock } from '../journal/lock.js';
import {
  fileSha256,
  readManifest,
  runPaths,
  sweepFolder,
  type Manifest,
  type RunPaths,
} from '../journal/run-folder.js';
import { UsageError } from '../problem.js';
import { orDiskProblem } from './disk-problem.js';
import { lockRun } from './lock-run.js';

export interface OpenRun {
  readonly paths: RunPaths;
  readonly manifest: Manifest;
  readonly lock: Lock;
}

/** Whether nothing of a run goes to Partner Center. */
export async function isRehearsal(folder: string): Promise<boolean> {
  return (await readManifest(runPaths(folder))).simulated;
}

/** The caller releases the lock. Throws UsageError where nothing was begun, or the input changed. */
export async function openRun(folder: string, random: () => number): Promise<OpenRun> {
  const paths = runPaths(folder);
  // Before the lock: in a folder that is no run's, nothing is to be left behind.
  await readManifest(paths);
  const lock = await lockRun(paths, random);
  try {
    await sweepFolder(paths);
    const manifest = await readManifest(paths);
    if (manifest.stages.length === 0) {
      throw new UsageError(
        'nothing-begun',
        'Nothing was sent in this run.',
        'Look at errors.csv in the run folder, if there is one; then apply the file again.',
      );
    }
    await refuseChangedInput(paths, manifest);
    return { paths, manifest, lock };
  } catch (error) {
    lock.release();
    throw orDiskProblem(error, paths);
  }
}

async function refuseChangedInput(paths: RunPaths, { input }: Manifest): Promise<void> {
  const { workbook, sha256 } = input;
  const kept = workbook
    ? ([
        [paths.workbook, sha256],
        [paths.input, workbook.csvSha256],
      ] as const)
    : ([[paths.input, sha256]] as const);
  for (const [path, given] of kept) {
    const found = await fileSha256(path);
    if (found === given) continue;
    throw new UsageError(
      'input-changed',
      `${basename(path)} in the run folder was changed: its SHA-256 is ${found}, the run was given ${given}.`,
      'Put the original back; the journal belongs to its lines.',
    );
  }
}
