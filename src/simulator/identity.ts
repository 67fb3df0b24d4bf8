/**
 * The part of Entra ID that Partner Center needs: token endpoints v1 and v2, device codes and a
 * sign-in page. Sources: Microsoft identity platform protocol pages; RFC 6749, 7636 and 8628.
 */
import { createHash, randomBytes } from 'node:crypto';

import { refuseProof } from './client-assertion.js';
import type { ProofPolicy } from './client-assertion.js';
import { deriveGuid } from './derived-ids.js';
import { clientInfo, html, json, oauthError, refuse, scripted } from './identity-answer.js';
import type { IdentityAnswer } from './identity-answer.js';
import { createIssuedTokens } from './issued-tokens.js';
import type { IssuedTokens, Subject, TokenPolicy } from './issued-tokens.js';
import { createSignInPlan } from './sign-in-error.js';
import type { SignInError } from './sign-in-error.js';
import {
  deviceApprovedPage,
  errorPage,
  formPostPage,
  signInPage,
  type AuthorizeRequest,
} from './sign-in-page.js';

/** One request to a token endpoint. */
export interface TokenRequest {
  readonly version: 'v1' | 'v2';
  readonly grant: string;
  readonly status: number;
  /** The error's name; absent where a token was given out. */
  readonly error?: string;
}

export interface Identity {
  /** Undefined: not a path of the identity service. */
  readonly answer: (
    request: { readonly method: string; readonly path: string; readonly body: string },
    nowMs: number,
  ) => IdentityAnswer | undefined;
  readonly check: IssuedTokens['check'];
  readonly revoke: IssuedTokens['revoke'];
  readonly requests: readonly TokenRequest[];
  readonly script: (error: SignInError) => void;
  readonly clear: () => void;
}

export interface IdentityOptions extends TokenPolicy, ProofPolicy {
  readonly signInErrors: readonly SignInError[];
  /** What a device code is answered with, poll by poll, before it is approved. */
  readonly devicePolls: readonly ('authorization_pending' | 'slow_down' | 'declined' | 'expired')[];
}

const PATH = /^\/([^/?]+)\/oauth2\/(?:(v2\.0)\/)?(token|devicecode|authorize)$/;
const CODE_MS = 10 * 60_000;

/** A code of the browser's, until it is redeemed. */
interface Code {
  readonly subject: Subject;
  readonly redirectUri: string;
  readonly challenge: string;
  readonly nonce: string | undefined;
  readonly untilMs: number;
}

export function createIdentity(options: IdentityOptions): Identity {
  const issued = createIssuedTokens(options);
  const plan = createSignInPlan(options.signInErrors);
  const requests: TokenRequest[] = [];
  const codes = new Map<string, Code>();
  const devices = new Map<string, { readonly subject: Subject; polls: number }>();

  const authorize = (
    tenant: string,
    method: string,
    query: URLSearchParams,
    form: URLSearchParams,
    nowMs: number,
  ): IdentityAnswer => {
    const asked: AuthorizeRequest = {
      clientId: query.get('client_id') ?? '',
      redirectUri: query.get('redirect_uri') ?? '',
      state: query.get('state') ?? '',
    };
    const challenge = query.get('code_challenge') ?? '';
    // Source: redirect URIs of native apps; any port on this machine.
    if (!/^http:\/\/(localhost|127\.0\.0\.1)(:\d+)?(\/|$)/.test(asked.redirectUri))
      return html(400, errorPage('AADSTS50011: The redirect URI does not match.'));
    if (query.get('response_mode') !== 'form_post')
      return html(400, errorPage('Only response_mode=form_post is simulated.'));
    if (challenge === '' || query.get('code_challenge_method') !== 'S256')
      return html(400, errorPage('AADSTS9002325: Proof Key for Code Exchange is required.'));
    if (method === 'GET') return html(200, signInPage(asked));
    if (form.get('answer') === 'no') {
      const error_description = 'AADSTS65004: The user declined to consent to the app.';
      const fields = { error: 'access_denied', error_description, state: asked.state };
      return html(200, formPostPage(asked, fields));
    }
    const code = randomBytes(24).toString('base64url');
    const user = form.get('username') ?? '';
    codes.set(code, {
      subject: { tenantId: tenantIdOf(tenant), clientId: asked.clientId, user },
      redirectUri: asked.redirectUri,
      challenge,
      nonce: query.get('nonce') ?? undefined,
      untilMs: nowMs + CODE_MS,
    });
    return html(200, formPostPage(asked, { code, state: asked.state }));
  };

  const deviceCode = (tenant: string, form: URLSearchParams): IdentityAnswer => {
    const device_code = randomBytes(24).toString('base64url');
    const clientId = form.get('client_id') ?? '';
    const subject = { tenantId: tenantIdOf(tenant), clientId, user: 'finance@partner.example' };
    devices.set(device_code, { subject, polls: 0 });
    return json(200, {
      device_code,
      user_code: 'SIMULATED',
      verification_uri: 'https://login.example/device',
      expires_in: 900,
      interval: 1,
      message: 'To sign in, open https://login.example/device and enter the code SIMULATED.',
    });
  };

  /** Who asks, or the error that they get. */
  const subjectOf = (
    tenant: string,
    form: URLSearchParams,
    nowMs: number,
  ): { readonly subject: Subject; readonly nonce?: string | undefined } | IdentityAnswer => {
    const clientId = form.get('client_id') ?? '';
    switch (form.get('grant_type') ?? '') {
      case 'client_credentials':
        if (!form.has('client_secret') && !form.has('client_assertion')) return refuse('7000218');
        return { subject: { tenantId: tenantIdOf(tenant), clientId } };
      case 'refresh_token': {
        const subject = issued.redeem(form.get('refresh_token') ?? '');
        return subject ? { subject } : refuse('70000');
      }
      case 'authorization_code': {
        const code = codes.get(form.get('code') ?? '');
        codes.delete(form.get('code') ?? '');
        const verifier = form.get('code_verifier') ?? '';
        const isProven =
          code?.challenge === createHash('sha256').update(verifier).digest('base64url');
        if (!code || !isProven || code.untilMs < nowMs) return refuse('70000');
        if (code.redirectUri !== form.get('redirect_uri')) return refuse('70000');
        return { subject: code.subject, nonce: code.nonce };
      }
      case 'device_code':
      case 'urn:ietf:params:oauth:grant-type:device_code': {
        const device = devices.get(form.get('device_code') ?? form.get('code') ?? '');
        if (!device) return refuse('70000');
        const poll = options.devicePolls[device.polls];
        device.polls += 1;
        if (poll === 'declined') return oauthError(400, 'authorization_declined', []);
        if (poll === 'expired') return oauthError(400, 'expired_token', ['70020']);
        return poll === undefined
          ? { subject: device.subject }
          : oauthError(400, poll, poll === 'slow_down' ? [] : ['70016']);
      }
      default:
        return oauthError(400, 'unsupported_grant_type', ['70003']);
    }
  };

  const token = (
    tenant: string,
    version: 'v1' | 'v2',
    form: URLSearchParams,
    nowMs: number,
  ): IdentityAnswer => {
    const planned = plan.pick(shortGrant(form));
    if (planned) return scripted(planned);
    const found = subjectOf(tenant, form, nowMs);
    if ('status' in found) return found;
    const { subject, nonce } = found;
    const scopes = (form.get('scope') ?? '').split(' ');
    const audience = version === 'v1' ? (form.get('resource') ?? '') : audienceOf(scopes);
    const refresh = subject.user !== undefined && { refresh_token: issued.refreshToken(subject) };
    const id = scopes.includes('openid') && {
      id_token: issued.idToken(subject, nonce, nowMs),
      client_info: clientInfo(subject),
    };
    const access_token = issued.accessToken(subject, audience, nowMs);
    const common = { token_type: 'Bearer', access_token, ...refresh, ...id };
    const { tokenSeconds } = options;
    // v1 gives numbers as strings. Source: recorded replies of the secure application model.
    return json(
      200,
      version === 'v1'
        ? {
            ...common,
            expires_in: String(tokenSeconds),
            ext_expires_in: String(tokenSeconds),
            expires_on: String(Math.floor(nowMs / 1000) + tokenSeconds),
            not_before: String(Math.floor(nowMs / 1000)),
            resource: audience,
          }
        : {
            ...common,
            scope: scopes.join(' '),
            expires_in: tokenSeconds,
            ext_expires_in: tokenSeconds,
          },
    );
  };

  return {
    answer({ method, path, body }, nowMs) {
      if (path === '/device') return html(200, deviceApprovedPage());
      const url = new URL(path, 'http://localhost');
      const [, tenant, v2, endpoint] = PATH.exec(url.pathname) ?? [];
      if (tenant === undefined) return undefined;
      const form = new URLSearchParams(body);
      if (endpoint === 'authorize') return authorize(tenant, method, url.searchParams, form, nowMs);
      if (method !== 'POST') return oauthError(405, 'invalid_request', ['900561']);
      if (endpoint === 'devicecode') return deviceCode(tenant, form);
      const version = v2 === undefined ? 'v1' : 'v2';
      const refusal = refuseProof(form, url.pathname, options, nowMs);
      const answer = refusal ? refuse(refusal) : token(tenant, version, form, nowMs);
      const error = answer.headers['X-Simulated-Error'];
      requests.push({
        version,
        grant: shortGrant(form),
        status: answer.status,
        ...(error !== undefined && { error }),
      });
      return answer;
    },
    check: issued.check,
    revoke: issued.revoke,
    requests,
    script: plan.add,
    clear: plan.clear,
  };
}

const tenantIdOf = (tenant: string): string =>
  /^[0-9a-f]{8}-[0-9a-f-]{27}$/i.test(tenant) ? tenant.toLowerCase() : deriveGuid(tenant);

const shortGrant = (form: URLSearchParams): string =>
  (form.get('grant_type') ?? '').replace('urn:ietf:params:oauth:grant-type:', '');

/** `https://host/.default` and `https://host/user_impersonation` are both for `https://host`. */
function audienceOf(scopes: readonly string[]): string {
  const scope = scopes.find((name) => name.includes('://')) ?? '';
  return scope.slice(0, scope.lastIndexOf('/'));
}
