import { createServer, Agent, request, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { readFile } from 'node:fs/promises';
import { describe, expect, onTestFinished, test } from 'vitest';

import { makeCertificates } from './certificates.js';
import { startFaultProxy, type FaultProxy, type FaultProxyOptions } from './fault-proxy.js';

const BODY = '{"name":"origin"}';

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

async function origin(): Promise<{ readonly url: string; readonly asked: Asked[] }> {
  const asked: Asked[] = [];
  const server = createServer((incoming, response) => {
    let body = '';
    incoming.setEncoding('utf8').on('data', (text: string) => (body += text));
    incoming.on('end', () => {
      asked.push({ method: incoming.method ?? '', path: incoming.url ?? '', body });
      response.writeHead(200, { 'content-type': 'application/json', 'x-origin': 'yes' });
      response.end(BODY);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

async function proxied(options: Omit<FaultProxyOptions, 'target'> = {}) {
  const { url, asked } = await origin();
  const proxy = await startFaultProxy({ target: url, ...options });
  onTestFinished(() => proxy.close());
  return { proxy, asked };
}

interface Got {
  readonly status?: number;
  readonly headers?: IncomingHttpHeaders;
  readonly body: string;
  readonly error?: string;
}

interface Call {
  readonly method?: string;
  readonly path?: string;
  readonly body?: string;
  readonly ms?: number;
  readonly agent?: Agent | false;
}

/** What a bare client gets; after `ms` it gives up. */
function get(
  proxy: FaultProxy,
  { method = 'GET', path = '/a', body = '', ms = 900, agent = false }: Call = {},
): Promise<Got> {
  return new Promise((resolve) => {
    let text = '';
    let head: { readonly status?: number; readonly headers?: IncomingHttpHeaders } = {};
    const call = request(
      new URL(path, proxy.url),
      { method, agent, maxHeaderSize: 100_000, signal: AbortSignal.timeout(ms) },
      (answer) => {
        head = { status: answer.statusCode ?? 0, headers: answer.headers };
        answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        answer.on('end', () => {
          resolve({ ...head, body: text });
        });
        answer.on('error', failed);
      },
    );
    const failed = (error: NodeJS.ErrnoException): void => {
      resolve({ ...head, body: text, error: error.code ?? error.name });
    };
    call.on('error', failed);
    call.end(body);
  });
}

test('without a fault everything passes as it is, on a connection that stays open', async () => {
  const { proxy, asked } = await proxied();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const first = await get(proxy, { method: 'PUT', path: '/a?b=%20c', body: 'sent', agent });
  const second = await get(proxy, { agent });
  const sockets = Object.values(agent.freeSockets).flat();
  agent.destroy();
  expect(first).toMatchObject({ status: 200, body: BODY, headers: { 'x-origin': 'yes' } });
  expect(second).toMatchObject({ status: 200, body: BODY });
  expect(sockets).toHaveLength(1);
  expect(asked).toEqual([
    { method: 'PUT', path: '/a?b=%20c', body: 'sent' },
    { method: 'GET', path: '/a', body: '' },
  ]);
  expect(proxy.seen).toMatchObject([
    { method: 'PUT', path: '/a?b=%20c', body: 'sent', forwarded: true, upstreamStatus: 200 },
    { method: 'GET', path: '/a', fault: undefined, ended: { by: 'answer' } },
  ]);
});

describe('each kind', () => {
  const RESET = { error: 'ECONNRESET' };
  const kinds = [
    ['reset-before', 0, { ...RESET, body: '' }, 'proxy'],
    ['reset-after-commit', 1, { ...RESET, body: '' }, 'proxy'],
    ['reset-mid-answer', 1, { ...RESET, status: 200, body: BODY.slice(0, 8) }, 'proxy'],
    ['truncated', 1, { ...RESET, status: 200, body: BODY.slice(0, 8) }, 'proxy'],
    ['black-hole-before', 0, { error: 'ABORT_ERR', body: '' }, 'client'],
    ['black-hole-after', 1, { error: 'ABORT_ERR', body: '' }, 'client'],
    ['slow-drip', 1, { error: 'ABORT_ERR', status: 200, body: BODY.slice(0, 2) }, 'client'],
    ['broken-gzip', 1, { status: 200, headers: { 'content-encoding': 'gzip' } }, 'answer'],
    ['html-200', 0, { status: 200, headers: { 'content-type': 'text/html' } }, 'answer'],
    ['empty-200', 0, { status: 200, body: '' }, 'answer'],
    ['array-200', 0, { status: 200, body: '[]' }, 'answer'],
    ['bom', 1, { status: 200, body: `\ufeff${BODY}` }, 'answer'],
    ['huge-headers', 1, { status: 200, body: BODY }, 'answer'],
    ['status-503-before', 0, { status: 503 }, 'answer'],
    ['status-503-after', 1, { status: 503 }, 'answer'],
    ['redirect', 0, { status: 302, headers: { location: '/a' } }, 'answer'],
  ] as const;
  test.for(kinds)('%s', async ([kind, forwarded, got, by]) => {
    const { proxy, asked } = await proxied({ faults: [{ kind }] });
    // Time for two bytes of a drip, and too short for a third.
    const result = await get(proxy, { ms: 300 });
    expect(result).toMatchObject(got);
    if (kind === 'huge-headers')
      expect(JSON.stringify(result.headers).length).toBeGreaterThan(70_000);
    expect(asked).toHaveLength(forwarded);
    await expect.poll(() => proxy.seen[0]?.ended?.by).toBe(by);
    expect(proxy.seen).toMatchObject([
      { fault: kind, forwarded: forwarded === 1, upstreamStatus: forwarded ? 200 : undefined },
    ]);
  });

  test.for([301, 302, 303, 307, 308] as const)('redirect with %d', async (status) => {
    const location = 'https://elsewhere.example/';
    const { proxy } = await proxied({ faults: [{ kind: 'redirect', status, location }] });
    expect(await get(proxy)).toMatchObject({ status, headers: { location } });
  });

  test('an answer of its own, with the origin asked all the same', async () => {
    const { proxy, asked } = await proxied({ faults: [{ kind: 'html-200', forward: true }] });
    expect((await get(proxy)).body).toContain('Sign in');
    expect(asked).toHaveLength(1);
  });
});

describe('which requests a rule befalls', () => {
  const statuses = async (proxy: FaultProxy, count: number): Promise<number[]> => {
    const all: number[] = [];
    for (let i = 0; i < count; i += 1) all.push((await get(proxy)).status ?? 0);
    return all;
  };

  test('the method, the path, those after the first ones, so often', async () => {
    const { proxy } = await proxied();
    proxy.plan({ kind: 'status-503-before', method: 'GET', path: '/a', after: 1, times: 2 });
    expect((await get(proxy, { method: 'PUT' })).status).toBe(200);
    expect((await get(proxy, { path: '/b' })).status).toBe(200);
    expect(await statuses(proxy, 5)).toEqual([200, 503, 503, 200, 200]);
    proxy.plan({ kind: 'status-503-before' });
    proxy.clear();
    expect(await statuses(proxy, 1)).toEqual([200]);
  });

  test('the same seed befalls the same requests', async () => {
    const faults = [{ kind: 'status-503-before', rate: 0.2 }] as const;
    const runs = [];
    for (const seed of [7, 7, 8]) {
      const { proxy } = await proxied({ seed, faults });
      runs.push(await statuses(proxy, 60));
    }
    expect(runs[0]).toEqual(runs[1]);
    expect(runs[0]).not.toEqual(runs[2]);
    const hit = runs[0]?.filter((status) => status === 503).length ?? 0;
    expect(hit).toBeGreaterThan(4);
    expect(hit).toBeLessThan(22);
  });
});

test('close cuts those who wait, and so does the end of its life', async () => {
  const { proxy } = await proxied({ faults: [{ kind: 'black-hole-before' }] });
  const waiting = get(proxy);
  await expect.poll(() => proxy.seen.length).toBe(1);
  await proxy.close();
  expect(await waiting).toMatchObject({ error: 'ECONNRESET' });
  expect(await get(proxy)).toMatchObject({ error: 'ECONNREFUSED' });
  await proxy.close();

  const short = await proxied({ faults: [{ kind: 'black-hole-before' }], lifeMs: 100 });
  expect(await get(short.proxy)).toMatchObject({ error: 'ECONNRESET' });
});

test('an origin that is gone is a 502', async () => {
  const closed = await startFaultProxy({ target: 'http://127.0.0.1:1' });
  await closed.close();
  const proxy = await startFaultProxy({ target: closed.url });
  onTestFinished(() => proxy.close());
  expect(await get(proxy)).toMatchObject({ status: 502 });
  expect(proxy.seen).toMatchObject([{ forwarded: true, upstreamStatus: undefined }]);
});

test('TLS, what each certificate is refused for, and a reset', async ({ skip }) => {
  const { certificates, missing } = await makeCertificates();
  if (!certificates) {
    skip(missing);
    return;
  }
  onTestFinished(() => certificates.remove());
  const ca = await readFile(certificates.caPath, 'utf8');
  const call = (proxy: FaultProxy): Promise<string> =>
    new Promise((resolve) => {
      httpsRequest(proxy.url, { ca, agent: false }, (answer) => {
        answer.resume();
        resolve(String(answer.statusCode));
      })
        .on('error', (error: NodeJS.ErrnoException) => {
          resolve(error.code ?? error.message);
        })
        .end();
    });
  const codes: Record<string, string> = {};
  for (const name of ['good', 'selfSigned', 'expired', 'wrongName'] as const) {
    const { proxy } = await proxied({ tls: certificates[name] });
    codes[name] = await call(proxy);
  }
  expect(codes).toEqual({
    good: '200',
    selfSigned: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    expired: 'CERT_HAS_EXPIRED',
    wrongName: 'ERR_TLS_CERT_ALTNAME_INVALID',
  });

  const { proxy, asked } = await proxied({
    tls: certificates.good,
    faults: [{ kind: 'reset-after-commit' }],
  });
  expect(await call(proxy)).toBe('ECONNRESET');
  expect(asked).toHaveLength(1);
});
