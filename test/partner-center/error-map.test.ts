import { describe, expect, it } from 'vitest';

import { parseErrorBody, parseRetryAfter, toFailure } from '../../src/partner-center/error-map.js';

const fault = (code: number | string, description = 'Words.') =>
  JSON.stringify({ code, description, data: [], source: 'PartnerFD' });
const read = (status: number, body = '', headers = {}) => toFailure(status, headers, body);

describe('documented answers', () => {
  it.each([
    [400, 2000, 'request-invalid', 'row', 'never', 'no'],
    [400, 2007, 'address-refused', 'row', 'never', 'no'],
    [400, 2055, 'stale-etag', 'row', 'reread', 'no'],
    [400, 3000, 'value-refused', 'row', 'never', 'no'],
    [400, 20000, 'country-not-supported', 'row', 'never', 'no'],
    [400, 27002, 'address-refused', 'row', 'never', 'no'],
    [400, 600002, 'registration-number-refused', 'row', 'never', 'no'],
    [400, 600049, 'registration-number-refused', 'row', 'never', 'no'],
    [400, 600050, 'registration-number-refused', 'row', 'never', 'no'],
    [400, 600051, 'phone-required', 'row', 'never', 'no'],
    [400, 800002, 'value-refused', 'row', 'never', 'no'],
    [400, 900118, 'customer-not-found', 'row', 'never', 'no'],
    [401, 400, 'token-refused', 'run', 'renew', 'no'],
    [401, 900420, 'token-audience', 'run', 'never', 'no'],
    [401, 900421, 'mfa-required', 'run', 'never', 'no'],
    [401, 800001, 'token-refused', 'run', 'renew', 'no'],
    [403, 900150, 'forbidden', 'row', 'never', 'no'],
    [403, 1002, 'forbidden', 'row', 'never', 'no'],
    [403, 2032, 'forbidden', 'row', 'never', 'no'],
    [403, 900308, 'forbidden', 'row', 'never', 'no'],
    [403, 20002, 'no-relationship', 'row', 'never', 'no'],
    [403, 600006, 'action-not-allowed', 'row', 'never', 'no'],
    [403, 900309, 'conditional-access', 'run', 'never', 'no'],
    [403, 900329, 'app-only-refused', 'run', 'never', 'no'],
    [403, 800073, 'account-under-review', 'row', 'never', 'no'],
    [403, 800074, 'account-under-review', 'row', 'never', 'no'],
    [403, 800075, 'account-under-review', 'row', 'never', 'no'],
    [404, 1000, 'customer-not-found', 'row', 'never', 'no'],
    [404, 60003, 'customer-not-found', 'row', 'never', 'no'],
    [404, '', 'customer-not-found', 'row', 'never', 'no'],
    [407, '', 'proxy-refused', 'run', 'never', 'no'],
    [408, '', 'service-timeout', 'row', 'retry', 'maybe'],
    [409, '', 'stale-etag', 'row', 'reread', 'no'],
    [412, '', 'stale-etag', 'row', 'reread', 'no'],
    [417, 800036, 'stale-etag', 'row', 'reread', 'no'],
    [422, '', 'value-refused', 'row', 'never', 'no'],
    [429, '', 'throttled', 'row', 'pause', 'no'],
    [500, 800003, 'service-error', 'row', 'retry', 'maybe'],
    [501, 0, 'service-error', 'row', 'retry', 'maybe'],
    [502, '', 'service-unavailable', 'row', 'retry', 'maybe'],
    [503, '', 'service-unavailable', 'row', 'retry', 'maybe'],
    [504, '', 'service-unavailable', 'row', 'retry', 'maybe'],
  ])('%i with code %s is %s', (status, code, name, scope, again, carriedOut) => {
    const expected = { code: name, scope, again, carriedOut, httpStatus: status };
    // Numbers in every capture, texts in the documents: both are one code.
    expect(read(status, fault(code))).toMatchObject(expected);
    expect(read(status, fault(String(code)))).toMatchObject(expected);
    const { message, hint } = read(status, fault(code));
    expect(message).toMatch(/^[A-Z].*\.$/);
    expect(hint).toMatch(/^[A-Z].*\.$/);
  });

  it('matches a code only together with its status', () => {
    expect(read(403, fault(2055)).code).toBe('forbidden');
    expect(read(400, fault(900420)).code).toBe('value-refused');
  });

  it('knows the refusal for missing multi-factor authentication by its text alone', () => {
    const failure = read(401, 'Authentication failed. MFA required. (10001)');
    expect(failure).toMatchObject({ code: 'mfa-required', scope: 'run' });
  });

  it('takes a 400 that speaks of the tag for a stale one, unless its code says otherwise', () => {
    expect(read(400, fault(987, 'The ETag does not match.')).again).toBe('reread');
    expect(read(400, fault(987, 'Pre-condition failed.')).again).toBe('reread');
    expect(read(400, fault(27002, 'The etag of the address.')).again).toBe('never');
  });
});

describe('answers that no table knows', () => {
  it.each([402, 405, 406, 410, 418, 451, 505, 507, 599])('%i is never asked again', (status) => {
    expect(read(status, fault(123))).toMatchObject({ code: 'unexpected-answer', again: 'never' });
  });

  it('an unknown code leaves a 400, 403 and 404 final', () => {
    for (const status of [400, 403, 404]) expect(read(status, fault(1)).again).toBe('never');
  });

  it('may have been carried out only where the service itself failed', () => {
    expect(read(505).carriedOut).toBe('maybe');
    expect(read(418).carriedOut).toBe('no');
  });

  it.each([300, 301, 302, 303, 307, 308])('a redirect with %i is one of the row', (status) => {
    expect(read(status)).toMatchObject({ code: 'redirected', again: 'never', carriedOut: 'no' });
  });

  it('does not find what every object has', () => {
    expect(read(400, fault('constructor')).code).toBe('value-refused');
    expect(read(418, fault('__proto__')).code).toBe('unexpected-answer');
  });
});

describe('isRetryable', () => {
  const said = (isRetryable: unknown) =>
    JSON.stringify({ code: 600074, message: 'Short.', description: 'Long.', isRetryable });

  it('false ends what would be asked again', () => {
    expect(read(503, said(false)).again).toBe('never');
    expect(read(503, said(true)).again).toBe('retry');
  });

  it('true opens what is not known, and nothing else', () => {
    expect(read(418, said(true)).again).toBe('retry');
    expect(read(418, said('true')).again).toBe('never');
    expect(read(401, said(true)).again).toBe('renew');
  });

  it('takes nothing from a stale tag or a pause', () => {
    expect(read(409, said(false)).again).toBe('reread');
    expect(read(429, said(false)).again).toBe('pause');
  });
});

describe('bodies', () => {
  it.each([
    [
      'the documented fault, with data',
      '{"code":27002,"description":"A property has invalid data.","data":["property_name:  StateInvalid - Details","  \\n",{"a":1}],"source":"PartnerFD"}',
      '27002',
      'A property has invalid data. property_name:  StateInvalid - Details {"a":1}',
    ],
    [
      'the newer fault',
      '{"code":600074,"message":"Short.","description":"Long.","errorName":"AccountStatusNotFound","isRetryable":false,"parameters":{}}',
      '600074',
      'Long.',
    ],
    [
      'an error name alone',
      '{"code":1,"errorName":"AccountStatusNotFound"}',
      '1',
      'AccountStatusNotFound',
    ],
    [
      'the throttle',
      '{"statusCode":429,"message":"Rate limit is exceeded. Try again in 57 seconds."}',
      '429',
      'Rate limit is exceeded. Try again in 57 seconds.',
    ],
    ['plain text', 'Authentication failed. (10001)', '', 'Authentication failed. (10001)'],
    ['a text as JSON', '"No relationship."', '', 'No relationship.'],
    ['nothing', '', '', ''],
    ['white space', ' \r\n', '', ''],
    ['null', 'null', '', ''],
    ['a number', '17', '', ''],
    ['an array', '[{"code":1}]', '', ''],
    ['OData', '{"error":{"code":"BadRequest","message":"Words."}}', 'BadRequest', 'Words.'],
    [
      'the token endpoint',
      '{"error":"invalid_grant","error_description":"AADSTS50076: MFA.","error_codes":[50076]}',
      '',
      'AADSTS50076: MFA.',
    ],
    [
      'a page',
      '<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head></html>',
      '',
      '502 Bad Gateway',
    ],
    ['a page without a title', '<html><body>?</body></html>', '', 'a web page'],
    ['a byte order mark before JSON', '\ufeff{"code":3000,"description":"X"}', '3000', 'X'],
    ['other letter case', '{"Code":3000,"Description":"X"}', '3000', 'X'],
    ['half an object', '{"code":3000,"descr', '', '{"code":3000,"descr'],
    ['odd types', '{"code":{},"description":7,"data":"x"}', '', ''],
  ])('%s', (_, body, code, text) => {
    expect(parseErrorBody(body)).toMatchObject({ code, text });
  });

  it('are put on one line, without control characters and of bearable length', () => {
    const { detail } = read(400, fault(1, `a\r\nb\u0000\u001b[31mc${'x'.repeat(5000)}`));
    expect(detail).toMatch(/^The service said \(HTTP 400, code 1\): a b \[31mcx+$/);
    expect(detail!.length).toBeLessThan(1100);
  });

  it('never get into the message or the hint', () => {
    const { message, hint } = read(400, fault(3000, 'Jane Doe, Canary Street'));
    expect(`${message}${hint}`).not.toMatch(/Jane|Canary/);
  });
});

describe('Retry-After', () => {
  const date = 'Mon, 23 Nov 2026 07:00:00 GMT';

  it.each([
    ['57', undefined, 57_000],
    ['0', undefined, 0],
    [' 3 ', undefined, 3000],
    ['1.5', undefined, 1500],
    ['0.0001', undefined, 1],
    ['Mon, 23 Nov 2026 07:00:30 GMT', date, 30_000],
    ['Monday, 23-Nov-26 07:00:30 GMT', date, 30_000],
    ['Mon, 23 Nov 2026 06:00:00 GMT', date, 0],
    ['Mon, 23 Nov 2026 07:00:30 GMT', undefined, undefined],
    ['Mon, 23 Nov 2026 07:00:30 GMT', 'yesterday', undefined],
    ['soon', date, undefined],
    ['', date, undefined],
    ['-5', date, undefined],
    ['57 seconds', date, undefined],
    ['in 57', date, undefined],
    ['1,2', date, undefined],
  ])('"%s" with the date %s is %s ms', (value, now, expected) => {
    expect(parseRetryAfter(value, now)).toBe(expected);
  });

  it('is handed on only where it was said', () => {
    expect(read(429, '', { 'retry-after': '57' }).retryAfterMs).toBe(57_000);
    expect(read(503, '', { 'retry-after': '2' }).retryAfterMs).toBe(2000);
    expect(read(429)).not.toHaveProperty('retryAfterMs');
  });
});
