/**
 * One HTTP exchange with the service. The only file that knows axios: no error of axios leaves it,
 * since those carry the bearer token.
 */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import type * as AxiosPackage from 'axios';
import type { Axios, AxiosAdapter, AxiosResponse } from 'axios';

import { isLoopback } from './base-url.js';
import { ACCEPTED_ENCODINGS } from './decode-body.js';
import {
  BrokenOffError,
  createDirect,
  type Direct,
  type DirectRequest,
} from './direct-connection.js';
import type { AnswerHeaders } from './error-map.js';
import type { Failure } from './failure.js';
import { toNetworkFailure } from './network-failure.js';

// Its one file for `require` loads in less time than its many modules (test/bench, `start`: apply).
const axios = createRequire(import.meta.url)('axios') as typeof AxiosPackage;

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
  /** For the whole exchange, to the last byte. */
  readonly timeoutMs: number;
  /** Connections that are kept open. */
  readonly connections: number;
  readonly userAgent: string;
}

/** A profile is about a kilobyte: what is larger is not one. */
const LARGEST_ANSWER_BYTES = 5 * 1024 * 1024;

export function createClient(options: ClientOptions): Client {
  const { baseUrl, timeoutMs, userAgent } = options;
  const agent = createAgent(options);
  const largestBytes = LARGEST_ANSWER_BYTES;
  const direct = directly(createDirect({ baseUrl, agent, timeoutMs, largestBytes }));
  const proxied = createProxied(baseUrl, agent);
  // HTTP_PROXY is meant for other hosts: a rehearsal, with all its rows, would go to the proxy.
  let isDirect = isLoopback(baseUrl);

  const send = async (request: DirectRequest): Promise<Answer> => {
    if (isDirect) return direct(request);
    const deadline = new AbortController();
    // axios' own timeout does not bound a slow drip.
    const timer = setTimeout(() => {
      deadline.abort();
    }, timeoutMs);
    try {
      const { path: url, body: data, ...rest } = request;
      const { signal } = deadline;
      const response = await proxied.request<unknown>({ ...rest, url, data, signal });
      // axios knows the proxies of the environment. What goes through none of them goes by our agent.
      // eslint-disable-next-line require-atomic-updates -- who asks at the same time finds the same
      isDirect = isSentBy(agent, response);
      return toAnswer(response);
    } catch (error) {
      throw deadline.signal.aborted ? new BrokenOffError('OVERDUE') : error;
    } finally {
      clearTimeout(timer);
    }
  };

  return {
    async exchange({ method, path, headers, body }, token) {
      const sentPath = pathBelow(baseUrl, path);
      if (sentPath === undefined) return { kind: 'failure', failure: OFF_THE_PATH };
      const all: Record<string, string> = {
        Accept: 'application/json',
        'Accept-Encoding': ACCEPTED_ENCODINGS,
        'User-Agent': userAgent,
        ...headers,
      };
      if (token !== undefined) {
        all.Authorization = `Bearer ${token}`;
        all['MS-PartnerCenter-Application'] = userAgent;
      }
      try {
        const answer = await send({ method, path: sentPath, headers: all, body });
        return { kind: 'answer', answer };
      } catch (error) {
        return { kind: 'failure', failure: toNetworkFailure(error, options) };
      }
    },
    close() {
      agent.destroy();
    },
  };
}

function createAgent({ baseUrl, connections }: ClientOptions): HttpAgent {
  const options = { keepAlive: true, maxSockets: connections, scheduling: 'fifo' } as const;
  const agent = baseUrl.startsWith('https:')
    ? // Said here, since NODE_TLS_REJECT_UNAUTHORIZED=0 would otherwise hand the token to anybody.
      new HttpsAgent({ ...options, rejectUnauthorized: true })
    : new HttpAgent(options);
  // Once for each connection is enough; Node asks the system again for each request, which costs a
  // fortieth of a row's CPU (test/bench, `cpu`).
  agent.on('free', (socket: Socket) => {
    socket.setKeepAlive = () => socket;
  });
  return agent;
}

/**
 * For where no proxy is. axios has none of its defaults here, each of which it would merge into each
 * request, and does not see the headers: it would go through them four times, name by name.
 */
function directly(direct: Direct): Direct {
  const http = new axios.Axios({});
  return async (request) => {
    const { method, path: url } = request;
    const adapter: AxiosAdapter = async (config) => {
      const answer = await direct(request);
      return { data: answer, status: answer.status, statusText: '', headers: {}, config };
    };
    return (await http.request<Answer>({ method, url, adapter })).data;
  };
}

/** By whatever way the environment says. */
function createProxied(baseURL: string, httpsAgent: HttpAgent): Axios {
  const http = axios.default.create({
    baseURL,
    // An absolute URL would override baseURL and take the token along.
    allowAbsoluteUrls: false,
    // A redirected PUT would carry body and tag to a foreign host, or become a GET that "succeeds".
    maxRedirects: 0,
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
  return http;
}

const isSentBy = (agent: HttpAgent, { request }: AxiosResponse<unknown>): boolean =>
  (request as { readonly agent?: unknown } | undefined)?.agent === agent;

/**
 * The path as it is to stand in a request. Undefined where it would lead elsewhere: encoding leaves `..`
 * as it is, and an address is resolved before it is sent.
 */
function pathBelow(baseUrl: string, path: string): string | undefined {
  // Nearly every request. Nothing in it can be resolved to anything else.
  if (/^(?:\/[A-Za-z0-9-]+)+$/.test(path)) return path;
  if (!path.startsWith('/') || !URL.canParse(path, baseUrl)) return undefined;
  const { origin, pathname, search } = new URL(path, baseUrl);
  if (origin !== baseUrl || pathname !== path.split('?')[0]) return undefined;
  return pathname + search;
}

const OFF_THE_PATH: Failure = {
  code: 'path-refused',
  message: 'The request would have gone to another address than the one it is for.',
  hint: 'Check the tenant id of the row.',
  scope: 'row',
  again: 'never',
  carriedOut: 'no',
};

function toAnswer({ status, headers: answered, data }: AxiosResponse<unknown>): Answer {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(answered)) {
    if (typeof value === 'string') headers[name.toLowerCase()] = value;
  }
  const body = typeof data === 'string' ? withoutMark(data) : '';
  return { status, headers, body };
}

const withoutMark = (text: string): string => (text.startsWith('\ufeff') ? text.slice(1) : text);
