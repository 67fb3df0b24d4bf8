import { spawnSync } from 'node:child_process';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { takeLock } from '../../src/journal/lock.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const NOW = new Date('2026-11-23T07:30:00Z');

// Only Linux says when a process began.
const LINUX = process.platform === 'linux';

const lockPath = async () => join(await temporaryFolder(), 'lock');

const holder = (over: object) =>
  JSON.stringify({ pid: process.pid, host: hostname(), processStart: '', since: 'then', ...over });

/** The number of a process that has just ended. */
const deadPid = () => spawnSync(process.execPath, ['--version']).pid;

describe('the lock of a run folder', () => {
  it('is held by one: the second is told who holds it', async () => {
    const path = await lockPath();
    const lock = await takeLock(path, NOW);
    await expect(takeLock(path, NOW)).rejects.toMatchObject({
      code: 'run-locked',
      message: expect.stringContaining(
        `process ${process.pid} on ${hostname()}, since 2026-11-23`,
      ) as string,
    });
    lock.release();
    (await takeLock(path, NOW)).release();
  });

  it('is whole, for its owner only, and leaves nothing behind', async () => {
    const path = await lockPath();
    const lock = await takeLock(path, NOW);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ pid: process.pid });
    expect(await readdir(join(path, '..'))).toEqual(['lock']);
    lock.release();
    expect(await readdir(join(path, '..'))).toEqual([]);
  });

  it('goes to exactly one of many who ask at the same moment', async () => {
    const path = await lockPath();
    await writeFile(path, holder({ pid: deadPid() }));
    const all = await Promise.allSettled(Array.from({ length: 20 }, () => takeLock(path, NOW)));
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await readdir(join(path, '..'))).toEqual(['lock']);
  });

  it.each([
    ['a dead process', () => holder({ pid: deadPid() })],
    [
      'a process whose number was used again',
      () => holder(LINUX ? { processStart: '1' } : { pid: deadPid() }),
    ],
    ['half a lock', () => holder({}).slice(0, 12)],
    ['an empty lock', () => ''],
    ['a lock that names nobody', () => '{}'],
    ['null', () => 'null'],
  ])('is taken from %s', async (_, text) => {
    const path = await lockPath();
    await writeFile(path, text());
    const lock = await takeLock(path, NOW);
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ since: NOW.toISOString() });
    lock.release();
  });

  it('is never taken from another machine', async () => {
    const path = await lockPath();
    const theirs = holder({ host: 'elsewhere.example', pid: deadPid() });
    await writeFile(path, theirs);
    await expect(takeLock(path, NOW)).rejects.toMatchObject({ code: 'run-locked' });
    expect(await readFile(path, 'utf8')).toBe(theirs);
  });

  it('released twice does not take it from the next', async () => {
    const path = await lockPath();
    const first = await takeLock(path, NOW);
    first.release();
    const second = await takeLock(path, NOW);
    first.release();
    expect(await readdir(join(path, '..'))).toEqual(['lock']);
    second.release();
  });

  it('says what is wrong where the folder is not there', async () => {
    const path = join(await temporaryFolder(), 'missing', 'lock');
    await expect(takeLock(path, NOW)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
