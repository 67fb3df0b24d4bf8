import type { ServerResponse } from 'node:http';

/** How an answer reaches the client, or does not. */
export type Delivery =
  /** As it should. */
  | 'whole'
  /** Not at all: the connection is reset. */
  | 'reset'
  /** Half of it, of the length that was announced; then the connection is reset. */
  | 'half'
  /** Half of it, announced as the whole. */
  | 'truncated'
  /** Never, and the connection stays open. */
  | 'silence'
  /** One byte at a time. */
  | 'drip';

export interface Payload {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const DRIP_MS = 200;
const RESET_AFTER_MS = 20;

export function deliver(response: ServerResponse, payload: Payload, delivery: Delivery): void {
  switch (delivery) {
    case 'whole':
      // Headers and text in one write, without a Buffer: most answers of a benchmark come by here.
      writeHead(response, payload, Buffer.byteLength(payload.body));
      response.end(payload.body);
      return;
    case 'truncated': {
      const half = halfOf(payload.body);
      writeHead(response, payload, half.length);
      response.end(half);
      return;
    }
    case 'half':
      writeHead(response, payload, Buffer.byteLength(payload.body));
      response.write(halfOf(payload.body));
      // A reset overtakes what the client has not read yet; the half is meant to arrive.
      setTimeout(() => response.socket?.resetAndDestroy(), RESET_AFTER_MS).unref();
      return;
    case 'drip':
      drip(response, payload);
      return;
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'silence':
      return;
  }
}

function writeHead(response: ServerResponse, payload: Payload, length: number): void {
  response.writeHead(payload.status, { ...payload.headers, 'Content-Length': length });
}

function halfOf(body: string): Buffer {
  const bytes = Buffer.from(body);
  return bytes.subarray(0, bytes.length >> 1);
}

function drip(response: ServerResponse, payload: Payload): void {
  const bytes = Buffer.from(payload.body);
  writeHead(response, payload, bytes.length);
  let sent = 0;
  const next = () => {
    if (sent >= bytes.length) {
      clearInterval(timer);
      response.end();
    } else {
      response.write(bytes.subarray(sent, ++sent));
    }
  };
  const timer = setInterval(next, DRIP_MS);
  response.on('close', () => {
    clearInterval(timer);
  });
  next();
}
