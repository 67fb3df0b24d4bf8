/**
 * A refusal of the identity service → what it means, and what to do next. Pure. Matched on the
 * number (AADSTS…), never on the text, of which nothing is repeated: it may name people.
 * Source: Microsoft Entra authentication and authorization error codes.
 */
import type { Problem } from '../../problem.js';

const LOGIN = 'Sign in again with: billpatch login — then go on where the run stopped.';
const MFA: Problem = {
  code: 'mfa-required',
  message: 'Microsoft asks for a second factor (multi-factor authentication).',
  hint: `${LOGIN} Answer the second factor there.`,
};
const CONDITIONAL_ACCESS: Problem = {
  code: 'conditional-access',
  message: 'A Conditional Access policy blocks this sign-in.',
  hint: 'Run from a place and device that the policy allows, or ask the administrator; then go on where the run stopped.',
};
const EXPIRED: Problem = {
  code: 'sign-in-expired',
  message: 'The sign-in has expired: a refresh token that is not used lasts 90 days.',
  hint: LOGIN,
};
const REVOKED: Problem = {
  code: 'sign-in-revoked',
  message: 'The sign-in is no longer valid: it was revoked, or the password was changed.',
  hint: LOGIN,
};
const TENANT_UNKNOWN: Problem = {
  code: 'tenant-unknown',
  message: 'Microsoft does not know the tenant.',
  hint: 'Check AZURE_TENANT_ID (Entra ID → Overview → Tenant ID) and --cloud.',
};

const BY_NUMBER: Readonly<Record<string, Problem>> = {
  50072: MFA,
  50074: MFA,
  50076: MFA,
  50078: MFA,
  50079: MFA,
  53000: CONDITIONAL_ACCESS,
  53001: CONDITIONAL_ACCESS,
  53002: CONDITIONAL_ACCESS,
  53003: CONDITIONAL_ACCESS,
  53004: CONDITIONAL_ACCESS,
  70008: EXPIRED,
  700082: EXPIRED,
  700084: EXPIRED,
  50173: REVOKED,
  70000: {
    code: 'sign-in-invalid',
    message:
      'Microsoft does not accept the refresh token: it was replaced, revoked, or is of another app.',
    hint: LOGIN,
  },
  7000222: {
    code: 'secret-expired',
    message: 'The client secret of the app has expired.',
    hint: 'Make a new one (Entra ID → App registrations → the app → Certificates & secrets), set AZURE_CLIENT_SECRET, then go on where the run stopped.',
  },
  7000215: {
    code: 'secret-wrong',
    message: 'The client secret is not one of the app.',
    hint: 'Set AZURE_CLIENT_SECRET to the value of the secret, not to its id; then go on where the run stopped.',
  },
  700027: {
    code: 'certificate-unknown',
    message: 'The certificate is not one of the app, or is no longer valid.',
    hint: 'Upload its public part (Entra ID → App registrations → the app → Certificates & secrets), then go on where the run stopped.',
  },
  1000502: {
    code: 'certificate-expired',
    message: 'The certificate of the app is past its end, or not yet good.',
    hint: 'Make a new one, upload its public part (Entra ID → App registrations → the app → Certificates & secrets), set AZURE_CLIENT_CERTIFICATE_PATH, then go on where the run stopped.',
  },
  700024: {
    code: 'clock-off',
    message: "The app's proof is not of this moment: this machine's clock is off.",
    hint: 'Set the clock (or turn time synchronisation on; billpatch doctor says how far it is off), then go on where the run stopped.',
  },
  7000218: {
    code: 'secret-needed',
    message: 'This app may only be used with a secret or a certificate.',
    hint: 'Set AZURE_CLIENT_SECRET, or allow public client flows for the app (Entra ID → App registrations → the app → Authentication).',
  },
  700016: {
    code: 'app-unknown',
    message: 'Microsoft does not know the app in this tenant.',
    hint: 'Check AZURE_CLIENT_ID (Application ID of the app registration) and AZURE_TENANT_ID.',
  },
  90002: TENANT_UNKNOWN,
  900021: TENANT_UNKNOWN,
  900023: TENANT_UNKNOWN,
  65001: {
    code: 'consent-missing',
    message: 'Nobody has consented to this app using Partner Center.',
    hint: 'Let an administrator grant it (Entra ID → App registrations → the app → API permissions → Grant admin consent), then sign in again.',
  },
  65004: {
    code: 'consent-declined',
    message: 'The sign-in was refused in the browser: consent was declined.',
    hint: 'Run billpatch login again, and accept.',
  },
  50034: {
    code: 'user-unknown',
    message: 'The user does not exist in this tenant.',
    hint: 'Sign in as a user of the partner tenant; check AZURE_TENANT_ID.',
  },
  50057: {
    code: 'user-disabled',
    message: 'The user is disabled.',
    hint: 'Sign in as another user, or let an administrator enable this one.',
  },
  50011: {
    code: 'redirect-refused',
    message: 'The app does not allow a sign-in from this machine.',
    hint: 'Add the redirect URI http://localhost to the app (Authentication → Mobile and desktop applications), or use billpatch login --device-code.',
  },
  500011: {
    code: 'resource-unknown',
    message: 'This tenant does not know Partner Center as an API.',
    hint: 'Enable API access in Partner Center (Account settings → App management), and grant consent to the app.',
  },
  70020: {
    code: 'device-code-expired',
    message: 'Nobody entered the code in time.',
    hint: 'Run billpatch login --device-code again.',
  },
};

const BY_ERROR: Readonly<Record<string, Problem>> = {
  authorization_declined: {
    code: 'consent-declined',
    message: 'The sign-in was declined where the code was entered.',
    hint: 'Run billpatch login again, and accept.',
  },
  access_denied: {
    code: 'consent-declined',
    message: 'The sign-in was declined in the browser.',
    hint: 'Run billpatch login again, and accept.',
  },
};

export interface SignInRefusal {
  /** OAuth's name of it, for instance invalid_grant. */
  readonly error: string;
  /** Microsoft's numbers, the most telling first. */
  readonly numbers: readonly string[];
}

export function toSignInProblem({ error, numbers }: SignInRefusal): Problem {
  for (const number of numbers) {
    const known = BY_NUMBER[number];
    if (known) return { ...known, message: known.message.replace(/\.$/, ` (AADSTS${number}).`) };
  }
  const [number] = numbers;
  return (
    BY_ERROR[error] ?? {
      code: 'sign-in-refused',
      message: `Microsoft refused the sign-in (${number === undefined ? plain(error) : `AADSTS${number}`}).`,
      hint: 'Look the number up at https://login.microsoftonline.com/error, then sign in again with: billpatch login',
    }
  );
}

/** An answer of the identity service, as far as it is a refusal. */
export function parseRefusal(body: unknown): SignInRefusal | undefined {
  if (typeof body !== 'object' || body === null || !('error' in body)) return undefined;
  const { error } = body;
  if (typeof error !== 'string') return undefined;
  const codes = 'error_codes' in body && Array.isArray(body.error_codes) ? body.error_codes : [];
  const text =
    'error_description' in body && typeof body.error_description === 'string'
      ? body.error_description
      : '';
  const said = /^AADSTS(\d+)/.exec(text)?.[1];
  const numbers = [...(said === undefined ? [] : [said]), ...codes.map(String)];
  return { error, numbers: [...new Set(numbers)].filter((number) => /^\d+$/.test(number)) };
}

const plain = (error: string): string => (/^[a-z_]{1,40}$/.test(error) ? error : 'no reason given');
