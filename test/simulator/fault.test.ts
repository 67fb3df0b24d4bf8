import { expect, it } from 'vitest';
import { FAULT_KINDS, parseFault } from '../../src/simulator/fault.js';
import type { Fault } from '../../src/simulator/fault.js';

const good: [string, Fault][] = [
  ['503', { kind: '503' }],
  ['lost-after:0.05', { kind: 'lost-after', rate: 0.05 }],
  ['503@PUT:0.05', { kind: '503', on: 'PUT', rate: 0.05 }],
  ['503@get:0.1,times=5', { kind: '503', on: 'GET', rate: 0.1, times: 5 }],
  ['429,seconds=57', { kind: '429', seconds: 57 }],
  ['slow,seconds=0.02', { kind: 'slow', seconds: 0.02 }],
  ['empty@PUT,after=2,times=1', { kind: 'empty', on: 'PUT', after: 2, times: 1 }],
  [
    '404,tenant=ABCDEFAB-0000-4000-8000-00000000000A',
    { kind: '404', tenantId: 'abcdefab-0000-4000-8000-00000000000a' },
  ],
  ['500,route=customers', { kind: '500', route: 'customers' }],
  [
    'redirect,location=https://a.example/?b=c',
    { kind: 'redirect', location: 'https://a.example/?b=c' },
  ],
  [
    'edited,city=Bonn,EMAIL=a@b.example',
    { kind: 'edited', fields: { city: 'Bonn', email: 'a@b.example' } },
  ],
  [' html ', { kind: 'html' }],
];
it.each(good)('reads %s', (text, fault) => {
  expect(parseFault(text)).toEqual({ fault });
});

it.each([
  ['', /no kind of fault/],
  ['5O3', /"5O3" is no kind of fault\. Known kinds: .*lost-after/],
  ['toString', /no kind of fault/],
  ['503@POST', /only GET or PUT/],
  ['503:2', /rate must be from 0 to 1, not "2"/],
  ['503:often', /rate must be from 0 to 1, not "often"/],
  ['503:', /rate must be from 0 to 1/],
  ['503,times=x', /times must be a number, not "x"/],
  ['503,times=1.5', /times must be a number/],
  ['503,after=-1', /after must be a number/],
  ['503,seconds=', /seconds must be a number/],
  ['503,tenant=contoso', /tenant must be a GUID/],
  ['503,route=home', /route must be/],
  ['503,colour=red', /"colour" is no option of 503/],
  ['503,city=Bonn', /"city" is no option of 503/],
])('refuses %j', (text, sentence) => {
  const parsed = parseFault(text);
  expect('error' in parsed && parsed.error).toMatch(sentence);
});

it.each(Object.entries(FAULT_KINDS))('describes %s in one sentence', (kind, description) => {
  expect(parseFault(kind)).toEqual({ fault: { kind } });
  expect(description).toMatch(/\.$/);
});
