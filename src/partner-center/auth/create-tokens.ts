/** From settings to a provider of tokens. MSAL is loaded only for those that need it. */
import { setTimeout as delay } from 'node:timers/promises';

import { UsageError } from '../../problem.js';
import { CLOUDS, type Cloud } from '../base-url.js';
import { createGivenTokens } from './access-token.js';
import { AUTHORITIES, parseAuthority } from './authority.js';
import { readCredential } from './credential.js';
import type { Entra, EntraOptions } from './entra.js';
import type { GrantOutcome } from './grant.js';
import { openLoginCache, type Login, type LoginCache } from './login-cache.js';
import { createRenewedTokens, renewalTime } from './renewed-tokens.js';
import { readSecret } from './secret.js';
import type { SignInMode } from './mode.js';
import {
  AUTHORITY_VARIABLE,
  chooseSignIn,
  CLIENT_VARIABLE,
  credentialOf,
  REFRESH_TOKEN,
  TENANT_VARIABLE,
  type App,
  type ChosenSignIn,
  type Env,
} from './settings.js';
import { isGuid, type TokenProvider } from './token-provider.js';

export interface SignInOptions {
  readonly cloud: Cloud;
  /** Who gives out tokens, instead of the one that belongs to the cloud; see parseAuthority. */
  readonly authority?: string;
  /** How to sign in; absent: the most explicit way that is set. */
  readonly auth?: SignInMode;
}

export interface SignInPorts {
  readonly env: Env;
  readonly now: () => number;
  /** Between 0 and 1. */
  readonly random: () => number;
  readonly version: string;
  /** How long the identity service may refuse everything (429), in milliseconds. */
  readonly maxWaitMs: number;
  /** Default: that of this user. */
  readonly cache?: LoginCache;
}

export interface CreatedTokens {
  readonly tokens: TokenProvider;
  readonly chosen: ChosenSignIn;
  /** Of mode `user`. */
  readonly login?: Login;
}

export const sleepUntil = async (ms: number, signal: AbortSignal): Promise<void> => {
  await delay(ms, undefined, { signal });
};

/** The origin of the identity service. */
export const authorityOf = ({ cloud, authority }: SignInOptions, env: Env): string => {
  const given = authority ?? env[AUTHORITY_VARIABLE]?.trim();
  return given === undefined || given === '' ? AUTHORITIES[cloud] : parseAuthority(given);
};

export async function createTokens(
  options: SignInOptions,
  ports: SignInPorts,
): Promise<CreatedTokens> {
  const { env } = ports;
  const cache = ports.cache ?? openCacheIfAny(ports);
  const chosen = chooseSignIn(env, options.auth, (await cache?.exists()) ?? false);
  const { signIn } = chosen;
  const authority = authorityOf(options, env);
  switch (signIn.mode) {
    case 'access-token':
      return { tokens: await createGivenTokens(env), chosen };
    case 'app': {
      const entra = await entraFor(signIn.app, { ...options, authority }, ports);
      return { tokens: renewed(() => entra.byApp(), signIn.app.tenant, ports), chosen };
    }
    case 'refresh-token': {
      const entra = await entraFor(signIn.app, { ...options, authority }, ports);
      let refreshToken = (await readSecret(env, REFRESH_TOKEN)) ?? '';
      const acquire = async (): Promise<GrantOutcome> => {
        const outcome = await entra.byRefreshToken(refreshToken);
        // One renewal at a time: see createRenewedTokens.
        // eslint-disable-next-line require-atomic-updates
        if (outcome.kind === 'granted') refreshToken = outcome.grant.refreshToken ?? refreshToken;
        return outcome;
      };
      return { tokens: renewed(acquire, signIn.app.tenant, ports), chosen };
    }
    case 'user': {
      if (!cache) throw new Error('A login without a place for it was chosen.');
      const login = await cache.read();
      // It was there a moment ago.
      if (!login) return createTokens({ ...options }, { ...ports, cache });
      refuseOtherLogin(login, options, env);
      const app = appOf(login, env);
      const entra = await entraFor(app, { cloud: login.cloud, authority: login.authority }, ports);
      const acquire = (rejected: string | undefined): Promise<GrantOutcome> =>
        renewLogin(cache, entra, ports.now, rejected);
      return { tokens: renewed(acquire, login.tenant, ports), chosen, login };
    }
  }
}

/** The login of another user is none of this one's; of a machine without a home there is none. */
function openCacheIfAny({ env, random }: SignInPorts): LoginCache | undefined {
  try {
    return openLoginCache(env, random);
  } catch {
    return undefined;
  }
}

/**
 * Under the lock: what another process renewed a moment ago is used, and what this one gets is
 * written down before the next one looks. So no refresh token is used that was replaced already.
 */
async function renewLogin(
  cache: LoginCache,
  entra: Entra,
  now: () => number,
  rejected: string | undefined,
): Promise<GrantOutcome> {
  return cache.alone(async () => {
    const login = await cache.read();
    if (!login) return { kind: 'refused', problem: SIGNED_OUT };
    const { accessToken, expiresAt, refreshToken } = login;
    const askedAt = now();
    if (accessToken !== rejected && now() < login.renewAt)
      return { kind: 'granted', grant: { accessToken, expiresAt } };
    const outcome = await entra.byRefreshToken(refreshToken);
    if (outcome.kind === 'granted') {
      const { grant } = outcome;
      await cache.write({
        ...login,
        accessToken: grant.accessToken,
        expiresAt: grant.expiresAt,
        renewAt: renewalTime(askedAt, grant.expiresAt),
        refreshToken: grant.refreshToken ?? refreshToken,
      });
    }
    return outcome;
  });
}

/** The app that somebody signed in by; its secret, where the environment has that of this app. */
export const appOf = ({ tenant, clientId }: Login, env: Env): App => ({
  tenant,
  clientId,
  credential: env[CLIENT_VARIABLE]?.trim().toLowerCase() === clientId ? credentialOf(env) : 'none',
});

export async function entraFor(
  app: App,
  { cloud, authority }: { readonly cloud: Cloud; readonly authority: string },
  { env, now, version }: Pick<SignInPorts, 'env' | 'now' | 'version'>,
): Promise<Entra> {
  const credential = await readCredential(env, app, now());
  const { createEntra } = await import('./entra.js');
  const options: EntraOptions = {
    authority,
    tenant: app.tenant,
    clientId: app.clientId,
    ...(credential && { credential }),
    audience: CLOUDS[cloud],
    userAgent: `billpatch/${version}`,
    now,
    sleep: sleepUntil,
  };
  return createEntra(options);
}

const renewed = (
  acquire: (rejected: string | undefined) => Promise<GrantOutcome>,
  tenant: string,
  { now, random, maxWaitMs }: SignInPorts,
): TokenProvider =>
  createRenewedTokens({
    acquire,
    now,
    sleep: sleepUntil,
    random,
    maxWaitMs,
    ...(isGuid(tenant) && { tenantId: tenant.toLowerCase() }),
  });

const SIGNED_OUT = {
  code: 'signed-out',
  message: 'Somebody signed out while this was running.',
  hint: 'Sign in again with: billpatch login — then go on where the run stopped.',
};

/** A login is for one tenant of one cloud; settings that name another are not overruled silently. */
function refuseOtherLogin(login: Login, { cloud }: SignInOptions, env: Env): void {
  const tenant = env[TENANT_VARIABLE]?.trim().toLowerCase() ?? '';
  const others = [
    ...(cloud === login.cloud ? [] : [`--cloud is ${cloud}, and the login is of ${login.cloud}`]),
    ...(!isGuid(tenant) || !isGuid(login.tenant) || tenant === login.tenant
      ? []
      : [`${TENANT_VARIABLE} is ${tenant}, and the login is of ${login.tenant}`]),
  ];
  if (others.length === 0) return;
  throw new UsageError(
    'other-login',
    `You are signed in elsewhere: ${others.join('; ')}.`,
    'Change the setting, or sign in there with: billpatch login',
  );
}
