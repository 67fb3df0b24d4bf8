/** A copy of the result CSV where the user wants it. */
import { access, constants, copyFile, lstat } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve } from 'node:path';

import { StoppedError, UsageError } from '../problem.js';

/** The copy is only ever a new file, in a folder that can be written. */
export async function refuseUnwritable(out: string, runFolder?: string): Promise<void> {
  if (runFolder !== undefined) refuseInside(runFolder, out);
  if (out === '') {
    throw new UsageError(
      'out-unnamed',
      'The name for the copy of the results is empty.',
      'Name a file with --out, or leave it away: the results are in the run folder.',
    );
  }
  const exists = await lstat(out).catch(() => undefined);
  if (exists) {
    throw new UsageError(
      'out-exists',
      `${out} exists already; nothing is ever overwritten.`,
      'Name another file with --out.',
    );
  }
  try {
    await access(dirname(out), constants.W_OK);
  } catch {
    throw new UsageError(
      'out-not-writable',
      `${out} cannot be written: its folder is missing or read-only.`,
      'Name another place with --out.',
    );
  }
}

/** The run folder is billpatch's own: a copy in it would stand in the way of what belongs there. */
function refuseInside(folder: string, out: string): void {
  const path = relative(resolve(folder), resolve(out));
  if (path.startsWith('..') || isAbsolute(path)) return;
  throw new UsageError(
    'out-in-run-folder',
    `${out} is in the run folder itself.`,
    'Name another place with --out; the run folder has its own results.csv.',
  );
}

export async function copyOut(results: string, out: string): Promise<void> {
  try {
    await copyFile(results, out, constants.COPYFILE_EXCL);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new StoppedError(
      'out-not-written',
      `The run is done, but its results could not be copied to ${out} (${code}).`,
      `Copy them yourself: ${results}`,
    );
  }
}
