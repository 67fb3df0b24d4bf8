import { describe, expect, it } from 'vitest';
import {
  bodyEtag,
  FIELDS,
  fieldValue,
  withFields,
  type BillingProfile,
  type Field,
} from '../../src/profile/billing-profile.js';
import { decide, movedMembers, unconfirmed, type Decision } from '../../src/profile/decide.js';

const profile = (text: string): BillingProfile => JSON.parse(text) as BillingProfile;

const LIVE = profile(`{
  "id": "p-1", "firstName": "Ada", "lastName": "Nowak", "email": "ap@fabrikam.example",
  "culture": "en-US", "language": "en", "companyName": "Fabrikam Tools",
  "defaultAddress": { "country": "US", "city": "Reno", "state": "NV", "addressLine1": "1 Elm St" },
  "links": { "self": { "uri": "/a", "method": "GET", "headers": [] } },
  "attributes": { "etag": "-4242348048554929000", "objectType": "CustomerBillingProfile" }
}`);

type Values = Partial<Record<Field, string>>;
const asMap = (values: Values): Map<Field, string> =>
  new Map(Object.entries(values) as [Field, string][]);
const changed = (values: Values, from: BillingProfile = LIVE): BillingProfile =>
  withFields(from, asMap(values));

interface Asked {
  readonly desired: Values;
  readonly guards?: Values;
  readonly base?: BillingProfile;
  readonly live?: BillingProfile;
  readonly strict?: boolean;
}
const ask = ({ desired, guards = {}, base = LIVE, live = base, strict = false }: Asked): Decision =>
  decide({ desired: asMap(desired), guards: asMap(guards), base, live, strict });

function bodyOf(decision: Decision): BillingProfile {
  if (decision.kind !== 'update') throw new Error(`not an update but ${JSON.stringify(decision)}`);
  return decision.body;
}

describe('one field: what is asked, what it was, what it is', () => {
  // asked, base, live, ending; base and live are the city of the profile.
  const table: [string, string, string, string, 'unchanged' | 'update' | 'conflict'][] = [
    ['nothing moved and the value is there already', 'Reno', 'Reno', 'Reno', 'unchanged'],
    ['nothing moved and the value is new', 'Elko', 'Reno', 'Reno', 'update'],
    ['somebody else set our value', 'Elko', 'Reno', 'Elko', 'unchanged'],
    ['somebody else set another value', 'Elko', 'Reno', 'Ely', 'conflict'],
    ['somebody moved away from what we want kept', 'Reno', 'Reno', 'Ely', 'conflict'],
    ['somebody emptied the field', 'Elko', 'Reno', '', 'conflict'],
    ['somebody filled a field that was empty', 'Elko', '', 'Ely', 'conflict'],
    ['an empty field is filled', 'Elko', '', '', 'update'],
    ['a field is emptied', '', 'Reno', 'Reno', 'update'],
    ['an empty field is emptied', '', '', '', 'unchanged'],
    ['somebody else emptied the field that we empty', '', 'Reno', '', 'unchanged'],
    ['somebody filled what we empty', '', '', 'Ely', 'conflict'],
    ['only the letter case differs', 'RENO', 'Reno', 'Reno', 'update'],
    ['somebody changed the letter case of another value', 'Elko', 'Reno', 'RENO', 'conflict'],
    ['only a space differs', 'Reno ', 'Reno', 'Reno', 'update'],
    ['composed and decomposed letters differ', 'Re\u0301no', 'R\u00e9no', 'R\u00e9no', 'update'],
  ];
  it.each(table)('%s: %s over %s, now %s: %s', (_name, to, base, live, kind) => {
    const decision = ask({
      desired: { city: to },
      base: changed({ city: base }),
      live: changed({ city: live }),
    });
    expect(decision.kind).toBe(kind);
    if (decision.kind === 'update') {
      expect(decision.changes).toEqual([{ field: 'city', from: live, to }]);
      expect(fieldValue(decision.body, 'city')).toBe(to);
    }
    if (decision.kind === 'conflict') {
      expect(decision).toEqual({
        kind: 'conflict',
        cause: 'field-moved',
        moves: [{ member: 'city', expected: base, live, desired: to }],
      });
    }
  });

  it('a row that asks for nothing changes nothing', () => {
    expect(ask({ desired: {} })).toEqual({ kind: 'unchanged' });
  });

  it('several changes are named in the order of the row, and only those that differ', () => {
    const decision = ask({
      desired: { email: 'x@fabrikam.example', firstName: 'Ada', city: 'Ely' },
    });
    expect(decision.kind === 'update' && decision.changes).toEqual([
      { field: 'email', from: 'ap@fabrikam.example', to: 'x@fabrikam.example' },
      { field: 'city', from: 'Reno', to: 'Ely' },
    ]);
  });

  it('one moved field holds back the whole row', () => {
    const decision = ask({
      desired: { email: 'x@fabrikam.example', city: 'Elko' },
      live: changed({ city: 'Ely' }),
    });
    expect(decision).toMatchObject({ kind: 'conflict', moves: [{ member: 'city' }] });
  });

  it('every moved field is named, not only the first', () => {
    const decision = ask({
      desired: { email: 'x@fabrikam.example', city: 'Elko' },
      live: changed({ city: 'Ely', email: 'y@fabrikam.example' }),
    });
    expect(decision.kind === 'conflict' && decision.moves.map(({ member }) => member)).toEqual([
      'email',
      'city',
    ]);
  });
});

describe('the culture, which the service stores in one letter case', () => {
  it('is changed where only its letter case differs, like every other field', () => {
    expect(bodyOf(ask({ desired: { culture: 'EN-us' } }))).toMatchObject({ culture: 'EN-us' });
  });
});

describe('an empty field', () => {
  const spellings: [string, string][] = [
    ['absent', '{}'],
    ['null', '{ "phoneNumber": null }'],
    ["''", '{ "phoneNumber": "" }'],
  ];
  it.each(spellings)('%s is already clear', (_name, address) => {
    const live = profile(`{ "defaultAddress": ${address} }`);
    expect(ask({ desired: { phoneNumber: '' }, base: live })).toEqual({ kind: 'unchanged' });
  });

  const pairs = spellings.flatMap(([a, x]) =>
    spellings.map(([b, y]): [string, string, string, string] => [a, b, x, y]),
  );
  it.each(pairs)('%s that became %s did not move', (_a, _b, before, after) => {
    const base = profile(`{ "defaultAddress": ${before} }`);
    const live = profile(`{ "defaultAddress": ${after} }`);
    expect(movedMembers(base, live)).toEqual([]);
    expect(ask({ desired: { phoneNumber: '555 0100' }, base, live, strict: true }).kind).toBe(
      'update',
    );
  });

  it('is sent as null, not as the empty text', () => {
    expect(bodyOf(ask({ desired: { city: '' } }))).toMatchObject({
      defaultAddress: { city: null },
    });
  });

  it('is filled where the whole address is absent', () => {
    const live = profile('{ "email": "a@x.example" }');
    expect(bodyOf(ask({ desired: { city: 'Ely' }, base: live }))).toEqual({
      email: 'a@x.example',
      defaultAddress: { city: 'Ely' },
    });
  });

  it('is filled where the address is null', () => {
    const live = profile('{ "defaultAddress": null }');
    expect(bodyOf(ask({ desired: { city: 'Ely' }, base: live }))).toEqual({
      defaultAddress: { city: 'Ely' },
    });
  });
});

describe('a guard', () => {
  it('that holds lets the row through', () => {
    expect(ask({ desired: { city: 'Ely' }, guards: { companyName: 'Fabrikam Tools' } }).kind).toBe(
      'update',
    );
  });

  it('that does not hold stops the row and says what stands there', () => {
    expect(ask({ desired: { city: 'Ely' }, guards: { companyName: 'Contoso Mills' } })).toEqual({
      kind: 'conflict',
      cause: 'guard-mismatch',
      moves: [{ member: 'companyName', expected: 'Contoso Mills', live: 'Fabrikam Tools' }],
    });
  });

  it('stops a row that has nothing to change, too: it may be the wrong customer', () => {
    expect(ask({ desired: { city: 'Reno' }, guards: { companyName: 'Contoso Mills' } }).kind).toBe(
      'conflict',
    );
  });

  it('is exact about letter case', () => {
    expect(ask({ desired: { city: 'Ely' }, guards: { companyName: 'FABRIKAM TOOLS' } }).kind).toBe(
      'conflict',
    );
  });

  it('looks at the live profile, not at the one that was reviewed', () => {
    const live = changed({ companyName: 'Contoso Mills' });
    expect(
      ask({ desired: { city: 'Ely' }, guards: { companyName: 'Fabrikam Tools' }, live }),
    ).toMatchObject({ kind: 'conflict', cause: 'guard-mismatch' });
  });

  it('comes before a moved field', () => {
    const live = changed({ city: 'Elko' });
    expect(
      ask({ desired: { city: 'Ely' }, guards: { companyName: 'Contoso Mills' }, live }),
    ).toMatchObject({ cause: 'guard-mismatch' });
  });

  it('names every mismatch', () => {
    const decision = ask({ desired: {}, guards: { companyName: 'A', city: 'B', country: 'US' } });
    expect(decision.kind === 'conflict' && decision.moves.map(({ member }) => member)).toEqual([
      'companyName',
      'city',
    ]);
  });

  it('for an empty field holds only where the field is empty', () => {
    expect(ask({ desired: { city: 'Ely' }, guards: { phoneNumber: '' } }).kind).toBe('update');
    expect(ask({ desired: { city: 'Ely' }, guards: { state: '' } }).kind).toBe('conflict');
  });

  describe('on a field that the row changes too', () => {
    const both = { desired: { city: 'Ely' }, guards: { city: 'Reno' } };
    it('is met by the old value: the change is made', () => {
      expect(ask(both).kind).toBe('update');
    });
    it('is met by the new value: the file can be applied again', () => {
      expect(ask({ ...both, base: changed({ city: 'Ely' }) })).toEqual({ kind: 'unchanged' });
    });
    it('is not met by a third value', () => {
      expect(ask({ ...both, base: changed({ city: 'Elko' }) })).toMatchObject({
        cause: 'guard-mismatch',
      });
    });
    it('that is emptied is met by the emptied field', () => {
      const cleared = { desired: { city: '' }, guards: { city: 'Reno' } };
      expect(ask({ ...cleared, base: changed({ city: '' }) })).toEqual({ kind: 'unchanged' });
    });
  });
});

describe('when somebody else changed another field', () => {
  const live = changed({ companyName: 'Fabrikam Tools Ltd', phoneNumber: '555 0100' });

  it('their change is kept and ours put on top', () => {
    const body = bodyOf(ask({ desired: { city: 'Ely' }, live }));
    expect(fieldValue(body, 'companyName')).toBe('Fabrikam Tools Ltd');
    expect(fieldValue(body, 'phoneNumber')).toBe('555 0100');
    expect(fieldValue(body, 'city')).toBe('Ely');
  });

  it('strict refuses and names what moved', () => {
    expect(ask({ desired: { city: 'Ely' }, live, strict: true })).toEqual({
      kind: 'conflict',
      cause: 'profile-moved',
      moves: [
        { member: 'companyName', expected: 'Fabrikam Tools', live: 'Fabrikam Tools Ltd' },
        { member: 'phoneNumber', expected: '', live: '555 0100' },
      ],
    });
  });

  it('strict does not mind where there is nothing left to do', () => {
    expect(ask({ desired: { city: 'Reno' }, live, strict: true })).toEqual({ kind: 'unchanged' });
  });

  it('strict accepts that a field of ours moved to our value', () => {
    const ours = changed({ city: 'Ely' });
    expect(ask({ desired: { city: 'Ely', state: 'CA' }, live: ours, strict: true })).toMatchObject({
      kind: 'update',
      changes: [{ field: 'state' }],
    });
  });

  it('strict sees a member that billpatch does not know', () => {
    const grown = { ...LIVE, taxId: { value: '7' } };
    expect(ask({ desired: { city: 'Ely' }, live: grown, strict: true })).toMatchObject({
      cause: 'profile-moved',
      moves: [{ member: 'taxId.value', expected: '', live: '7' }],
    });
  });

  it('strict does not take a new tag or new links for a move', () => {
    const retagged = { ...LIVE, attributes: { etag: '2' }, links: {} };
    expect(ask({ desired: { city: 'Ely' }, live: retagged, strict: true }).kind).toBe('update');
  });
});

describe('the body of an update', () => {
  const strange = profile(`{
    "Zeta": [1, { "b": null, "a": [] }], "email": "a@x.example", "__proto__": { "polluted": 1 },
    "defaultAddress": {
      "geo": { "lat": 1.5, "__proto__": { "deep": true } }, "City": "Reno", "constructor": "c",
      "__proto__": "own"
    },
    "10": "ten", "empty": {}, "nothing": null, "flag": false,
    "attributes": { "etag": "-9223372036854775808", "x": { "y": [null] } }
  }`);

  it('differs from what GET returned in the asked field alone, at every depth', () => {
    const body = bodyOf(ask({ desired: { email: 'b@x.example' }, base: strange }));
    expect(JSON.stringify(body)).toBe(
      JSON.stringify(strange).replace('a@x.example', 'b@x.example'),
    );
  });

  it('keeps its members in order and its own __proto__ members', () => {
    const body = bodyOf(ask({ desired: { city: 'Ely' }, base: strange }));
    expect(JSON.stringify(body)).toBe(JSON.stringify(strange).replace('Reno', 'Ely'));
    expect(JSON.stringify(body).match(/"__proto__":/g)).toHaveLength(3);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it('leaves the profiles that it was made from alone', () => {
    const before = JSON.stringify(strange);
    bodyOf(ask({ desired: { city: 'Ely', email: '' }, base: strange }));
    expect(JSON.stringify(strange)).toBe(before);
  });

  it('replaces a PascalCase member in place instead of adding a second one', () => {
    const pascal = profile('{ "Email": "a@x.example", "DefaultAddress": { "CITY": "Reno" } }');
    expect(bodyOf(ask({ desired: { email: 'b@x.example', city: 'Ely' }, base: pascal }))).toEqual({
      Email: 'b@x.example',
      DefaultAddress: { CITY: 'Ely' },
    });
  });

  it('compares PascalCase with camelCase as one and the same member', () => {
    const base = profile('{ "Email": "a@x.example", "DefaultAddress": { "City": "Reno" } }');
    const live = profile('{ "email": "a@x.example", "defaultAddress": { "city": "Reno" } }');
    expect(movedMembers(base, live)).toEqual([]);
    expect(ask({ desired: { city: 'Ely' }, base, live, strict: true }).kind).toBe('update');
  });
});

describe('reading a profile', () => {
  it('a member of the prototype is not a field', () => {
    expect(fieldValue(profile('{ "__proto__": { "email": "a@x.example" } }'), 'email')).toBe('');
  });

  it('numbers and booleans are read as they are written, objects and lists as nothing', () => {
    const odd = profile('{"firstName":7,"lastName":true,"email":{"a":1},"culture":["x"]}');
    expect(
      (['firstName', 'lastName', 'email', 'culture'] as const).map((f) => fieldValue(odd, f)),
    ).toEqual(['7', 'true', '', '']);
  });

  it('an address that is a text has no city', () => {
    expect(fieldValue(profile('{ "defaultAddress": "Reno" }'), 'city')).toBe('');
  });

  it.each([
    ['{ "attributes": { "etag": "-9223372036854775808" } }', '-9223372036854775808'],
    ['{ "Attributes": { "Etag": "7" } }', '7'],
    ['{ "attributes": { "etag": 7 } }', undefined],
    ['{ "attributes": { "etag": "" } }', undefined],
    ['{ "attributes": null }', undefined],
    ['{ "etag": "7" }', undefined],
  ])('the tag of %s is %s', (text, etag) => {
    expect(bodyEtag(profile(text))).toBe(etag);
  });
});

describe('what an update did not confirm', () => {
  it('is every field that is not as asked', () => {
    expect(unconfirmed(asMap({ city: 'Ely', email: 'ap@fabrikam.example' }), LIVE)).toEqual([
      { member: 'city', expected: 'Ely', live: 'Reno' },
    ]);
  });

  it('is nothing where the culture came back in the usual letter case', () => {
    expect(unconfirmed(asMap({ culture: 'EN-us' }), LIVE)).toEqual([]);
  });

  it('is a culture that is another one', () => {
    expect(unconfirmed(asMap({ culture: 'es-US' }), LIVE)).toHaveLength(1);
  });

  it('is a city that came back in another letter case', () => {
    expect(unconfirmed(asMap({ city: 'RENO' }), LIVE)).toHaveLength(1);
  });

  it('is not an emptied field, however the answer spells that', () => {
    for (const text of ['{}', '{ "culture": null }', '{ "culture": "" }']) {
      expect(unconfirmed(asMap({ culture: '' }), profile(text))).toEqual([]);
    }
  });
});

describe('the members that moved', () => {
  it('are none between a profile and itself', () => {
    expect(movedMembers(LIVE, LIVE)).toEqual([]);
  });

  it('are none where only the order of the members differs', () => {
    expect(
      movedMembers(profile('{"a":1,"b":{"c":2,"d":3}}'), profile('{"b":{"d":3,"c":2},"a":1}')),
    ).toEqual([]);
  });

  it('are found in lists, and in members called __proto__', () => {
    const before = profile('{ "list": [1, 2], "__proto__": { "x": "1" } }');
    const after = profile('{ "list": [2, 1], "__proto__": { "x": "2" } }');
    expect(movedMembers(before, after)).toEqual([
      { member: 'list', expected: '[1,2]', live: '[2,1]' },
      { member: '__proto__.x', expected: '1', live: '2' },
    ]);
  });

  it('do not mix up an unknown member with the field of the same name', () => {
    const before = profile('{ "country": "US", "defaultAddress": { "country": "US" } }');
    const after = profile('{ "country": "CA", "defaultAddress": { "country": "US" } }');
    expect(movedMembers(before, after)).toEqual([
      { member: '$.country', expected: 'US', live: 'CA' },
    ]);
    const question = { desired: { country: 'GB' }, base: before, live: after, strict: true };
    expect(ask(question)).toMatchObject({ cause: 'profile-moved' });
  });

  it('do not mix up a name that holds a dot with a path', () => {
    const before = profile('{ "a.b": "1", "defaultAddress.city": "Ely" }');
    const after = profile('{ "a": { "b": "1" }, "defaultAddress": { "city": "Ely" } }');
    expect(movedMembers(before, after).map(({ member }) => member)).toEqual([
      '"a.b"',
      '"defaultAddress.city"',
      'a.b',
      'city',
    ]);
  });

  it('include links and attributes that are not at the top', () => {
    expect(movedMembers(profile('{"a":{"links":"1"}}'), profile('{"a":{"links":"2"}}'))).toEqual([
      { member: 'a.links', expected: '1', live: '2' },
    ]);
  });
});

/** A small generator with a seed (mulberry32), so that a failure can be seen again. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

describe('whatever is asked of whatever profile', () => {
  const VALUES = ['', 'a', 'A', 'b', 'ä'];
  const next = random(20261123);
  const one = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!;
  const some = (share: number): Map<Field, string> =>
    new Map(FIELDS.filter(() => next() < share).map((field) => [field, one(VALUES)]));
  const cases = Array.from({ length: 3000 }, () => {
    const base = withFields({ unknown: { deep: [1] }, defaultAddress: { more: 'm' } }, some(0.6));
    return {
      base,
      live: withFields(base, some(0.05)),
      desired: some(0.15),
      guards: some(0.02),
      strict: next() < 0.3,
    };
  });

  it('every decision keeps the promises of its kind', () => {
    const seen = { unchanged: 0, update: 0, conflict: 0 };
    for (const question of cases) {
      const { base, live, desired } = question;
      const decision = decide(question);
      seen[decision.kind] += 1;
      const value = (field: Field): string => fieldValue(live, field);
      if (decision.kind === 'unchanged') {
        for (const [field, to] of desired)
          expect(value(field).toLowerCase()).toBe(to.toLowerCase());
      }
      if (decision.kind === 'update') {
        for (const field of FIELDS) {
          const change = decision.changes.find((each) => each.field === field);
          expect(fieldValue(decision.body, field)).toBe(change ? change.to : value(field));
          if (change) {
            expect(desired.get(field)).toBe(change.to);
            expect([change.from, change.from]).toEqual([value(field), fieldValue(base, field)]);
            expect(change.from).not.toBe(change.to);
          }
        }
        expect(unconfirmed(desired, decision.body)).toEqual([]);
        expect(decision.body).toMatchObject({
          unknown: { deep: [1] },
          defaultAddress: { more: 'm' },
        });
        // Once it is applied there is nothing left to do.
        expect(decide({ ...question, base: decision.body, live: decision.body })).toEqual({
          kind: 'unchanged',
        });
      }
      if (decision.kind === 'conflict') {
        expect(decision.moves.length).toBeGreaterThan(0);
        for (const move of decision.moves) expect(move.live).not.toBe(move.expected);
      }
    }
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(100);
  });
});
