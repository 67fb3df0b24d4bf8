import { writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';

import { MANIFEST_FORMAT, readManifest, runPaths } from '../../src/journal/run-folder.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

it.each([MANIFEST_FORMAT + 1, MANIFEST_FORMAT - 1, String(MANIFEST_FORMAT), null, undefined])(
  'a run.json of format %j is refused, and both formats are named',
  async (format) => {
    const paths = runPaths(await temporaryFolder());
    await writeFile(paths.manifest, JSON.stringify({ format, stages: [] }));
    await expect(readManifest(paths)).rejects.toMatchObject({
      code: 'manifest-format',
      message: `${paths.manifest} has format ${String(format)}; this billpatch reads format ${MANIFEST_FORMAT}.`,
    });
  },
);
