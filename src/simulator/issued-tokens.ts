/** Tokens that the simulator gives out, and what it knows of them when they come back. */
import { createHmac, randomBytes } from 'node:crypto';

import type { JsonObject } from '../profile/billing-profile.js';
import { accessDenied, faultAnswer } from './answer.js';
import type { Answer } from './answer.js';
import { deriveGuid } from './derived-ids.js';

/** Whoever has signed in: a user by an app, or an app alone. */
export interface Subject {
  readonly tenantId: string;
  readonly clientId: string;
  /** Absent: the app alone. */
  readonly user?: string;
}

export interface TokenPolicy {
  /** Which bearer tokens the service accepts: any, or only those given out here and still good. */
  readonly tokens: 'any' | 'issued';
  /** How long an access token is good. */
  readonly tokenSeconds: number;
  /** What becomes of a refresh token that was used: it still works, or is refused. */
  readonly rotation: 'keep' | 'refuse';
  /** Whether a user's tokens say that there was a second factor. */
  readonly mfaClaim: boolean;
  /** Whether the service refuses a user's token that does not (with `tokens: issued`). */
  readonly requireMfa: boolean;
}

export interface IssuedTokens {
  readonly accessToken: (subject: Subject, audience: string, nowMs: number) => string;
  readonly idToken: (subject: Subject, nonce: string | undefined, nowMs: number) => string;
  readonly refreshToken: (subject: Subject) => string;
  /** Whose it is; undefined where it is not, or no longer, ours. Using it may end it. */
  readonly redeem: (refreshToken: string) => Subject | undefined;
  /** Access tokens that were given out so far are no longer accepted. */
  readonly revoke: () => void;
  /** The refusal of an access token, or undefined. */
  readonly check: (token: string, nowMs: number) => Answer | undefined;
}

/** The audiences of Partner Center: its base URLs. Source: api-set-up pages. */
const AUDIENCES = [
  'https://api.partnercenter.microsoft.com',
  'https://partner.partnercenterapi.microsoftonline.cn',
];

export function createIssuedTokens(policy: TokenPolicy): IssuedTokens {
  let key = randomBytes(32);
  const refreshTokens = new Map<string, Subject>();
  const part = (value: JsonObject): string =>
    Buffer.from(JSON.stringify(value)).toString('base64url');
  const signatureOf = (text: string): string =>
    createHmac('sha256', key).update(text).digest('base64url');
  const sign = (claims: JsonObject): string => {
    const text = `${part({ typ: 'JWT', alg: 'HS256' })}.${part(claims)}`;
    return `${text}.${signatureOf(text)}`;
  };
  const claimsOf = (
    { tenantId, clientId, user }: Subject,
    audience: string,
    nowMs: number,
  ): JsonObject => {
    const seconds = Math.floor(nowMs / 1000);
    return {
      aud: audience,
      iss: `https://sts.windows.net/${tenantId}/`,
      iat: seconds,
      nbf: seconds,
      // To the millisecond, so that a lifetime of a second or two is what was asked for.
      exp: nowMs / 1000 + policy.tokenSeconds,
      appid: clientId,
      oid: deriveGuid(user ?? clientId),
      sub: deriveGuid(`${tenantId}:${user ?? clientId}`),
      tid: tenantId,
      // So that two tokens of the same moment differ.
      uti: randomBytes(9).toString('base64url'),
      ...(user === undefined
        ? { idtyp: 'app' }
        : {
            scp: 'user_impersonation',
            upn: user,
            name: user,
            preferred_username: user,
            amr: policy.mfaClaim ? ['pwd', 'mfa'] : ['pwd'],
          }),
    };
  };

  return {
    accessToken: (subject, audience, nowMs) => sign(claimsOf(subject, audience, nowMs)),
    idToken: (subject, nonce, nowMs) =>
      sign({
        ...claimsOf(subject, subject.clientId, nowMs),
        ver: '2.0',
        ...(nonce !== undefined && { nonce }),
      }),
    refreshToken: (subject) => {
      const token = `0.${randomBytes(30).toString('base64url')}`;
      refreshTokens.set(token, subject);
      return token;
    },
    redeem: (refreshToken) => {
      const subject = refreshTokens.get(refreshToken);
      if (policy.rotation === 'refuse') refreshTokens.delete(refreshToken);
      return subject;
    },
    revoke: () => {
      key = randomBytes(32);
    },
    check: (token, nowMs) => {
      if (policy.tokens === 'any') return undefined;
      const [header = '', payload = '', signature = ''] = token.split('.');
      if (signatureOf(`${header}.${payload}`) !== signature) return accessDenied();
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as JsonObject;
      const { aud } = claims;
      if (typeof aud !== 'string' || !AUDIENCES.includes(aud))
        return faultAnswer(401, 900420, 'The audience of the token is invalid.');
      if (Number(claims.exp) * 1000 <= nowMs) return accessDenied();
      const { amr } = claims;
      const isUser = claims.idtyp !== 'app';
      if (policy.requireMfa && isUser && !(Array.isArray(amr) && amr.includes('mfa')))
        return faultAnswer(401, 900421, 'The token has no claim of multi-factor authentication.');
      return undefined;
    },
  };
}
