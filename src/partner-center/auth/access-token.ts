/** An access token that was handed in: from the environment, or from a file only its owner can read. */
import { readFile, stat } from 'node:fs/promises';

import { UsageError } from '../../problem.js';

export const TOKEN_VARIABLE = 'PARTNER_CENTER_ACCESS_TOKEN';
export const TOKEN_FILE_VARIABLE = 'PARTNER_CENTER_ACCESS_TOKEN_FILE';

const HOW = `Set ${TOKEN_VARIABLE} (or ${TOKEN_FILE_VARIABLE}, a file of mode 0600) to an access token for Partner Center, or rehearse with --simulate.`;

export async function readAccessToken(
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const path = env[TOKEN_FILE_VARIABLE];
  const given = env[TOKEN_VARIABLE];
  const text = given !== undefined && given !== '' ? given : await readTokenFile(path);
  const token = text.trim().replace(/^Bearer\s+/i, '');
  if (token === '') throw new UsageError('token-missing', 'There is no access token.', HOW);
  // RFC 6750, 2.1. Anything else would be altered, or end the header early.
  if (!/^[A-Za-z0-9\-._~+/]+=*$/.test(token)) {
    throw new UsageError(
      'token-malformed',
      'The access token holds characters that no token has.',
      'Copy it again, whole and without quotation marks.',
    );
  }
  return token;
}

async function readTokenFile(path: string | undefined): Promise<string> {
  if (path === undefined || path === '') return '';
  try {
    const { mode } = await stat(path);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new UsageError(
        'token-file-open',
        `Others can read the token file ${path}.`,
        `Run: chmod 600 ${path}`,
      );
    }
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError('token-file-unreadable', `The token file ${path} cannot be read.`, HOW);
  }
}

/** The tenant in the token's `tid` claim; undefined where the token is opaque. Not verified. */
export function tenantOfToken(token: string): string | undefined {
  const payload = token.split('.')[1];
  if (payload === undefined) return undefined;
  try {
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as unknown;
    const tid =
      typeof claims === 'object' && claims !== null && 'tid' in claims ? claims.tid : undefined;
    return typeof tid === 'string' && /^[0-9a-f-]{36}$/i.test(tid) ? tid.toLowerCase() : undefined;
  } catch {
    return undefined;
  }
}
