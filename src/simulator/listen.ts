import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Called for each request, once its body is complete ('' where it has none). */
export type OnRequest = (request: IncomingMessage, body: string, response: ServerResponse) => void;

export interface Listener {
  readonly url: string;
  /** Cuts every connection, answered or not. */
  readonly close: () => Promise<void>;
}

/** Longer than any pause of a client: reopening connections would be measured as the client's. */
const KEEP_ALIVE_MS = 10 * 60_000;

/** Listens on the loopback interface and on no other. Rejects where the port is taken. */
export async function listen(port: number, onRequest: OnRequest): Promise<Listener> {
  const server = createServer((request, response) => {
    readBody(request, (body) => {
      onRequest(request, body, response);
    });
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function readBody(request: IncomingMessage, done: (body: string) => void): void {
  if (request.method === 'GET') {
    request.resume();
    done('');
    return;
  }
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  // A client that leaves amid its body has sent nothing.
  request.on('error', () => undefined);
  request.on('end', () => {
    done(Buffer.concat(chunks).toString());
  });
}
