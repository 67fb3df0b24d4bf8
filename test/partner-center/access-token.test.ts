import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { readAccessToken, tenantOfToken } from '../../src/partner-center/auth/access-token.js';
import { TENANT } from '../helpers/scripted-service.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

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
    await expect(readAccessToken(env)).rejects.toMatchObject({ code: 'token-file-unreadable' });
    await writeFile(path, 'abc\n', { mode: 0o600 });
    expect(await readAccessToken(env)).toBe('abc');
    await chmod(path, 0o640);
    await expect(readAccessToken(env)).rejects.toMatchObject({ code: 'token-file-open' });
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
