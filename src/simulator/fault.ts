import { FIELDS } from '../profile/billing-profile.js';
import type { Field } from '../profile/billing-profile.js';
import type { Route } from './route.js';
import { isTenantId } from './tenant-id.js';

/** Everything that can be made to go wrong, and what it is. The README and `--help` show this table. */
export const FAULT_KINDS = {
  edited:
    'Another writer changes the profile: after a GET was answered, or just before a PUT is looked at.',
  stale: 'A PUT is told that its tag is stale, although nothing moved.',
  ignored: 'A PUT gets a 200 with the old profile, and nothing is written.',
  normalised: 'A PUT is written with the city in capitals, and answered so.',
  'no-etag': 'The answer has no attributes.etag.',
  'other-customer': 'The answer is a 200 with the profile of another customer.',
  'other-request-id': 'The answer carries another MS-RequestId than the request.',
  slow: 'The answer comes `seconds` late.',
  'lost-before': 'The connection is reset before anything is done.',
  'lost-after': 'The request is carried out, then the connection is reset without an answer.',
  'mid-answer': 'The request is carried out, and the connection is reset amid the answer.',
  truncated: 'The request is carried out, and half of the JSON comes as a whole answer.',
  'black-hole': 'Nothing is done, and no answer ever comes.',
  'black-hole-after': 'The request is carried out, and no answer ever comes.',
  drip: 'The request is carried out, and the answer comes one byte every 200 ms.',
  html: '200 with a sign-in page in HTML; nothing is done.',
  empty: 'The request is carried out, and answered with an empty 200.',
  array: '200 with [] as its JSON; nothing is done.',
  redirect: '302 to `location`.',
  '400-2000': '400 with code 2000: an input error.',
  '400-3000': '400 with code 3000: an invalid property.',
  '400-20000': '400 with code 20000: the country is not supported for this partner.',
  '400-27002': '400 with code 27002: an invalid property, named in a list of strings.',
  '400-600051': '400 with code 600051: the phone number is missing.',
  '400-unknown': '400 with a code that no table knows.',
  '401': '401 with code 400: the token has expired.',
  '401-mfa': '401 with a text: MFA is required (10001).',
  '401-mfa-claim': '401 with code 900421: the token has no MFA claim.',
  '401-audience': '401 with code 900420: the token is for another audience.',
  '403': '403 with a text: the role does not have the rights.',
  '403-empty': '403 without a body.',
  '403-relationship': '403 with code 20002: no relationship with this customer.',
  '403-review': '403 with code 800073: the account of the customer is under review.',
  '404': '404 with code 60003: the tenant is not found.',
  '408': '408 from a gateway.',
  '409': '409: the resource was changed by another request.',
  '412': '412 without a body.',
  '417': '417 with code 800036: a precondition failed.',
  '429': '429 with a Retry-After of `seconds`.',
  '429-date': '429 with a Retry-After that is a date, `seconds` from now.',
  '429-bare': '429 without a Retry-After.',
  '429-garbage': '429 with a Retry-After that is no time.',
  '500': '500 that calls itself retryable.',
  '500-final': '500 that calls itself not retryable.',
  '502': '502 from a gateway; nothing is done.',
  '503': '503 from a gateway; nothing is done. With `seconds`, also a Retry-After.',
  '503-after': 'The request is carried out, then a gateway answers 503.',
  '504': '504 from a gateway; nothing is done.',
  '504-after': 'The request is carried out, then a gateway answers 504.',
} as const;

export type FaultKind = keyof typeof FAULT_KINDS;

export type FaultRoute = Extract<
  Route['name'],
  'billing' | 'customer' | 'customers' | 'rules' | 'address'
>;

export interface Fault {
  readonly kind: FaultKind;
  /** Default: both. Kinds that only make sense for a PUT never touch a GET. */
  readonly on?: 'GET' | 'PUT';
  /** Default: every customer. */
  readonly tenantId?: string;
  /** The resource it befalls. Default: billing profiles alone. */
  readonly route?: FaultRoute | 'any';
  /** The share of matching requests, 0 to 1. Default: 1. */
  readonly rate?: number;
  /** How often at most. Default: no end. */
  readonly times?: number;
  /** How many matching requests pass first. Default: 0. */
  readonly after?: number;
  /** For Retry-After and `slow`. Default: 1; for 503: no header. */
  readonly seconds?: number;
  /** For `redirect`. Default: a foreign host. */
  readonly location?: string;
  /** For `edited`: what the other writer writes. Default: the second address line. */
  readonly fields?: Readonly<Partial<Record<Field, string>>>;
}

export type ParsedFault = { readonly fault: Fault } | { readonly error: string };

/**
 * A fault as the command line has it: `KIND[@GET|@PUT][:RATE][,OPTION=VALUE]…`, for instance
 * `503@GET:0.1,times=5` or `edited@PUT,city=Bonn`. Options: times, after, seconds, tenant, route,
 * location, and for `edited` the name of any field.
 */
export function parseFault(text: string): ParsedFault {
  const [head = '', ...options] = text.trim().split(',');
  const [, kind = '', method, rate] = /^([^@:]*)(?:@([^:]*))?(?::(.*))?$/.exec(head) ?? [];
  if (!isFaultKind(kind)) {
    const known = Object.keys(FAULT_KINDS).join(', ');
    return { error: `"${kind}" is no kind of fault. Known kinds: ${known}.` };
  }
  const on = method?.toUpperCase();
  if (on !== undefined && on !== 'GET' && on !== 'PUT') {
    return { error: `"${text}": only GET or PUT can follow the @, not "${method ?? ''}".` };
  }
  const share = rate === undefined ? undefined : parseNumber(rate);
  if (share !== undefined && !(share >= 0 && share <= 1)) {
    return { error: `"${text}": the rate must be from 0 to 1, not "${rate ?? ''}".` };
  }
  let fault: Fault = { kind, ...(on && { on }), ...(share !== undefined && { rate: share }) };
  for (const option of options) {
    const [name = '', ...rest] = option.split('=');
    const read = parseOption(name.trim(), rest.join('='), fault);
    if (typeof read === 'string') return { error: `"${text}": ${read}` };
    fault = { ...fault, ...read };
  }
  return { fault };
}

function parseOption(name: string, value: string, fault: Fault): Partial<Fault> | string {
  const field = FIELDS.find((known) => known.toLowerCase() === name.toLowerCase());
  if (field !== undefined && fault.kind === 'edited') {
    return { fields: { ...fault.fields, [field]: value } };
  }
  switch (name) {
    case 'times':
    case 'after':
    case 'seconds': {
      const number = parseNumber(value);
      const fits = number >= 0 && (name === 'seconds' || Number.isInteger(number));
      return fits ? { [name]: number } : `${name} must be a number, not "${value}".`;
    }
    case 'tenant':
      return isTenantId(value)
        ? { tenantId: value.toLowerCase() }
        : `tenant must be a GUID, not "${value}".`;
    case 'route':
      return isFaultRoute(value)
        ? { route: value }
        : `route must be billing, customer, customers, rules, address or any, not "${value}".`;
    case 'location':
      return { location: value };
    default:
      return `"${name}" is no option of ${fault.kind}. Options: times, after, seconds, tenant, route, location, and the fields for edited.`;
  }
}

function isFaultKind(text: string): text is FaultKind {
  return Object.hasOwn(FAULT_KINDS, text);
}

function isFaultRoute(text: string): text is FaultRoute | 'any' {
  return ['billing', 'customer', 'customers', 'rules', 'address', 'any'].includes(text);
}

/** NaN for what is no number; '' is none either. */
function parseNumber(text: string): number {
  return text.trim() === '' ? NaN : Number(text);
}
