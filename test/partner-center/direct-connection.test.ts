import { Agent } from 'node:http';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';

import { createDirect, type Direct } from '../../src/partner-center/direct-connection.js';
import { rawServer } from '../helpers/raw-server.js';

function directTo(baseUrl: string, { timeoutMs = 5000, largestBytes = 100_000 } = {}): Direct {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => {
    agent.destroy();
  });
  return createDirect({ baseUrl, agent, timeoutMs, largestBytes });
}

/** Whatever is sent, byte for byte; `answer` speaks for the server each time that something came. */
async function bareServer(answer: (socket: Socket, sent: string) => void, host = '127.0.0.1') {
  let sent = '';
  let connections = 0;
  let closed: () => void = () => undefined;
  const isClosed = new Promise<void>((resolve) => (closed = resolve));
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', closed);
    socket.on('data', (chunk) => {
      sent += chunk.toString('utf8');
      answer(socket, chunk.toString('utf8'));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject).listen(0, host, resolve);
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    sent: () => sent,
    connections: () => connections,
    isClosed,
  };
}

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}';
const get = (path = '/v1') => ({ method: 'GET', path, headers: {}, body: undefined });

describe('what is sent', () => {
  it('names the host, and the length of a body in bytes', async () => {
    const server = await bareServer((socket) => socket.write(OK));
    const direct = directTo(server.url);
    const body = '{"city":"Łódź"}';
    const headers = { 'If-Match': '"-1"', Accept: 'application/json' };
    await direct({ method: 'PUT', path: '/v1/a%2Fb?c=d', headers, body });
    const [head = '', sentBody] = server.sent().split('\r\n\r\n');
    expect(sentBody).toBe(body);
    expect(head.split('\r\n')).toEqual([
      'PUT /v1/a%2Fb?c=d HTTP/1.1',
      `Host: ${new URL(server.url).host}`,
      'If-Match: "-1"',
      'Accept: application/json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: keep-alive',
    ]);
  });

  it('a GET has no body, and a POST without one says so', async () => {
    const server = await bareServer((socket) => socket.write(OK));
    const direct = directTo(server.url);
    await direct(get());
    expect(server.sent()).not.toMatch(/content-length|transfer-encoding/i);
    await direct({ ...get(), method: 'POST' });
    expect(server.sent()).toMatch(/content-length: 0\r\n/i);
    expect(server.sent()).not.toMatch(/transfer-encoding/i);
  });

  it('goes over one connection, one after another', async () => {
    const server = await bareServer((socket) => socket.write(OK));
    const direct = directTo(server.url);
    for (const path of ['/a', '/b']) await direct(get(path));
    await Promise.all(['/c', '/d', '/e'].map((path) => direct(get(path))));
    expect(server.connections()).toBe(1);
    expect(server.sent().match(/^GET \/\w /gm)).toHaveLength(5);
  });

  it.each(['a\r\nX-Evil: 1', 'a\0', '\u2028'])(
    'nothing, where a header holds %j',
    async (value) => {
      const server = await bareServer((socket) => socket.write(OK));
      await expect(directTo(server.url)({ ...get(), headers: { 'MS-RequestId': value } }))
        .rejects //
        .toMatchObject({ code: 'ERR_INVALID_CHAR' });
      expect(server.connections()).toBe(0);
    },
  );

  it('reaches an IPv6 address', async ({ skip }) => {
    const server = await bareServer((socket) => socket.write(OK), '::1').catch(() => undefined);
    if (!server) return skip('This machine has no IPv6.');
    expect(await directTo(server.url)(get())).toMatchObject({ status: 200, body: '{}' });
    expect(server.sent()).toContain(`Host: ${new URL(server.url).host}\r\n`);
  });
});

describe('what comes back', () => {
  it('is status, headers without cookies, and the text', async () => {
    const { url } = await rawServer((_, response) => {
      response.setHeader('Set-Cookie', ['a=1', 'b=2']);
      response.writeHead(412, { ETag: '"1"', 'Content-Encoding': 'gzip' });
      response.end(gzipSync('\ufeff{"a":"é"}'));
    });
    const answer = await directTo(url)(get());
    expect(answer).toMatchObject({ status: 412, body: '{"a":"é"}', headers: { etag: '"1"' } });
    expect(answer.headers).not.toHaveProperty('set-cookie');
  });

  it('is put together from its pieces, be they parts of a letter', async () => {
    const { url } = await rawServer((_, response) => {
      const bytes = Buffer.from('{"a":"Ł"}');
      response.write(bytes.subarray(0, 7));
      setImmediate(() => response.end(bytes.subarray(7)));
    });
    expect((await directTo(url)(get())).body).toBe('{"a":"Ł"}');
  });

  it.each([301, 302, 303, 307, 308])('%i is an answer, and is not followed', async (status) => {
    const elsewhere = await rawServer((_, response) => response.end('{}'));
    const { url } = await rawServer((_, response) =>
      response.writeHead(status, { Location: elsewhere.url }).end(),
    );
    const request = { method: 'PUT', path: '/v1', headers: { 'If-Match': '"1"' }, body: '{}' };
    expect(await directTo(url)(request)).toMatchObject({ status, body: '' });
    expect(elsewhere.requests).toHaveLength(0);
  });

  it('is not read on once it is too large, and the next exchange is not disturbed', async () => {
    let piecesSent = 0;
    const { url, requests } = await rawServer((_, response, number) => {
      if (number > 1) {
        response.end('{}');
        return;
      }
      const more = (): void => {
        while (piecesSent < 1000 && !response.destroyed) {
          piecesSent += 1;
          if (!response.write('x'.repeat(10_000))) {
            response.once('drain', more);
            return;
          }
        }
      };
      more();
    });
    const direct = directTo(url);
    await expect(direct(get())).rejects.toMatchObject({ code: 'ANSWER_TOO_LARGE' });
    expect(piecesSent).toBeLessThan(1000);
    expect(await direct(get())).toMatchObject({ status: 200, body: '{}' });
    expect(requests).toHaveLength(2);
  });

  it('an error where it is packed and damaged', async () => {
    const { url } = await rawServer((_, response) =>
      response.writeHead(200, { 'Content-Encoding': 'gzip' }).end('not packed'),
    );
    await expect(directTo(url)(get())).rejects.toMatchObject({ code: 'Z_DATA_ERROR' });
  });
});

describe('a connection that fails', () => {
  it.each([
    ['before an answer', '', 'ECONNRESET'],
    ['amid the headers', 'HTTP/1.1 200 OK\r\nContent-Le', 'ECONNRESET'],
    ['amid the body', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"a":', 'ECONNRESET'],
    [
      'amid a chunk',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n{"a":',
      'ECONNRESET',
    ],
    ['with what is no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n', 'HPE_INVALID_CONSTANT'],
    [
      'with 70 kB of headers',
      `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(70_000)}\r\n\r\n`,
      'HPE_HEADER_OVERFLOW',
    ],
  ])('%s: an error that says how', async (_, answer, code) => {
    const server = await bareServer((socket) => socket.end(answer));
    await expect(directTo(server.url)(get())).rejects.toMatchObject({ code });
  });

  it('refused: an error that says so', async () => {
    await expect(directTo('http://127.0.0.1:9')(get())).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
  });
});

describe('the deadline', () => {
  it.each([
    ['nothing', () => undefined],
    [
      'a byte now and then',
      (socket: Socket) => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n');
        const timer = setInterval(() => socket.write('x'), 10);
        socket.on('close', () => {
          clearInterval(timer);
        });
      },
    ],
  ])(
    'is for the whole exchange, where there comes %s; then the connection is closed',
    async (_, answer) => {
      const server = await bareServer(answer);
      const begun = performance.now();
      await expect(directTo(server.url, { timeoutMs: 100 })(get())).rejects.toMatchObject({
        code: 'OVERDUE',
      });
      expect(performance.now() - begun).toBeGreaterThanOrEqual(95);
      await server.isClosed;
    },
  );

  it('keeps no program alive that has its answer', async () => {
    const server = await bareServer((socket) => socket.write(OK));
    const timers = (): number =>
      process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    await directTo(server.url, { timeoutMs: 60_000 })(get());
    expect(timers()).toBe(before);
  });
});
