/** C5 and C6: proxies whose setting holds a password or line ends, before the built program. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

import { billpatch, newFolder, writeInput } from './billpatch.js';

const SUITE_MS = 120_000;
const SECRET = 'canary-5ecret';

/** A proxy that refuses everybody, and keeps what it was sent. */
async function startProxy() {
  const heads: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    let pending = '';
    socket.on('data', (chunk) => {
      // Without a scheme it is spoken to over TLS, which it does not speak.
      if (chunk[0] === 0x16) socket.destroy();
      pending += chunk.toString('latin1');
      if (!pending.includes('\r\n\r\n')) return;
      heads.push(pending);
      socket.end(
        'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n',
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { at: `127.0.0.1:${(server.address() as AddressInfo).port}`, heads };
}

const filesIn = (folder: string): string =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, 'latin1'))
    .join('\n');

/** Every way in which the program may speak of its proxy. */
const COMMANDS = [
  ['doctor', '--json'],
  ['whoami', '--check'],
  ['apply', 'in.csv', '--yes', '--new', '--verbose', '--run-dir', 'run', '--max-wait', '1'],
];

test.for([
  ['a user and a password', (at: string) => `http://user:${SECRET}@${at}`, true],
  ['no scheme', (at: string) => `user:${SECRET}@${at}`, true],
  [
    'line ends in the password',
    (at: string) => `http://user:${SECRET}\r\nX-Evil: 1\r\n\r\n@${at}`,
    true,
  ],
  ['line ends in the host', (at: string) => `http://user:${SECRET}@${at}\r\nX-Evil: 1`, false],
  ['a password and no host', () => `http://user:${SECRET}@`, false],
] as const)(
  '%s: nothing of it is printed or kept, and nothing stands where it should not',
  { timeout: SUITE_MS },
  async ([, proxyOf, isAddress]) => {
    const { at, heads } = await startProxy();
    const cwd = newFolder();
    writeInput(cwd, 'customerTenantId,email\n11111111-2222-4333-8444-555555555555,a@b.example\n');
    const env = {
      HTTPS_PROXY: proxyOf(at),
      BILLPATCH_BASE_URL: 'https://elsewhere.example',
      BILLPATCH_ALLOW_HOST: 'elsewhere.example',
      // Not asked through a proxy, and nobody is there: everything stays on this machine.
      BILLPATCH_AUTHORITY: 'http://127.0.0.1:9',
      XDG_CONFIG_HOME: join(cwd, 'config'),
    };
    const ran = await Promise.all(COMMANDS.map((words) => billpatch(words, { cwd, env })));
    const everything = [
      ...ran.flatMap(({ stdout, stderr }) => [stdout, stderr]),
      filesIn(cwd),
    ].join('\n');
    for (const part of [SECRET, 'X-Evil', Buffer.from(`user:${SECRET}`).toString('base64')])
      expect(everything).not.toContain(part.replace(/=+$/, ''));
    expect(ran.map(({ exitCode }) => exitCode).every((code) => code !== 0 && code !== 70)).toBe(
      true,
    );
    expect(ran[0]?.stdout).toContain(
      isAddress ? `HTTPS_PROXY names ${at}, ` : 'HTTPS_PROXY is not an address.',
    );
    if (!isAddress) {
      expect(heads).toEqual([]);
      expect(ran[1]?.stdout).toContain('The proxy that the environment names is not an address.');
      expect(ran[2]?.exitCode).toBe(3);
    }
    if (proxyOf(at).startsWith('http') && isAddress) {
      expect(heads.length).toBeGreaterThan(2);
      expect(ran[2]?.stdout).toContain('The proxy asks for a user and a password');
    }
    for (const head of heads) {
      const [first, ...fields] = head.split('\r\n');
      expect(first).toBe('CONNECT elsewhere.example:443 HTTP/1.1');
      // RFC 9110, 5.1 and 5.5.
      for (const line of fields.filter((one) => one !== ''))
        expect(line).toMatch(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+: [\t\x20-\x7e]*$/);
      expect(head).not.toContain('X-Evil');
    }
  },
);
