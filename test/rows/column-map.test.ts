import { describe, expect, test } from 'vitest';

import { parseColumnMap, splitColumnMap } from '../../src/rows/column-map.js';
import { countKnown, parseHeader } from '../../src/rows/columns.js';

const TENANT = 'customerTenantId';
const rolesOf = (names: readonly string[], ...map: string[]) =>
  parseHeader(names, parseColumnMap(map)).columns.map(({ role }) =>
    'field' in role ? `${role.kind} ${role.field}` : role.kind,
  );
const errorsOf = (names: readonly string[], ...map: string[]) =>
  parseHeader(names, parseColumnMap(map)).errors;
const thrown = (text: string): unknown => {
  try {
    return parseColumnMap([text]);
  } catch (error) {
    return error;
  }
};

describe('a column', () => {
  test.each([
    ['Kunde', 'Kunde=customerTenantId', 'tenant'],
    ['Mail', 'Mail=email', 'field email'],
    ['Mail', 'mail = E-Mail', 'field email'],
    ['e m a i l', 'E-Mail=ignore', 'carried'],
    ['Ort', 'Ort=defaultAddress.city', 'field city'],
    ['PLZ', 'PLZ=zip code', 'field postalCode'],
    ['Firma alt', 'Firma alt=expect:companyName', 'guard companyName'],
    ['Firma alt', 'Firma alt=Current company name', 'guard companyName'],
    ['emial', 'emial=ignore', 'carried'],
    ['email', 'email=ignore', 'carried'],
    ['a=b', 'a=b=email', 'field email'],
    ['Name, first', 'Name, first=firstName', 'field firstName'],
  ])('%j with --map %j is %s', (name, map, role) => {
    expect(rolesOf([name], map)).toEqual([role]);
  });

  test('is found as it is written before it is found by its letters', () => {
    expect(rolesOf(['E Mail', 'Mail', 'mail'], 'mail=email', 'e_mail=ignore')).toEqual([
      'carried',
      'carried',
      'field email',
    ]);
  });

  test('that is mapped counts as known, so that the delimiter is found', () => {
    expect(countKnown(['Kunde', 'Mail'], parseColumnMap(['Mail=email']))).toBe(1);
  });

  test('says that it was mapped', () => {
    const { columns } = parseHeader(['Mail', 'city'], parseColumnMap(['Mail=email']));
    expect(columns.map(({ isMapped }) => isMapped)).toEqual([true, undefined]);
  });
});

describe('refused', () => {
  test('a column that the file does not have, with those that it has', () => {
    const [error] = errorsOf([TENANT, 'Mail', 'city'], 'Post=email');
    expect(error).toMatchObject({
      code: 'mapped-column-missing',
      message:
        '--map names the column "Post", which the file does not have. The header was read as: "customerTenantId", "Mail", "city".',
    });
  });

  test('two columns for one field', () => {
    expect(errorsOf([TENANT, 'email', 'Mail'], 'Mail=email')).toMatchObject([
      { code: 'duplicate-column', column: { name: 'Mail', letter: 'C' } },
    ]);
    expect(errorsOf([TENANT, 'email', 'Mail'], 'Mail=email', 'email=ignore')).toEqual([]);
  });

  test('two meanings for one column', () => {
    expect(errorsOf([TENANT, 'Mail'], 'Mail=email', 'MAIL=city')).toMatchObject([
      { code: 'mapped-twice', column: { letter: 'B' } },
    ]);
    expect(errorsOf([TENANT, 'Mail'], 'Mail=email', 'mail=E-mail')).toEqual([]);
  });

  test.each([
    ['Mail', 'map-malformed', ''],
    ['=email', 'map-malformed', ''],
    ['Mail=emial', 'map-unknown-field', 'Did you mean email?'],
    ['Mail=', 'map-unknown-field', 'expect:'],
    ['Mail=result_status', 'map-unknown-field', 'customerTenantId'],
    ['Mail=expect:emial', 'map-unknown-field', 'Did you mean email?'],
    ['Mail=__proto__', 'map-unknown-field', ''],
  ])('%j: %s', (text, code, hint) => {
    const error = thrown(text);
    expect(error).toMatchObject({ code });
    expect((error as { hint: string }).hint).toContain(hint);
  });
});

test.each([
  ['', []],
  ['Mail=email', ['Mail=email']],
  ['Mail=email, Ort=city', ['Mail=email', 'Ort=city']],
  ['Name, first=firstName,Mail=email', ['Name, first=firstName', 'Mail=email']],
  ['a=b,c=email,Ort=city', ['a=b,c=email', 'Ort=city']],
  ['Mail=email,Ort=citty', ['Mail=email', 'Ort=citty']],
])('BILLPATCH_MAP %j is %j', (text, parts) => {
  expect(splitColumnMap(text)).toEqual(parts);
});
