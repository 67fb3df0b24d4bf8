/**
 * Microsoft Entra ID. The door to MSAL, which takes a while to load: import this where a token is
 * needed and not before. MSAL's requests go through the same client as all others, so proxies and
 * certificates are the same, and no host but the authority is ever asked.
 */
import {
  ConfidentialClientApplication,
  LogLevel,
  PublicClientApplication,
  type AuthenticationResult,
  type Configuration,
  type INetworkModule,
  type NetworkRequestOptions,
  type NetworkResponse,
} from '@azure/msal-node';

import { createClient, type ExchangeResult } from '../client.js';
import { toOutcome } from './grant-outcome.js';
import type { GrantOutcome } from './grant.js';
import { parseRefusal } from './sign-in-problem.js';

export type Credential =
  | { readonly kind: 'secret'; readonly secret: string }
  /** Both in PEM; the thumbprint is SHA-256, hexadecimal. */
  | { readonly kind: 'certificate'; readonly privateKey: string; readonly thumbprint: string };

export interface EntraOptions {
  /** An origin; see parseAuthority. */
  readonly authority: string;
  /** An id, or a domain of the tenant. */
  readonly tenant: string;
  readonly clientId: string;
  /** Absent: a public client, as an app on somebody's own machine is. */
  readonly credential?: Credential;
  /** The base URL of Partner Center in this cloud: what tokens are for. */
  readonly audience: string;
  readonly userAgent: string;
  readonly now: () => number;
  /** Rejects when the signal fires. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface CodeRequest {
  readonly redirectUri: string;
  readonly state: string;
  readonly nonce: string;
  /** SHA-256 of the verifier, base64url (RFC 7636). */
  readonly challenge: string;
}

export interface Entra {
  readonly byRefreshToken: (refreshToken: string) => Promise<GrantOutcome>;
  readonly byApp: () => Promise<GrantOutcome>;
  /** Where a person signs in. */
  readonly signInUrl: (request: CodeRequest) => Promise<string>;
  readonly byCode: (
    code: string,
    request: Omit<CodeRequest, 'challenge'> & { readonly verifier: string },
  ) => Promise<GrantOutcome>;
  /** @param show what a person has to do, in Microsoft's words. Rejects when the signal fires. */
  readonly byDeviceCode: (
    show: (message: string) => void,
    signal: AbortSignal,
  ) => Promise<GrantOutcome>;
  readonly close: () => void;
}

/** For one exchange with the identity service. */
const TIMEOUT_MS = 30_000;
/** What "slow_down" adds to the time between two polls. Source: RFC 8628, 3.5. */
const SLOW_DOWN_MS = 5000;

export function createEntra(options: EntraOptions): Entra {
  const { authority, tenant, clientId, credential, audience } = options;
  const client = createClient({
    baseUrl: authority,
    timeoutMs: TIMEOUT_MS,
    connections: 1,
    userAgent: options.userAgent,
  });
  // MSAL takes only https. It never opens a connection itself: on loopback the client speaks http.
  const shown = authority.replace(/^http:/, 'https:');
  const appScopes = [`${audience}/.default`];
  const userScopes = [`${audience}/user_impersonation`];

  /** One question: an app of its own, since MSAL holds a 429 against the next one. */
  const question = (signal?: AbortSignal) => {
    const wire = createWire(client.exchange, shown, options, signal);
    const config = configurationOf(wire.network);
    return {
      wire,
      publicApp: () => new PublicClientApplication(config),
      app: () =>
        credential
          ? new ConfidentialClientApplication(config)
          : new PublicClientApplication(config),
      settle: async (asked: Promise<AuthenticationResult | null>): Promise<GrantOutcome> => {
        return wire.outcome(await asked.catch(() => null));
      },
    };
  };

  return {
    byRefreshToken(refreshToken) {
      const { app, settle } = question();
      return settle(app().acquireTokenByRefreshToken({ refreshToken, scopes: userScopes }));
    },
    byApp() {
      const { wire, settle } = question();
      const config = configurationOf(wire.network);
      const app = new ConfidentialClientApplication(config);
      return settle(app.acquireTokenByClientCredential({ scopes: appScopes, skipCache: true }));
    },
    signInUrl({ redirectUri, state, nonce, challenge }) {
      return question()
        .app()
        .getAuthCodeUrl({
          scopes: userScopes,
          redirectUri,
          state,
          nonce,
          responseMode: 'form_post',
          codeChallenge: challenge,
          codeChallengeMethod: 'S256',
          prompt: 'select_account',
          // As Microsoft's own sample does: without a second factor the service refuses the token.
          extraQueryParameters: { amr_values: 'mfa' },
        })
        .then((url) => url.replace(shown, authority));
    },
    byCode(code, { redirectUri, verifier, nonce }) {
      const { app, settle } = question();
      const request = { code, redirectUri, codeVerifier: verifier, nonce, scopes: userScopes };
      return settle(app().acquireTokenByCode(request));
    },
    async byDeviceCode(show, signal) {
      const { publicApp, settle } = question(signal);
      const request = {
        scopes: userScopes,
        cancel: false,
        deviceCodeCallback: ({ message }: { readonly message: string }) => {
          show(message);
        },
      };
      const cancelled = new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => {
          request.cancel = true;
          reject(new Error('The sign-in was cancelled.'));
        });
      });
      return Promise.race([settle(publicApp().acquireTokenByDeviceCode(request)), cancelled]);
    },
    close: client.close,
  };

  function configurationOf(networkClient: INetworkModule): Configuration {
    return {
      auth: {
        clientId,
        authority: `${shown}/${tenant}`,
        knownAuthorities: [new URL(shown).host],
        // Said here, so that nothing is asked of anybody to find it out.
        authorityMetadata: JSON.stringify({
          authorization_endpoint: `${shown}/${tenant}/oauth2/v2.0/authorize`,
          token_endpoint: `${shown}/${tenant}/oauth2/v2.0/token`,
          issuer: `${shown}/${tenant}/v2.0`,
          jwks_uri: `${shown}/${tenant}/discovery/v2.0/keys`,
        }),
        ...(credential?.kind === 'secret' && { clientSecret: credential.secret }),
        ...(credential?.kind === 'certificate' && {
          clientCertificate: {
            privateKey: credential.privateKey,
            thumbprintSha256: credential.thumbprint,
          },
        }),
      },
      system: {
        networkClient,
        disableInternalRetries: true,
        loggerOptions: {
          loggerCallback: () => undefined,
          piiLoggingEnabled: false,
          logLevel: LogLevel.Error,
        },
      },
    };
  }
}

/** MSAL's network, and what came over it last: MSAL's own errors say less than the answer did. */
function createWire(
  exchange: ReturnType<typeof createClient>['exchange'],
  shown: string,
  { now, sleep }: EntraOptions,
  signal = new AbortController().signal,
) {
  let last: ExchangeResult | undefined;
  let body: unknown;
  let slowMs = 0;
  let askedAt = 0;
  const send = async <T>(
    method: 'GET' | 'POST',
    address: string,
    { headers = {}, body: sent }: NetworkRequestOptions = {},
  ): Promise<NetworkResponse<T>> => {
    const url = new URL(address);
    if (url.origin !== new URL(shown).origin) throw new Error('Another host than the authority.');
    if (slowMs > 0) await sleep(slowMs, signal);
    askedAt = now();
    last = await exchange({
      method,
      path: `${url.pathname}${url.search}`,
      headers,
      ...(sent !== undefined && { body: sent }),
    });
    if (last.kind === 'failure') throw new Error('No answer.');
    const { answer } = last;
    body = parseJson(answer.body);
    // MSAL gives up at this one; RFC 8628 only asks for more patience.
    if (parseRefusal(body)?.error === 'slow_down') {
      slowMs += SLOW_DOWN_MS;
      body = { error: 'authorization_pending' };
    }
    return {
      status: answer.status,
      headers: { ...answer.headers },
      body: body as T,
    } as NetworkResponse<T>;
  };
  return {
    network: {
      sendGetRequestAsync: <T>(url: string, sent?: NetworkRequestOptions) =>
        send<T>('GET', url, sent),
      sendPostRequestAsync: <T>(url: string, sent?: NetworkRequestOptions) =>
        send<T>('POST', url, sent),
    } satisfies INetworkModule,
    outcome: (result: AuthenticationResult | null): GrantOutcome =>
      toOutcome({
        last,
        body,
        askedAt,
        isAccepted: result !== null,
        username: result?.account?.username,
      }),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
