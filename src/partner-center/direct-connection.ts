/**
 * HTTP to one origin over Node's own client, for where no proxy stands in between: what axios' adapter
 * does on top of it costs more than the exchange itself (test/bench, `cpu`). Follows no redirects, and
 * takes no error for an answer.
 */
import {
  request as requestHttp,
  type Agent,
  type ClientRequest,
  type IncomingHttpHeaders,
} from 'node:http';
import { request as requestHttps } from 'node:https';

import type { Answer } from './client.js';
import { decodeBody } from './decode-body.js';

export interface DirectRequest {
  readonly method: string;
  /** As it is to stand in the request line. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

export interface DirectOptions {
  /** An origin. */
  readonly baseUrl: string;
  /** Of the protocol of the origin. */
  readonly agent: Agent;
  /** For the whole exchange, to the last byte. */
  readonly timeoutMs: number;
  /** Of a body, packed or not. */
  readonly largestBytes: number;
}

/** An exchange that was broken off here, and not by the peer or the network. */
export class BrokenOffError extends Error {
  override readonly name = 'BrokenOffError';
  constructor(readonly code: 'OVERDUE' | 'ANSWER_TOO_LARGE') {
    super(code);
  }
}

/** Rejects with what Node says of the connection or the body, or with {@link BrokenOffError}. */
export type Direct = (request: DirectRequest) => Promise<Answer>;

export function createDirect({ baseUrl, agent, timeoutMs, largestBytes }: DirectOptions): Direct {
  const { protocol, hostname, port, host } = new URL(baseUrl);
  const open = protocol === 'https:' ? requestHttps : requestHttp;
  const target = { agent, host: hostname.replace(/^\[|\]$/g, ''), ...(port !== '' && { port }) };

  return ({ method, path, headers, body }) =>
    new Promise((resolve, reject) => {
      // As a list they are checked and written once; as an object, kept and copied on the way.
      const list = ['Host', host];
      for (const name in headers) {
        const value = headers[name];
        if (value !== undefined) list.push(name, value);
      }
      if (method !== 'GET') list.push('Content-Length', String(Buffer.byteLength(body ?? '')));
      const request: ClientRequest = open({ ...target, method, path, headers: list });
      const fail = (error: Error): void => {
        clearTimeout(timer);
        request.destroy();
        reject(error);
      };
      // One clock for all of it: a connection on which a byte comes now and then is never idle.
      const timer = setTimeout(() => {
        fail(new BrokenOffError('OVERDUE'));
      }, timeoutMs);
      request.on('error', fail);
      request.on('response', (response) => {
        const chunks: Buffer[] = [];
        let length = 0;
        response.on('data', (chunk: Buffer) => {
          length += chunk.length;
          if (length > largestBytes) fail(new BrokenOffError('ANSWER_TOO_LARGE'));
          else chunks.push(chunk);
        });
        response.on('error', fail);
        response.on('end', () => {
          clearTimeout(timer);
          const [first] = chunks;
          const bytes = first && chunks.length === 1 ? first : Buffer.concat(chunks);
          try {
            const { headers: answered, statusCode = 0 } = response;
            const text = decodeBody(bytes, answered['content-encoding'], largestBytes);
            resolve({ status: statusCode, headers: withoutLists(answered), body: text });
          } catch (error) {
            reject(error instanceof Error ? error : new Error('The answer cannot be unpacked.'));
          }
        });
      });
      request.end(body);
    });
}

/** Of an answer's headers only cookies come as a list; nobody asks for them. */
function withoutLists(headers: IncomingHttpHeaders): Readonly<Record<string, string>> {
  const texts: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (typeof value === 'string') texts[name] = value;
  }
  return texts;
}
