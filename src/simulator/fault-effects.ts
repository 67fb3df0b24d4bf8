import {
  accessDenied,
  emptyAnswer,
  faultAnswer,
  gatewayPage,
  invalidProperty,
  jsonAnswer,
  noRelationship,
  serviceError,
  tenantNotFound,
  textAnswer,
  throttledAnswer,
} from './answer.js';
import type { Answer } from './answer.js';
import type { Delivery } from './delivery.js';
import type { Fault, FaultKind } from './fault.js';

/** What a kind of fault does to a request. */
export type FaultEffect =
  /** Another answer in place of the service's; `after`: once the service has done its work. */
  | {
      readonly type: 'answer';
      readonly when: 'before' | 'after';
      readonly answer: (fault: Fault, nowMs: number) => Answer;
    }
  /** The answer does not arrive as it should. */
  | { readonly type: 'delivery'; readonly when: 'before' | 'after'; readonly delivery: Delivery }
  | { readonly type: 'slow' }
  | { readonly type: 'request-id' }
  /** Something about the profile, in whichever request. */
  | { readonly type: 'profile'; readonly change: 'edited' | 'no-etag' | 'other-customer' }
  /** Something about a write, and so about a PUT alone. */
  | { readonly type: 'put'; readonly change: 'stale' | 'ignored' | 'normalised' };

export const FAULT_EFFECTS: Readonly<Record<FaultKind, FaultEffect>> = {
  edited: { type: 'profile', change: 'edited' },
  'no-etag': { type: 'profile', change: 'no-etag' },
  'other-customer': { type: 'profile', change: 'other-customer' },
  stale: { type: 'put', change: 'stale' },
  ignored: { type: 'put', change: 'ignored' },
  normalised: { type: 'put', change: 'normalised' },
  'other-request-id': { type: 'request-id' },
  slow: { type: 'slow' },
  'lost-before': { type: 'delivery', when: 'before', delivery: 'reset' },
  'lost-after': { type: 'delivery', when: 'after', delivery: 'reset' },
  'mid-answer': { type: 'delivery', when: 'after', delivery: 'half' },
  truncated: { type: 'delivery', when: 'after', delivery: 'truncated' },
  'black-hole': { type: 'delivery', when: 'before', delivery: 'silence' },
  'black-hole-after': { type: 'delivery', when: 'after', delivery: 'silence' },
  drip: { type: 'delivery', when: 'after', delivery: 'drip' },
  html: before(() => signInPage()),
  empty: { type: 'answer', when: 'after', answer: () => emptyAnswer(200) },
  array: before(() => jsonAnswer(200, [])),
  redirect: before((fault) =>
    emptyAnswer(302, { Location: fault.location ?? 'https://elsewhere.example/' }),
  ),
  '400-2000': before(() => faultAnswer(400, 2000, 'The input is invalid.')),
  '400-3000': before(() => faultAnswer(400, 3000, 'A property is invalid.')),
  '400-20000': before(() => faultAnswer(400, 20000, 'Current country not supported.')),
  '400-27002': before(() => invalidProperty('StateInvalid')),
  '400-600051': before(() => faultAnswer(400, 600051, 'The phone number is required.')),
  '400-unknown': before(() => faultAnswer(400, 987654, 'Something that no table knows.')),
  '401': before(accessDenied),
  '401-mfa': before(() => textAnswer(401, 'Authentication failed. MFA required. (10001)')),
  '401-mfa-claim': before(() => faultAnswer(401, 900421, 'MFA is required for this request.')),
  '401-audience': before(() => faultAnswer(401, 900420, 'The audience of the token is invalid.')),
  '403': before(() =>
    textAnswer(
      403,
      'The supplied role does not have the rights to perform the requested operation',
    ),
  ),
  '403-empty': before(() => emptyAnswer(403)),
  '403-relationship': before(noRelationship),
  '403-review': before(() => faultAnswer(403, 800073, 'The customer account is under review.')),
  '404': before(tenantNotFound),
  '408': before(() => gatewayPage(408)),
  '409': before(() => faultAnswer(409, 409, 'The resource was changed by another request.')),
  '412': before(() => emptyAnswer(412)),
  '417': before(() => faultAnswer(417, 800036, 'Pre-condition failed.')),
  '429': before(({ seconds = 1 }) => {
    const whole = String(Math.ceil(seconds));
    return throttledAnswer(`in ${whole} seconds`, whole);
  }),
  '429-date': before(({ seconds = 1 }, nowMs) =>
    throttledAnswer('later', new Date(nowMs + seconds * 1000).toUTCString()),
  ),
  '429-bare': before(() => throttledAnswer('later')),
  '429-garbage': before(() => throttledAnswer('later', 'soon')),
  '500': before(() => serviceError(500, 800003, true)),
  '500-final': before(() => serviceError(500, 800003, false)),
  '502': before(() => gatewayPage(502)),
  '503': before(unavailable),
  '503-after': { type: 'answer', when: 'after', answer: unavailable },
  '504': before(() => gatewayPage(504)),
  '504-after': { type: 'answer', when: 'after', answer: () => gatewayPage(504) },
};

function before(answer: (fault: Fault, nowMs: number) => Answer): FaultEffect {
  return { type: 'answer', when: 'before', answer };
}

function unavailable({ seconds }: Fault): Answer {
  return gatewayPage(
    503,
    seconds === undefined ? {} : { 'Retry-After': String(Math.ceil(seconds)) },
  );
}

/** What a captive portal or a proxy says with a 200. */
function signInPage(): Answer {
  const text =
    '<!DOCTYPE html>\r\n<html><head><title>Sign in</title></head><body></body></html>\r\n';
  return { status: 200, headers: {}, content: { type: 'html', text } };
}
