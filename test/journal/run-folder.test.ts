import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';

import {
  createRunFolder,
  fileSha256,
  keepInput,
  readManifest,
  runFolderName,
  runPaths,
} from '../../src/journal/run-folder.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const NOW = new Date(2026, 10, 3, 7, 5, 9);

describe('a run folder', () => {
  it.each([
    ['november.csv', 'november.20261103-070509.run'],
    ['a/b.c/november.v2.CSV', 'a/b.c/november.v2.20261103-070509.run'],
    ['november', 'november.20261103-070509.run'],
    ['.csv', '.csv.20261103-070509.run'],
  ])('of %s is %s', (input, name) => {
    expect(runFolderName(input, NOW)).toBe(name);
  });

  it('is for its owner only, and a second of the same moment gets a number', async () => {
    const wanted = join(await temporaryFolder(), 'x.run');
    const folders = await Promise.all([1, 2, 3].map(() => createRunFolder(wanted, false)));
    expect(folders.map(({ folder }) => folder.slice(wanted.length - 5)).sort()).toEqual([
      'x-2.run',
      'x-3.run',
      'x.run',
    ]);
    for (const { folder } of folders) expect((await stat(folder)).mode & 0o777).toBe(0o700);
  });

  it('that was asked for may be there and empty, or far down, but never in use', async () => {
    const folder = await temporaryFolder();
    const empty = join(folder, 'empty');
    await mkdir(empty, { mode: 0o755 });
    await createRunFolder(empty, true);
    expect((await stat(empty)).mode & 0o777).toBe(0o700);
    await createRunFolder(join(folder, 'a', 'b'), true);
    await expect(createRunFolder(folder, true)).rejects.toMatchObject({
      code: 'run-folder-not-empty',
    });
    await writeFile(join(folder, 'file'), '');
    await expect(createRunFolder(join(folder, 'file'), true)).rejects.toMatchObject({
      code: 'run-folder-not-created',
    });
  });

  it('keeps the input byte for byte, once', async () => {
    const paths = runPaths(await temporaryFolder());
    const bytes = Buffer.from([0xef, 0xbb, 0xbf, 0x00, 0xff, 0x0d]);
    const kept = await keepInput(Readable.from([bytes.subarray(0, 2), bytes.subarray(2)]), paths);
    expect(await readFile(paths.input)).toEqual(bytes);
    expect(kept.bytes).toBe(6);
    expect(await fileSha256(paths.input)).toBe(kept.sha256);
    expect((await stat(paths.input)).mode & 0o777).toBe(0o600);
    await expect(keepInput(Readable.from([bytes]), paths)).rejects.toMatchObject({
      code: 'EEXIST',
    });
  });

  it('without a readable run.json says so', async () => {
    const paths = runPaths(await temporaryFolder());
    await expect(readManifest(paths)).rejects.toMatchObject({ code: 'not-a-run-folder' });
    await writeFile(paths.manifest, '{"format":1,');
    await expect(readManifest(paths)).rejects.toMatchObject({ code: 'manifest-damaged' });
  });
});
