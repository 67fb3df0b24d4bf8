/**
 * Where the browser brings the answer of a sign-in: a port of this machine, for as long as one
 * sign-in takes. It comes as a form (response_mode=form_post), so that no code stands in an address.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { parseRefusal, type SignInRefusal } from './sign-in-problem.js';

export type Received =
  | { readonly kind: 'code'; readonly code: string }
  | { readonly kind: 'refused'; readonly refusal: SignInRefusal };

export interface CodeReceiver {
  /** To be registered as http://localhost: Entra ID then lets any port pass. */
  readonly redirectUri: string;
  /** Rejects when the signal fires. */
  readonly received: (signal: AbortSignal) => Promise<Received>;
  readonly close: () => Promise<void>;
}

/** What ties the answer to the question (RFC 7636; OpenID Connect Core, 3.1.2.1). */
export interface Proof {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly challenge: string;
}

const LARGEST_FORM_BYTES = 64 * 1024;

export function createProof(): Proof {
  const word = (): string => randomBytes(32).toString('base64url');
  const verifier = word();
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  return { state: word(), nonce: word(), verifier, challenge };
}

export async function openCodeReceiver({ state }: Proof): Promise<CodeReceiver> {
  let arrive: (received: Received) => void = () => undefined;
  const arrived = new Promise<Received>((resolve) => {
    arrive = resolve;
  });
  const server = createServer((request, response) => {
    void answer(request, response, state).then((received) => {
      if (received) arrive(received);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    redirectUri: `http://localhost:${port}`,
    received: (signal) =>
      Promise.race([
        arrived,
        new Promise<never>((_, reject) => {
          const stop = (): void => {
            reject(new Error('The sign-in was given up.'));
          };
          if (signal.aborted) stop();
          signal.addEventListener('abort', stop);
        }),
      ]),
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        // The last page is on its way to the browser.
        server.closeIdleConnections();
        setTimeout(() => {
          server.closeAllConnections();
        }, 500).unref();
      }),
  };
}

/** Undefined where this was not the answer: the sign-in may still come. */
async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  state: string,
): Promise<Received | undefined> {
  const { method, url, headers } = request;
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true;
  if (method !== 'POST' || url !== '/' || !isForm) {
    request.resume();
    send(response, 404, 'Nothing is here.', 'This page only takes the answer of a sign-in.');
    return undefined;
  }
  const body = await readForm(request);
  const form = new URLSearchParams(body ?? '');
  if (body === undefined || !isSame(form.get('state') ?? '', state)) {
    send(
      response,
      400,
      'This is not the sign-in that billpatch began.',
      'Close this window, and use the address that billpatch shows now.',
    );
    return undefined;
  }
  const code = form.get('code');
  if (code !== null && code !== '') {
    send(response, 200, 'You are signed in.', 'Close this window and go back to billpatch.');
    return { kind: 'code', code };
  }
  send(response, 200, 'You are not signed in.', 'billpatch says why. You may close this window.');
  const refusal = parseRefusal(Object.fromEntries(form)) ?? { error: '', numbers: [] };
  return { kind: 'refused', refusal };
}

async function readForm(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > LARGEST_FORM_BYTES) return undefined;
      chunks.push(chunk);
    }
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks).toString('utf8');
}

function isSame(given: string, wanted: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(wanted)];
  return one.length === other.length && timingSafeEqual(one, other);
}

function send(response: ServerResponse, status: number, title: string, text: string): void {
  response.writeHead(status, {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': "default-src 'none'",
    'Cache-Control': 'no-store',
    Connection: 'close',
  });
  response.end(
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>billpatch</title></head><body><main><h1>${title}</h1><p>${text}</p></main></body></html>`,
  );
}
