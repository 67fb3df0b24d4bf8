/** One run at a time in one run folder. */
import { readFileSync, rmSync } from 'node:fs';
import { open, readFile, rm } from 'node:fs/promises';
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
  for (let tries = 0; tries < 3; tries += 1) {
    try {
      const file = await open(path, 'wx', 0o600);
      await file.writeFile(JSON.stringify(holder));
      await file.close();
      return {
        release: () => {
          rmSync(path, { force: true });
        },
      };
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    const other = parseHolder(await readFile(path, 'utf8').catch(() => ''));
    if (other && isAlive(other)) {
      throw new UsageError(
        'run-locked',
        `Another billpatch (process ${other.pid} on ${other.host}, since ${other.since}) is working in this run folder.`,
        `Wait until it has finished. If it certainly no longer runs, delete ${path}.`,
      );
    }
    await rm(path, { force: true });
  }
  throw new UsageError(
    'run-locked',
    'Another billpatch took the run folder just now.',
    'Try again.',
  );
}

function parseHolder(text: string): Holder | undefined {
  try {
    return JSON.parse(text) as Holder;
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
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
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
