import { STATUS_CODES } from 'node:http';
import type { Json, JsonObject } from '../profile/billing-profile.js';

/** What the service says, before the headers that every answer has. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly content: Content;
}

/** JSON gets the byte order mark; text and HTML come from other layers and do not. */
export type Content =
  | { readonly type: 'json'; readonly value: Json }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'html'; readonly text: string }
  | { readonly type: 'none' };

type Headers = Answer['headers'];

const CHALLENGE = 'OAuth realm=urn:cpsvc:cpid:{00000000-0000-4000-8000-000000000000}';

export function jsonAnswer(status: number, value: Json, headers: Headers = {}): Answer {
  return { status, headers, content: { type: 'json', value } };
}

export function textAnswer(status: number, text: string, headers: Headers = {}): Answer {
  return { status, headers, content: { type: 'text', text } };
}

export function emptyAnswer(status: number, headers: Headers = {}): Answer {
  return { status, headers, content: { type: 'none' } };
}

/**
 * The usual error. The code is a number, as in every recorded answer, although the documentation
 * types it as a string. Source: documentation of error codes.
 */
export function faultAnswer(
  status: number,
  code: number,
  description: string,
  data: readonly string[] = [],
  source = 'PartnerFD',
): Answer {
  const list = data.length > 0 ? { data } : {};
  return jsonAnswer(status, { code, description, ...list, source });
}

/** An invalid value. Source: a recorded refusal of a region for a customer in the US. */
export function invalidProperty(property: string): Answer {
  return faultAnswer(400, 27002, 'A property has invalid data.', [
    `property_name:  ${property} - Details`,
    'details:  \n',
  ]);
}

export function tenantNotFound(): Answer {
  return faultAnswer(404, 60003, 'The tenant was not found.');
}

export function noRelationship(): Answer {
  return faultAnswer(403, 20002, 'No relationship between caller and account.');
}

/** What a token that is expired or not ours gets. */
export function accessDenied(): Answer {
  const answer = faultAnswer(401, 400, 'Access denied.');
  return { ...answer, headers: { 'WWW-Authenticate': CHALLENGE } };
}

/** What no token at all gets. */
export function tokenMissing(): Answer {
  const answer = faultAnswer(401, 800001, 'The partner token is missing.');
  return { ...answer, headers: { 'WWW-Authenticate': CHALLENGE } };
}

/** The error of the newer customer service, the only one that says whether to try again. */
export function serviceError(status: number, code: number, isRetryable: boolean): Answer {
  const message = 'An internal server error occurred.';
  const value: JsonObject = {
    code,
    message,
    description: message,
    errorName: 'InternalServerError',
    isRetryable,
    parameters: {},
    errorMessageExtended: `InternalErrorCode=${code}`,
  };
  return jsonAnswer(status, value);
}

/** Source: documentation of API throttling. `retryAfter` is the header as sent; none: no header. */
export function throttledAnswer(advice: string, retryAfter?: string): Answer {
  const message = `Rate limit is exceeded. Try again ${advice}.`;
  const headers: Headers = retryAfter === undefined ? {} : { 'Retry-After': retryAfter };
  return jsonAnswer(429, { statusCode: 429, message }, headers);
}

/** What a gateway in front of the service says when the service does not. */
export function gatewayPage(status: number, headers: Headers = {}): Answer {
  const title = `${status} ${STATUS_CODES[status] ?? ''}`.trim();
  const text = `<html>\r\n<head><title>${title}</title></head>\r\n<body><center><h1>${title}</h1></center></body>\r\n</html>\r\n`;
  return { status, headers, content: { type: 'html', text } };
}
