/**
 * Who signed in with `billpatch login`, encrypted on disk: AES-256-GCM, so that a file that was
 * altered is not accepted. One process at a time renews what is in it.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { takeLock, type Lock } from '../../journal/lock.js';
import { writeWholeFile } from '../../journal/whole-file.js';
import { UsageError } from '../../problem.js';
import type { Cloud } from '../base-url.js';
import { openKeySource, type KeyKind, type KeySource } from './cache-key.js';
import { PASSPHRASE_VARIABLE, type Env } from './settings.js';

export interface Login {
  readonly tenant: string;
  readonly clientId: string;
  readonly cloud: Cloud;
  /** The origin that the refresh token may be sent to. */
  readonly authority: string;
  readonly username?: string;
  readonly signedInAt: string;
  readonly refreshToken: string;
  readonly accessToken: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  /** From then on the access token is renewed. */
  readonly renewAt: number;
}

export interface LoginCache {
  readonly path: string;
  readonly exists: () => Promise<boolean>;
  /** Undefined where nobody is signed in. Throws UsageError where it cannot be opened. */
  readonly read: () => Promise<Login | undefined>;
  /** Throws UsageError where nothing could be kept. */
  readonly ready: () => Promise<void>;
  readonly write: (login: Login) => Promise<KeyKind>;
  readonly remove: () => Promise<boolean>;
  /** While `work` is under way no other process changes the file. */
  readonly alone: <T>(work: () => Promise<T>) => Promise<T>;
}

interface Sealed {
  readonly format: 1;
  readonly key: KeyKind;
  /** All base64. */
  readonly salt: string;
  readonly iv: string;
  readonly tag: string;
  readonly data: string;
}

const AGAIN = 'Sign in again with: billpatch login';
const LOCK_TRIES = 60;

/** @param keySource for tests */
export function openLoginCache(
  env: Env,
  random: () => number,
  keySource: () => Promise<KeySource | undefined> = () => openKeySource(env),
): LoginCache {
  const folder = cacheFolder(env);
  const path = join(folder, 'login.json');
  /** Opened once: making a key from a passphrase takes a while, on purpose. */
  let source: Promise<KeySource | undefined> | undefined;
  const keys = (): Promise<KeySource | undefined> => (source ??= keySource());
  const derived = new Map<string, Buffer>();
  const keyFor = (from: KeySource, salt: Buffer): Buffer => {
    const id = salt.toString('base64');
    const key = derived.get(id) ?? from.keyFor(salt);
    derived.set(id, key);
    return key;
  };
  const makeFolder = async (): Promise<void> => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
  };
  /** The same salt as long as the file lives: its key need not be made again. */
  let salt: Buffer | undefined;

  return {
    path,
    exists: () =>
      stat(path).then(
        () => true,
        () => false,
      ),
    async read() {
      const text = await readFile(path, 'utf8').catch((error: unknown) => {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
        throw damaged(path, 'cannot be read');
      });
      if (text === undefined) return undefined;
      const sealed = parseSealed(text);
      if (!sealed) throw damaged(path, 'is damaged');
      const from = await keys();
      if (from?.kind !== sealed.key) throw keyMissing(sealed.key);
      salt = Buffer.from(sealed.salt, 'base64');
      const login = unseal(sealed, keyFor(from, salt));
      if (!login) {
        throw damaged(
          path,
          sealed.key === 'passphrase'
            ? `cannot be opened: ${PASSPHRASE_VARIABLE} is not the passphrase it was written with, or the file was altered`
            : 'was altered, or its key is no longer the one in the keyring',
        );
      }
      return login;
    },
    async ready() {
      if (!(await keys())) throw NOTHING_KEPT;
      await makeFolder();
    },
    async write(login) {
      const from = await keys();
      if (!from) throw NOTHING_KEPT;
      await makeFolder();
      salt ??= randomBytes(16);
      const sealed = seal(login, from.kind, salt, keyFor(from, salt));
      await writeWholeFile(path, (stream) => {
        stream.end(`${JSON.stringify(sealed)}\n`);
      });
      return from.kind;
    },
    async remove() {
      const text = await readFile(path, 'utf8').catch(() => undefined);
      await rm(path, { force: true });
      // Only where it was used: asking a keyring may ask a person.
      if (text !== undefined && parseSealed(text)?.key !== 'passphrase')
        await (await keys())?.forget().catch(() => undefined);
      return text !== undefined;
    },
    async alone(work) {
      await makeFolder();
      const lock = await waitForLock(join(folder, 'lock'), random);
      try {
        return await work();
      } finally {
        lock.release();
      }
    },
  };
}

export function cacheFolder(env: Env): string {
  const base =
    env.XDG_CONFIG_HOME ??
    env.APPDATA ??
    (env.HOME === undefined ? undefined : join(env.HOME, '.config'));
  if (base === undefined || base === '') {
    throw new UsageError(
      'cache-nowhere',
      'There is no folder for the login: neither XDG_CONFIG_HOME nor HOME is set.',
      'Set HOME, or hand in a token or an app by the environment.',
    );
  }
  return join(base, 'billpatch');
}

async function waitForLock(path: string, random: () => number): Promise<Lock> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await takeLock(path, random);
    } catch (error) {
      if (!(error instanceof UsageError) || error.code !== 'run-locked') throw error;
      if (tries >= LOCK_TRIES) {
        throw new UsageError(
          'cache-busy',
          'Another billpatch holds the login cache and does not let go of it.',
          `Wait until it has finished; if none runs, delete the files that begin with ${path}.`,
        );
      }
      await new Promise((go) => setTimeout(go, 100));
    }
  }
}

/** What is not encrypted is bound in too: it cannot be exchanged either. */
const boundTo = (key: KeyKind, salt: Buffer): Buffer =>
  Buffer.from(`billpatch login 1 ${key} ${salt.toString('base64')}`);

function seal(login: Login, kind: KeyKind, salt: Buffer, key: Buffer): Sealed {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(boundTo(kind, salt));
  const data = Buffer.concat([cipher.update(JSON.stringify(login), 'utf8'), cipher.final()]);
  const text = (bytes: Buffer): string => bytes.toString('base64');
  return {
    format: 1,
    key: kind,
    salt: text(salt),
    iv: text(iv),
    tag: text(cipher.getAuthTag()),
    data: text(data),
  };
}

function unseal({ key: kind, salt, iv, tag, data }: Sealed, key: Buffer): Login | undefined {
  const bytes = (text: string): Buffer => Buffer.from(text, 'base64');
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes(iv), { authTagLength: 16 })
      .setAAD(boundTo(kind, bytes(salt)))
      .setAuthTag(bytes(tag));
    const text = Buffer.concat([decipher.update(bytes(data)), decipher.final()]).toString('utf8');
    return JSON.parse(text) as Login;
  } catch {
    return undefined;
  }
}

function parseSealed(text: string): Sealed | undefined {
  try {
    const value = JSON.parse(text) as Partial<Sealed> | null;
    const isWhole =
      value?.format === 1 &&
      (value.key === 'passphrase' || value.key === 'keyring') &&
      [value.salt, value.iv, value.tag, value.data].every((part) => typeof part === 'string');
    return isWhole ? (value as Sealed) : undefined;
  } catch {
    return undefined;
  }
}

const damaged = (path: string, how: string): UsageError =>
  new UsageError('cache-unusable', `The login cache ${path} ${how}.`, AGAIN);

const keyMissing = (kind: KeyKind): UsageError =>
  new UsageError(
    'cache-locked',
    kind === 'passphrase'
      ? `The login cache is encrypted with a passphrase, and ${PASSPHRASE_VARIABLE} is not set.`
      : 'The login cache is encrypted with a key in the system keyring, which cannot be had now.',
    kind === 'passphrase'
      ? `Set ${PASSPHRASE_VARIABLE}, or sign in again with: billpatch login`
      : `Unlock the keyring and unset ${PASSPHRASE_VARIABLE}, or sign in again with: billpatch login`,
  );

const NOTHING_KEPT = new UsageError(
  'cache-no-key',
  'The login cannot be kept: this machine has no keyring that billpatch can use, and nothing is ever stored unencrypted.',
  `Set ${PASSPHRASE_VARIABLE} to a passphrase of your own (and again whenever billpatch runs), then sign in.`,
);
