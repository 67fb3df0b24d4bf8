/** What an app proves with who it is: read when it is needed, from the environment or a private file. */
import { createPrivateKey, X509Certificate } from 'node:crypto';

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

export async function readCredential(env: Env, app: App): Promise<Credential | undefined> {
  switch (app.credential) {
    case 'none':
      return undefined;
    case 'secret':
      return { kind: 'secret', secret: (await readSecret(env, CLIENT_SECRET)) ?? '' };
    case 'certificate':
      return readCertificate(env);
  }
}

/** A PEM file that holds both the certificate and its private key, as Azure's tools make it. */
async function readCertificate(env: Env): Promise<Credential> {
  const path = env[CERTIFICATE_VARIABLE]?.trim() ?? '';
  const pem = await readSecretFile(path, 'client certificate');
  try {
    const [certificate = ''] =
      /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.exec(pem) ?? [];
    const [key = ''] =
      /-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]+-----END [A-Z ]*PRIVATE KEY-----/.exec(pem) ?? [];
    const passphrase = env[CERTIFICATE_PASSWORD_VARIABLE];
    const privateKey = createPrivateKey({ key, ...(passphrase && { passphrase }) });
    return {
      kind: 'certificate',
      privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      thumbprint: new X509Certificate(certificate).fingerprint256.replaceAll(':', ''),
    };
  } catch {
    throw new UsageError(
      'certificate-unreadable',
      `The client certificate ${path} cannot be used.`,
      `It must be a PEM file with the certificate and its private key (of a .pfx: openssl pkcs12 -in app.pfx -out app.pem); a password goes into ${CERTIFICATE_PASSWORD_VARIABLE}.`,
    );
  }
}
