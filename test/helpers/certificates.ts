/** Certificates for one test run, made with the openssl command and gone after it. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

export interface Certificates {
  readonly folder: string;
  /** The authority that signed `good`, `expired` and `wrongName`: for NODE_EXTRA_CA_CERTS. */
  readonly caPath: string;
  /** For 127.0.0.1 and localhost. */
  readonly good: Certificate;
  /** As good, but its own authority. */
  readonly selfSigned: Certificate;
  /** As good, but over since yesterday. */
  readonly expired: Certificate;
  /** For another host. */
  readonly wrongName: Certificate;
  readonly remove: () => Promise<void>;
}

const HERE = 'subjectAltName=DNS:localhost,IP:127.0.0.1';
const ELSEWHERE = 'subjectAltName=DNS:elsewhere.example';
/** As fast to make as it gets. */
const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** `missing` says why there are none; a test is skipped with it. */
export async function makeCertificates(): Promise<
  | { readonly certificates: Certificates; readonly missing?: undefined }
  | { readonly certificates?: undefined; readonly missing: string }
> {
  const folder = await mkdtemp(join(tmpdir(), 'billpatch-certificates-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const at = (name: string): string => join(folder, name);
  const openssl = (words: readonly string[]) => promisify(execFile)('openssl', words);
  const read = async (name: string): Promise<Certificate> => ({
    key: await readFile(at(`${name}.key`), 'utf8'),
    cert: await readFile(at(`${name}.pem`), 'utf8'),
  });

  const ownAuthority = async (name: string, extension: string): Promise<Certificate> => {
    const files = ['-keyout', at(`${name}.key`), '-out', at(`${name}.pem`)];
    const subject = ['-subj', `/CN=billpatch test ${name}`, '-addext', extension];
    await openssl(['req', '-x509', ...NEW_KEY, ...files, '-days', '2', ...subject]);
    return read(name);
  };
  const signed = async (name: string, extension: string, days: string): Promise<Certificate> => {
    const request = at(`${name}.csr`);
    const files = ['-keyout', at(`${name}.key`), '-out', request];
    await openssl(['req', '-new', ...NEW_KEY, ...files, '-subj', `/CN=billpatch test ${name}`]);
    await writeFile(at(`${name}.ext`), `${extension}\n`);
    const authority = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial'];
    const out = ['-out', at(`${name}.pem`), '-extfile', at(`${name}.ext`), '-days', days];
    await openssl(['x509', '-req', '-in', request, ...authority, ...out]);
    return read(name);
  };

  try {
    await ownAuthority('ca', 'keyUsage=keyCertSign');
    return {
      certificates: {
        folder,
        caPath: at('ca.pem'),
        good: await signed('good', HERE, '2'),
        selfSigned: await ownAuthority('self-signed', HERE),
        expired: await signed('expired', HERE, '-1'),
        wrongName: await signed('wrong-name', ELSEWHERE, '2'),
        remove,
      },
    };
  } catch (error) {
    await remove();
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return { missing: `openssl could not make certificates: ${reason}` };
  }
}

/** How an app proves who it is, as Azure's tools make it: certificate and key in one PEM file. */
export interface AppCertificate extends Certificate {
  /** Of mode 0600. */
  readonly path: string;
}

/**
 * In a folder that is removed by whoever made it; undefined where there is no openssl.
 *
 * @param days below 0: over since then
 */
export async function makeAppCertificate(
  folder: string,
  { name = 'app', days = 2, kind = 'rsa:2048' } = {},
): Promise<AppCertificate | undefined> {
  const at = (end: string): string => join(folder, `${name}.${end}`);
  const newKey = kind.startsWith('rsa') ? ['-newkey', kind, '-nodes'] : NEW_KEY;
  const subject = ['-subj', `/CN=billpatch test ${name}`];
  const request = ['-keyout', at('key'), '-out', at('csr')];
  const signing = ['-in', at('csr'), '-signkey', at('key'), '-out', at('crt'), '-days', `${days}`];
  const openssl = promisify(execFile);
  try {
    await openssl('openssl', ['req', '-new', ...newKey, ...request, ...subject]);
    await openssl('openssl', ['x509', '-req', ...signing]);
  } catch {
    return undefined;
  }
  const [key, cert] = await Promise.all(['key', 'crt'].map((end) => readFile(at(end), 'utf8')));
  if (key === undefined || cert === undefined) return undefined;
  const path = at('pem');
  await writeFile(path, `${cert}${key}`, { mode: 0o600 });
  return { key, cert, path };
}
