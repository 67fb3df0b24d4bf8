/**
 * One HTTP exchange with the service. The only file that knows axios: no error of axios leaves it,
 * since those carry the bearer token.
 */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Socket } from 'node:net';
import axios, { type AxiosResponse } from 'axios';

import { isLoopback } from './base-url.js';
import type { AnswerHeaders } from './error-map.js';
import type { Failure } from './failure.js';

export interface Request {
  readonly method: 'GET' | 'PUT' | 'POST';
  /** Below the base URL, already encoded. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: AnswerHeaders;
  /** Text as it came, without a byte order mark. */
  readonly body: string;
}

export type ExchangeResult =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'failure'; readonly failure: Failure };

export interface Client {
  /** Never rejects. Without a token only the identity service is asked. */
  readonly exchange: (request: Request, token?: string) => Promise<ExchangeResult>;
  readonly close: () => void;
}

export interface ClientOptions {
  /** An origin; see parseBaseUrl. */
  readonly baseUrl: string;
  /** For the whole exchange, to the last byte. axios' own timeout does not bound a slow drip. */
  readonly timeoutMs: number;
  /** Connections that are kept open. */
  readonly connections: number;
  readonly userAgent: string;
}

/** A profile is about a kilobyte: what is larger is not one. */
const LARGEST_ANSWER_BYTES = 5 * 1024 * 1024;

export function createClient(options: ClientOptions): Client {
  const agentOptions = {
    keepAlive: true,
    maxSockets: options.connections,
    scheduling: 'fifo',
  } as const;
  const httpAgent = new HttpAgent(agentOptions);
  // Said here, since NODE_TLS_REJECT_UNAUTHORIZED=0 would otherwise hand the token to anybody.
  const httpsAgent = new HttpsAgent({ ...agentOptions, rejectUnauthorized: true });
  for (const agent of [httpAgent, httpsAgent]) {
    // Once for each connection is enough; Node asks the system again for each request, which costs
    // a fortieth of a row's CPU (test/bench, `cpu`).
    agent.on('free', (socket: Socket) => {
      socket.setKeepAlive = () => socket;
    });
  }
  const http = axios.create({
    baseURL: options.baseUrl,
    // An absolute URL would override baseURL and take the token along.
    allowAbsoluteUrls: false,
    // A redirected PUT would carry body and tag to a foreign host, or become a GET that "succeeds".
    maxRedirects: 0,
    // HTTP_PROXY is meant for other hosts: a rehearsal, with all its rows, would go to the proxy.
    ...(isLoopback(options.baseUrl) ? { proxy: false as const } : {}),
    httpAgent,
    httpsAgent,
    maxContentLength: LARGEST_ANSWER_BYTES,
    responseType: 'text',
    // Shapes are checked where they are known; here a body is text.
    transformRequest: [(data: unknown) => data],
    transformResponse: [(data: unknown) => data],
    validateStatus: () => true,
  });
  // Every request brings all of its headers: there is nothing to merge into them.
  http.defaults.headers = { common: {} } as unknown as typeof http.defaults.headers;

  return {
    async exchange({ method, path, headers, body }, token) {
      if (!staysOnPath(options.baseUrl, path)) return { kind: 'failure', failure: OFF_THE_PATH };
      // Not AbortSignal.timeout: with it a row costs about a tenth more CPU (test/bench, `cpu`).
      const deadline = new AbortController();
      const timer = setTimeout(() => {
        deadline.abort();
      }, options.timeoutMs);
      try {
        const response: AxiosResponse<unknown> = await http.request({
          method,
          url: path,
          signal: deadline.signal,
          headers: {
            ...(token !== undefined && {
              Authorization: `Bearer ${token}`,
              'MS-PartnerCenter-Application': options.userAgent,
            }),
            Accept: 'application/json',
            'User-Agent': options.userAgent,
            ...headers,
          },
          ...(body === undefined ? {} : { data: body }),
        });
        return { kind: 'answer', answer: toAnswer(response) };
      } catch (error) {
        return {
          kind: 'failure',
          failure: toNetworkFailure(error, deadline.signal.aborted, options),
        };
      } finally {
        clearTimeout(timer);
      }
    },
    close() {
      httpAgent.destroy();
      httpsAgent.destroy();
    },
  };
}

/** Encoding leaves `..` as it is, and an address is resolved before it is sent. */
function staysOnPath(baseUrl: string, path: string): boolean {
  // Nearly every request. Nothing in it can be resolved to anything else.
  if (/^(?:\/[A-Za-z0-9-]+)+$/.test(path)) return true;
  if (!path.startsWith('/') || !URL.canParse(path, baseUrl)) return false;
  const { origin, pathname } = new URL(path, baseUrl);
  return origin === baseUrl && pathname === path.split('?')[0];
}

const OFF_THE_PATH: Failure = {
  code: 'path-refused',
  message: 'The request would have gone to another address than the one it is for.',
  hint: 'Check the tenant id of the row.',
  scope: 'row',
  again: 'never',
  carriedOut: 'no',
};

function toAnswer(response: AxiosResponse<unknown>): Answer {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    if (typeof value === 'string') headers[name.toLowerCase()] = value;
  }
  const body = typeof response.data === 'string' ? withoutMark(response.data) : '';
  return { status: response.status, headers, body };
}

const withoutMark = (text: string): string => (text.startsWith('\ufeff') ? text.slice(1) : text);

/** The request cannot have reached the service. */
const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** The peer is not who it should be; asking again would not help, and going on would be unsafe. */
const CERTIFICATE =
  /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS_CERT|ERR_SSL|EPROTO$|HOSTNAME_MISMATCH)/;

function toNetworkFailure(
  error: unknown,
  timedOut: boolean,
  { baseUrl, timeoutMs }: ClientOptions,
): Failure {
  const code = codeOf(error);
  const host = new URL(baseUrl).host;
  if (timedOut) {
    return {
      code: 'no-answer-in-time',
      message: `${host} did not answer within ${timeoutMs / 1000} s.`,
      hint: 'Run the row again later; raise --timeout if the service is slow.',
      scope: 'row',
      again: 'retry',
      carriedOut: 'maybe',
    };
  }
  if (CERTIFICATE.test(code)) {
    return {
      code: 'certificate-refused',
      message: `${host} could not prove who it is (${code}).`,
      hint: 'If your network inspects TLS, name its certificate in NODE_EXTRA_CA_CERTS; otherwise do not go on.',
      scope: 'run',
      again: 'never',
      carriedOut: 'no',
    };
  }
  // The base URL was checked at the start: it can only be the proxy's. Its value may hold a password.
  if (code === 'ERR_INVALID_URL') {
    return {
      code: 'proxy-invalid',
      message: 'The proxy that the environment names is not an address.',
      hint: 'Write HTTPS_PROXY (or ALL_PROXY) like http://proxy.company.example:8080, then go on where the run stopped.',
      scope: 'run',
      again: 'never',
      carriedOut: 'no',
    };
  }
  const notSent = NOT_SENT.has(code);
  return {
    code: notSent ? 'service-unreachable' : 'connection-lost',
    message: notSent
      ? `${host} cannot be reached (${code}).`
      : `The connection to ${host} was lost before a whole answer came (${code}).`,
    hint: notSent
      ? 'Check the network, the proxy settings and the base URL.'
      : 'Run the row again later.',
    scope: 'row',
    again: 'retry',
    carriedOut: notSent ? 'no' : 'maybe',
  };
}

/** The innermost code. Nothing else of the error is looked at: it holds the request, token included. */
function codeOf(error: unknown): string {
  for (let at = error, depth = 0; at instanceof Error && depth < 4; at = at.cause, depth += 1) {
    const code = 'code' in at && typeof at.code === 'string' ? at.code : '';
    if (code !== '' && !code.startsWith('ERR_BAD') && code !== 'ERR_NETWORK') return code;
  }
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
