/**
 * An answer of the service that is not a success → a {@link Failure}. Pure. Matched on status and
 * code, never on text; what is not recognised is never retried.
 * Sources: Partner Center REST error codes, and bodies recorded in public issues.
 */
import type { Failure } from './failure.js';

/** Header names in lower case. */
export type AnswerHeaders = Readonly<Record<string, string | undefined>>;

interface ErrorBody {
  readonly code: string;
  readonly text: string;
  readonly isRetryable: boolean | undefined;
}

type Entry = Pick<Failure, 'code' | 'message' | 'hint'> & Partial<Pick<Failure, 'scope' | 'again'>>;

const SUPPORT = 'Give the request id of the row to Microsoft support if it goes on.';
const PERMISSIONS =
  'Sign in as a user with the Admin agent or Sales agent role, or give the app the right, and run the file again.';
const NEW_TOKEN = 'Get a new access token, then go on where the run stopped.';

const STALE: Entry = {
  code: 'stale-etag',
  message: 'The profile was changed by somebody else in the meantime.',
  hint: 'Run the row again; it then starts from the new profile.',
  again: 'reread',
};
const NO_RELATIONSHIP: Entry = {
  code: 'no-relationship',
  message: 'The partner has no reseller relationship with this customer.',
  hint: 'Check the tenant id; if it is right, request the relationship in Partner Center.',
};
const NOT_FOUND: Entry = {
  code: 'customer-not-found',
  message: 'Partner Center does not know this customer.',
  hint: 'Compare the tenant id with "Microsoft ID" in the customer list. Customers with GDAP only and no purchases are not found here either.',
};
const UNDER_REVIEW: Entry = {
  code: 'account-under-review',
  message: "The customer's account is under review or was not approved by Microsoft.",
  hint: 'Wait until the review is over, then run the row again.',
};
const MFA: Entry = {
  code: 'mfa-required',
  message: 'The access token was obtained without multi-factor authentication.',
  hint: 'Sign in with multi-factor authentication, then go on where the run stopped.',
  scope: 'run',
};
const INVALID: Entry = {
  code: 'value-refused',
  message: 'The service refused a value of this row.',
  hint: 'Look in result_error for what the service said, correct the row, and apply it again.',
};
const TOKEN_REFUSED: Entry = {
  code: 'token-refused',
  message:
    'The service did not accept the access token: it has expired or is not meant for Partner Center.',
  hint: NEW_TOKEN,
  scope: 'run',
  again: 'renew',
};

/** By HTTP status and code. */
const BY_CODE: Readonly<Record<string, Entry>> = {
  '400/2000': {
    ...INVALID,
    code: 'request-invalid',
    message: 'The service found the request itself wrong (for example, the tenant id).',
  },
  '400/2007': {
    ...INVALID,
    code: 'address-refused',
    message: 'The service does not accept this address.',
  },
  '400/2055': STALE,
  '417/800036': STALE,
  '400/3000': INVALID,
  '400/20000': {
    code: 'country-not-supported',
    message: 'The partner may not do business in the country of this profile.',
    hint: 'Check the country; a partner can only serve customers in its own region.',
  },
  '400/27002': {
    ...INVALID,
    code: 'address-refused',
    message:
      'The service does not accept this address: state, postal code or another part does not fit the country.',
  },
  '400/600002': { ...INVALID, code: 'registration-number-refused' },
  '400/600049': { ...INVALID, code: 'registration-number-refused' },
  '400/600050': { ...INVALID, code: 'registration-number-refused' },
  '400/600051': {
    code: 'phone-required',
    message: 'A phone number is mandatory in the country of this profile.',
    hint: 'Fill in phoneNumber and apply the row again.',
  },
  '400/800002': INVALID,
  '400/900118': NOT_FOUND,
  '401/900420': {
    code: 'token-audience',
    message: 'The access token was issued for another service than Partner Center.',
    hint: 'Get a token for https://api.partnercenter.microsoft.com, then go on where the run stopped.',
    scope: 'run',
  },
  '401/900421': MFA,
  '403/1002': {
    code: 'forbidden',
    message: 'The service denies access to this customer.',
    hint: PERMISSIONS,
  },
  '403/20002': NO_RELATIONSHIP,
  '403/600006': {
    code: 'action-not-allowed',
    message: 'The service does not allow this change for this customer.',
    hint: SUPPORT,
  },
  '403/800073': UNDER_REVIEW,
  '403/800074': UNDER_REVIEW,
  '403/800075': UNDER_REVIEW,
  '403/900309': {
    code: 'conditional-access',
    message: 'A Conditional Access policy blocks this sign-in.',
    hint: 'Run from a place and device that the policy allows, or ask the administrator.',
    scope: 'run',
  },
  '403/900329': {
    code: 'app-only-refused',
    message: 'The service does not accept app-only credentials for this.',
    hint: 'Use a token of app + user (secure application model).',
    scope: 'run',
  },
  '404/1000': NOT_FOUND,
  '404/60003': NOT_FOUND,
};

const BY_STATUS: Readonly<Record<number, Entry>> = {
  400: INVALID,
  401: TOKEN_REFUSED,
  403: {
    code: 'forbidden',
    message: 'The service denies the right to do this.',
    hint: PERMISSIONS,
  },
  404: NOT_FOUND,
  // Only a proxy says so: it is the same for every row. Source: RFC 9110, 15.5.8.
  407: {
    code: 'proxy-refused',
    message: 'The proxy asks for a user and a password, or does not accept those it was given.',
    hint: 'Write them into HTTPS_PROXY, like http://user:password@proxy.company.example:8080, then go on where the run stopped.',
    scope: 'run',
  },
  408: {
    code: 'service-timeout',
    message: 'The service gave up waiting.',
    hint: 'Run the row again later.',
    again: 'retry',
  },
  409: STALE,
  412: STALE,
  422: INVALID,
  429: {
    code: 'throttled',
    message: 'The service asked for fewer requests.',
    hint: 'Run the rest again later.',
    again: 'pause',
  },
  500: {
    code: 'service-error',
    message: 'The service had an error of its own.',
    hint: SUPPORT,
    again: 'retry',
  },
  501: {
    code: 'service-error',
    message: 'The service says that it cannot do this at the moment.',
    hint: SUPPORT,
    again: 'retry',
  },
  502: {
    code: 'service-unavailable',
    message: 'The service could not be reached behind its gateway.',
    hint: 'Run the row again later.',
    again: 'retry',
  },
  503: {
    code: 'service-unavailable',
    message: 'The service is not available at the moment.',
    hint: 'Run the row again later.',
    again: 'retry',
  },
  504: {
    code: 'service-unavailable',
    message: 'The service did not answer its gateway in time.',
    hint: 'Run the row again later.',
    again: 'retry',
  },
};

export function toFailure(status: number, headers: AnswerHeaders, body: string): Failure {
  const error = parseErrorBody(body);
  const entry = lookUp(status, error);
  const retryable = error.isRetryable === false && entry.again === 'retry' ? 'never' : entry.again;
  const wait = parseRetryAfter(headers['retry-after'], headers.date);
  const text = error.text === '' ? '' : `: ${error.text}`;
  const code = error.code === '' ? '' : `, code ${error.code}`;
  return {
    ...entry,
    scope: entry.scope ?? 'row',
    again: retryable ?? 'never',
    carriedOut: status >= 500 || status === 408 ? 'maybe' : 'no',
    httpStatus: status,
    detail: `The service said (HTTP ${status}${code})${text}`,
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
  };
}

function lookUp(status: number, error: ErrorBody): Entry {
  const exact = BY_CODE[`${status}/${error.code}`] ?? BY_STATUS[status];
  // Two texts are matched. This answer has no code at all, only the number in its sentence:
  if (status === 401 && error.code === '' && error.text.includes('(10001)')) return MFA;
  // No code is documented for a stale tag beyond 2055, and reading again does no harm.
  if (
    status === 400 &&
    !(`400/${error.code}` in BY_CODE) &&
    /e-?tag|pre-?condition/i.test(error.text)
  )
    return STALE;
  if (exact) return exact;
  if (status >= 300 && status < 400) {
    return {
      code: 'redirected',
      message: 'The service sent the request to another address, which billpatch never follows.',
      hint: 'Check the base URL, and whether a proxy or a sign-in page stands in between.',
    };
  }
  return {
    code: 'unexpected-answer',
    message: `The service answered with HTTP ${status}, which billpatch does not know.`,
    hint: SUPPORT,
    ...(error.isRetryable === true ? { again: 'retry' as const } : {}),
  };
}

/** All the forms in which the service has been seen to describe an error. */
export function parseErrorBody(body: string): ErrorBody {
  const trimmed = body.replace(/^\ufeff/, '').trim();
  if (trimmed === '') return { code: '', text: '', isRetryable: undefined };
  if (/^<|<html/i.test(trimmed)) {
    const title = /<title>([^<]*)<\/title>/i.exec(trimmed)?.[1] ?? 'a web page';
    return { code: '', text: shorten(title), isRetryable: undefined };
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(trimmed);
  } catch {
    return { code: '', text: shorten(trimmed), isRetryable: undefined };
  }
  if (typeof parsed === 'string')
    return { code: '', text: shorten(parsed), isRetryable: undefined };
  if (!isRecord(parsed)) return { code: '', text: '', isRetryable: undefined };
  const fault = lowerKeys(isRecord(parsed.error) ? parsed.error : parsed);
  const data = Array.isArray(fault.data)
    ? fault.data
        .map((item) => (typeof item === 'string' ? item.trim() : JSON.stringify(item)))
        .filter(Boolean)
    : [];
  const words = [fault.description, fault.error_description, fault.message, fault.errorname].find(
    (text) => typeof text === 'string' && text !== '',
  );
  return {
    code: text(fault.code ?? fault.statuscode),
    text: shorten([text(words), ...data].filter(Boolean).join(' ')),
    isRetryable: typeof fault.isretryable === 'boolean' ? fault.isretryable : undefined,
  };
}

/**
 * Retry-After in milliseconds: seconds, or a date. A date is measured against the answer's own
 * `Date`, since the two clocks need not agree. Undefined where it is absent or unreadable.
 */
export function parseRetryAfter(
  value: string | undefined,
  date: string | undefined,
): number | undefined {
  if (value === undefined) return undefined;
  if (/^\s*\d+(\.\d+)?\s*$/.test(value)) return Math.ceil(Number(value) * 1000);
  // Date.parse makes a date of nearly anything with a number in it ("-5" too): only the form of
  // RFC 9110, 5.6.7 is taken for one.
  if (!/^\s*[A-Z][a-z]{2,8},? /.test(value)) return undefined;
  const until = Date.parse(value);
  const now = date === undefined ? Number.NaN : Date.parse(date);
  if (Number.isNaN(until) || Number.isNaN(now)) return undefined;
  return Math.max(0, until - now);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const lowerKeys = (object: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key.toLowerCase(), value]));

const text = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';

// The service's words go into files and onto screens: on one line, without control characters.
const shorten = (words: string): string =>
  words
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, 1024);
