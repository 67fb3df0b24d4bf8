/** The tokens of a stage: from the settings, or handed in by a program. */
import {
  createTokens,
  type SignInOptions,
  type SignInPorts,
} from '../partner-center/auth/create-tokens.js';
import type { TokenProvider } from '../partner-center/auth/token-provider.js';
import { UsageError } from '../problem.js';
import type { Host } from './host.js';

export type SignInHost = Pick<Host, 'env' | 'now' | 'random' | 'version' | 'tokens'>;

export async function signIn(
  options: SignInOptions | undefined,
  host: SignInHost,
  maxWaitMs: number,
): Promise<TokenProvider> {
  refuseUncheckedTls(host.env);
  if (host.tokens) return host.tokens;
  const { tokens } = await createTokens(
    options ?? { cloud: 'global' },
    signInPorts(host, maxWaitMs),
  );
  return tokens;
}

export const signInPorts = (
  { env, now, random, version }: SignInHost,
  maxWaitMs: number,
): SignInPorts => ({ env, now: () => now().getTime(), random, version, maxWaitMs });

/** Connections are checked all the same; but whoever set it means everything, and would be deceived. */
export function refuseUncheckedTls(env: Host['env']): void {
  if (env.NODE_TLS_REJECT_UNAUTHORIZED !== '0') return;
  throw new UsageError(
    'tls-unchecked',
    'NODE_TLS_REJECT_UNAUTHORIZED=0 is set: anybody on the way could read tokens and change answers.',
    'Unset it. If your network inspects TLS, name its certificate in NODE_EXTRA_CA_CERTS.',
  );
}
