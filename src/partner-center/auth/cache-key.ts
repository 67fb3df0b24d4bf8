/**
 * The key of the login cache: in the system's keyring, or made from a passphrase in the environment.
 * The door to the keyring, which need not be there.
 */
import { randomBytes, scryptSync } from 'node:crypto';

import { PASSPHRASE_VARIABLE, type Env } from './settings.js';

export type KeyKind = 'passphrase' | 'keyring';

export interface KeySource {
  readonly kind: KeyKind;
  /** 32 bytes. @param salt of the file; a keyring needs none */
  readonly keyFor: (salt: Buffer) => Buffer;
  /** Takes the key out of the keyring. */
  readonly forget: () => Promise<void>;
}

/** One secret, kept by the system for this user. */
export interface Keyring {
  readonly get: () => Promise<string | undefined>;
  readonly set: (value: string) => Promise<void>;
  readonly remove: () => Promise<void>;
}

const SERVICE = 'billpatch';
const ACCOUNT = 'login cache';
/** A keyring may wait for a person who is not there. */
const KEYRING_MS = 10_000;
/** Source: OWASP's advice for scrypt, N = 2^17, r = 8, p = 1. */
const SCRYPT = { N: 2 ** 17, r: 8, p: 1, maxmem: 256 * 1024 * 1024 };

export async function openKeyring(): Promise<Keyring | undefined> {
  try {
    const { AsyncEntry } = await import('@napi-rs/keyring');
    const entry = new AsyncEntry(SERVICE, ACCOUNT);
    const keyring: Keyring = {
      get: async () => (await entry.getPassword(AbortSignal.timeout(KEYRING_MS))) ?? undefined,
      set: (value) => entry.setPassword(value, AbortSignal.timeout(KEYRING_MS)),
      remove: async () => {
        await entry.deletePassword(AbortSignal.timeout(KEYRING_MS));
      },
    };
    await keyring.get();
    return keyring;
  } catch {
    // Not installed, or a machine without one, such as a server or a container.
    return undefined;
  }
}

/**
 * The passphrase counts where both are there: it was set on purpose.
 * @returns undefined where there is neither: then nothing can be kept
 */
export async function openKeySource(
  env: Env,
  keyring: () => Promise<Keyring | undefined> = openKeyring,
): Promise<KeySource | undefined> {
  const passphrase = env[PASSPHRASE_VARIABLE] ?? '';
  if (passphrase !== '') {
    return {
      kind: 'passphrase',
      keyFor: (salt) => scryptSync(passphrase.normalize('NFC'), salt, 32, SCRYPT),
      forget: () => Promise.resolve(),
    };
  }
  const ring = await keyring();
  if (!ring) return undefined;
  try {
    let key = Buffer.from((await ring.get()) ?? '', 'base64');
    if (key.length !== 32) {
      key = randomBytes(32);
      await ring.set(key.toString('base64'));
    }
    return { kind: 'keyring', keyFor: () => key, forget: ring.remove };
  } catch {
    return undefined;
  }
}
