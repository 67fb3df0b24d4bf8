import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';

import { createProof, openCodeReceiver } from '../../../src/partner-center/auth/code-receiver.js';
import { createEntra, type EntraOptions } from '../../../src/partner-center/auth/entra.js';
import { toSignInProblem } from '../../../src/partner-center/auth/sign-in-problem.js';
import { claimsOf } from '../../../src/partner-center/auth/token-provider.js';
import { SIGN_IN_ERRORS } from '../../../src/simulator/sign-in-error.js';
import { startSimulator, type SimulatorOptions } from '../../../src/simulator/start-simulator.js';
import { rawServer } from '../../helpers/raw-server.js';

const TENANT = '11111111-2222-4333-8444-555555555555';
const AUDIENCE = 'https://api.partnercenter.microsoft.com';

function entraAt(authority: string, over: Partial<EntraOptions> = {}) {
  const slept: number[] = [];
  const entra = createEntra({
    authority,
    tenant: TENANT,
    clientId: 'aaaaaaaa-2222-4333-8444-555555555555',
    audience: AUDIENCE,
    userAgent: 'billpatch/test',
    now: () => 1_000_000,
    sleep: (ms) => {
      slept.push(ms);
      return Promise.resolve();
    },
    ...over,
  });
  onTestFinished(entra.close);
  return { entra, slept };
}

async function simulated(options: SimulatorOptions = {}, over: Partial<EntraOptions> = {}) {
  const world = await startSimulator({ tokens: 'issued', ...options });
  onTestFinished(world.close);
  return { world, ...entraAt(world.url, over) };
}

const SECRET = { credential: { kind: 'secret', secret: 'canary' } } as const;

describe('an app', () => {
  it('gets a token for Partner Center, each time anew', async () => {
    const { entra, world } = await simulated({ tokenSeconds: 100 }, SECRET);
    const outcome = await entra.byApp();
    if (outcome.kind !== 'granted') throw new Error(outcome.problem.code);
    expect(outcome.grant).not.toHaveProperty('refreshToken');
    expect(outcome.grant.expiresAt).toBe(1_100_000);
    expect(claimsOf(outcome.grant.accessToken)).toMatchObject({ aud: AUDIENCE, tid: TENANT });
    await entra.byApp();
    expect(world.tokenRequests).toEqual(
      Array(2).fill({ version: 'v2', grant: 'client_credentials', status: 200 }),
    );
  });
});

describe('a refusal', () => {
  const NUMBERS = Object.keys(SIGN_IN_ERRORS) as (keyof typeof SIGN_IN_ERRORS)[];

  it.each(NUMBERS)('AADSTS%s has a sentence and a next step', async (code) => {
    const { entra } = await simulated({ signInErrors: [{ code }] }, SECRET);
    for (const outcome of [await entra.byApp(), await entra.byRefreshToken('canary')]) {
      expect(outcome).toMatchObject({
        kind: 'refused',
        problem: {
          code: expect.not.stringMatching(/^sign-in-(unreadable|unavailable)/) as string,
          message: expect.stringContaining(`AADSTS${code}`) as string,
          hint: expect.stringMatching(/./) as string,
        },
      });
      expect(JSON.stringify(outcome)).not.toContain('canary');
    }
  });

  it('tells apart what is to be done', () => {
    const codeOf = (number: string): string =>
      toSignInProblem({ error: 'invalid_grant', numbers: [number] }).code;
    expect(
      Object.fromEntries(
        ['50076', '53003', '7000222', '7000215', '700082', '70008', '50173', '700016', '90002'].map(
          (number) => [number, codeOf(number)],
        ),
      ),
    ).toEqual({
      '50076': 'mfa-required',
      '53003': 'conditional-access',
      '7000222': 'secret-expired',
      '7000215': 'secret-wrong',
      '700082': 'sign-in-expired',
      '70008': 'sign-in-expired',
      '50173': 'sign-in-revoked',
      '700016': 'app-unknown',
      '90002': 'tenant-unknown',
    });
    expect(['65001', '50034', '12345'].map(codeOf)).toEqual([
      'consent-missing',
      'user-unknown',
      'sign-in-refused',
    ]);
  });
});

describe('the identity service', () => {
  it('asks to wait: that is no refusal, and not held against the next question', async () => {
    const { entra, world } = await simulated(
      { signInErrors: [{ code: '429', seconds: 57, times: 1 }] },
      SECRET,
    );
    expect(await entra.byApp()).toMatchObject({
      kind: 'later',
      isThrottled: true,
      afterMs: 57_000,
    });
    expect(await entra.byApp()).toMatchObject({ kind: 'granted' });
    expect(world.tokenRequests.map(({ status }) => status)).toEqual([429, 200]);
  });

  it('is down, or is not there', async () => {
    const { entra, world } = await simulated({ signInErrors: [{ code: '503' }] }, SECRET);
    expect(await entra.byApp()).toMatchObject({ kind: 'later', isThrottled: false });
    await world.close();
    expect(await entra.byApp()).toMatchObject({
      kind: 'later',
      problem: { code: 'sign-in-unreachable' },
    });
  });

  it.each(['', '<html>', '[]', '{}', '{"access_token":7,"expires_in":1}', '{"access_token":"x"}'])(
    'says %j: no token',
    async (body) => {
      const server = await rawServer((_, response) => response.end(body));
      const { entra } = entraAt(server.url, SECRET);
      expect(await entra.byApp()).toMatchObject({
        kind: 'refused',
        problem: { code: 'sign-in-unreadable' },
      });
      // Nothing else was asked, such as where its endpoints are.
      expect(server.requests.map(({ url }) => url?.split('?')[0])).toEqual([
        `/${TENANT}/oauth2/v2.0/token`,
      ]);
    },
  );

  it('sends elsewhere: that is not followed', async () => {
    const other = await rawServer((_, response) => response.end('{}'));
    const server = await rawServer((_, response) =>
      response.writeHead(307, { location: other.url }).end(),
    );
    const { entra } = entraAt(server.url, SECRET);
    expect(await entra.byApp()).toMatchObject({ kind: 'refused' });
    expect(other.requests).toHaveLength(0);
  });
});

describe('a code for another device', () => {
  it('is asked for again until it is entered, and more slowly where that is wanted', async () => {
    const { entra, slept } = await simulated({ devicePolls: ['slow_down', 'slow_down'] });
    const shown: string[] = [];
    const outcome = await entra.byDeviceCode(
      (message) => shown.push(message),
      new AbortController().signal,
    );
    expect(outcome).toMatchObject({
      kind: 'granted',
      grant: { username: 'finance@partner.example' },
    });
    expect(slept).toEqual([5000, 10_000]);
    expect(shown).toEqual([expect.stringContaining('SIMULATED')]);
  });

  it.each([
    ['declined', 'consent-declined'],
    ['expired', 'device-code-expired'],
  ] as const)('that is %s', async (poll, code) => {
    const { entra } = await simulated({ devicePolls: [poll] });
    expect(await entra.byDeviceCode(() => undefined, new AbortController().signal)).toMatchObject({
      kind: 'refused',
      problem: { code },
    });
  });

  it('is given up when the signal fires', async () => {
    const polls = Array<'authorization_pending'>(100).fill('authorization_pending');
    const { entra } = await simulated({ devicePolls: polls });
    const patience = new AbortController();
    const asked = entra.byDeviceCode(() => {
      patience.abort();
    }, patience.signal);
    await expect(asked).rejects.toThrow('cancelled');
  });
});

describe('a sign-in in the browser', () => {
  /** What the browser does, without one. */
  async function signIn(address: string, fields: Record<string, string> = {}) {
    const form = new URLSearchParams({ username: 'ada@partner.example', answer: 'yes', ...fields });
    const page = await (await fetch(address, { method: 'POST', body: form })).text();
    const action = /action="([^"]+)"/
      .exec(page)?.[1]
      ?.replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
    const answers = [...page.matchAll(/name="([^"]+)" value="([^"]+)"/g)].map(
      ([, name = '', value = '']): [string, string] => [name, value],
    );
    return { action: action ?? '', answers: new URLSearchParams(answers) };
  }

  async function begun() {
    const { entra, world } = await simulated();
    const proof = createProof();
    const receiver = await openCodeReceiver(proof);
    onTestFinished(receiver.close);
    const { redirectUri } = receiver;
    const address = await entra.signInUrl({ redirectUri, ...proof });
    const deliver = (url: string, body: URLSearchParams | string, headers = {}) =>
      // Here localhost need not lead to 127.0.0.1.
      fetch(url.replace('localhost', '127.0.0.1'), { method: 'POST', body, headers });
    return { entra, world, proof, receiver, address, deliver };
  }

  it('brings tokens and a refresh token that is replaced at each use', async () => {
    const { entra, proof, receiver, address, deliver } = await begun();
    const { action, answers } = await signIn(address);
    const arrived = receiver.received(new AbortController().signal);
    expect((await deliver(action, answers)).status).toBe(200);
    const received = await arrived;
    if (received.kind !== 'code') throw new Error('no code');
    const { redirectUri } = receiver;
    const outcome = await entra.byCode(received.code, { redirectUri, ...proof });
    if (outcome.kind !== 'granted') throw new Error(outcome.problem.message);
    expect(outcome.grant.username).toBe('ada@partner.example');
    expect(claimsOf(outcome.grant.accessToken)).toMatchObject({
      aud: AUDIENCE,
      amr: ['pwd', 'mfa'],
    });
    const renewed = await entra.byRefreshToken(outcome.grant.refreshToken ?? '');
    if (renewed.kind !== 'granted') throw new Error(renewed.problem.message);
    expect(renewed.grant.refreshToken).not.toBe(outcome.grant.refreshToken);
    // A code is good once.
    expect(await entra.byCode(received.code, { redirectUri, ...proof })).toMatchObject({
      kind: 'refused',
    });
  });

  it('is of no use with another verifier, or for another nonce', async () => {
    for (const wrong of [{ verifier: createProof().verifier }, { nonce: 'another' }]) {
      const { entra, proof, receiver, address } = await begun();
      const { answers } = await signIn(address);
      const { redirectUri } = receiver;
      const outcome = await entra.byCode(answers.get('code') ?? '', {
        redirectUri,
        ...proof,
        ...wrong,
      });
      expect(outcome.kind).toBe('refused');
    }
  });

  it('that somebody else began is not taken, and the right one still comes', async () => {
    const { receiver, address, deliver } = await begun();
    const { action, answers } = await signIn(address);
    const arrived = receiver.received(new AbortController().signal);
    const foreign = new URLSearchParams({ code: 'stolen', state: 'x' });
    expect((await deliver(action, foreign)).status).toBe(400);
    expect((await deliver(action, new URLSearchParams({ code: 'x' }))).status).toBe(400);
    expect(
      (
        await deliver(action, 'x'.repeat(70_000), {
          'content-type': 'application/x-www-form-urlencoded',
        }).catch(() => ({ status: 400 }))
      ).status,
    ).toBe(400);
    expect((await deliver(`${action}/elsewhere`, answers)).status).toBe(404);
    expect((await fetch(action.replace('localhost', '127.0.0.1'))).status).toBe(404);
    expect((await deliver(action, answers)).status).toBe(200);
    expect(await arrived).toMatchObject({ kind: 'code', code: answers.get('code') });
  });

  it('that is declined says so', async () => {
    const { receiver, address, deliver } = await begun();
    const { action, answers } = await signIn(address, { answer: 'no' });
    const arrived = receiver.received(new AbortController().signal);
    await deliver(action, answers);
    const received = await arrived;
    if (received.kind !== 'refused') throw new Error('not refused');
    expect(toSignInProblem(received.refusal)).toMatchObject({ code: 'consent-declined' });
  });

  it('that nobody ends is given up', async () => {
    const { receiver } = await begun();
    const waiting = receiver.received(AbortSignal.timeout(20));
    await expect(waiting).rejects.toThrow('given up');
    await delay(1);
  });
});
