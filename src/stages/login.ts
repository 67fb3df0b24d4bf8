/** `login` and `logout`: somebody signs in once; what comes of it is kept, encrypted. */
import { createProof, openCodeReceiver } from '../partner-center/auth/code-receiver.js';
import { authorityOf, entraFor, type SignInOptions } from '../partner-center/auth/create-tokens.js';
import type { Entra } from '../partner-center/auth/entra.js';
import type { GrantOutcome } from '../partner-center/auth/grant.js';
import { openLoginCache, type Login } from '../partner-center/auth/login-cache.js';
import { renewalTime } from '../partner-center/auth/renewed-tokens.js';
import { readApp } from '../partner-center/auth/settings.js';
import { toSignInProblem } from '../partner-center/auth/sign-in-problem.js';
import { isGuid, tenantOfToken } from '../partner-center/auth/token-provider.js';
import { StoppedError } from '../problem.js';
import type { Host } from './host.js';
import { refuseUncheckedTls, signInPorts } from './sign-in.js';

export interface LoginOptions extends SignInOptions {
  /** By a code that is entered on any other device, where this one has no browser. */
  readonly byDeviceCode: boolean;
  /** How long a person may take, in milliseconds. */
  readonly waitMs: number;
}

export interface LoginHost extends Pick<Host, 'env' | 'now' | 'random' | 'version' | 'interrupt'> {
  /** Where a person signs in. */
  readonly onAddress: (address: string) => void;
  /** What a person has to do, in Microsoft's words. */
  readonly onDeviceCode: (message: string) => void;
}

export interface LoggedIn {
  readonly login: Login;
  readonly path: string;
  readonly key: 'passphrase' | 'keyring';
}

export async function logIn(options: LoginOptions, host: LoginHost): Promise<LoggedIn> {
  const { env } = host;
  refuseUncheckedTls(env);
  const app = readApp(env);
  const authority = authorityOf(options, env);
  const cache = openLoginCache(env, host.random);
  // Before anybody goes to the trouble of signing in.
  await cache.ready();
  const entra = await entraFor(app, { cloud: options.cloud, authority }, signInPorts(host, 0));
  const askedAt = host.now().getTime();
  // A timer of our own: Node may collect AbortSignal.timeout() within AbortSignal.any() before it fires.
  const overdue = new AbortController();
  const timer = setTimeout(() => {
    overdue.abort();
  }, options.waitMs);
  const patience = AbortSignal.any([overdue.signal, host.interrupt]);
  let outcome: GrantOutcome;
  try {
    outcome = options.byDeviceCode
      ? await entra.byDeviceCode(host.onDeviceCode, patience)
      : await byBrowser(entra, host, patience);
  } catch (error) {
    if (host.interrupt.aborted) throw INTERRUPTED;
    if (patience.aborted) throw notInTime(options.waitMs);
    throw error;
  } finally {
    clearTimeout(timer);
    entra.close();
  }
  if (outcome.kind !== 'granted') {
    const { code, message, hint } = outcome.problem;
    throw new StoppedError(code, message, hint);
  }
  const { accessToken, expiresAt, refreshToken, username } = outcome.grant;
  if (refreshToken === undefined) throw NO_REFRESH_TOKEN;
  const tenantId = tenantOfToken(accessToken);
  if (tenantId !== undefined && isGuid(app.tenant) && tenantId !== app.tenant)
    throw otherTenant(app.tenant, tenantId);
  const login: Login = {
    tenant: tenantId ?? app.tenant,
    clientId: app.clientId,
    cloud: options.cloud,
    authority,
    ...(username !== undefined && { username }),
    signedInAt: host.now().toISOString(),
    refreshToken,
    accessToken,
    expiresAt,
    renewAt: renewalTime(askedAt, expiresAt),
  };
  const key = await cache.alone(() => cache.write(login));
  return { login, path: cache.path, key };
}

async function byBrowser(
  entra: Entra,
  { onAddress }: LoginHost,
  patience: AbortSignal,
): Promise<GrantOutcome> {
  const proof = createProof();
  const receiver = await openCodeReceiver(proof);
  try {
    const { redirectUri } = receiver;
    onAddress(await entra.signInUrl({ redirectUri, ...proof }));
    const received = await receiver.received(patience);
    return received.kind === 'code'
      ? await entra.byCode(received.code, { redirectUri, ...proof })
      : { kind: 'refused', problem: toSignInProblem(received.refusal) };
  } finally {
    await receiver.close();
  }
}

/** @returns whether anybody was signed in. */
export async function logOut({ env, random }: Pick<Host, 'env' | 'random'>): Promise<{
  readonly wasSignedIn: boolean;
  readonly path: string;
}> {
  const cache = openLoginCache(env, random);
  if (!(await cache.exists())) return { wasSignedIn: false, path: cache.path };
  const wasSignedIn = await cache.alone(() => cache.remove());
  return { wasSignedIn, path: cache.path };
}

const INTERRUPTED = new StoppedError(
  'interrupted',
  'The sign-in was interrupted.',
  'Run billpatch login again.',
);

const NO_REFRESH_TOKEN = new StoppedError(
  'no-refresh-token',
  'Microsoft gave no refresh token, so the sign-in would end within the hour.',
  'Let the app have the delegated permission offline_access, then run billpatch login again.',
);

const notInTime = (waitMs: number): StoppedError =>
  new StoppedError(
    'sign-in-timeout',
    `Nobody signed in within ${Math.round(waitMs / 1000)} s.`,
    'Run billpatch login again; --wait gives more time, --device-code works without a browser on this machine.',
  );

const otherTenant = (wanted: string, found: string): StoppedError =>
  new StoppedError(
    'other-tenant',
    `The sign-in is of the tenant ${found}; AZURE_TENANT_ID names ${wanted}.`,
    'Sign in as a user of the partner tenant, or change AZURE_TENANT_ID.',
  );
