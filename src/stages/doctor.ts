/** `doctor`: what works, what does not, and what to do. Names of settings, never values of secrets. */
import { access, constants } from 'node:fs/promises';

import {
  authorityOf,
  createTokens,
  type SignInOptions,
} from '../partner-center/auth/create-tokens.js';
import { openKeySource } from '../partner-center/auth/cache-key.js';
import { openLoginCache } from '../partner-center/auth/login-cache.js';
import { isSet, PASSPHRASE_VARIABLE, SIGN_IN_VARIABLES } from '../partner-center/auth/settings.js';
import { claimsOf, tokenProblem } from '../partner-center/auth/token-provider.js';
import { isLoopback } from '../partner-center/base-url.js';
import { UsageError, type Problem } from '../problem.js';
import type { Host } from './host.js';
import { FIRST_CUSTOMER, probe, type Probe } from './probe.js';
import { refuseUncheckedTls, signInPorts } from './sign-in.js';

export interface Finding {
  readonly about: string;
  readonly state: 'ok' | 'problem' | 'not checked';
  readonly what: string;
  /** What to do about a problem. */
  readonly hint?: string;
}

export interface DoctorOptions extends SignInOptions {
  readonly baseUrl: string;
}

/** Entra ID accepts clocks that are five minutes apart, and no more. */
const MOST_SKEW_SECONDS = 300;
const MAX_WAIT_MS = 10_000;
const PROXY_VARIABLES = ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy'];

export async function examine(options: DoctorOptions, host: Host): Promise<readonly Finding[]> {
  const findings = [
    settingsFound(host),
    await loginKept(host),
    proxyFound(options, host),
    await tlsFound(host),
  ];
  // Whatever is asked now would go over connections that nobody checks.
  if (findings.some(({ about, state }) => about === 'TLS' && state === 'problem')) return findings;
  const reached = await probe(options.baseUrl, FIRST_CUSTOMER, undefined, host);
  findings.push(reachable('Partner Center', options.baseUrl, reached), clockFound(reached));
  findings.push(await identityReachable(options, host));
  findings.push(...(await signedIn(options, host)));
  return findings;
}

function settingsFound({ env }: Host): Finding {
  const found = SIGN_IN_VARIABLES.filter((name) => isSet(env, name));
  const own = Object.keys(env).filter(
    (name) => name.startsWith('BILLPATCH_') && isSet(env, name) && name !== PASSPHRASE_VARIABLE,
  );
  const names = [...found, ...own.sort()];
  return {
    about: 'Settings',
    state: 'ok',
    what:
      names.length === 0
        ? 'None are set in the environment.'
        : `Set in the environment: ${names.join(', ')}.`,
  };
}

async function loginKept({ env, random }: Host): Promise<Finding> {
  const about = 'Login';
  try {
    const cache = openLoginCache(env, random);
    if (await cache.exists()) {
      const login = await cache.read();
      return {
        about,
        state: 'ok',
        what: `Kept in ${cache.path}, since ${login?.signedInAt ?? ''}.`,
      };
    }
    const key = await openKeySource(env);
    const where = key
      ? `billpatch login would keep one, with a key from the ${key.kind}.`
      : `billpatch login could keep none: there is no keyring, and ${PASSPHRASE_VARIABLE} is not set.`;
    return { about, state: 'ok', what: `None. ${where}` };
  } catch (error) {
    return problem(about, asProblem(error));
  }
}

function proxyFound({ baseUrl }: DoctorOptions, { env }: Host): Finding {
  const about = 'Proxy';
  const name = PROXY_VARIABLES.find((variable) => isSet(env, variable));
  if (name === undefined) return { about, state: 'ok', what: 'None is set.' };
  const value = env[name]?.trim() ?? '';
  // As the HTTP client reads it. The value may hold a password: only the host is named.
  const address = value.includes('://') ? value : `https://${value}`;
  const host = URL.canParse(address) ? new URL(address).host : '';
  if (host === '') {
    return {
      about,
      state: 'problem',
      what: `${name} is not an address.`,
      hint: 'Write it like http://proxy.company.example:8080.',
    };
  }
  const used = isLoopback(baseUrl)
    ? 'not used for this machine'
    : 'used unless NO_PROXY says not to';
  return { about, state: 'ok', what: `${name} names ${host}, ${used}.` };
}

async function tlsFound({ env }: Host): Promise<Finding> {
  const about = 'TLS';
  try {
    refuseUncheckedTls(env);
  } catch (error) {
    return problem(about, asProblem(error));
  }
  const file = env.NODE_EXTRA_CA_CERTS;
  if (file === undefined || file === '')
    return { about, state: 'ok', what: 'Certificates are checked.' };
  const isReadable = await access(file, constants.R_OK).then(
    () => true,
    () => false,
  );
  return isReadable
    ? { about, state: 'ok', what: `Certificates are checked, those of ${file} count as well.` }
    : {
        about,
        state: 'problem',
        what: `NODE_EXTRA_CA_CERTS names ${file}, which cannot be read.`,
        hint: 'Correct the path: Node then only warns, and connections fail.',
      };
}

/** Any answer will do: nobody asked in a way that could succeed. */
function reachable(about: string, address: string, { status, problem: why }: Probe): Finding {
  return status === undefined && why
    ? problem(about, why)
    : { about, state: 'ok', what: `${address} answers.` };
}

function clockFound({ skewSeconds }: Probe): Finding {
  const about = 'Clock';
  if (skewSeconds === undefined)
    return { about, state: 'not checked', what: 'The service did not say what time it is.' };
  const off = Math.abs(skewSeconds);
  return off <= MOST_SKEW_SECONDS
    ? { about, state: 'ok', what: `Within ${Math.max(1, off)} s of the service's.` }
    : {
        about,
        state: 'problem',
        what: `This machine's clock is ${off} s ${skewSeconds > 0 ? 'behind' : 'ahead of'} the service's.`,
        hint: 'Set the clock (or turn time synchronisation on): tokens are refused otherwise.',
      };
}

async function identityReachable(options: DoctorOptions, host: Host): Promise<Finding> {
  const about = 'Entra ID';
  try {
    const authority = authorityOf(options, host.env);
    const path = '/common/v2.0/.well-known/openid-configuration';
    return reachable(about, authority, await probe(authority, path, undefined, host));
  } catch (error) {
    return problem(about, asProblem(error));
  }
}

async function signedIn(options: DoctorOptions, host: Host): Promise<readonly Finding[]> {
  const about = 'Sign-in';
  try {
    const { tokens, chosen } = await createTokens(options, signInPorts(host, MAX_WAIT_MS));
    const { value, expiresAt } = await tokens.getToken(host.interrupt);
    const until =
      expiresAt === undefined ? '' : `, good until ${new Date(expiresAt).toISOString()}`;
    const unused =
      chosen.unused.length === 0 ? '' : ` Set as well, and not used: ${chosen.unused.join(', ')}.`;
    const what = `As ${chosen.signIn.mode}, because ${chosen.because}: there is a token${until}.${unused}`;
    return [
      { about, state: 'ok', what },
      audienceFound(value),
      permitted(await probe(options.baseUrl, FIRST_CUSTOMER, value, host)),
    ];
  } catch (error) {
    return [
      problem(about, asProblem(error)),
      { about: 'Permissions', state: 'not checked', what: 'Nobody is signed in.' },
    ];
  }
}

function audienceFound(token: string): Finding {
  const about = 'Token';
  const { aud, amr, idtyp } = claimsOf(token);
  if (typeof aud !== 'string')
    return { about, state: 'not checked', what: 'It does not say what it is for.' };
  const isUser = idtyp !== 'app' && Array.isArray(amr);
  const factor = !isUser ? '' : amr.includes('mfa') ? ', with a second factor' : ', without one';
  return { about, state: 'ok', what: `It is for ${aud}${factor}.` };
}

function permitted({ problem: why }: Probe): Finding {
  const about = 'Permissions';
  return why
    ? problem(about, why)
    : { about, state: 'ok', what: 'The customers of the partner can be read.' };
}

const problem = (about: string, { message, hint }: Problem): Finding => ({
  about,
  state: 'problem',
  what: message,
  hint,
});

const asProblem = (error: unknown): Problem =>
  error instanceof UsageError ? error : tokenProblem(error);
