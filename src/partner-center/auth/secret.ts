/** A secret from the environment, or from a file that only its owner can read. Never from an option. */
import { readFile, stat } from 'node:fs/promises';

import { UsageError } from '../../problem.js';

export interface SecretName {
  readonly variable: string;
  /** Holds the path of a file. */
  readonly fileVariable: string;
  /** In a sentence, without an article. */
  readonly what: string;
}

/** Without the white space around it; undefined where neither variable is set. */
export async function readSecret(
  env: Readonly<Record<string, string | undefined>>,
  { variable, fileVariable, what }: SecretName,
): Promise<string | undefined> {
  const given = env[variable]?.trim();
  if (given !== undefined && given !== '') return given;
  const path = env[fileVariable];
  return path === undefined || path === '' ? undefined : (await readSecretFile(path, what)).trim();
}

export async function readSecretFile(path: string, what: string): Promise<string> {
  await refuseOpenFile(path, what);
  try {
    return await readFile(path, 'utf8');
  } catch {
    throw unreadable(path, what);
  }
}

export async function refuseOpenFile(path: string, what: string): Promise<void> {
  const { mode } = await stat(path).catch(() => {
    throw unreadable(path, what);
  });
  if (process.platform === 'win32' || (mode & 0o077) === 0) return;
  throw new UsageError(
    'secret-file-open',
    `Others can read the file of the ${what}: ${path}.`,
    `Run: chmod 600 ${path}`,
  );
}

const unreadable = (path: string, what: string): UsageError =>
  new UsageError(
    'secret-file-unreadable',
    `The file of the ${what} cannot be read: ${path}.`,
    'Check the path, and whether this user may read it.',
  );
