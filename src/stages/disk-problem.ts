/** What a full or broken disk means for a run. */
import { existsSync } from 'node:fs';

import type { RunPaths } from '../journal/run-folder.js';
import { StoppedError } from '../problem.js';

const DISK = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EFBIG', 'EROFS', 'EACCES', 'EPERM']);

/** What to throw instead of an error, where it is the disk's. */
export function orDiskProblem(error: unknown, paths: RunPaths): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (!DISK.has(code)) return error;
  return new StoppedError(
    'disk-failed',
    `The run folder ${paths.folder} could not be written (${code}).`,
    existsSync(paths.journal)
      ? `Make room on the disk, or correct the rights of the folder; then go on with: billpatch resume ${paths.folder}`
      : 'Make room on the disk, or correct the rights of the folder, and try again; nothing was sent.',
  );
}
