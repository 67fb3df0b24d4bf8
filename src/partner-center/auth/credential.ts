/** What an app proves with who it is: read when it is needed, from the environment or a private file. */
import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';

import { UsageError } from '../../problem.js';
import type { Credential } from './entra.js';
import { readSecret, readSecretFile } from './secret.js';
import {
  CERTIFICATE_PASSWORD_VARIABLE,
  CERTIFICATE_VARIABLE,
  CLIENT_SECRET,
  type App,
  type Env,
} from './settings.js';

/** @param now milliseconds since 1970: what is out of date is not even asked with */
export async function readCredential(
  env: Env,
  app: App,
  now: number,
): Promise<Credential | undefined> {
  switch (app.credential) {
    case 'none':
      return undefined;
    case 'secret':
      return { kind: 'secret', secret: (await readSecret(env, CLIENT_SECRET)) ?? '' };
    case 'certificate':
      return readCertificate(env, now);
  }
}

/** A PEM file that holds both the certificate and its private key, as Azure's tools make it. */
async function readCertificate(env: Env, now: number): Promise<Credential> {
  const path = env[CERTIFICATE_VARIABLE]?.trim() ?? '';
  const pem = await readSecretFile(path, 'client certificate');
  const key = privateKeyIn(pem, env[CERTIFICATE_PASSWORD_VARIABLE] ?? '', path);
  const certificate = certificateOf(pem, key, path);
  refuseOutOfDate(certificate, path, now);
  return {
    kind: 'certificate',
    privateKey: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    thumbprint: certificate.fingerprint256.replaceAll(':', ''),
  };
}

/** A key of long ago, `Proc-Type: 4,ENCRYPTED`, has hyphens within. Source: RFC 1421, 4.6. */
const KEY = /-----BEGIN ([A-Z ]*)PRIVATE KEY-----[^]+?-----END [A-Z ]*PRIVATE KEY-----/;
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

function privateKeyIn(pem: string, passphrase: string, path: string): KeyObject {
  const [key, kind = ''] = KEY.exec(pem) ?? [];
  if (key === undefined) throw unusable(path, 'holds no private key', FORM);
  const isLocked = kind.startsWith('ENCRYPTED') || key.includes('4,ENCRYPTED');
  if (isLocked && passphrase === '') {
    const hint = `Set ${CERTIFICATE_PASSWORD_VARIABLE} to its password.`;
    throw unusable(path, 'is protected by a password, and none is set', hint);
  }
  const opened = openKey(key, passphrase);
  if (!opened) {
    throw isLocked
      ? unusable(
          path,
          `is not opened by the password in ${CERTIFICATE_PASSWORD_VARIABLE}`,
          'Set it to the password of the private key, without quotation marks.',
        )
      : unusable(path, 'has a private key that cannot be read', FORM);
  }
  // The only keys that MSAL signs with, for Entra ID.
  const bits = opened.asymmetricKeyDetails?.modulusLength ?? 0;
  if (opened.asymmetricKeyType === 'rsa' && bits >= LEAST_BITS) return opened;
  const hint = `Make a certificate with an RSA key of at least ${LEAST_BITS} bits, and upload its public part to the app.`;
  throw unusable(path, `has no RSA key of at least ${LEAST_BITS} bits`, hint);
}

const LEAST_BITS = 2048;

/** Errors of OpenSSL say nothing that a reader could use. */
function openKey(key: string, passphrase: string): KeyObject | undefined {
  try {
    return createPrivateKey({ key, ...(passphrase !== '' && { passphrase }) });
  } catch {
    return undefined;
  }
}

/** Of several, as in a chain, the one that belongs to the key. */
function certificateOf(pem: string, key: KeyObject, path: string): X509Certificate {
  const texts = pem.match(CERTIFICATE) ?? [];
  if (texts.length === 0) throw unusable(path, 'holds no certificate', FORM);
  const own = texts.map(parseCertificate).find((certificate) => certificate?.checkPrivateKey(key));
  if (!own) throw unusable(path, 'holds a private key that is not that of its certificate', FORM);
  return own;
}

function parseCertificate(text: string): X509Certificate | undefined {
  try {
    return new X509Certificate(text);
  } catch {
    return undefined;
  }
}

function refuseOutOfDate({ validFrom, validTo }: X509Certificate, path: string, now: number): void {
  const day = (date: string): string => new Date(date).toISOString().slice(0, 10);
  if (now > Date.parse(validTo)) {
    throw new UsageError(
      'certificate-expired',
      `The client certificate ${path} ended on ${day(validTo)}.`,
      `Make a new one, upload its public part (Entra ID → App registrations → the app → Certificates & secrets), and set ${CERTIFICATE_VARIABLE} to its file.`,
    );
  }
  if (now < Date.parse(validFrom)) {
    throw new UsageError(
      'certificate-not-yet-valid',
      `The client certificate ${path} is good from ${day(validFrom)} on.`,
      "Use another one until then; or set this machine's clock, if that is wrong.",
    );
  }
}

const FORM =
  'It must be a PEM file with the certificate and its private key (of a .pfx: openssl pkcs12 -in app.pfx -out app.pem).';

const unusable = (path: string, what: string, hint: string): UsageError =>
  new UsageError('certificate-unreadable', `The client certificate ${path} ${what}.`, hint);
