/** Which way of signing in the environment asks for. Names and paths only: no secret is read here. */
import { UsageError } from '../../problem.js';
import { ACCESS_TOKEN } from './access-token.js';
import { MODES, type SignInMode } from './mode.js';
import type { SecretName } from './secret.js';

export type Env = Readonly<Record<string, string | undefined>>;

export const REFRESH_TOKEN = {
  variable: 'PARTNER_CENTER_REFRESH_TOKEN',
  fileVariable: 'PARTNER_CENTER_REFRESH_TOKEN_FILE',
  what: 'refresh token',
} as const satisfies SecretName;

/** The first name is that of Azure's own tools. */
export const CLIENT_SECRET = {
  variable: 'AZURE_CLIENT_SECRET',
  fileVariable: 'PARTNER_CENTER_CLIENT_SECRET_FILE',
  what: 'client secret',
} as const satisfies SecretName;

export const CERTIFICATE_VARIABLE = 'AZURE_CLIENT_CERTIFICATE_PATH';
export const CERTIFICATE_PASSWORD_VARIABLE = 'AZURE_CLIENT_CERTIFICATE_PASSWORD';
export const TENANT_VARIABLE = 'AZURE_TENANT_ID';
export const CLIENT_VARIABLE = 'AZURE_CLIENT_ID';
export const AUTHORITY_VARIABLE = 'AZURE_AUTHORITY_HOST';
export const PASSPHRASE_VARIABLE = 'BILLPATCH_CACHE_PASSPHRASE';

/** Everything that this program reads about signing in, for `doctor`. */
export const SIGN_IN_VARIABLES = [
  ACCESS_TOKEN.variable,
  ACCESS_TOKEN.fileVariable,
  REFRESH_TOKEN.variable,
  REFRESH_TOKEN.fileVariable,
  TENANT_VARIABLE,
  CLIENT_VARIABLE,
  CLIENT_SECRET.variable,
  CLIENT_SECRET.fileVariable,
  CERTIFICATE_VARIABLE,
  CERTIFICATE_PASSWORD_VARIABLE,
  AUTHORITY_VARIABLE,
  PASSPHRASE_VARIABLE,
] as const;

export interface App {
  /** An id or a domain. */
  readonly tenant: string;
  readonly clientId: string;
  /** What the app itself proves who it is with; none is a public client. */
  readonly credential: 'secret' | 'certificate' | 'none';
}

export type SignIn =
  | { readonly mode: 'access-token' }
  | { readonly mode: 'refresh-token'; readonly app: App }
  | { readonly mode: 'app'; readonly app: App }
  /** Whoever signed in with `billpatch login`. */
  | { readonly mode: 'user' };

export interface ChosenSignIn {
  readonly signIn: SignIn;
  /** What it was chosen for: names of variables, or of the login. */
  readonly because: string;
  /** Set as well, and not used for it. */
  readonly unused: readonly string[];
}

export const isSet = (env: Env, name: string): boolean => (env[name] ?? '').trim() !== '';
const setOf = (env: Env, { variable, fileVariable }: SecretName): readonly string[] =>
  [variable, fileVariable].filter((name) => isSet(env, name));

/**
 * @param wanted a mode that was asked for; otherwise the most explicit one that is set
 * @param hasLogin whether somebody has signed in with `billpatch login`
 */
export function chooseSignIn(
  env: Env,
  wanted: SignInMode | undefined,
  hasLogin: boolean,
): ChosenSignIn {
  const given = {
    'access-token': setOf(env, ACCESS_TOKEN),
    'refresh-token': setOf(env, REFRESH_TOKEN),
    app: appCredentials(env),
    user: hasLogin ? ['billpatch login'] : [],
  } as const satisfies Record<SignInMode, readonly string[]>;
  const mode = wanted ?? MODES.find((name) => given[name].length > 0);
  if (mode === undefined) throw NOT_SIGNED_IN;
  const names = given[mode];
  const [first, second] = names;
  if (first === undefined) throw notGiven(mode);
  // One of the two may be out of date, and nobody would see which was taken.
  if (second !== undefined) {
    throw new UsageError(
      'settings-conflict',
      `${names.join(' and ')} are both set, and they contradict each other.`,
      'Unset all but one of them.',
    );
  }
  return {
    signIn: toSignIn(mode, env),
    because:
      wanted !== undefined
        ? `--auth ${mode} asks for it`
        : mode === 'user'
          ? 'somebody signed in with billpatch login'
          : `${first} is set`,
    unused: MODES.filter((name) => name !== mode)
      .flatMap((name) => given[name])
      // The app may prove who it is while a person signs in: then its secret is used.
      .filter(
        (name) => !(mode === 'refresh-token' || mode === 'user') || !given.app.includes(name),
      ),
  };
}

function toSignIn(mode: SignInMode, env: Env): SignIn {
  switch (mode) {
    case 'access-token':
    case 'user':
      return { mode };
    case 'refresh-token':
    case 'app':
      return { mode, app: readApp(env) };
  }
}

const appCredentials = (env: Env): readonly string[] => [
  ...setOf(env, CLIENT_SECRET),
  ...[CERTIFICATE_VARIABLE].filter((name) => isSet(env, name)),
];

/** The app registration that is used. Throws UsageError where it is not named whole. */
export function readApp(env: Env): App {
  const missing = [TENANT_VARIABLE, CLIENT_VARIABLE].filter((name) => !isSet(env, name));
  if (missing.length > 0) {
    throw new UsageError(
      'settings-incomplete',
      `${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} not set.`,
      `Set ${TENANT_VARIABLE} to the partner tenant and ${CLIENT_VARIABLE} to the Application ID of the app registration.`,
    );
  }
  const tenant = env[TENANT_VARIABLE]?.trim() ?? '';
  const clientId = env[CLIENT_VARIABLE]?.trim() ?? '';
  // Both go into an address.
  if (!/^[a-z0-9][a-z0-9.-]*$/i.test(tenant)) throw malformed(TENANT_VARIABLE);
  if (!/^[a-z0-9][a-z0-9-]*$/i.test(clientId)) throw malformed(CLIENT_VARIABLE);
  return {
    tenant: tenant.toLowerCase(),
    clientId: clientId.toLowerCase(),
    credential: credentialOf(env),
  };
}

export function credentialOf(env: Env): App['credential'] {
  if (isSet(env, CERTIFICATE_VARIABLE)) return 'certificate';
  return setOf(env, CLIENT_SECRET).length > 0 ? 'secret' : 'none';
}

const malformed = (name: string): UsageError =>
  new UsageError(
    'settings-malformed',
    `${name} is not an id.`,
    'It looks like 11111111-2222-4333-8444-555555555555; copy it again, without quotation marks.',
  );

const HOW =
  `Sign in with: billpatch login. A job without a person sets ${TENANT_VARIABLE}, ${CLIENT_VARIABLE} and ${CLIENT_SECRET.variable} or ${CERTIFICATE_VARIABLE}; ` +
  `${ACCESS_TOKEN.variable} (or ${ACCESS_TOKEN.fileVariable}, a file of mode 0600) works for an hour. Or rehearse with --simulate.`;

const NOT_SIGNED_IN = new UsageError('token-missing', 'billpatch is not signed in.', HOW);

const notGiven = (mode: SignInMode): UsageError =>
  new UsageError('token-missing', `There is nothing to sign in with as --auth ${mode} asks.`, HOW);
