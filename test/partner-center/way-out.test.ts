/** Where requests and tokens go, and over which connections: C4, C5, C6, proxies and certificates. */
import { execFile } from 'node:child_process';
import { createServer as createHttps } from 'node:https';
import { createServer as createTcp, connect, type AddressInfo, type Socket } from 'node:net';
import { createServer as createHttp } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inspect, promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import { createEntra } from '../../src/partner-center/auth/entra.js';
import { parseBaseUrl } from '../../src/partner-center/base-url.js';
import { createBillingProfiles } from '../../src/partner-center/billing-profiles.js';
import { createClient } from '../../src/partner-center/client.js';
import { createServiceHealth } from '../../src/partner-center/service-health.js';
import { createRandom } from '../../src/simulator/random.js';
import { makeCertificates, type Certificate, type Certificates } from '../helpers/certificates.js';
import { givenToken } from '../helpers/given-token.js';
import { throttleOn } from '../helpers/throttle-on.js';

const DIST = pathToFileURL(join(import.meta.dirname, '..', '..', 'dist')).href;
const FULL = process.env.BILLPATCH_TEST_LEVEL === 'full';

function clientOf(baseUrl: string, timeoutMs = 5000) {
  const client = createClient({ baseUrl, timeoutMs, connections: 4, userAgent: 'billpatch/test' });
  onTestFinished(client.close);
  return client;
}

function serviceOf(baseUrl: string) {
  const sleep = () => Promise.resolve();
  return createBillingProfiles({
    client: clientOf(baseUrl),
    tokens: givenToken('canary-token'),
    health: createServiceHealth(),
    throttle: throttleOn({ now: () => 0, sleep }),
    sleep,
    random: () => 0,
    stop: new AbortController().signal,
    maxWaitMs: 0,
  });
}

/** Keeps every byte that arrives, and answers each request with the same profile. */
async function recorder() {
  const bytes: Buffer[] = [];
  const sockets = new Set<Socket>();
  const body = '{"email":"a@b.example","attributes":{"etag":"-1"}}';
  const answer = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const server = createTcp((socket) => {
    sockets.add(socket);
    let pending = '';
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      bytes.push(chunk);
      pending += chunk.toString('latin1');
      for (;;) {
        const end = pending.indexOf('\r\n\r\n');
        if (end === -1) return;
        const length = Number(/^content-length: (\d+)/im.exec(pending.slice(0, end))?.[1] ?? 0);
        if (pending.length < end + 4 + length) return;
        pending = pending.slice(end + 4 + length);
        socket.write(answer);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    lines: () =>
      Buffer.concat(bytes)
        .toString('latin1')
        // A body has no line end: the next request follows right behind it.
        .split(/\r\n|(?<=\})(?=GET|PUT)/)
        .filter((line) => /^[A-Z]+ .* HTTP\/1\.1$/.test(line)),
    text: () => Buffer.concat(bytes).toString('latin1'),
  };
}

const CALL = { requestId: 'r', correlationId: 'c', aside: (wait: () => Promise<void>) => wait() };

describe('C4: hostile tenant ids', () => {
  const PARTS = [
    '..',
    '/',
    '\\',
    '%2f',
    '%2e%2e',
    '?',
    '#',
    '\r\n',
    '\0',
    ' ',
    '@evil.example',
    'http://evil.example/',
    '//evil.example',
    '١٢٣',
    'é',
    '\u{1f4a5}',
    '\u2028',
    ';',
    ':',
    '&',
    '=',
    '%00',
    '%',
    'a',
    '0',
    '-',
    '11111111-2222-4333-8444-555555555555',
  ];
  const COUNT = FULL ? 10_000 : 1000;

  test(`${COUNT} of them: no request leaves the path`, { timeout: 120_000 }, async () => {
    const server = await recorder();
    const service = serviceOf(server.url);
    const random = createRandom(4);
    const pick = (): string => PARTS[Math.floor(random() * PARTS.length)] ?? '';
    const ids = Array.from({ length: COUNT }, () =>
      Array.from({ length: 1 + Math.floor(random() * 5) }, pick).join(''),
    );
    for (let at = 0; at < ids.length; at += 20) {
      await Promise.all(
        ids.slice(at, at + 20).map((tenantId) => service.get({ ...CALL, tenantId })),
      );
    }
    const off = server
      .lines()
      .filter(
        (line) => !/^GET \/v1\/customers\/[^/?#\s]+\/profiles\/billing HTTP\/1\.1$/.test(line),
      );
    expect(off).toEqual([]);
    expect(server.lines().length).toBeLessThanOrEqual(COUNT);
    expect(server.text()).not.toMatch(/\r\n\r\nGET [^/]/);
  });
});

describe('C5: line ends and NUL', () => {
  const HOSTILE = [
    '\r\nX-Evil: 1',
    '\n X',
    '\r',
    '\0',
    'a\r\n\r\nGET /evil HTTP/1.1\r\n\r\n',
    '\u2028',
    'é',
  ];

  test('in values, tags and ids: nothing stands where it should not', async () => {
    const server = await recorder();
    const service = serviceOf(server.url);
    for (const hostile of HOSTILE) {
      const profile = { email: hostile, attributes: { etag: hostile } };
      await service.put({ ...CALL, tenantId: '1' }, { profile, etag: '-1' });
      await service.put({ ...CALL, tenantId: '1' }, { profile, etag: hostile });
      await service.get({ ...CALL, requestId: `r${hostile}`, tenantId: '1' });
      await service.get({ ...CALL, correlationId: hostile, tenantId: hostile });
    }
    const text = server.text();
    expect(server.lines().length).toBeGreaterThanOrEqual(HOSTILE.length);
    expect(
      server
        .lines()
        .every((line) => / \/v1\/customers\/[^/?#\s]+\/profiles\/billing HTTP/.test(line)),
    ).toBe(true);
    expect(text).not.toMatch(/^X-Evil/im);
    for (const head of text.matchAll(/(?:GET|PUT) \/v1[^]*?\r\n\r\n/g)) {
      // RFC 9110, 5.5: what a field may hold.
      for (const line of head[0].split('\r\n').filter((one) => one !== ''))
        expect(line).toMatch(/^[\t\x20-\x7e\x80-\xff]*$/);
    }
  });

  test('a token that holds them is not sent', async () => {
    const server = await recorder();
    const client = clientOf(server.url);
    const result = await client.exchange(
      { method: 'GET', path: '/v1', headers: {} },
      'a\r\nX-Evil: 1',
    );
    expect(server.text()).not.toMatch(/^X-Evil/im);
    expect(JSON.stringify(result)).not.toContain('X-Evil');
  });
});

test('C6: a base URL that is not meant for a token is refused', () => {
  const refused = [
    'http://api.partnercenter.microsoft.com',
    'https://user:password@api.partnercenter.microsoft.com',
    'https://api.partnercenter.microsoft.com.evil.example',
    'https://evil.example',
    'https://api.partnercenter.microsoft.com/evil',
    'https://api.partnercenter.microsoft.com?x=1',
    'https://api.partnercenter.microsoft.com#x',
    'https://10.0.0.1',
    'https://192.168.1.1',
    'https://169.254.169.254',
    'http://127.0.0.2',
    'http://0.0.0.0',
    'http://[::2]',
    'http://127.0.0.1.evil.example',
    'http://localhost.evil.example',
    'file:///etc/passwd',
    'ftp://127.0.0.1',
    'javascript:alert(1)',
    '//evil.example',
    '',
  ];
  for (const text of refused)
    expect(() => parseBaseUrl(text, []), text).toThrow(
      expect.objectContaining({ code: 'base-url-refused' }) as Error,
    );
  // One that is named is let through, over https alone.
  expect(parseBaseUrl('https://10.0.0.1', ['10.0.0.1'])).toBe('https://10.0.0.1');
  expect(() => parseBaseUrl('http://10.0.0.1', ['10.0.0.1'])).toThrow('not encrypted');
});

describe('proxies and certificates', () => {
  let made: Awaited<ReturnType<typeof makeCertificates>>;
  beforeAll(async () => {
    made = await makeCertificates();
  });
  afterAll(() => made.certificates?.remove());
  const certificates = (skip: (why?: string) => never): Certificates =>
    made.certificates ?? skip(made.missing);

  function withEnv(values: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(values)) {
      const before = process.env[name];
      process.env[name] = value;
      onTestFinished(() => {
        if (before === undefined) Reflect.deleteProperty(process.env, name);
        else process.env[name] = before;
      });
    }
  }

  /** A TLS server, and a proxy that leads to it whatever was asked for. */
  async function world(tls: Certificate) {
    const requests: { readonly path: string; readonly authorization: string | undefined }[] = [];
    const server = createHttps(tls, (request, response) => {
      requests.push({ path: request.url ?? '', authorization: request.headers.authorization });
      request.resume();
      if (request.url === '/v1/moved') response.writeHead(302, { Location: '/v1/followed' });
      response.end('{"access_token":"canary","expires_in":3600,"token_type":"Bearer"}');
    });
    server.on('tlsClientError', () => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const asked: string[] = [];
    const heads: string[] = [];
    const proxy = createHttp((_, response) => {
      // Only tunnels: a proxy that saw requests would see tokens.
      heads.push('not a tunnel');
      response.writeHead(405).end();
    });
    proxy.on('connect', (request: { url?: string; headers: object }, socket: Socket) => {
      asked.push(request.url ?? '');
      heads.push(JSON.stringify(request.headers));
      const inner = connect(port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
        inner.pipe(socket).pipe(inner);
      });
      inner.on('error', () => socket.destroy());
      socket.on('error', () => inner.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.close();
      server.closeAllConnections();
      proxy.close();
      proxy.closeAllConnections();
    });
    const at = (proxy.address() as AddressInfo).port;
    return {
      requests,
      asked,
      heads,
      proxyUrl: `http://127.0.0.1:${at}`,
      url: `https://127.0.0.1:${port}`,
    };
  }

  const HOST = 'https://elsewhere.example';
  const GET = { method: 'GET', path: '/v1/customers', headers: {} } as const;

  test('requests and sign-ins go through HTTPS_PROXY, in a tunnel', async ({ skip }) => {
    const { wrongName } = certificates(skip);
    const { proxyUrl, asked, heads, requests } = await world(wrongName);
    withEnv({ HTTPS_PROXY: proxyUrl, https_proxy: proxyUrl, NO_PROXY: '', no_proxy: '' });
    // Not trusted here (NODE_EXTRA_CA_CERTS is read when a process starts): the tunnel is refused,
    // and nothing is sent through it.
    const refused = await clientOf(HOST).exchange(GET, 'canary-token');
    expect(refused).toMatchObject({
      kind: 'failure',
      failure: { code: 'certificate-refused', carriedOut: 'no' },
    });
    const entra = createEntra({
      authority: HOST,
      tenant: 't',
      clientId: 'c',
      credential: { kind: 'secret', secret: 'canary-secret' },
      audience: 'https://api.partnercenter.microsoft.com',
      userAgent: 'billpatch/test',
      now: Date.now,
      sleep: () => Promise.resolve(),
    });
    onTestFinished(entra.close);
    expect(await entra.byApp()).toMatchObject({
      kind: 'refused',
      problem: { code: 'sign-in-certificate-refused' },
    });
    expect(asked).toEqual(['elsewhere.example:443', 'elsewhere.example:443']);
    expect(heads.join('\n')).not.toMatch(/canary|not a tunnel/);
    expect(requests).toEqual([]);
  });

  test('and come back, where the certificate is named in NODE_EXTRA_CA_CERTS', async ({ skip }) => {
    const { wrongName, caPath } = certificates(skip);
    const { proxyUrl, asked, heads, requests } = await world(wrongName);
    const script = `
      const [{ createClient }, { createEntra }] = await Promise.all([
        import('${DIST}/partner-center/client.js'),
        import('${DIST}/partner-center/auth/entra.js'),
      ]);
      const baseUrl = '${HOST}';
      const client = createClient({ baseUrl, timeoutMs: 5000, connections: 1, userAgent: 't' });
      const got = [];
      for (const path of ['/v1/customers', '/v1/moved'])
        got.push(await client.exchange({ method: 'GET', path, headers: {} }, 'canary-token'));
      const entra = createEntra({
        authority: baseUrl, tenant: 't', clientId: 'c', userAgent: 't', now: Date.now,
        credential: { kind: 'secret', secret: 's' }, audience: 'https://api.example',
      });
      const granted = await entra.byApp();
      console.log(JSON.stringify([...got.map(({ answer }) => answer?.status), granted.kind]));
      client.close();
      entra.close();`;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '-e', script],
      { env: { HTTPS_PROXY: proxyUrl, NODE_EXTRA_CA_CERTS: caPath } },
    );
    expect(JSON.parse(stdout)).toEqual([200, 302, 'granted']);
    expect(new Set(asked)).toEqual(new Set(['elsewhere.example:443']));
    // The proxy saw names, and neither a path nor a token.
    expect(heads.join('\n')).not.toMatch(/canary|customers|not a tunnel/);
    expect(requests.map(({ path }) => path.split('?')[0])).toEqual([
      '/v1/customers',
      '/v1/moved',
      '/t/oauth2/v2.0/token',
    ]);
    expect(requests[0]?.authorization).toBe('Bearer canary-token');
  });

  test('NO_PROXY is heard, and this machine is never reached by a proxy', async ({ skip }) => {
    const { good } = certificates(skip);
    const { proxyUrl, asked, url } = await world(good);
    withEnv({
      HTTPS_PROXY: proxyUrl,
      https_proxy: proxyUrl,
      NO_PROXY: 'elsewhere.example',
      no_proxy: 'elsewhere.example',
    });
    await clientOf(HOST, 300).exchange(GET, 'canary-token');
    await clientOf(url).exchange(GET, 'canary-token');
    expect(asked).toEqual([]);
  });

  test('what goes through no proxy after all is asked directly, and gets there too', async ({
    skip,
  }) => {
    const { wrongName, caPath } = certificates(skip);
    const { proxyUrl, asked, requests, url } = await world(wrongName);
    const script = `
      import dns from 'node:dns';
      // Nobody knows this name: here it is this machine.
      dns.lookup = (name, options, done) =>
        done(null, options.all ? [{ address: '127.0.0.1', family: 4 }] : '127.0.0.1', 4);
      const { createClient } = await import('${DIST}/partner-center/client.js');
      const baseUrl = 'https://elsewhere.example:${new URL(url).port}';
      const client = createClient({ baseUrl, timeoutMs: 5000, connections: 1, userAgent: 't' });
      const got = [];
      for (let n = 0; n < 3; n += 1)
        got.push(await client.exchange({ method: 'GET', path: '/v1/customers', headers: {} }, 'canary-token'));
      console.log(JSON.stringify(got.map(({ answer }) => answer?.status)));
      client.close();`;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '-e', script],
      {
        env: {
          HTTPS_PROXY: proxyUrl,
          NO_PROXY: 'elsewhere.example',
          NODE_EXTRA_CA_CERTS: caPath,
        },
      },
    );
    expect(JSON.parse(stdout)).toEqual([200, 200, 200]);
    expect(asked).toEqual([]);
    expect(requests.map(({ authorization }) => authorization)).toEqual(
      Array(3).fill('Bearer canary-token'),
    );
  });

  test('a proxy that is not there: nothing of the request is in what is said', async () => {
    const proxy = 'http://127.0.0.1:9';
    withEnv({ HTTPS_PROXY: proxy, https_proxy: proxy, NO_PROXY: '', no_proxy: '' });
    const result = await clientOf(HOST).exchange(GET, 'canary-token');
    expect(result).toMatchObject({ kind: 'failure', failure: { code: 'service-unreachable' } });
    expect(inspect(result, { depth: null, showHidden: true })).not.toContain('canary');
  });

  test('a proxy that says nothing is waited for until the deadline', async () => {
    const silent = createTcp((socket) => socket.on('error', () => undefined));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void silent.close());
    const proxy = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    withEnv({ HTTPS_PROXY: proxy, https_proxy: proxy, NO_PROXY: '', no_proxy: '' });
    expect(await clientOf(HOST, 100).exchange(GET, 'canary-token')).toMatchObject({
      kind: 'failure',
      failure: { code: 'no-answer-in-time', carriedOut: 'maybe' },
    });
  });

  test('NODE_TLS_REJECT_UNAUTHORIZED=0 opens nothing', async ({ skip }) => {
    const { selfSigned } = certificates(skip);
    const { url, requests } = await world(selfSigned);
    withEnv({ NODE_TLS_REJECT_UNAUTHORIZED: '0' });
    expect(await clientOf(url).exchange(GET, 'canary-token')).toMatchObject({
      kind: 'failure',
      failure: { code: 'certificate-refused' },
    });
    expect(requests).toEqual([]);
  });
});
