import { createHash } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { chmod, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import {
  openKeySource,
  type Keyring,
  type KeySource,
} from '../../../src/partner-center/auth/cache-key.js';
import { openLoginCache, type Login } from '../../../src/partner-center/auth/login-cache.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

const LOGIN: Login = {
  tenant: '11111111-2222-4333-8444-555555555555',
  clientId: 'aaaaaaaa-2222-4333-8444-555555555555',
  cloud: 'global',
  authority: 'https://login.microsoftonline.com',
  username: 'canary-user@partner.example',
  signedInAt: '2026-11-23T00:00:00.000Z',
  refreshToken: 'canary-refresh',
  accessToken: 'canary-access',
  expiresAt: 1,
  renewAt: 0,
};

async function world(passphrase: string | undefined = 'a passphrase') {
  const folder = await temporaryFolder();
  const env = {
    XDG_CONFIG_HOME: folder,
    ...(passphrase !== '' && { BILLPATCH_CACHE_PASSPHRASE: passphrase }),
  };
  const open = (over: object = {}) =>
    openLoginCache({ ...env, ...over }, Math.random, () =>
      Promise.resolve(quickKey({ ...env, ...over })),
    );
  return { folder: join(folder, 'billpatch'), file: join(folder, 'billpatch', 'login.json'), open };
}

/** As a passphrase makes it, but without the time that this is meant to take. */
function quickKey(env: { readonly BILLPATCH_CACHE_PASSPHRASE?: string }): KeySource | undefined {
  const passphrase = env.BILLPATCH_CACHE_PASSPHRASE ?? '';
  if (passphrase === '') return undefined;
  return {
    kind: 'passphrase',
    keyFor: (salt) => createHash('sha256').update(passphrase).update(salt).digest(),
    forget: () => Promise.resolve(),
  };
}

function memoryKeyring(): Keyring & { readonly value: () => string | undefined } {
  let kept: string | undefined;
  return {
    value: () => kept,
    get: () => Promise.resolve(kept),
    set: (value) => {
      kept = value;
      return Promise.resolve();
    },
    remove: () => {
      kept = undefined;
      return Promise.resolve();
    },
  };
}

describe('the login cache', () => {
  it('gives back what was written, to another process too', async () => {
    const { open } = await world();
    expect(await open().read()).toBeUndefined();
    await open().write(LOGIN);
    expect(await open().read()).toEqual(LOGIN);
  });

  it('holds nothing that can be read, in a file and a folder of its owner alone', async () => {
    const { open, file, folder } = await world();
    await mkdir(folder, { mode: 0o777 });
    await chmod(folder, 0o777);
    const cache = open();
    await cache.write(LOGIN);
    await cache.write({ ...LOGIN, refreshToken: 'canary-rotated' });
    expect(readFileSync(file, 'utf8')).not.toMatch(/canary|11111111|partner\.example/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(await readdir(folder)).toEqual(['login.json']);
  });

  it('never uses the same nonce twice', async () => {
    const { open, file } = await world();
    const cache = open();
    const seen = new Set<unknown>();
    for (let times = 0; times < 20; times += 1) {
      await cache.write(LOGIN);
      seen.add((JSON.parse(readFileSync(file, 'utf8')) as { iv: string }).iv);
    }
    expect(seen.size).toBe(20);
  });

  it('is refused where any part of it was altered', async () => {
    const { open, file } = await world();
    await open().write(LOGIN);
    const whole = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
    for (const part of ['salt', 'iv', 'tag', 'data'] as const) {
      const bytes = Buffer.from(whole[part] ?? '', 'base64');
      bytes[0] = (bytes[0] ?? 0) ^ 1;
      writeFileSync(file, JSON.stringify({ ...whole, [part]: bytes.toString('base64') }));
      await expect(open().read(), part).rejects.toMatchObject({
        code: 'cache-unusable',
        hint: expect.stringContaining('billpatch login') as string,
      });
    }
    // A shorter tag would be easier to guess.
    const tag = Buffer.from(whole.tag ?? '', 'base64')
      .subarray(0, 4)
      .toString('base64');
    writeFileSync(file, JSON.stringify({ ...whole, tag }));
    await expect(open().read()).rejects.toMatchObject({ code: 'cache-unusable' });
    for (const text of [
      '',
      '{}',
      'null',
      '[]',
      '{"format":1',
      JSON.stringify({ ...whole, format: 2 }),
    ]) {
      writeFileSync(file, text);
      await expect(open().read(), text).rejects.toMatchObject({ code: 'cache-unusable' });
    }
  });

  it('is refused with another passphrase, and without one', async () => {
    const { open } = await world();
    await open().write(LOGIN);
    await expect(open({ BILLPATCH_CACHE_PASSPHRASE: 'b' }).read()).rejects.toMatchObject({
      code: 'cache-unusable',
      message: expect.stringContaining('BILLPATCH_CACHE_PASSPHRASE') as string,
    });
    await expect(open({ BILLPATCH_CACHE_PASSPHRASE: '' }).read()).rejects.toMatchObject({
      code: 'cache-locked',
    });
  });

  it('stores nothing where there is no key for it', async () => {
    const { open, folder } = await world('');
    await expect(open().ready()).rejects.toMatchObject({ code: 'cache-no-key' });
    await expect(open().write(LOGIN)).rejects.toMatchObject({ code: 'cache-no-key' });
    expect(() => statSync(folder)).toThrow('ENOENT');
  });

  it('takes its key from the keyring where there is one, and removes both', async () => {
    const { folder } = await world();
    const ring = memoryKeyring();
    const env = { XDG_CONFIG_HOME: join(folder, '..') };
    const open = () =>
      openLoginCache(env, Math.random, () => openKeySource(env, () => Promise.resolve(ring)));
    expect(await open().write(LOGIN)).toBe('keyring');
    expect(await open().read()).toEqual(LOGIN);
    expect(ring.value()).toHaveLength(44);
    const own = ring.value();
    await ring.set(Buffer.alloc(32).toString('base64'));
    await expect(open().read()).rejects.toMatchObject({ code: 'cache-unusable' });
    await ring.set(own ?? '');
    expect(await open().remove()).toBe(true);
    expect(ring.value()).toBeUndefined();
    expect(await open().exists()).toBe(false);
    expect(await open().remove()).toBe(false);
  });

  it('makes the same key of the same passphrase, and of no other', async () => {
    const keyOf = async (passphrase: string, salt: string) =>
      (await openKeySource({ BILLPATCH_CACHE_PASSPHRASE: passphrase }))
        ?.keyFor(Buffer.from(salt))
        .toString('hex');
    const key = await keyOf('one', 'salt');
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect(await keyOf('one', 'salt')).toBe(key);
    expect(await keyOf('two', 'salt')).not.toBe(key);
    expect(await keyOf('one', 'pepper')).not.toBe(key);
  });

  it('a keyring that fails is none', async () => {
    const failing: Keyring = {
      get: () => Promise.reject(new Error('no D-Bus')),
      set: () => Promise.reject(new Error('no D-Bus')),
      remove: () => Promise.reject(new Error('no D-Bus')),
    };
    expect(await openKeySource({}, () => Promise.resolve(failing))).toBeUndefined();
  });

  it('is changed by one at a time', async () => {
    const { open } = await world();
    await open().write({ ...LOGIN, expiresAt: 0 });
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      // Two programs on one machine look the same as two processes, but for the lock's own file.
      const cache = open();
      await cache.alone(async () => {
        inside += 1;
        most = Math.max(most, inside);
        const login = await cache.read();
        await new Promise((go) => setTimeout(go, 5));
        await cache.write({ ...LOGIN, expiresAt: (login?.expiresAt ?? 0) + 1 });
        inside -= 1;
      });
    };
    await Promise.all(Array.from({ length: 4 }, work));
    expect(most).toBe(1);
    expect((await open().read())?.expiresAt).toBe(4);
  });
});
