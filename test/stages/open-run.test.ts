import { appendFile, readdir, writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';

import { fileSha256, MANIFEST_FORMAT, runPaths } from '../../src/journal/run-folder.js';
import { openRun } from '../../src/stages/open-run.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

it('a run whose input was changed is not gone on with, and is left unlocked', async () => {
  const paths = runPaths(await temporaryFolder());
  await writeFile(paths.input, 'customerTenantId,email\n');
  const sha256 = await fileSha256(paths.input);
  const manifest = { format: MANIFEST_FORMAT, input: { sha256 }, stages: [{ stage: 'apply' }] };
  await writeFile(paths.manifest, JSON.stringify(manifest));
  (await openRun(paths.folder, () => 0)).lock.release();

  await appendFile(paths.input, '\n');
  await expect(openRun(paths.folder, () => 0)).rejects.toMatchObject({ code: 'input-changed' });
  expect((await readdir(paths.folder)).sort()).toEqual(['input.csv', 'run.json']);
});
