import { spawnSync } from 'node:child_process';
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { takeLock } from '../../src/journal/lock.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

// Only Linux says when a process began.
const LINUX = process.platform === 'linux';
const HOST = encodeURIComponent(hostname());

const half = (): number => 0.5;
const lockPath = async () => join(await temporaryFolder(), 'lock');
const filesAt = (path: string) => readdir(join(path, '..'));

/** The number of a process that has just ended. */
const deadPid = () => spawnSync(process.execPath, ['--version']).pid;

describe('the lock of a run folder', () => {
  it('is held by one: the second is told who holds it, and since when', async () => {
    const path = await lockPath();
    const lock = await takeLock(path, half);
    await expect(takeLock(path, half)).rejects.toMatchObject({
      code: 'run-locked',
      message: expect.stringMatching(
        new RegExp(`process ${process.pid} on ${hostname()}, since 20\\d\\d-`),
      ) as string,
    });
    lock.release();
    (await takeLock(path, half)).release();
  });

  it('is for its owner only, and leaves nothing behind', async () => {
    const path = await lockPath();
    const lock = await takeLock(path, half);
    const [name = ''] = await filesAt(path);
    expect((await stat(join(path, '..', name))).mode & 0o777).toBe(0o600);
    lock.release();
    expect(await filesAt(path)).toEqual([]);
  });

  it('goes to exactly one of many who ask at the same moment', async () => {
    const path = await lockPath();
    await writeFile(`${path}.${deadPid()}.7.${HOST}`, '');
    const all = await Promise.allSettled(Array.from({ length: 20 }, () => takeLock(path, half)));
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await filesAt(path)).toHaveLength(1);
  });

  it.each([
    ['a dead process', () => `${deadPid()}.7.${HOST}`],
    [
      'a process whose number was used again',
      () => (LINUX ? `${process.ppid}.1.${HOST}` : `${deadPid()}.-.${HOST}`),
    ],
    ['what is no lock', () => 'rubbish'],
  ])('is not held by %s, and that is swept away', async (_, ending) => {
    const path = await lockPath();
    await writeFile(`${path}.${ending()}`, '');
    const lock = await takeLock(path, half);
    expect(await filesAt(path)).toHaveLength(1);
    lock.release();
    expect(await filesAt(path)).toEqual([]);
  });

  it('stays with a living process, and with any of another machine', async () => {
    for (const name of [`${process.ppid}.-.${HOST}`, `${deadPid()}.7.elsewhere.example`]) {
      const path = await lockPath();
      await writeFile(`${path}.${name}`, '');
      await expect(takeLock(path, half)).rejects.toMatchObject({ code: 'run-locked' });
      expect(await filesAt(path)).toEqual([`lock.${name}`]);
    }
  });

  it('released twice does not take it from the next process', async () => {
    const path = await lockPath();
    const first = await takeLock(path, half);
    first.release();
    first.release();
    expect(await filesAt(path)).toEqual([]);
  });

  it('says what is wrong where the folder is not there, or a name is taken by a folder', async () => {
    const path = join(await temporaryFolder(), 'missing', 'lock');
    await expect(takeLock(path, half)).rejects.toMatchObject({ code: 'ENOENT' });
    await mkdir(join(path, '..'));
    await mkdir(`${path}.odd`);
    await expect(takeLock(path, half)).rejects.toThrow();
  });
});
