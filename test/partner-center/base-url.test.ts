import { describe, expect, it } from 'vitest';

import { CLOUDS, parseBaseUrl } from '../../src/partner-center/base-url.js';
import { UsageError } from '../../src/problem.js';

describe('a base URL', () => {
  it.each([
    [CLOUDS.global, CLOUDS.global],
    [CLOUDS['us-gov'], CLOUDS.global],
    [CLOUDS.china, CLOUDS.china],
    ['https://API.PartnerCenter.microsoft.com/', CLOUDS.global],
    ['https://api.partnercenter.microsoft.com:443', CLOUDS.global],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['http://localhost:1/', 'http://localhost:1'],
    ['http://[::1]:1', 'http://[::1]:1'],
  ])('%s is used', (text, origin) => {
    expect(parseBaseUrl(text, [])).toBe(origin);
  });

  it.each([
    'http://api.partnercenter.microsoft.com',
    'https://api.partnercenter.microsoft.com:444',
    'https://api.partnercenter.microsoft.com.evil.example',
    'https://api.partnercenter.microsoft.com/v1',
    'https://api.partnercenter.microsoft.com/?a=b',
    'https://api.partnercenter.microsoft.com/#a',
    'https://api.partnercenter.microsoft.com@evil.example',
    'https://user:hunter2@api.partnercenter.microsoft.com',
    'https://evil.example',
    'http://127.0.0.1.evil.example',
    'http://127.0.0.2',
    'ftp://127.0.0.1',
    'file:///etc/passwd',
    'api.partnercenter.microsoft.com',
    '',
  ])('"%s" is refused, without repeating a password', (text) => {
    let thrown: unknown;
    try {
      parseBaseUrl(text, ['allowed.example']);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(UsageError);
    expect(thrown).toMatchObject({ code: 'base-url-refused' });
    expect(`${(thrown as UsageError).message}${(thrown as UsageError).hint}`).not.toContain(
      'hunter2',
    );
  });

  it('is used for another host only where that was allowed, and only encrypted', () => {
    expect(parseBaseUrl('https://gate.example:8443', ['gate.example'])).toBe(
      'https://gate.example:8443',
    );
    expect(() => parseBaseUrl('http://gate.example', ['gate.example'])).toThrow('not encrypted');
    expect(() => parseBaseUrl('https://a.gate.example', ['gate.example'])).toThrow(UsageError);
  });
});
