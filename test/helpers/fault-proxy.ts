/**
 * A reverse proxy on a loopback port that breaks things on their way: put in front of any HTTP
 * origin, so that what a network does can be had with a service that knows nothing of it.
 * The seed decides which requests a rate befalls, in their order of arrival.
 */
import {
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer, request as httpsRequest } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

import { createRandom } from '../../src/simulator/random.js';

export type ProxyFault =
  /** Reset, and the origin never hears of it. */
  | 'reset-before'
  /** The origin answered in full; the client gets a reset instead. */
  | 'reset-after-commit'
  /** Head and half of the body, then a reset. */
  | 'reset-mid-answer'
  /** Head and half of the body, then an orderly end: less than Content-Length promised. */
  | 'truncated'
  | 'black-hole-before'
  | 'black-hole-after'
  /** One byte each 200 ms. */
  | 'slow-drip'
  | 'broken-gzip'
  | 'html-200'
  | 'empty-200'
  | 'array-200'
  /** A byte order mark in front, where the origin sent none. */
  | 'bom'
  /** 70 kB of them. */
  | 'huge-headers'
  | 'status-503-before'
  | 'status-503-after'
  | 'redirect';

export interface FaultRule {
  readonly kind: ProxyFault;
  readonly method?: 'GET' | 'PUT';
  /** Only requests with this in their path. */
  readonly path?: string;
  /** Between 0 and 1. Default: 1. */
  readonly rate?: number;
  /** How often at most. */
  readonly times?: number;
  /** How many matching requests pass first. */
  readonly after?: number;
  /** Whether the origin is asked all the same. Default: what the kind says. */
  readonly forward?: boolean;
  /** For `redirect`. Default: 302. */
  readonly status?: 301 | 302 | 303 | 307 | 308;
  /** For `redirect`. Default: the path that was asked for. */
  readonly location?: string;
}

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly fault: ProxyFault | undefined;
  /** The origin was asked. */
  readonly forwarded: boolean;
  /** Absent where it was not asked, or has not answered. */
  readonly upstreamStatus: number | undefined;
  /** When the request had come, on the clock of performance.now(). */
  readonly at: number;
  /** When the exchange was over, and who ended it; absent while it lasts. */
  readonly ended: { readonly at: number; readonly by: 'answer' | 'proxy' | 'client' } | undefined;
}

export interface FaultProxyOptions {
  /** The origin. */
  readonly target: string;
  readonly faults?: readonly FaultRule[];
  /** Default: 1. */
  readonly seed?: number;
  /** Speak TLS to the client, with these PEMs. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** The proxy closes by itself after this. Default: 120 s. */
  readonly lifeMs?: number;
}

export interface FaultProxy {
  /** Without a slash at the end. */
  readonly url: string;
  /** In the order in which they came. */
  readonly seen: readonly SeenRequest[];
  /** Adds a rule; the first one that befalls a request counts. */
  readonly plan: (rule: FaultRule) => void;
  /** Ends every rule. */
  readonly clear: () => void;
  /** Cuts every connection. A second call does nothing. */
  readonly close: () => Promise<void>;
}

const DRIP_MS = 200;
const HUGE_BYTES = 70_000;
/** Time for what was written to leave: a reset throws away what has not. */
const FLUSH_MS = 10;

const FORWARDED: ReadonlySet<ProxyFault> = new Set([
  'reset-after-commit',
  'reset-mid-answer',
  'truncated',
  'black-hole-after',
  'slow-drip',
  'broken-gzip',
  'bom',
  'huge-headers',
  'status-503-after',
]);

/** They belong to one connection, not to the exchange (RFC 9110, 7.6.1). */
const HOP_BY_HOP = ['connection', 'keep-alive', 'transfer-encoding', 'te', 'trailer', 'upgrade'];

interface Answer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
}

type Seen = { -readonly [Key in keyof SeenRequest]: SeenRequest[Key] };

export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const { tls, seed = 1, lifeMs = 120_000 } = options;
  const target = new URL(options.target);
  const random = createRandom(seed);
  const seen: Seen[] = [];
  const sockets = new Set<Socket>();
  const timers = new Set<NodeJS.Timeout>();
  let rules: { readonly rule: FaultRule; matched: number; met: number }[] = [];
  const plan = (rule: FaultRule): void => {
    rules.push({ rule, matched: 0, met: 0 });
  };
  for (const rule of options.faults ?? []) plan(rule);

  const pick = (method: string, path: string): FaultRule | undefined => {
    for (const planned of rules) {
      const { rule } = planned;
      if (rule.method !== undefined && rule.method !== method) continue;
      if (rule.path !== undefined && !path.includes(rule.path)) continue;
      planned.matched += 1;
      if (planned.matched <= (rule.after ?? 0) || planned.met >= (rule.times ?? Infinity)) continue;
      if (rule.rate !== undefined && random() >= rule.rate) continue;
      planned.met += 1;
      return rule;
    }
    return undefined;
  };

  /** Nothing that waits here keeps the process alive. */
  const later = (ms: number, run: () => void): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      run();
    }, ms).unref();
    timers.add(timer);
  };
  const keep = (socket: Socket): void => {
    socket.unref();
    socket.on('error', () => undefined);
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  };

  const forward = (request: IncomingMessage, body: Buffer): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const headers = withoutHops(request.headers);
      const upstream = (target.protocol === 'https:' ? httpsRequest : httpRequest)(
        new URL(request.url ?? '/', target),
        {
          method: request.method ?? 'GET',
          agent: false,
          headers: {
            ...headers,
            host: target.host,
            ...(body.length > 0 && { 'content-length': body.length }),
          },
        },
        (answer) => {
          collect(answer).then((bytes) => {
            const status = answer.statusCode ?? 502;
            resolve({ status, headers: withoutHops(answer.headers), body: bytes });
          }, reject);
        },
      );
      upstream.on('socket', keep);
      upstream.on('error', reject);
      upstream.end(body);
    });

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const at = performance.now();
    const body = await collect(request);
    const { method = '', url: path = '/', headers } = request;
    const rule = pick(method, path);
    const forwarded = rule === undefined || (rule.forward ?? FORWARDED.has(rule.kind));
    const entry: Seen = {
      method,
      path,
      headers,
      body: body.toString('utf8'),
      fault: rule?.kind,
      forwarded,
      upstreamStatus: undefined,
      at,
      ended: undefined,
    };
    seen.push(entry);
    const end = (by: 'answer' | 'proxy' | 'client'): void => {
      entry.ended ??= { at: performance.now(), by };
    };
    response.on('finish', () => {
      end('answer');
    });
    response.on('close', () => {
      end('client');
    });

    let answer: Answer = { status: 200, headers: {}, body: Buffer.alloc(0) };
    if (forwarded) {
      try {
        answer = await forward(request, body);
        entry.upstreamStatus = answer.status;
      } catch {
        answer = textAnswer(502, 'text/plain', 'The origin did not answer.');
      }
    }
    // The client may have left in the meantime.
    if (response.destroyed) return;
    const cut = (how: 'reset' | 'end'): void => {
      end('proxy');
      if (how === 'end') response.socket?.end();
      else reset(response.socket);
    };
    deliver(response, answer, rule, path, { cut, later });
  };

  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    handle(request, response).catch(() => {
      // Only a client that left amid its request gets here.
      response.destroy();
    });
  };
  const server = tls ? createTlsServer(tls, onRequest) : createServer(onRequest);
  // An idle connection that is closed here, just as the next request comes, would be a fault that
  // nobody planned.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  server.on('connection', keep);
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  server.unref();

  let closed: Promise<void> | undefined;
  const close = (): Promise<void> =>
    (closed ??= new Promise((resolve) => {
      clearTimeout(life);
      for (const timer of timers) clearTimeout(timer);
      server.close(() => {
        resolve();
      });
      for (const socket of sockets) socket.destroy();
    }));
  const life = setTimeout(() => void close(), lifeMs).unref();

  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    seen,
    plan,
    clear() {
      rules = [];
    },
    close,
  };
}

interface Hands {
  readonly cut: (how: 'reset' | 'end') => void;
  readonly later: (ms: number, run: () => void) => void;
}

function deliver(
  response: ServerResponse,
  answer: Answer,
  rule: FaultRule | undefined,
  path: string,
  { cut, later }: Hands,
): void {
  const send = ({ status, headers, body }: Answer): void => {
    response.writeHead(status, { ...headers, 'content-length': body.length });
    response.end(body);
  };
  const sendHalf = (then: () => void): void => {
    response.writeHead(answer.status, {
      ...answer.headers,
      'content-length': Math.max(answer.body.length, 2),
    });
    response.flushHeaders();
    response.write(answer.body.subarray(0, answer.body.length >> 1), () => {
      later(FLUSH_MS, then);
    });
  };
  switch (rule?.kind) {
    case undefined:
      send(answer);
      return;
    case 'reset-before':
    case 'reset-after-commit':
      cut('reset');
      return;
    case 'reset-mid-answer':
      sendHalf(() => {
        cut('reset');
      });
      return;
    case 'truncated':
      sendHalf(() => {
        cut('end');
      });
      return;
    case 'black-hole-before':
    case 'black-hole-after':
      return;
    case 'slow-drip': {
      response.writeHead(answer.status, {
        ...answer.headers,
        'content-length': answer.body.length,
      });
      response.flushHeaders();
      const drip = (sent: number): void => {
        if (response.destroyed) return;
        if (sent >= answer.body.length) {
          response.end();
          return;
        }
        response.write(answer.body.subarray(sent, sent + 1));
        later(DRIP_MS, () => {
          drip(sent + 1);
        });
      };
      drip(0);
      return;
    }
    case 'broken-gzip':
      send({
        ...answer,
        headers: { ...answer.headers, 'content-encoding': 'gzip' },
        body: Buffer.from('\x1f\x8b\x08 and what follows is no gzip at all', 'latin1'),
      });
      return;
    case 'html-200':
      send(textAnswer(200, 'text/html', '<!DOCTYPE html>\n<html><title>Sign in</title></html>\n'));
      return;
    case 'empty-200':
      send({ status: 200, headers: {}, body: Buffer.alloc(0) });
      return;
    case 'array-200':
      send(textAnswer(200, 'application/json', '[]'));
      return;
    case 'bom': {
      const mark = Buffer.from('\ufeff');
      const marked = answer.body.subarray(0, 3).equals(mark);
      send(marked ? answer : { ...answer, body: Buffer.concat([mark, answer.body]) });
      return;
    }
    case 'huge-headers': {
      const padding = Array.from(
        { length: HUGE_BYTES / 1000 },
        (_, i) => [`x-padding-${i}`, 'x'.repeat(1000)] as const,
      );
      send({ ...answer, headers: { ...answer.headers, ...Object.fromEntries(padding) } });
      return;
    }
    case 'status-503-before':
    case 'status-503-after':
      send(textAnswer(503, 'text/html', '<html><title>Service Unavailable</title></html>\n'));
      return;
    case 'redirect':
      send({
        status: rule.status ?? 302,
        headers: { location: rule.location ?? path },
        body: Buffer.alloc(0),
      });
  }
}

/** A reset needs the TCP handle; a socket with TLS around it can only be destroyed. */
function reset(socket: Socket | null): void {
  if (socket === null) return;
  if ('encrypted' in socket) socket.destroy();
  else socket.resetAndDestroy();
}

const textAnswer = (status: number, type: string, text: string): Answer => ({
  status,
  headers: { 'content-type': type },
  body: Buffer.from(text),
});

const withoutHops = (headers: IncomingHttpHeaders): IncomingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name)));

async function collect(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
