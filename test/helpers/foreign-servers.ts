/**
 * HTTP servers that nobody here wrote, each keeping a profile as plain JSON at the path where
 * Partner Center has it. Installed by test/full/install-servers.sh; where one is missing, the
 * reason comes back instead. Bound to 127.0.0.1, on a free port, and ended with `close`.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { createWriteStream, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { delimiter, dirname, join, resolve as resolvePath } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { JsonObject } from '../../src/profile/billing-profile.js';

export interface Stored {
  readonly profile: JsonObject;
  /** As in the header, quotation marks included. */
  readonly etag: string;
}

export interface ForeignServer {
  readonly url: string;
  /** The status of the answer. Without a tag it overwrites whatever is there. */
  readonly put: (tenant: string, profile: JsonObject, ifMatch?: string) => Promise<number>;
  readonly get: (tenant: string) => Promise<Stored>;
  readonly close: () => Promise<void>;
}

export interface Skipped {
  readonly skipped: string;
}

export const pathOf = (tenant: string): string => `/v1/customers/${tenant}/profiles/billing`;

/** lighttpd with mod_webdav: compares If-Match just before it writes, in one thread. */
export async function startLighttpd(folder: string): Promise<ForeignServer | Skipped> {
  const program = find('lighttpd');
  const modules = ['/usr/lib/lighttpd', '/usr/lib64/lighttpd', '/usr/local/lib/lighttpd'].find(
    (path) => existsSync(join(path, 'mod_webdav.so')),
  );
  if (program === undefined) return { skipped: 'lighttpd is not installed' };
  if (modules === undefined) return { skipped: 'lighttpd has no mod_webdav' };
  const { root, config } = folders(folder);
  return served('lighttpd', root, async (port) => {
    writeFileSync(
      config,
      `server.bind = "127.0.0.1"
server.port = ${port}
server.document-root = "${root}"
server.modules = ("mod_webdav")
server.upload-dirs = ("${folder}")
# A cached size and time would give the tag of a moment ago.
server.stat-cache-engine = "disable"
mimetype.assign = ("" => "application/json")
webdav.activate = "enable"
`,
    );
    return spawnServer(folder, program, ['-D', '-m', modules, '-f', config]);
  });
}

/** nginx with its own DAV module: writes whatever If-Match says. */
export async function startNginx(folder: string): Promise<ForeignServer | Skipped> {
  const program = find('nginx');
  if (program === undefined) return { skipped: 'nginx is not installed' };
  const { root, config } = folders(folder);
  return served('nginx', root, async (port) => {
    writeFileSync(
      config,
      `daemon off;
master_process off;
pid "${folder}/nginx.pid";
error_log stderr;
events {}
http {
  access_log off;
  default_type application/json;
  client_body_temp_path "${folder}/body";
  proxy_temp_path "${folder}/proxy";
  fastcgi_temp_path "${folder}/fastcgi";
  uwsgi_temp_path "${folder}/uwsgi";
  scgi_temp_path "${folder}/scgi";
  server {
    listen 127.0.0.1:${port};
    location / {
      root "${root}";
      dav_methods PUT;
    }
  }
}
`,
    );
    return spawnServer(folder, program, ['-p', folder, '-e', 'stderr', '-c', config]);
  });
}

/** The account and key that Microsoft publishes for every storage emulator: no secret. */
const ACCOUNT = 'devstoreaccount1';
const KEY = Buffer.from(
  'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==',
  'base64',
);

/**
 * Azurite, Microsoft's emulator of Azure Storage: a profile is a blob. Each request is signed by a
 * small server in front of it, which passes If-Match on, and tag and status back.
 */
export async function startAzurite(folder: string): Promise<ForeignServer | Skipped> {
  const installed = join(import.meta.dirname, '..', 'full', '.servers');
  const home = resolvePath(process.env.BILLPATCH_AZURITE ?? installed);
  const main = join(home, 'node_modules', 'azurite', 'dist', 'src', 'blob', 'main.js');
  if (!existsSync(main)) return { skipped: `azurite is not in ${home}` };
  const blobs = await listening('azurite', (port) =>
    spawnServer(folder, process.execPath, [
      main,
      ...['--blobHost', '127.0.0.1', '--blobPort', String(port), '--location', folder],
      ...['--silent', '--disableTelemetry'],
    ]),
  );
  const made = await signed(blobs.url, 'PUT', '/profiles', { query: { restype: 'container' } });
  await made.arrayBuffer();
  if (made.status !== 201) {
    await blobs.close();
    throw new Error(`azurite: no container, HTTP ${made.status}`);
  }

  const shim = createServer((request, response) => {
    void (async () => {
      const tenant = /^\/v1\/customers\/([0-9a-f-]{36})\/profiles\/billing$/.exec(
        request.url ?? '',
      )?.[1];
      const { method = '' } = request;
      const body = await bodyOf(request);
      if (tenant === undefined || !['GET', 'PUT'].includes(method)) {
        response.writeHead(404).end();
        return;
      }
      const ifMatch = request.headers['if-match'];
      const answer = await signed(blobs.url, method, `/profiles/${tenant}`, {
        ...(ifMatch === undefined ? {} : { ifMatch }),
        ...(method === 'PUT' ? { body } : {}),
      });
      const etag = answer.headers.get('etag');
      const type = answer.headers.get('content-type');
      response.writeHead(answer.status, {
        ...(etag === null ? {} : { ETag: etag }),
        ...(type === null ? {} : { 'Content-Type': type }),
      });
      response.end(Buffer.from(await answer.arrayBuffer()));
    })().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => shim.listen(0, '127.0.0.1', resolve));
  const { port } = shim.address() as AddressInfo;
  return {
    ...clientOf(`http://127.0.0.1:${port}`),
    close: async () => {
      shim.closeAllConnections();
      await new Promise((resolve) => shim.close(resolve));
      await blobs.close();
    },
  };
}

interface SignedRequest {
  readonly query?: Readonly<Record<string, string>>;
  readonly ifMatch?: string;
  readonly body?: Buffer;
}

/** A request with Shared Key authorization, as Azure Storage describes it. */
function signed(
  url: string,
  method: string,
  path: string,
  { query = {}, ifMatch, body }: SignedRequest,
): Promise<Response> {
  const type = body ? 'application/json' : '';
  const own = {
    ...(body ? { 'x-ms-blob-type': 'BlockBlob' } : {}),
    'x-ms-date': new Date().toUTCString(),
    'x-ms-version': '2021-12-02',
  };
  const text = [
    method,
    ...['', ''], // Content-Encoding, Content-Language
    body?.length ? String(body.length) : '',
    '', // Content-MD5
    type,
    ...['', ''], // Date, If-Modified-Since
    ifMatch ?? '',
    ...['', '', ''], // If-None-Match, If-Unmodified-Since, Range
    ...Object.entries(own).map(([name, value]) => `${name}:${value}`),
    // The account twice: an emulator has it in the path, too.
    `/${ACCOUNT}/${ACCOUNT}${path}`,
    ...Object.entries(query).map(([name, value]) => `${name}:${value}`),
  ].join('\n');
  const signature = createHmac('sha256', KEY).update(text, 'utf8').digest('base64');
  const search = new URLSearchParams(query).toString();
  return fetch(`${url}/${ACCOUNT}${path}${search === '' ? '' : `?${search}`}`, {
    method,
    headers: {
      ...own,
      ...(type === '' ? {} : { 'Content-Type': type }),
      ...(ifMatch === undefined ? {} : { 'If-Match': ifMatch }),
      Authorization: `SharedKey ${ACCOUNT}:${signature}`,
    },
    ...(body ? { body: new Uint8Array(body) } : {}),
  });
}

export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

function folders(folder: string): { readonly root: string; readonly config: string } {
  const root = join(folder, 'root');
  mkdirSync(root, { recursive: true });
  return { root, config: join(folder, 'server.conf') };
}

function clientOf(url: string): Pick<ForeignServer, 'url' | 'get' | 'put'> {
  return {
    url,
    async put(tenant, profile, ifMatch) {
      const answer = await fetch(url + pathOf(tenant), {
        method: 'PUT',
        headers: {
          'Content-Type': 'application/json',
          ...(ifMatch === undefined ? {} : { 'If-Match': ifMatch }),
        },
        body: JSON.stringify(profile),
      });
      await answer.arrayBuffer();
      return answer.status;
    },
    async get(tenant) {
      const answer = await fetch(url + pathOf(tenant));
      const text = await answer.text();
      const etag = answer.headers.get('etag');
      if (answer.status !== 200 || etag === null)
        throw new Error(`GET of ${tenant}: HTTP ${answer.status}, ETag ${String(etag)}`);
      return { profile: JSON.parse(text) as JsonObject, etag };
    },
  };
}

/** A server of files: it makes no folders, so they are made before a file is put. */
async function served(
  name: string,
  root: string,
  launch: (port: number) => Promise<Launched>,
): Promise<ForeignServer> {
  const { url, close } = await listening(name, launch);
  const client = clientOf(url);
  return {
    ...client,
    put(tenant, profile, ifMatch) {
      mkdirSync(dirname(join(root, pathOf(tenant))), { recursive: true });
      return client.put(tenant, profile, ifMatch);
    },
    close,
  };
}

interface Launched {
  readonly child: ChildProcess;
  readonly log: string;
}

/** Should the tests be killed, no server outlives them for longer. */
const LIFE_SECONDS = 900;
const READY_MS = 60_000;

/** In the foreground, under `timeout`, which makes both one process group of its own. */
async function spawnServer(
  folder: string,
  program: string,
  words: readonly string[],
): Promise<Launched> {
  const log = join(folder, 'server.log');
  const output = createWriteStream(log, { flags: 'a' });
  await new Promise((resolve) => output.once('open', resolve));
  const child = spawn('timeout', ['-k', '5', String(LIFE_SECONDS), program, ...words], {
    cwd: folder,
    stdio: ['ignore', output, output],
  });
  child.once('close', () => output.end());
  return { child, log };
}

/** Another program may take a free port before the server does: then another one is tried. */
async function listening(
  name: string,
  launch: (port: number) => Promise<Launched>,
): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const { child, log } = await launch(port);
    const url = `http://127.0.0.1:${port}`;
    if (await answers(url, child)) return { url, close: () => end(child) };
    await end(child);
    if (attempt === 3) throw new Error(`${name} did not start: ${readFileSync(log, 'utf8')}`);
  }
}

const running = (child: ChildProcess): boolean =>
  child.pid !== undefined && child.exitCode === null && child.signalCode === null;

async function answers(url: string, child: ChildProcess): Promise<boolean> {
  // Also where `timeout` itself is missing; without a listener that would be thrown.
  child.on('error', () => undefined);
  for (const until = Date.now() + READY_MS; Date.now() < until && running(child);) {
    try {
      await (await fetch(url)).arrayBuffer();
      // What answers must be this server, not the one that took its port.
      await sleep(50);
      return running(child);
    } catch {
      await sleep(50);
    }
  }
  return false;
}

async function end(child: ChildProcess): Promise<void> {
  const { pid } = child;
  if (pid === undefined || !running(child)) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const late = new AbortController();
  await Promise.race([
    ended,
    sleep(5000, undefined, { signal: late.signal })
      .then(() => process.kill(-pid, 'SIGKILL'))
      .catch(() => undefined),
  ]);
  late.abort();
  await ended;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Servers stand in sbin, which is not on everyone's path. */
const find = (program: string): string | undefined =>
  [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
    .map((folder) => join(folder, program))
    .find((path) => existsSync(path));
