import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { writeWholeFile } from '../../src/journal/whole-file.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

describe('a whole file', () => {
  it('replaces what was there, for its owner only, and leaves nothing beside it', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'a.csv');
    await writeFile(path, 'old and longer', { mode: 0o644 });
    await writeWholeFile(path, (stream) => {
      stream.end('new');
    });
    expect(await readFile(path, 'utf8')).toBe('new');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['a.csv']);
  });

  it('is not seen before it is whole', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'a.csv');
    await writeFile(path, 'old');
    await writeWholeFile(path, async (stream) => {
      stream.write('half');
      expect(await readFile(path, 'utf8')).toBe('old');
      stream.end();
    });
    expect(await readFile(path, 'utf8')).toBe('half');
  });

  it.each([
    [
      'at once',
      () => {
        throw new Error('no');
      },
    ],
    ['later', () => Promise.reject(new Error('no'))],
  ] as const)('leaves the old file and nothing else when the filling fails %s', async (_, fill) => {
    const folder = await temporaryFolder();
    const path = join(folder, 'a.csv');
    await writeFile(path, 'old');
    await expect(writeWholeFile(path, fill)).rejects.toThrow('no');
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['a.csv']);
  });

  it('leaves nothing when it cannot take its place', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'a.csv'));
    await expect(
      writeWholeFile(join(folder, 'a.csv'), (stream) => {
        stream.end('x');
      }),
    ).rejects.toThrow();
    expect(await readdir(folder)).toEqual(['a.csv']);
  });

  it('is not held up by what an earlier process of the same number left', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'a.csv');
    await writeFile(`${path}.${process.pid}.tmp`, 'left over', { mode: 0o644 });
    await writeWholeFile(path, (stream) => {
      stream.end('new');
    });
    expect(await readFile(path, 'utf8')).toBe('new');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });
});
