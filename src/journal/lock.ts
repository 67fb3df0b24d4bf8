/**
 * One run at a time in one run folder. Each process that wants the folder puts a file of its own
 * there, then looks whether another living one has: of two, at least one sees the other. Nothing is
 * ever taken over, renamed or written into, so no lock can be lost between two steps; files of dead
 * processes are only swept away, since a dead process does not come back.
 */
import { readFileSync, rmSync } from 'node:fs';
import { open, readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';

import { UsageError } from '../problem.js';

/** All in the name of the file, which is there whole or not at all. */
interface Holder {
  readonly host: string;
  readonly pid: number;
  /** When the process began, as the system counts it: a pid alone is used again. */
  readonly processStart: string;
}

export interface Lock {
  readonly release: () => void;
}

/** The younger of two steps back so often before it gives up; the older waits for that. */
const TRIES = 5;
/** More, where the other one has left by then: nobody is to wait for who is not there. */
const MOST_TRIES = 20;
const STEP_BACK_MS = 50;
const LOOK_AGAIN_MS = 10;
/** Stepping back takes no longer; two of the same clock tick may both be no younger. */
const LOOKS = 20;

/**
 * Takes the lock, or names who has it.
 * @param path of the lock files, which get an ending each
 * @param random between 0 and 1
 */
export async function takeLock(path: string, random: () => number): Promise<Lock> {
  const own: Holder = {
    host: hostname(),
    pid: process.pid,
    processStart: processStart(process.pid) ?? '',
  };
  const file = `${path}.${nameOf(own)}`;
  for (let tries = 1; ; tries += 1) {
    if (tries > 1) await sleep(STEP_BACK_MS * (Math.min(tries - 1, TRIES) + random()));
    let other: string | undefined;
    await create(file);
    try {
      other = await findOther(path, basename(file));
      // Two that begin at the same moment see each other: only the younger steps back.
      for (let looks = 0; other !== undefined && looks < LOOKS; looks += 1) {
        if (!(await isOlder(file, join(dirname(path), other)))) break;
        await sleep(LOOK_AGAIN_MS);
        other = await findOther(path, basename(file));
      }
    } catch (error) {
      await rm(file, { force: true });
      throw error;
    }
    if (other === undefined) return createLock(file);
    await rm(file, { force: true });
    if (tries < TRIES) continue;
    const since = await sinceOf(path, other);
    if (since !== '' || tries === MOST_TRIES) throw locked(other, since);
  }
}

const sleep = (ms: number): Promise<void> => new Promise((go) => setTimeout(go, ms));

/** Whether the first file was there before the second; true where the second has gone. */
async function isOlder(first: string, second: string): Promise<boolean> {
  const [mine, theirs] = await Promise.all(
    [first, second].map((file) => stat(file, { bigint: true }).catch(() => undefined)),
  );
  if (!mine || !theirs) return true;
  return mine.mtimeNs === theirs.mtimeNs ? first < second : mine.mtimeNs < theirs.mtimeNs;
}

async function create(file: string): Promise<void> {
  try {
    await (await open(file, 'wx', 0o600)).close();
  } catch (error) {
    // This very process works in the folder already.
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST')
      throw locked(basename(file), await sinceOf(file, basename(file)));
    throw error;
  }
}

/** The oldest file of another living process; those of dead ones are removed. */
async function findOther(path: string, own: string): Promise<string | undefined> {
  const folder = dirname(path);
  const living: string[] = [];
  for (const name of await readdir(folder)) {
    if (name === own || !name.startsWith(`${basename(path)}.`)) continue;
    const holder = holderOf(name, path);
    if (holder && isAlive(holder)) living.push(name);
    else await rm(join(folder, name), { force: true });
  }
  let oldest = living[0];
  for (const name of living.slice(1)) {
    if (oldest !== undefined && (await isOlder(join(folder, name), join(folder, oldest))))
      oldest = name;
  }
  return oldest;
}

function locked(name: string, since: string): UsageError {
  const holder = holderOf(name, 'lock');
  return new UsageError(
    'run-locked',
    `Another billpatch (process ${holder?.pid ?? '?'} on ${holder?.host ?? '?'}${since}) is working in this run folder.`,
    `Wait until it has finished. If it certainly no longer runs, delete ${name} in the run folder.`,
  );
}

/** Empty where it has gone. */
async function sinceOf(path: string, name: string): Promise<string> {
  const found = await stat(join(dirname(path), name)).catch(() => undefined);
  return found ? `, since ${found.mtime.toISOString()}` : '';
}

const nameOf = ({ host, pid, processStart: start }: Holder): string =>
  `${pid}.${start || '-'}.${encodeURIComponent(host)}`;

function holderOf(name: string, path: string): Holder | undefined {
  const match = /^(\d+)\.(\d+|-)\.(.+)$/.exec(name.slice(basename(path).length + 1));
  if (!match) return undefined;
  const [, pid = '', start = '', host = ''] = match;
  return { pid: Number(pid), processStart: start === '-' ? '' : start, host: decode(host) };
}

function decode(host: string): string {
  try {
    return decodeURIComponent(host);
  } catch {
    return host;
  }
}

function createLock(file: string): Lock {
  return {
    release: () => {
      rmSync(file, { force: true });
    },
  };
}

function isAlive({ pid, host, processStart: start }: Holder): boolean {
  // Of another machine's processes nothing can be known.
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is another user's, and may still be a later process with the same number.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  const current = processStart(pid);
  return current === undefined || start === '' || current === start;
}

/** Field 22 of /proc/PID/stat (proc(5)); undefined where there is no /proc. */
function processStart(pid: number): string | undefined {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return line.slice(line.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
