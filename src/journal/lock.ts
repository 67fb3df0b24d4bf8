/** One run at a time in one run folder. */
import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';

import { UsageError } from '../problem.js';

interface Holder {
  readonly pid: number;
  readonly host: string;
  /** When the process began, as the system counts it: a pid alone is used again. */
  readonly processStart: string;
  readonly since: string;
}

export interface Lock {
  readonly release: () => void;
}

/** Takes the lock, from a dead holder if need be; names a living one. */
export async function takeLock(path: string, now: Date): Promise<Lock> {
  const holder: Holder = {
    pid: process.pid,
    host: hostname(),
    processStart: processStart(process.pid) ?? '',
    since: now.toISOString(),
  };
  const own = `${path}.${randomUUID()}`;
  try {
    // Linked when whole: a lock that is still being written would look like one of a dead holder.
    await writeFile(own, JSON.stringify(holder), { mode: 0o600, flag: 'wx' });
    for (let tries = 0; tries < 3; tries += 1) {
      try {
        await link(own, path);
        return createLock(path);
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      }
      const text = await readFile(path, 'utf8').catch(() => '');
      const other = parseHolder(text);
      if (other && isAlive(other)) {
        throw new UsageError(
          'run-locked',
          `Another billpatch (process ${other.pid} on ${other.host}, since ${other.since}) is working in this run folder.`,
          `Wait until it has finished. If it certainly no longer runs, delete ${path}.`,
        );
      }
      await removeDead(path, text);
    }
  } finally {
    await rm(own, { force: true });
  }
  throw new UsageError(
    'run-locked',
    'Another billpatch took the run folder just now.',
    'Try again.',
  );
}

/** Whether a file of that name is a lock that was being made, or put aside. */
export const isLockInMaking = (name: string): boolean => /^lock\.[0-9a-f-]{36}$/.test(name);

function createLock(path: string): Lock {
  let held = true;
  return {
    release: () => {
      // Once: by the second call the lock may be somebody else's.
      if (held) rmSync(path, { force: true });
      held = false;
    },
  };
}

/** Moved aside before it goes: since it was read, another process may have put its own there. */
async function removeDead(path: string, text: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
    if ((await readFile(aside, 'utf8')) !== text) await link(aside, path);
  } catch {
    // Gone already, or there is a new one: the next try sees what is there.
  } finally {
    await rm(aside, { force: true });
  }
}

function parseHolder(text: string): Holder | undefined {
  try {
    const holder = JSON.parse(text) as Partial<Holder> | null;
    return typeof holder?.pid === 'number' && holder.pid > 0 ? (holder as Holder) : undefined;
  } catch {
    // Cut off while it was written: its holder is gone.
    return undefined;
  }
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
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
