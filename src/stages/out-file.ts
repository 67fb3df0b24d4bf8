/** A copy of the result CSV where the user wants it. */
import { access, constants, copyFile, lstat } from 'node:fs/promises';
import { dirname } from 'node:path';

import { UsageError } from '../problem.js';

/** The copy is only ever a new file, in a folder that can be written. */
export async function refuseUnwritable(out: string): Promise<void> {
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

export async function copyOut(results: string, out: string): Promise<void> {
  await copyFile(results, out, constants.COPYFILE_EXCL);
}
