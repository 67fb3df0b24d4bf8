/** Writes a file whole or not at all: temporary file beside it → fsync → rename → folder synced. */
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { finished } from 'node:stream/promises';
import type { Writable } from 'node:stream';

/** @param fill writes and ends the stream. */
export async function writeWholeFile(
  path: string,
  fill: (stream: Writable) => Promise<void> | void,
): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  // Left over from a process that had this number before us; its mode could be anything.
  await rm(temporary, { force: true });
  const file = await open(temporary, 'wx', 0o600);
  const stream = file.createWriteStream({ flush: true, autoClose: true });
  try {
    const written = finished(stream);
    // Where fill throws first, nobody else looks at this.
    written.catch(() => undefined);
    await Promise.all([fill(stream), written]);
    await rename(temporary, path);
  } catch (error) {
    stream.destroy();
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Whether a file of that name is one that was never finished. */
export const isTemporary = (name: string): boolean => /\.\d+\.tmp$/.test(name);

/** Makes a creation or a rename in a folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
