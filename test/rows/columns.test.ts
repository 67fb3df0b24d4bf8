import { describe, expect, it } from 'vitest';
import { FIELDS, FIELD_PATHS } from '../../src/profile/billing-profile.js';
import { FIELD_ALIASES, TENANT_ALIASES, type ColumnRole } from '../../src/rows/column-names.js';
import { columnLetter, countKnown, parseHeader } from '../../src/rows/columns.js';

/** The role of one column beside those that every file needs. */
function roleOf(name: string): ColumnRole | 'error' {
  const { columns, errors } = parseHeader([name]);
  const wrong = errors.some(({ column }) => column?.name === name);
  return wrong ? 'error' : columns[0]!.role;
}
const errorsOf = (...names: string[]) => parseHeader(names).errors;
const codesOf = (...names: string[]) => errorsOf(...names).map(({ code }) => code);
const field = (name: string) => ({ kind: 'field', field: name });
const guard = (name: string) => ({ kind: 'guard', field: name });

describe('the names of the columns', () => {
  it.each(FIELDS.map((name) => [name, FIELD_PATHS[name].join('.')]))(
    '%s is known by its name, its wire path and every alias',
    (name, path) => {
      const aliases = FIELD_ALIASES[name];
      for (const spelling of [name, path, ...aliases]) {
        expect([spelling, roleOf(spelling)]).toEqual([spelling, field(name)]);
      }
    },
  );

  it.each(['customerTenantId', 'customer-tenant-id', 'CUSTOMER TENANT ID', ...TENANT_ALIASES])(
    '%s is the tenant',
    (name) => {
      expect(roleOf(name)).toEqual({ kind: 'tenant' });
    },
  );

  it('no two fields share a spelling', () => {
    const owners = FIELDS.flatMap((name) =>
      [name, FIELD_PATHS[name].join('.'), ...FIELD_ALIASES[name]].map((spelling) =>
        roleOf(spelling),
      ),
    );
    const expected = FIELDS.flatMap((name) =>
      Array.from({ length: 2 + FIELD_ALIASES[name].length }, () => field(name)),
    );
    expect(owners).toEqual(expected);
  });

  it.each([
    'companyName',
    'COMPANYNAME',
    'Company Name',
    'company-name',
    'company_name',
    'company.name',
    '  Company  name ',
    'Company\u00a0name',
    'Company\nname',
    '\ufeffcompanyName',
    'company\u200bName',
  ])('%j is companyName: case, spaces, -, _ and . do not matter', (name) => {
    expect(roleOf(name)).toEqual(field('companyName'));
  });

  it('an address name is not the name of the profile', () => {
    expect(roleOf('firstName')).toEqual(field('firstName'));
    expect(roleOf('defaultAddress.firstName')).toEqual(field('addressFirstName'));
    expect(roleOf('Default_Address_First_Name')).toEqual(field('addressFirstName'));
  });

  it('names are kept as the user wrote them, with the letter that a spreadsheet shows', () => {
    const { columns } = parseHeader(['Tenant ID', ' E-Mail ', 'Notes']);
    expect(columns.map(({ name, letter }) => [name, letter])).toEqual([
      ['Tenant ID', 'A'],
      [' E-Mail ', 'B'],
      ['Notes', 'C'],
    ]);
  });
});

describe('guards', () => {
  it.each([
    'expect:companyName',
    'Expect: Company Name',
    'EXPECT : company',
    'expect:company_name',
    'Current company name',
    'current companyName',
    'current_company-name',
  ])('%s guards companyName', (name) => {
    expect(roleOf(name)).toEqual(guard('companyName'));
  });

  it('a wire path can be guarded', () => {
    expect(roleOf('expect:defaultAddress.city')).toEqual(guard('city'));
  });

  it('a guard and its field stand side by side', () => {
    expect(codesOf('tenant id', 'email', 'expect:email', 'current city')).toEqual([]);
  });

  it.each([
    'expect:',
    'expect:nonsense',
    'expect:customerTenantId',
    'expect:__proto__',
    'expect:compnay',
  ])('%s does not name a field', (name) => {
    expect(codesOf('tenant id', 'email', name)).toEqual(['unknown-guard']);
  });

  it('an unknown guard that is nearly a field is told which', () => {
    expect(errorsOf('tenant id', 'email', 'expect:emial')[0]?.hint).toContain('expect:email');
  });

  it.each([
    'expected company name',
    'expect companyName',
    'exepct:companyName',
    'expct:companyName',
    'Curent company name',
    'Currnet company name',
    'current compnay name',
  ])('%s is nearly a guard, and a guard that is not kept is dangerous', (name) => {
    const errors = errorsOf('tenant id', 'email', name);
    expect(errors.map(({ code }) => code)).toEqual(['misspelt-column']);
    expect(errors[0]?.hint).toContain('"expect:companyName"');
  });

  it.each(['Currency', 'Current status', 'Current plan', 'Expected by', 'Current customer id'])(
    '%s is no guard',
    (name) => {
      expect(roleOf(name)).toEqual({ kind: 'carried' });
    },
  );
});

describe('result columns of an earlier run', () => {
  it.each(['result_status', 'result_put_request_id', 'RESULT_STATUS', 'result_new_in_2030'])(
    '%s is ignored',
    (name) => {
      expect(roleOf(name)).toEqual({ kind: 'result' });
    },
  );

  it('may stand there twice', () => {
    expect(codesOf('tenant id', 'email', 'result_status', 'result_status')).toEqual([]);
  });

  it.each(['results', 'resulting', 'my result_status'])('%s is not one', (name) => {
    expect(roleOf(name)).toEqual({ kind: 'carried' });
  });
});

describe('a name that is nearly a known one', () => {
  it.each([
    ['emial', 'email'],
    ['emai', 'email'],
    ['emaill', 'email'],
    ['enail', 'email'],
    ['ctiy', 'city'],
    ['cuntry', 'country'],
    ['compnayName', 'companyName'],
    ['companyNmae', 'companyName'],
    ['adressLine1', 'addressLine1'],
    ['adress line 2', 'addressLine2'],
    ['postalcod', 'postalCode'],
    ['phonenumbr', 'phoneNumber'],
    ['lastnam', 'lastName'],
  ])('%s is an error that suggests %s', (name, like) => {
    const errors = errorsOf('tenant id', 'language', name);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ code: 'misspelt-column', column: { name, letter: 'C' } });
    expect(errors[0]?.hint).toContain(`"${like}"`);
  });

  it('for the tenant is an error where there is no tenant column', () => {
    const errors = errorsOf('custmerTenantId', 'email');
    expect(errors.map(({ code }) => code)).toEqual(['misspelt-column', 'missing-tenant']);
    expect(errors[0]?.hint).toContain('"customerTenantId"');
  });

  it.each(['Customer', 'Customer No', 'Tenant'])(
    '%s beside the tenant column is a column of its own',
    (name) => {
      const { columns, errors } = parseHeader(['Microsoft ID', 'email', name]);
      expect(errors).toEqual([]);
      expect(columns[2]?.role).toEqual({ kind: 'carried' });
    },
  );

  it.each([
    ...['Status', 'Notes', 'Owner', 'Date', 'Amount', 'Currency', 'ID', 'Contract', 'Comment'],
    ...[
      'Invoice',
      'VAT',
      'Tax ID',
      'Segment',
      'Manager',
      'Remarks',
      'Checked by',
      'Domain',
      'Rate',
    ],
    ...[
      'Ticket',
      'Name',
      'Number',
      'Customer name',
      'Company ID',
      'Title',
      'Reviewed',
      '',
      '#',
      '1',
    ],
  ])('%j is carried through', (name) => {
    expect(roleOf(name)).toEqual({ kind: 'carried' });
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype'])(
    '%s is carried through like any other name',
    (name) => {
      expect(roleOf(name)).toEqual({ kind: 'carried' });
      expect(codesOf('tenant id', 'email', name, name)).toEqual(['duplicate-column']);
    },
  );
});

describe('the header as a whole', () => {
  it.each([
    ['the same name twice', 'email', 'email'],
    ['another spelling', 'email', 'E-Mail Address'],
    ['a name and its wire path', 'city', 'defaultAddress.city'],
    ['two guards of one field', 'expect:city', 'Current town'],
    ['two tenants', 'customer id', 'Customer-ID'],
    ['two columns of the user', 'Notes', 'NOTES'],
  ])('%s is a collision that names both columns', (_name, first, second) => {
    const errors = errorsOf('Microsoft ID', 'language', first, second);
    const collisions = errors.filter(({ code }) => code === 'duplicate-column');
    expect(collisions.at(-1)?.message).toContain(`"${first}" (C) and "${second}" (D)`);
    expect(collisions).toHaveLength(errors.length);
  });

  it('columns without a name may be several', () => {
    expect(codesOf('tenant id', 'email', '', ' ', '-')).toEqual([]);
  });

  it('a missing tenant column is an error that shows how the header was read', () => {
    const errors = errorsOf('email', 'city');
    expect(errors.map(({ code }) => code)).toEqual(['missing-tenant']);
    expect(errors[0]?.message).toContain('"email", "city"');
    expect(errors[0]?.column).toBeUndefined();
  });

  it('a header without a field is an error', () => {
    expect(codesOf('tenant id', 'notes', 'expect:city')).toEqual(['no-field']);
  });

  it('every error is named, not only the first', () => {
    expect(codesOf('emial', 'expect:x', 'city', 'town', 'language')).toEqual([
      'misspelt-column',
      'unknown-guard',
      'duplicate-column',
      'missing-tenant',
    ]);
  });

  it('keeps one column for each name, errors or not', () => {
    const names = ['emial', 'expect:x', 'city', 'town', '', 'result_line'];
    expect(parseHeader(names).columns.map(({ name }) => name)).toEqual(names);
  });

  it('the columns that are known are counted without guesses', () => {
    expect(
      countKnown(['tenant id', 'city', 'expect:email', 'result_x', 'emial', 'Notes', '']),
    ).toBe(4);
  });

  it('a name of a hundred thousand letters does not take long', () => {
    expect(roleOf('x'.repeat(100_000))).toEqual({ kind: 'carried' });
  });
});

describe('the letter of a column', () => {
  it.each([
    [0, 'A'],
    [25, 'Z'],
    [26, 'AA'],
    [51, 'AZ'],
    [52, 'BA'],
    [701, 'ZZ'],
    [702, 'AAA'],
    [16_383, 'XFD'],
  ])('of number %i is %s', (index, letter) => {
    expect(columnLetter(index)).toBe(letter);
  });
});
