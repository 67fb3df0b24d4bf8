import { describe, expect, it } from 'vitest';

import { withFields, type Field } from '../../src/profile/billing-profile.js';
import type { RowReviewPorts } from '../../src/run/row-review.js';
import type { AddressResult } from '../../src/run/review-service.js';
import { updateCustomer, type Task } from '../../src/run/update-customer.js';
import { asFromService, withRules } from '../helpers/review-ports.js';
import { BASE, liveOf, LOST, scriptedService, STALE, TENANT } from '../helpers/scripted-service.js';

/** A sound profile in the US. */
const SOUND = { state: 'WA', postalCode: '98052', addressLine1: '1 Way' };

async function run(
  desired: Partial<Record<Field, string>>,
  steps: Parameters<typeof scriptedService>[0],
  review: RowReviewPorts,
  task: Partial<Task> = {},
) {
  const service = scriptedService(steps);
  const intents: unknown[] = [];
  let ids = 0;
  const { outcome } = await updateCustomer(
    {
      tenantId: TENANT,
      desired: new Map(Object.entries(desired) as [Field, string][]),
      guards: new Map(),
      strict: false,
      ...task,
    },
    {
      service,
      newId: () => `id-${(ids += 1)}`,
      aside: (wait) => wait(),
      review,
      claimEtagCheck: () => false,
      recordIntent: (intent) => {
        intents.push(intent);
        return Promise.resolve();
      },
    },
  );
  expect(service.left()).toBe(0);
  return { outcome, intents };
}

const verdictOf = (verdict: AddressResult['verdict']) => () =>
  Promise.resolve({ verdict, trace: { requestId: 'a', attempts: 1, httpStatus: 200 } });

describe('a row that is looked at', () => {
  it('is not sent, and leaves no intent, where it breaks a rule', async () => {
    const { outcome, intents } = await run(
      { state: 'Oregon' },
      [['get', liveOf(SOUND)]],
      withRules(),
    );
    expect(outcome).toMatchObject({
      status: 'invalid',
      problem: {
        code: 'state-not-listed',
        detail: 'state would be "Oregon" (did you mean "OR"?).',
        hint: 'Did you mean OR?',
      },
      trace: { attempts: 1 },
    });
    expect(intents).toEqual([]);
  });

  it('asks for no rules where it changes nothing that they speak of', async () => {
    const review = withRules();
    const email = { email: 'new@x.example' };
    await run(
      { ...email, addressLine2: 'Suite 4' },
      [
        ['get', liveOf(SOUND)],
        ['put', liveOf({ ...SOUND, ...email, addressLine2: 'Suite 4' })],
      ],
      review,
    );
    await run({ state: 'WA' }, [['get', liveOf(SOUND)]], review);
    expect(review.asked).toEqual([]);
  });

  it('is looked at again where the profile moved, by the country that it then has', async () => {
    const review = withRules();
    const { outcome } = await run(
      { postalCode: '98101' },
      [
        ['get', liveOf(SOUND)],
        ['put', STALE],
        ['get', liveOf({ ...SOUND, country: 'GB' }, '-2')],
      ],
      review,
    );
    expect(review.asked).toEqual(['US', 'GB']);
    expect(outcome).toMatchObject({
      status: 'invalid',
      problem: { code: 'postal-code-malformed' },
    });
  });

  it('is not looked at where a person has reviewed it', async () => {
    const review = withRules();
    const { outcome } = await run(
      { state: 'Oregon' },
      [
        ['get', liveOf(SOUND)],
        ['put', liveOf({ ...SOUND, state: 'Oregon' })],
      ],
      review,
      { base: liveOf(SOUND).profile },
    );
    expect(outcome.status).toBe('updated');
    expect(review.asked).toEqual([]);
  });
});

describe('lost zeros', () => {
  const repairing = (): ReturnType<typeof withRules> => withRules(asFromService, { repair: true });

  it('are given back, and what is asked for is what is sent', async () => {
    const review = repairing();
    const { outcome } = await run(
      { postalCode: '2139' },
      [
        ['get', liveOf(SOUND)],
        ['put', liveOf({ ...SOUND, postalCode: '02139' })],
      ],
      review,
    );
    expect(outcome).toMatchObject({
      status: 'updated',
      changes: [{ field: 'postalCode', from: '98052', to: '02139' }],
      note: 'postalCode repaired: 2139 → 02139.',
    });
    expect(review.remarks.map(({ code }) => code)).toEqual(['repaired']);
  });

  it('that the live code has: nothing is sent, with or without --repair', async () => {
    for (const review of [repairing(), withRules(), withRules(() => ({ kind: 'none' }))]) {
      const { outcome } = await run(
        { postalCode: '2139' },
        [['get', liveOf({ ...SOUND, postalCode: '02139' })]],
        review,
      );
      expect(outcome).toMatchObject({
        status: 'unchanged',
        note: 'postalCode 2139 is the live 02139 without its leading zeros.',
      });
      expect(review.asked).toEqual([]);
    }
  });

  const pending = (
    changes: readonly [Field, string, string][],
    before = liveOf(SOUND).profile,
  ) => ({
    pending: {
      round: 1,
      requestId: 'r',
      correlationId: 'c',
      etag: '-1',
      changes: changes.map(([field, from, to]) => ({ field, from, to })),
      before,
    },
  });

  it('of an update that was cut off: carried out, it is found by the repaired value', async () => {
    const review = repairing();
    const { outcome } = await run(
      { postalCode: '2139' },
      [['get', liveOf({ ...SOUND, postalCode: '02139' }, '-2')]],
      review,
      pending([['postalCode', '98052', '02139']]),
    );
    expect(outcome.status).toBe('updated');
    expect(review.asked).toEqual([]);
  });

  it('of one that was not carried out: it is sent as it was', async () => {
    const { outcome, intents } = await run(
      { postalCode: '2139' },
      [
        ['get', liveOf(SOUND)],
        ['put', liveOf({ ...SOUND, postalCode: '02139' }, '-2')],
      ],
      repairing(),
      pending([['postalCode', '98052', '02139']]),
    );
    expect(outcome.status).toBe('updated');
    expect(intents).toMatchObject([{ round: 2, changes: [{ to: '02139' }] }]);
  });

  it('of one that left the code alone: it is not taken for a change now', async () => {
    const before = withFields(liveOf(SOUND).profile, [['postalCode', '02139']]);
    const { outcome } = await run(
      { postalCode: '2139', email: 'new@x.example' },
      [['get', liveOf({ ...SOUND, postalCode: '02139', email: 'new@x.example' }, '-2')]],
      withRules(),
      pending([['email', 'ada@contoso.example', 'new@x.example']], before),
    );
    expect(outcome).toMatchObject({ status: 'updated', changes: [{ field: 'email' }] });
  });
});

describe('an address that is checked', () => {
  const checking = (verdict: AddressResult['verdict']): ReturnType<typeof withRules> =>
    withRules(asFromService, { checkAddress: verdictOf(verdict) });
  const line = { addressLine1: '2 Way' };
  const sent: Parameters<typeof scriptedService>[0] = [
    ['get', liveOf(SOUND)],
    ['put', liveOf({ ...SOUND, ...line })],
  ];

  it('and confirmed is sent; the request counts as one of the row', async () => {
    const { outcome } = await run(line, sent, checking({ kind: 'valid', suggestions: [] }));
    expect(outcome).toMatchObject({ status: 'updated', trace: { attempts: 3 } });
    expect(outcome).not.toHaveProperty('note');
  });

  it('and written in another way is sent as it is, and that is said', async () => {
    const review = checking({ kind: 'valid', suggestions: ['2 Other Street, Redmond, WA 98052'] });
    const { outcome } = await run(line, sent, review);
    expect(outcome).toMatchObject({ note: expect.stringContaining('2 Other Street') as string });
    expect(review.remarks.map(({ code }) => code)).toEqual(['address-suggested']);
  });

  it('and only longer by ZIP+4 needs no word', async () => {
    const review = checking({ kind: 'valid', suggestions: ['2 Way, Redmond, WA 98052-8300, US'] });
    await run(line, sent, review);
    expect(review.remarks).toEqual([]);
  });

  it('and doubtful is not sent', async () => {
    const review = checking({
      kind: 'doubtful',
      status: 'Multiple',
      said: 'Which one',
      suggestions: ['a', 'b'],
    });
    const { outcome, intents } = await run(line, [['get', liveOf(SOUND)]], review);
    expect(outcome).toMatchObject({
      status: 'invalid',
      problem: {
        code: 'address-doubtful',
        detail: 'The service calls it Multiple. Which one. It suggests: a | b.',
      },
      trace: { attempts: 2 },
    });
    expect(intents).toEqual([]);
  });

  it('is asked about once, though the row is decided again', async () => {
    let asked = 0;
    const review = withRules(asFromService, {
      checkAddress: () => {
        asked += 1;
        return verdictOf({ kind: 'not-checked', why: 'no reason.' })();
      },
    });
    const { outcome } = await run(
      line,
      [
        ['get', liveOf(SOUND)],
        ['put', STALE],
        ['get', liveOf({ ...SOUND, firstName: 'Grace' }, '-2')],
        ['put', LOST],
        ['get', liveOf({ ...SOUND, ...line }, '-3')],
      ],
      review,
    );
    expect(outcome.status).toBe('updated');
    expect(asked).toBe(1);
    expect(review.remarks.map(({ message }) => message)).toEqual([
      'Addresses could not be checked by the service: no reason.',
    ]);
  });

  it('is not asked about where only others change', async () => {
    const review = checking({ kind: 'doubtful', said: '', suggestions: [] });
    const phone = { phoneNumber: '4255550100' };
    const { outcome } = await run(
      phone,
      [
        ['get', liveOf(SOUND, '-1', BASE)],
        ['put', liveOf({ ...SOUND, ...phone })],
      ],
      review,
    );
    expect(outcome.status).toBe('updated');
  });
});
