import { describe, expect, it, onTestFinished } from 'vitest';

import { startSimulator, type SimulatorOptions } from '../../src/simulator/start-simulator.js';
import { parseSignInError } from '../../src/simulator/sign-in-error.js';

const TENANT = '11111111-2222-4333-8444-555555555555';
const API = 'https://api.partnercenter.microsoft.com';

async function simulate(options: SimulatorOptions = {}) {
  const simulator = await startSimulator({ tokens: 'issued', anyTenant: true, ...options });
  onTestFinished(simulator.close);
  const ask = async (path: string, form: Record<string, string>) => {
    const body = new URLSearchParams({ client_id: 'app', ...form });
    const answer = await fetch(`${simulator.url}/${TENANT}/oauth2/${path}`, {
      method: 'POST',
      body,
    });
    return { status: answer.status, said: (await answer.json()) as Record<string, unknown> };
  };
  const call = async (token: unknown) => {
    const headers = { authorization: `Bearer ${String(token)}` };
    const answer = await fetch(`${simulator.url}/v1/customers/${TENANT}/profiles/billing`, {
      headers,
    });
    const { code } = JSON.parse((await answer.text()).replace(/^\ufeff/, '')) as { code?: number };
    return code === undefined ? answer.status : `${answer.status}/${code}`;
  };
  const device = async () => {
    const { said } = await ask('v2.0/devicecode', { scope: `${API}/user_impersonation` });
    return ask('v2.0/token', {
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      device_code: String(said.device_code),
      scope: `${API}/user_impersonation openid`,
    });
  };
  return { simulator, ask, call, device };
}

const APP = { grant_type: 'client_credentials', client_secret: 's' };

describe('the token endpoints', () => {
  it('v1 gives numbers as text, v2 as numbers', async () => {
    const { ask, call } = await simulate({ tokenSeconds: 60 });
    const v1 = await ask('token', { ...APP, resource: API });
    expect(v1.said).toMatchObject({ expires_in: '60', resource: API });
    const v2 = await ask('v2.0/token', { ...APP, scope: `${API}/.default` });
    expect(v2.said).toMatchObject({ expires_in: 60 });
    expect(v2.said).not.toHaveProperty('resource');
    expect(await call(v1.said.access_token)).toBe(200);
    expect(await call(v2.said.access_token)).toBe(200);
  });

  it('know a user by a refresh token, which is replaced', async () => {
    const { ask, device } = await simulate({ devicePolls: [], rotation: 'refuse' });
    const { said } = await device();
    const form = { grant_type: 'refresh_token', refresh_token: String(said.refresh_token) };
    const next = await ask('token', { ...form, resource: API });
    expect(next.said.refresh_token).not.toBe(said.refresh_token);
    expect((await ask('token', { ...form, resource: API })).said).toMatchObject({
      error: 'invalid_grant',
      error_codes: [70000],
    });
  });

  it('let the old one work where that is wanted', async () => {
    const { ask, device } = await simulate({ devicePolls: [] });
    const { said } = await device();
    const form = { grant_type: 'refresh_token', refresh_token: String(said.refresh_token) };
    for (const times of [1, 2])
      expect([times, (await ask('token', form)).status]).toEqual([times, 200]);
  });

  it('answer a device code as told, poll by poll', async () => {
    const { ask } = await simulate({ devicePolls: ['authorization_pending', 'slow_down'] });
    const { said } = await ask('v2.0/devicecode', {});
    const poll = { grant_type: 'device_code', device_code: String(said.device_code) };
    const errors: unknown[] = [];
    while (errors.length < 3) errors.push((await ask('v2.0/token', poll)).said.error);
    expect(errors).toEqual(['authorization_pending', 'slow_down', undefined]);
  });

  it('refuse an app without a secret, a wrong grant, and what they are told to', async () => {
    const { ask, simulator } = await simulate({
      signInErrors: [{ code: '7000222', after: 1, times: 1, grant: 'client_credentials' }],
    });
    expect((await ask('token', { grant_type: 'client_credentials' })).said.error_codes).toEqual([
      7000218,
    ]);
    expect((await ask('token', APP)).said.error_codes).toEqual([7000222]);
    expect((await ask('token', APP)).status).toBe(200);
    expect((await ask('token', { grant_type: 'password' })).status).toBe(400);
    expect(simulator.tokenRequests.map(({ status }) => status)).toEqual([401, 401, 200, 400]);
  });
});

describe('the service accepts only', () => {
  it('tokens that were given out here', async () => {
    const { call } = await simulate();
    expect(await call('any')).toBe('401/400');
    expect(await call('a.e30.c')).toBe('401/400');
  });

  it('tokens for Partner Center', async () => {
    const { ask, call } = await simulate();
    const { said } = await ask('token', { ...APP, resource: 'https://graph.windows.net' });
    expect(await call(said.access_token)).toBe('401/900420');
  });

  it('tokens that are still good', async () => {
    let now = 0;
    const { ask, call } = await simulate({ tokenSeconds: 60, now: () => now });
    const { said } = await ask('token', { ...APP, resource: API });
    now = 59_999;
    expect(await call(said.access_token)).toBe(200);
    now = 60_000;
    expect(await call(said.access_token)).toBe('401/400');
  });

  it('users with a second factor, where that is wanted', async () => {
    const without = await simulate({ devicePolls: [], mfaClaim: false, requireMfa: true });
    expect(await without.call((await without.device()).said.access_token)).toBe('401/900421');
    const app = await without.ask('token', { ...APP, resource: API });
    expect(await without.call(app.said.access_token)).toBe(200);
    const claimed = await simulate({ devicePolls: [], requireMfa: true });
    expect(await claimed.call((await claimed.device()).said.access_token)).toBe(200);
  });
});

describe('the sign-in page', () => {
  const QUERY = {
    client_id: 'app',
    redirect_uri: 'http://localhost:1234',
    state: '<s>',
    response_mode: 'form_post',
    code_challenge: 'c',
    code_challenge_method: 'S256',
  };
  const open = async (query: Record<string, string>) => {
    const { simulator } = await simulate();
    const search = new URLSearchParams(query).toString();
    return fetch(`${simulator.url}/${TENANT}/oauth2/v2.0/authorize?${search}`);
  };

  it('is shown, and puts nothing unescaped on it', async () => {
    const answer = await open({ ...QUERY, client_id: '<script>' });
    expect(answer.status).toBe(200);
    expect(await answer.text()).not.toContain('<script>');
  });

  it.each([
    { redirect_uri: 'https://evil.example' },
    { redirect_uri: 'http://localhost.evil.example/' },
    { response_mode: 'query' },
    { code_challenge: '' },
    { code_challenge_method: 'plain' },
  ])('is not shown with %j', async (over) => {
    expect((await open({ ...QUERY, ...over })).status).toBe(400);
  });
});

it('errors are read as the command line has them', () => {
  expect(parseSignInError('70008@refresh_token,after=2,times=1')).toEqual({
    signInError: { code: '70008', grant: 'refresh_token', after: 2, times: 1 },
  });
  expect(parseSignInError('429,seconds=5')).toEqual({ signInError: { code: '429', seconds: 5 } });
  for (const wrong of ['', '1', '70008,after=x', '70008,what=1']) {
    expect(parseSignInError(wrong)).toHaveProperty('error');
  }
});
