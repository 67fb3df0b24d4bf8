import { describe, expect, it } from 'vitest';

import { parseAuthority } from '../../../src/partner-center/auth/authority.js';
import { chooseSignIn, readApp } from '../../../src/partner-center/auth/settings.js';

const APP = {
  AZURE_TENANT_ID: '11111111-2222-4333-8444-555555555555',
  AZURE_CLIENT_ID: 'AAAAAAAA-2222-4333-8444-555555555555',
};
const SECRET = { ...APP, AZURE_CLIENT_SECRET: 'canary' };
const TOKEN = { PARTNER_CENTER_ACCESS_TOKEN: 'canary' };
const REFRESH = { ...APP, PARTNER_CENTER_REFRESH_TOKEN: 'canary' };

describe('which way of signing in is used', () => {
  it.each([
    [TOKEN, false, 'access-token', 'PARTNER_CENTER_ACCESS_TOKEN is set', []],
    [
      { PARTNER_CENTER_ACCESS_TOKEN_FILE: '/t' },
      false,
      'access-token',
      'PARTNER_CENTER_ACCESS_TOKEN_FILE is set',
      [],
    ],
    [
      { ...TOKEN, ...REFRESH, ...SECRET },
      true,
      'access-token',
      'PARTNER_CENTER_ACCESS_TOKEN is set',
      ['PARTNER_CENTER_REFRESH_TOKEN', 'AZURE_CLIENT_SECRET', 'billpatch login'],
    ],
    [
      { ...REFRESH, ...SECRET },
      true,
      'refresh-token',
      'PARTNER_CENTER_REFRESH_TOKEN is set',
      ['billpatch login'],
    ],
    [SECRET, true, 'app', 'AZURE_CLIENT_SECRET is set', ['billpatch login']],
    [
      { ...APP, AZURE_CLIENT_CERTIFICATE_PATH: '/c' },
      false,
      'app',
      'AZURE_CLIENT_CERTIFICATE_PATH is set',
      [],
    ],
    [APP, true, 'user', 'somebody signed in with billpatch login', []],
    [
      { ...TOKEN, PARTNER_CENTER_REFRESH_TOKEN: ' ' },
      false,
      'access-token',
      'PARTNER_CENTER_ACCESS_TOKEN is set',
      [],
    ],
  ] as const)('%#: %j, login %s → %s', (env, hasLogin, mode, because, unused) => {
    const chosen = chooseSignIn(env, undefined, hasLogin);
    expect(chosen).toMatchObject({ signIn: { mode }, because, unused });
    expect(JSON.stringify(chosen)).not.toContain('canary');
  });

  it('is said with --auth where another one is meant', () => {
    expect(chooseSignIn(SECRET, 'user', true)).toMatchObject({
      signIn: { mode: 'user' },
      because: '--auth user asks for it',
    });
    expect(() => chooseSignIn(TOKEN, 'user', false)).toThrow(
      expect.objectContaining({ code: 'token-missing' }) as Error,
    );
  });

  it.each([
    [{}, 'token-missing', 'not signed in'],
    [
      { ...TOKEN, PARTNER_CENTER_ACCESS_TOKEN_FILE: '/t' },
      'settings-conflict',
      'PARTNER_CENTER_ACCESS_TOKEN and PARTNER_CENTER_ACCESS_TOKEN_FILE',
    ],
    [
      { ...SECRET, AZURE_CLIENT_CERTIFICATE_PATH: '/c' },
      'settings-conflict',
      'AZURE_CLIENT_SECRET and AZURE_CLIENT_CERTIFICATE_PATH',
    ],
    [
      { AZURE_CLIENT_SECRET: 'canary' },
      'settings-incomplete',
      'AZURE_TENANT_ID and AZURE_CLIENT_ID are not set',
    ],
    [{ ...SECRET, AZURE_TENANT_ID: 'a/../b' }, 'settings-malformed', 'AZURE_TENANT_ID'],
    [{ ...SECRET, AZURE_CLIENT_ID: '"x"' }, 'settings-malformed', 'AZURE_CLIENT_ID'],
  ])('%#: %j is refused', (env, code, words) => {
    const error = expect.objectContaining({
      code,
      message: expect.stringContaining(words) as string,
    }) as Error;
    expect(() => chooseSignIn(env, undefined, false)).toThrow(error);
  });

  it('knows the app by its names in Azure', () => {
    expect(readApp(SECRET)).toEqual({
      tenant: APP.AZURE_TENANT_ID,
      clientId: APP.AZURE_CLIENT_ID.toLowerCase(),
      credential: 'secret',
    });
    expect(readApp({ ...APP, AZURE_TENANT_ID: 'Partner.Example' })).toMatchObject({
      tenant: 'partner.example',
      credential: 'none',
    });
  });
});

describe('an authority', () => {
  it.each([
    'https://login.microsoftonline.com',
    'https://login.microsoftonline.us/',
    'https://login.partner.microsoftonline.cn',
    'https://login.chinacloudapi.cn',
    'http://127.0.0.1:8700',
    'https://localhost:1',
  ])('%s is one', (text) => {
    expect(parseAuthority(text)).toBe(new URL(text).origin);
  });

  it.each([
    'https://login.microsoftonline.com.evil.example',
    'https://login.example',
    'http://login.microsoftonline.com',
    'https://user:password@login.microsoftonline.com',
    'https://login.microsoftonline.com/tenant',
    'https://login.microsoftonline.com?x',
    'ftp://127.0.0.1',
    'http://10.0.0.1',
    'login.microsoftonline.com',
    '',
  ])('"%s" is none', (text) => {
    expect(() => parseAuthority(text)).toThrow(
      expect.objectContaining({ code: 'authority-refused' }) as Error,
    );
  });
});
