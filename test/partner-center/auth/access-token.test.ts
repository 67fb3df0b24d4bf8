import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import {
  createGivenTokens,
  readAccessToken,
} from '../../../src/partner-center/auth/access-token.js';
import { ofTenant, tenantOfToken } from '../../../src/partner-center/auth/token-provider.js';
import { TENANT } from '../../helpers/scripted-service.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

const given = (PARTNER_CENTER_ACCESS_TOKEN: string) =>
  readAccessToken({ PARTNER_CENTER_ACCESS_TOKEN });

describe('an access token', () => {
  it.each([
    'abc.d-e_f~g+/==',
    ' abc.d-e_f~g+/==\r\n',
    'Bearer abc.d-e_f~g+/==',
    '\ufeffbearer  abc.d-e_f~g+/==',
  ])('is taken from "%s"', async (text) => {
    expect(await given(text)).toBe('abc.d-e_f~g+/==');
  });

  it.each(['"quoted"', 'a b', 'a\r\nX-Evil: 1', 'ä', '=a'])('"%s" is refused', async (text) => {
    const error: unknown = await given(text).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'token-malformed' });
    expect(String(error)).not.toContain(text);
  });

  it('is asked for where there is none', async () => {
    await expect(readAccessToken({})).rejects.toMatchObject({ code: 'token-missing' });
    await expect(given('  ')).rejects.toMatchObject({ code: 'token-missing' });
  });

  it('is read from a file that only its owner can read', async () => {
    const path = join(await temporaryFolder(), 'token');
    const env = { PARTNER_CENTER_ACCESS_TOKEN_FILE: path };
    await expect(readAccessToken(env)).rejects.toMatchObject({ code: 'secret-file-unreadable' });
    await writeFile(path, 'abc\n', { mode: 0o600 });
    expect(await readAccessToken(env)).toBe('abc');
    await chmod(path, 0o640);
    await expect(readAccessToken(env)).rejects.toMatchObject({ code: 'secret-file-open' });
  });

  it('cannot be renewed', async () => {
    const tokens = await createGivenTokens({ PARTNER_CENTER_ACCESS_TOKEN: 'abc' });
    const rejected = await tokens.getToken();
    expect(rejected).toEqual({ value: 'abc' });
    await expect(tokens.refresh(rejected)).rejects.toMatchObject({ code: 'token-refused' });
  });

  it('is read again once it is refused, where it came from a file', async () => {
    const path = join(await temporaryFolder(), 'token');
    await writeFile(path, 'old\n', { mode: 0o600 });
    const tokens = await createGivenTokens({ PARTNER_CENTER_ACCESS_TOKEN_FILE: path });
    const old = await tokens.getToken();
    await expect(tokens.refresh(old)).rejects.toMatchObject({ code: 'token-refused' });
    await writeFile(path, 'new\n');
    expect(await tokens.refresh(old)).toEqual({ value: 'new' });
    expect(await tokens.getToken()).toEqual({ value: 'new' });
    // Whoever was under way with the old one gets the new one; nothing is read for it.
    await writeFile(path, 'newer\n');
    expect(await tokens.refresh(old)).toEqual({ value: 'new' });
  });

  it('may not become that of another tenant', async () => {
    const other = '99999999-2222-4333-8444-555555555555';
    const token = (tid: string) => ({
      value: `h.${Buffer.from(JSON.stringify({ tid })).toString('base64url')}.s`,
    });
    const tokens = ofTenant(TENANT, {
      getToken: () => Promise.resolve(token(TENANT)),
      refresh: () => Promise.resolve(token(other)),
    });
    expect(await tokens.getToken()).toEqual(token(TENANT));
    await expect(tokens.refresh(token(TENANT))).rejects.toMatchObject({
      code: 'other-tenant',
      message: expect.stringContaining(other) as string,
    });
    const opaque = {
      getToken: () => Promise.resolve({ value: 'x' }),
      refresh: () => Promise.reject(new Error()),
    };
    await expect(ofTenant(TENANT, { ...opaque, tenantId: other }).getToken()).rejects.toMatchObject(
      { code: 'other-tenant' },
    );
    expect(await ofTenant(TENANT, opaque).getToken()).toEqual({ value: 'x' });
  });

  it('says which tenant it is for, where it can be read at all', () => {
    const token = (claims: unknown) =>
      `h.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.s`;
    expect(tenantOfToken(token({ tid: TENANT.toUpperCase() }))).toBe(TENANT);
    for (const odd of ['opaque', 'a.b.c', token(null), token({ tid: 7 }), token({ tid: 'x' })]) {
      expect(tenantOfToken(odd)).toBeUndefined();
    }
  });
});
