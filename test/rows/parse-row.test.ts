import { describe, expect, it } from 'vitest';
import { parseHeader } from '../../src/rows/columns.js';
import { cleanCell, parseRow, parseTenantId, type ParsedRow } from '../../src/rows/parse-row.js';

const TENANT = '01234567-89ab-cdef-0123-456789abcdef';

/** A record of one tenant with the cells that are given, under a header of their names. */
function parseCells(cells: Readonly<Record<string, string>>, tenant = TENANT): ParsedRow {
  const { columns } = parseHeader(['tenant id', ...Object.keys(cells)]);
  const raw = { ordinal: 0, line: 2, textLine: 2, cells: [tenant, ...Object.values(cells)] };
  return parseRow(raw, columns);
}
const desiredOf = (cells: Readonly<Record<string, string>>): unknown => {
  const parsed = parseCells(cells);
  return parsed.kind === 'row' ? Object.fromEntries(parsed.row.desired) : parsed.errors;
};
const codesOf = (cells: Readonly<Record<string, string>>, tenant = TENANT): string[] => {
  const parsed = parseCells(cells, tenant);
  return parsed.kind === 'invalid' ? parsed.errors.map(({ code }) => code) : [];
};

describe('a tenant id', () => {
  it.each([
    TENANT,
    TENANT.toUpperCase(),
    `{${TENANT}}`,
    `{${TENANT.toUpperCase()}}`,
    `  ${TENANT}\t`,
    `\u00a0${TENANT}\u200b`,
    `\ufeff${TENANT}\r\n`,
  ])('is found in %j', (text) => {
    expect(parseTenantId(text)).toBe(TENANT);
  });

  it.each([
    '',
    'fabrikam.example',
    TENANT.replaceAll('-', ''),
    `${TENANT}0`,
    TENANT.slice(1),
    `{${TENANT}`,
    `${TENANT}}`,
    `{{${TENANT}}}`,
    `(${TENANT})`,
    `${TENANT}/../${TENANT}`,
    `${TENANT}?x=1`,
    `${TENANT}#`,
    `${TENANT}%00`,
    `${TENANT}\0`,
    `${TENANT}\n${TENANT}`,
    `${TENANT},${TENANT}`,
    `../${TENANT}`,
    `urn:uuid:${TENANT}`,
    TENANT.replace('0', 'g'),
    TENANT.replace('0', '\uff10'),
    TENANT.replace('0', '\u0660'),
    TENANT.replace('a', '\u0430'),
    TENANT.replace('-', '\u2010'),
    TENANT.replace('-', '\u00ad-'),
    TENANT.replace('4', '4\u200b'),
    '1.23457E+35',
    'null',
    '__proto__',
  ])('is not found in %j', (text) => {
    expect(parseTenantId(text)).toBeUndefined();
  });

  it('is 8-4-4-4-12 hexadecimal digits or nothing, whatever is done to it', () => {
    let state = 20261123;
    const below = (n: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * n);
    };
    const parts = [
      ...['/', '.', '..', '%2f', '?', '#', '\\', '\0', '\n', '\r', ' ', '{', '}', '-', '@', ':'],
      ...['a', 'F', '0', 'g', '\u200b', '\u00a0', '\u202e', '\ufeff', '\u0130', '\uff21', '\ud800'],
    ];
    let found = 0;
    let refused = 0;
    for (let i = 0; i < 10_000; i++) {
      let text = TENANT;
      for (let edits = 1 + below(3); edits > 0; edits--) {
        const at = below(text.length + 1);
        text = text.slice(0, at) + parts[below(parts.length)]! + text.slice(at + below(3));
      }
      const id = parseTenantId(text);
      if (id === undefined) {
        refused += 1;
        continue;
      }
      found += 1;
      expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      expect(id).toHaveLength(36);
      // Nothing visible was dropped or made up on the way.
      expect(text.toLowerCase()).toContain(id);
      expect(encodeURIComponent(id)).toBe(id);
    }
    expect(found).toBeGreaterThan(100);
    expect(refused).toBeGreaterThan(5000);
  });

  it('that is missing is another error than one that is malformed', () => {
    expect(codesOf({ city: 'Ely' }, ' \u00a0')).toEqual(['tenant-missing']);
    expect(codesOf({ city: 'Ely' }, 'Fabrikam')).toEqual(['tenant-malformed']);
  });
});

describe('a cell', () => {
  it('that is empty leaves its field alone', () => {
    expect(desiredOf({ city: '', state: ' ', email: '\u00a0', 'expect:culture': '' })).toEqual({});
  });

  it.each(['<clear>', '<CLEAR>', ' <Clear> '])('%j empties its field', (cell) => {
    expect(desiredOf({ phoneNumber: cell, email: cell, country: cell })).toEqual({
      phoneNumber: '',
      email: '',
      country: '',
    });
  });

  it.each(['clear', '<clear', '< clear >', '<clear>.'])('%j is a value like any other', (cell) => {
    expect(desiredOf({ city: cell })).toEqual({ city: cell });
  });

  it('of a guard that says <clear> wants the field empty', () => {
    const parsed = parseCells({ city: 'Ely', 'expect:phone': '<clear>', 'expect:city': ' Reno ' });
    expect(parsed.kind === 'row' && Object.fromEntries(parsed.row.guards)).toEqual({
      phoneNumber: '',
      city: 'Reno',
    });
  });

  it('keeps its line breaks, tabs and spaces inside, and loses those at its edges', () => {
    expect(
      desiredOf({ addressLine1: '\u200b \t1 Elm St\r\nFloor  2\tB\nC\u00a0D \u202c\n' }),
    ).toEqual({
      addressLine1: '1 Elm St\r\nFloor  2\tB\nC\u00a0D',
    });
  });

  it('keeps a zero-width joiner inside a name', () => {
    expect(cleanCell('\u200dक\u094d\u200dष\u200d')).toBe('क\u094d\u200dष');
  });

  it('keeps emoji and letters beyond the first plane whole', () => {
    expect(cleanCell(' \u{1f3ed} \u{20bb7}野家 ')).toBe('\u{1f3ed} \u{20bb7}野家');
  });

  it('with a hundred thousand spaces in its middle does not take long', () => {
    const cell = `a${' '.repeat(100_000)}b`;
    const started = performance.now();
    expect(cleanCell(` ${cell} `)).toBe(cell);
    expect(performance.now() - started).toBeLessThan(500);
  });

  it.each([
    ['U+FFFD', 'Stra\ufffde', 'unreadable-character'],
    ['a C1 control', 'Stra\u0080e', 'unreadable-character'],
    ['the last C1 control', 'Stra\u009fe', 'unreadable-character'],
    ['half a surrogate pair', 'Stra\ud800e', 'unreadable-character'],
    ['NUL', 'a\0b', 'control-character'],
    ['a bell', 'a\u0007b', 'control-character'],
    ['a vertical tab', 'a\u000bb', 'control-character'],
    ['escape', 'a\u001b[31mb', 'control-character'],
    ['delete', 'a\u007fb', 'control-character'],
  ])('with %s is refused, in a field, a guard or the tenant', (_name, cell, code) => {
    expect(codesOf({ city: cell })).toEqual([code]);
    expect(codesOf({ email: 'a@x.example', 'expect:city': cell })).toEqual([code]);
    expect(codesOf({ city: 'Ely' }, cell)).toEqual([code]);
  });

  it('that is only carried through may hold anything but NUL and what was damaged', () => {
    expect(codesOf({ city: 'Ely', notes: '\u0007\u0080' })).toEqual([]);
    expect(codesOf({ city: 'Ely', notes: 'a\ufffd' })).toEqual(['unreadable-character']);
    expect(codesOf({ city: 'Ely', notes: 'a\0b' })).toEqual(['control-character']);
  });

  it('of an earlier result is not looked at', () => {
    expect(codesOf({ city: 'Ely', result_error: 'a\0b\ufffd' })).toEqual([]);
  });

  it('that is missing at the end of the record is empty', () => {
    const { columns } = parseHeader(['tenant id', 'city', 'email']);
    const raw = { ordinal: 0, line: 2, textLine: 2, cells: [TENANT, 'Ely'] };
    const parsed = parseRow(raw, columns);
    expect(parsed.kind === 'row' && [...parsed.row.desired]).toEqual([['city', 'Ely']]);
  });
});

describe('an e-mail address', () => {
  it.each([
    'ap@fabrikam.example',
    "o'neil+ap@sub.fabrikam.example",
    'buchhaltung@straße.example',
    'AP@FABRIKAM.EXAMPLE',
    '=ap@fabrikam.example',
  ])('%s is sent as it is', (email) => {
    expect(desiredOf({ email })).toEqual({ email });
  });

  it.each([
    'ap',
    'ap@fabrikam',
    '@fabrikam.example',
    'ap@',
    'ap@fabrikam.',
    'ap@@fabrikam.example',
    'a@fabrikam.example, b@fabrikam.example',
    'a@fabrikam.example;b@fabrikam.example',
    'Ada Nowak <ap@fabrikam.example>',
    'ap @fabrikam.example',
    'ap\n@fabrikam.example',
    'ap\u00a0@fabrikam.example',
    'ap\u200b@fabrikam.example',
    'ap@fabri\u202ekam.example',
  ])('%j is refused', (email) => {
    expect(codesOf({ email })).toEqual(['email-malformed']);
  });

  it('of a guard may be whatever the service holds', () => {
    expect(codesOf({ city: 'Ely', 'expect:email': 'no address' })).toEqual([]);
  });
});

describe('a country', () => {
  it.each(['US', 'DE', 'GB'])('%s is a code', (country) => {
    expect(desiredOf({ country })).toEqual({ country });
  });

  it.each(['us', 'USA', 'Germany', 'U', 'D\u0395', '49', 'U S'])('%s is not', (country) => {
    expect(codesOf({ country })).toEqual(['country-malformed']);
  });

  it('UK is answered with GB', () => {
    const parsed = parseCells({ country: 'UK' });
    expect(parsed).toMatchObject({
      kind: 'invalid',
      errors: [{ code: 'country-malformed', value: 'UK', hint: 'Did you mean GB?' }],
    });
  });
});

describe('the length of a value', () => {
  it.each([
    ['addressLine1', 200],
    ['addressLine2', 200],
    ['addressFirstName', 50],
    ['addressMiddleName', 50],
    ['addressLastName', 50],
  ])('of %s is at most %i', (name, limit) => {
    expect(codesOf({ [name]: 'x'.repeat(limit) })).toEqual([]);
    expect(codesOf({ [name]: `  ${'x'.repeat(limit)}  ` })).toEqual([]);
    expect(codesOf({ [name]: 'x'.repeat(limit + 1) })).toEqual(['too-long']);
  });

  it('is not limited where the service documents no limit', () => {
    expect(codesOf({ companyName: 'x'.repeat(5000), addressLine3: 'x'.repeat(5000) })).toEqual([]);
  });
});

describe('a row with several mistakes', () => {
  it('names them all, each with its column and the cell as it stands', () => {
    const parsed = parseCells({ email: ' no ', country: 'UK', city: 'a\0b' }, 'nobody');
    expect(
      parsed.kind === 'invalid' &&
        parsed.errors.map(({ code, column, value }) => [code, column.letter, value]),
    ).toEqual([
      ['tenant-malformed', 'A', 'nobody'],
      ['email-malformed', 'B', ' no '],
      ['country-malformed', 'C', 'UK'],
      ['control-character', 'D', 'a\0b'],
    ]);
  });

  it('still says which tenant it is', () => {
    expect(parseCells({ email: 'no' })).toMatchObject({ kind: 'invalid', tenantId: TENANT });
  });

  it('never quotes a value in its message, which may be shown anywhere', () => {
    const parsed = parseCells(
      { email: 'secret-no', country: 'secret', city: 'secret\0' },
      'secret',
    );
    const texts =
      parsed.kind === 'invalid' ? parsed.errors.map(({ message, hint }) => message + hint) : [];
    expect(texts).toHaveLength(4);
    expect(texts.join(' ')).not.toContain('secret');
  });

  it('keeps the record as it stood in the file', () => {
    const parsed = parseCells({ city: ' Ely ' });
    expect(parsed).toMatchObject({ kind: 'row', row: { line: 2, cells: [TENANT, ' Ely '] } });
  });
});
