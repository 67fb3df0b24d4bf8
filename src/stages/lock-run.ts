/** Takes the lock of a run folder; where the disk does not let it, says so. */
import { takeLock, type Lock } from '../journal/lock.js';
import type { RunPaths } from '../journal/run-folder.js';
import { orDiskProblem } from './disk-problem.js';

export async function lockRun(paths: RunPaths, random: () => number): Promise<Lock> {
  try {
    return await takeLock(paths.lock, random);
  } catch (error) {
    throw orDiskProblem(error, paths);
  }
}
