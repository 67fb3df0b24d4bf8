/** What the token endpoint can be made to answer, and what it is. The README shows this table. */
export const SIGN_IN_ERRORS = {
  '50076': {
    error: 'interaction_required',
    text: 'Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access the resource.',
  },
  '50079': {
    error: 'interaction_required',
    text: 'The user must enrol in multi-factor authentication.',
  },
  '50034': { error: 'invalid_grant', text: 'The user account does not exist in the directory.' },
  '50057': { error: 'invalid_grant', text: 'The user account is disabled.' },
  '50173': {
    error: 'invalid_grant',
    text: 'The provided grant has expired due to it being revoked, a fresh auth token is needed.',
  },
  '53003': {
    error: 'access_denied',
    text: 'Access has been blocked by Conditional Access policies.',
  },
  '65001': {
    error: 'invalid_grant',
    text: 'The user or administrator has not consented to use the application.',
  },
  '70000': { error: 'invalid_grant', text: 'The provided grant is invalid or malformed.' },
  '70008': {
    error: 'invalid_grant',
    text: 'The provided authorization code or refresh token has expired due to inactivity.',
  },
  '700082': {
    error: 'invalid_grant',
    text: 'The refresh token has expired due to inactivity. It was inactive for 90.00:00:00.',
  },
  '700016': {
    error: 'unauthorized_client',
    text: 'Application was not found in the directory.',
  },
  '7000215': { error: 'invalid_client', text: 'Invalid client secret provided.' },
  '7000222': {
    error: 'invalid_client',
    text: 'The provided client secret keys are expired.',
  },
  '700027': {
    error: 'invalid_client',
    text: 'Client assertion contains an invalid signature: the key was not found.',
  },
  '50027': { error: 'invalid_client', text: 'JWT token is invalid or malformed.' },
  '700021': {
    error: 'invalid_client',
    text: "Client assertion application identifier doesn't match 'client_id' parameter.",
  },
  '700023': {
    error: 'invalid_client',
    text: 'Client assertion audience claim does not match Realm issuer.',
  },
  '700024': {
    error: 'invalid_client',
    text: 'Client assertion is not within its valid time range.',
  },
  '1000502': {
    error: 'invalid_client',
    text: 'The provided certificate is not within its specified validity period.',
  },
  '7000218': {
    error: 'invalid_client',
    text: "The request body must contain 'client_assertion' or 'client_secret'.",
  },
  '90002': { error: 'invalid_request', text: 'Tenant not found.' },
  '500011': { error: 'invalid_resource', text: 'The resource principal was not found.' },
} as const satisfies Record<string, { readonly error: string; readonly text: string }>;

export type SignInCode = keyof typeof SIGN_IN_ERRORS | '429' | '503';

export interface SignInError {
  readonly code: SignInCode;
  /** Which grant it befalls: `refresh_token`, `client_credentials` …. Default: every one. */
  readonly grant?: string;
  /** How often at most. Default: no end. */
  readonly times?: number;
  /** How many matching requests pass first. Default: 0. */
  readonly after?: number;
  /** For 429 and 503: Retry-After. Default: no header. */
  readonly seconds?: number;
}

/** `CODE[@GRANT][,times=N][,after=N][,seconds=N]`, for instance `70008@refresh_token,after=2`. */
export function parseSignInError(
  text: string,
): { readonly signInError: SignInError } | { readonly error: string } {
  const [head = '', ...options] = text.trim().split(',');
  const [code = '', grant] = head.split('@');
  if (!isSignInCode(code)) {
    const known = [...Object.keys(SIGN_IN_ERRORS), '429', '503'].join(', ');
    return { error: `"${code}" is no error of a sign-in. Known: ${known}.` };
  }
  const numbers: Record<string, number> = {};
  for (const option of options) {
    const [name = '', value = ''] = option.split('=');
    if (!['times', 'after', 'seconds'].includes(name) || !/^\d+$/.test(value))
      return { error: `"${text}": "${option}" is not times=N, after=N or seconds=N.` };
    numbers[name] = Number(value);
  }
  return { signInError: { code, ...(grant !== undefined && { grant }), ...numbers } };
}

const isSignInCode = (code: string): code is SignInCode =>
  code in SIGN_IN_ERRORS || code === '429' || code === '503';

/** The error that befalls a request, once for each call. */
export function createSignInPlan(errors: readonly SignInError[]) {
  let plan = errors.map((error) => ({ error, passed: 0, befell: 0 }));
  return {
    add: (error: SignInError): void => {
      plan.push({ error, passed: 0, befell: 0 });
    },
    clear: (): void => {
      plan = [];
    },
    pick: (grant: string): SignInError | undefined => {
      for (const entry of plan) {
        const { error } = entry;
        if (error.grant !== undefined && error.grant !== grant) continue;
        if (entry.befell >= (error.times ?? Infinity)) continue;
        entry.passed += 1;
        if (entry.passed <= (error.after ?? 0)) continue;
        entry.befell += 1;
        return error;
      }
      return undefined;
    },
  };
}
