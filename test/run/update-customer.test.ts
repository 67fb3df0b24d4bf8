import { describe, expect, it } from 'vitest';

import type { BillingProfile, Field } from '../../src/profile/billing-profile.js';
import { updateCustomer, type Intent, type Task } from '../../src/run/update-customer.js';
import type { RowReviewPorts } from '../../src/run/row-review.js';
import { NO_RULES } from '../helpers/review-ports.js';
import {
  BASE,
  failureOf,
  liveOf,
  LOST,
  REFUSED,
  scriptedService,
  STALE,
  TENANT,
  TOKEN,
} from '../helpers/scripted-service.js';

const ROW: Task = {
  tenantId: TENANT,
  desired: new Map<Field, string>([['city', 'Bonn']]),
  guards: new Map(),
  strict: false,
};

interface RunOptions {
  readonly task?: Partial<Task>;
  readonly recordIntent?: (intent: Intent) => Promise<void>;
  readonly checkEtag?: boolean;
  readonly review?: RowReviewPorts;
}

/** Runs a row against a script, which must be used up to its end. */
async function run(
  steps: Parameters<typeof scriptedService>[0],
  { task = {}, recordIntent, checkEtag = false, review = NO_RULES }: RunOptions = {},
) {
  const events: string[] = [];
  const intents: Intent[] = [];
  const service = scriptedService(steps, ({ method, call }) => {
    events.push(`${method} ${call.requestId}`);
  });
  let ids = 0;
  const result = await updateCustomer(
    { ...ROW, ...task },
    {
      service,
      newId: () => `id-${++ids}`,
      aside: (wait) => wait(),
      claimEtagCheck: () => checkEtag,
      review,
      recordIntent: async (intent) => {
        // Once around the event loop: a PUT that does not wait would come first.
        await new Promise(setImmediate);
        await recordIntent?.(intent);
        intents.push(intent);
        events.push(`intent ${intent.requestId}`);
      },
    },
  );
  expect(service.left()).toBe(0);
  // Whatever the story: no PUT without its own intent just before it.
  events.forEach((event, i) => {
    if (event.startsWith('put')) expect(events[i - 1]).toBe(event.replace('put', 'intent'));
  });
  const puts = service.asked.filter(({ method }) => method === 'put');
  return { ...result, events, intents, puts, asked: service.asked };
}

const CITY = [{ field: 'city', from: 'Redmond', to: 'Bonn' }];

describe('a row without trouble', () => {
  it('sends nothing when the profile already holds every value', async () => {
    const { outcome, intents } = await run([['get', liveOf({ city: 'Bonn' })]]);
    expect(outcome).toEqual({
      status: 'unchanged',
      trace: {
        correlationId: 'id-1',
        companyName: 'Contoso',
        getRequestId: 'id-2',
        httpStatus: 200,
        etagBefore: '-1',
        attempts: 1,
      },
    });
    expect(intents).toEqual([]);
  });

  it('sends the whole profile with one member replaced, and records both tags', async () => {
    const { outcome, puts, intents, asked, failure } = await run([
      ['get', liveOf()],
      ['put', liveOf({ city: 'Bonn' }, '-2')],
    ]);
    expect(failure).toBeUndefined();
    expect(outcome).toEqual({
      status: 'updated',
      changes: CITY,
      trace: {
        correlationId: 'id-1',
        companyName: 'Contoso',
        getRequestId: 'id-2',
        putRequestId: 'id-3',
        httpStatus: 200,
        etagBefore: '-1',
        etagAfter: '-2',
        attempts: 2,
      },
    });
    expect(puts[0]!.update).toEqual({
      etag: '-1',
      profile: { ...BASE, defaultAddress: { country: 'US', city: 'Bonn', phoneNumber: '' } },
    });
    expect(intents).toEqual([
      {
        round: 1,
        requestId: 'id-3',
        correlationId: 'id-1',
        etag: '-1',
        changes: CITY,
        before: BASE,
      },
    ]);
    expect(asked.map(({ call }) => [call.tenantId, call.correlationId])).toEqual([
      [TENANT, 'id-1'],
      [TENANT, 'id-1'],
    ]);
  });

  it('asks the service for the letter case of the culture, but does not insist on it', async () => {
    const { outcome } = await run(
      [
        ['get', liveOf({ culture: 'de-DE' })],
        ['put', liveOf({ culture: 'en-US' })],
      ],
      { task: { desired: new Map<Field, string>([['culture', 'EN-US']]) } },
    );
    expect(outcome.status).toBe('updated');
  });

  it('empties a field, and takes a profile without it for confirmation', async () => {
    const { outcome, puts } = await run(
      [
        ['get', liveOf()],
        ['put', liveOf({ firstName: '' })],
      ],
      { task: { desired: new Map<Field, string>([['firstName', '']]) } },
    );
    expect(outcome).toMatchObject({ status: 'updated', changes: [{ from: 'Ada', to: '' }] });
    expect(puts[0]!.update!.profile.firstName).toBeNull();
  });
});

describe('a stale tag', () => {
  it('is read again and sent with the new tag under a new request id', async () => {
    const { outcome, puts, intents } = await run([
      ['get', liveOf()],
      ['put', STALE],
      ['get', liveOf({}, '-5')],
      ['put', liveOf({ city: 'Bonn' }, '-6')],
    ]);
    expect(outcome).toMatchObject({
      status: 'updated',
      trace: { etagBefore: '-5', etagAfter: '-6', attempts: 4 },
    });
    expect(puts.map(({ update }) => update!.etag)).toEqual(['-1', '-5']);
    expect(puts[0]!.call.requestId).not.toBe(puts[1]!.call.requestId);
    expect(intents.map(({ round, etag }) => [round, etag])).toEqual([
      [1, '-1'],
      [2, '-5'],
    ]);
  });

  it('keeps what somebody else wrote into another field', async () => {
    const { outcome, puts, intents } = await run([
      ['get', liveOf()],
      ['put', STALE],
      ['get', liveOf({ email: 'new@contoso.example' }, '-5')],
      ['put', liveOf({ email: 'new@contoso.example', city: 'Bonn' }, '-6')],
    ]);
    expect(outcome).toMatchObject({ status: 'updated', changes: CITY });
    expect(puts[1]!.update!.profile).toMatchObject({
      email: 'new@contoso.example',
      defaultAddress: { city: 'Bonn' },
      attributes: { etag: '-5' },
    });
    expect(intents[1]!.before).toMatchObject({ email: 'new@contoso.example' });
  });

  it('is a conflict that names both values when our own field moved', async () => {
    const { outcome, puts } = await run([
      ['get', liveOf()],
      ['put', STALE],
      ['get', liveOf({ city: 'Ulm' }, '-5')],
    ]);
    expect(outcome).toMatchObject({
      status: 'conflict',
      problem: {
        code: 'field-moved',
        detail: 'city: expected "Redmond", found "Ulm", wanted "Bonn".',
      },
    });
    expect(puts).toHaveLength(1);
  });

  it('is unchanged, with a note, when somebody else wrote our value', async () => {
    const { outcome } = await run([
      ['get', liveOf()],
      ['put', STALE],
      ['get', liveOf({ city: 'Bonn' }, '-5')],
    ]);
    expect(outcome).toMatchObject({
      status: 'unchanged',
      note: 'Somebody else set the same values in the meantime.',
    });
  });

  it('is a conflict after three rounds', async () => {
    const { outcome, puts, failure } = await run([
      ['get', liveOf()],
      ['put', STALE],
      ['get', liveOf()],
      ['put', STALE],
      ['get', liveOf()],
      ['put', STALE],
      ['get', liveOf()],
    ]);
    expect(outcome).toMatchObject({ status: 'conflict', problem: { code: 'stale-etag' } });
    expect(puts).toHaveLength(3);
    // A row that others keep changing says nothing about the service.
    expect(failure).toBeUndefined();
  });

  it('is a conflict in strict mode when anything else moved', async () => {
    const { outcome } = await run(
      [
        ['get', liveOf()],
        ['put', STALE],
        ['get', liveOf({ email: 'new@contoso.example' }, '-5')],
      ],
      { task: { strict: true } },
    );
    expect(outcome).toMatchObject({ status: 'conflict', problem: { code: 'profile-moved' } });
  });

  it('ends as failed when the profile cannot be read again: the answer was a clear no', async () => {
    const { outcome, failure } = await run([
      ['get', liveOf()],
      ['put', STALE],
      ['get', LOST],
    ]);
    expect(outcome).toMatchObject({ status: 'failed', problem: { code: 'connection-lost' } });
    expect(failure).toBe(LOST);
  });
});

describe('a lost answer', () => {
  it('is updated when reading again shows our values', async () => {
    const { outcome, puts } = await run([
      ['get', liveOf()],
      ['put', LOST],
      ['get', liveOf({ city: 'Bonn' }, '-2')],
    ]);
    expect(outcome).toMatchObject({
      status: 'updated',
      changes: CITY,
      trace: { etagBefore: '-1', etagAfter: '-2' },
    });
    expect(outcome).toHaveProperty('note');
    expect(puts).toHaveLength(1);
  });

  it('is sent again under the same request id when the profile is as before', async () => {
    const { outcome, puts, intents } = await run([
      ['get', liveOf()],
      ['put', LOST],
      ['get', liveOf()],
      ['put', liveOf({ city: 'Bonn' }, '-2')],
    ]);
    expect(outcome.status).toBe('updated');
    expect(puts[1]!.call).toEqual({ ...puts[0]!.call, isRepeated: true });
    expect(intents.map(({ requestId }) => requestId)).toEqual(['id-3', 'id-3']);
  });

  it('is another request, with an id of its own, once somebody else changed another field', async () => {
    const { outcome, puts } = await run([
      ['get', liveOf()],
      ['put', LOST],
      ['get', liveOf({ email: 'new@contoso.example' }, '-2')],
      ['put', liveOf({ email: 'new@contoso.example', city: 'Bonn' }, '-3')],
    ]);
    expect(outcome.status).toBe('updated');
    expect(puts[1]!.call.requestId).not.toBe(puts[0]!.call.requestId);
    expect(puts[1]!.update?.etag).toBe('-2');
  });

  it('is unknown, not skipped, where the token runs out at its repetition', async () => {
    const { outcome, failure } = await run([
      ['get', liveOf()],
      ['put', LOST],
      ['get', liveOf()],
      ['put', TOKEN],
    ]);
    expect(outcome).toMatchObject({ status: 'unknown', problem: { code: 'put-unsettled' } });
    expect(failure).toBe(TOKEN);
  });

  it('is unknown, not skipped, where the journal fails at its repetition', async () => {
    let intents = 0;
    const { outcome, puts } = await run(
      [
        ['get', liveOf()],
        ['put', LOST],
        ['get', liveOf()],
      ],
      {
        recordIntent: () => (++intents > 1 ? Promise.reject(new Error('full')) : Promise.resolve()),
      },
    );
    expect(outcome.status).toBe('unknown');
    expect(puts).toHaveLength(1);
  });

  it('that landed late after all is found by the stale answer to its repetition', async () => {
    const { outcome } = await run([
      ['get', liveOf()],
      ['put', LOST],
      ['get', liveOf()],
      ['put', STALE],
      ['get', liveOf({ city: 'Bonn' }, '-2')],
    ]);
    expect(outcome).toMatchObject({ status: 'updated', changes: CITY });
  });

  it('is unknown when the profile cannot be read again, and says why', async () => {
    const gone = failureOf({ code: 'service-unreachable', again: 'retry' });
    const { outcome, failure } = await run([
      ['get', liveOf()],
      ['put', LOST],
      ['get', gone],
    ]);
    expect(outcome).toMatchObject({
      status: 'unknown',
      problem: { code: 'put-unsettled' },
      changes: CITY,
    });
    expect(failure).toBe(gone);
  });

  it('is unknown even where the token ran out before it could be read again', async () => {
    const { outcome, failure } = await run([
      ['get', liveOf()],
      ['put', LOST],
      ['get', TOKEN],
    ]);
    expect(outcome.status).toBe('unknown');
    expect(failure).toBe(TOKEN);
  });

  it('is a conflict, which says that an update was sent, when the field now holds a third value', async () => {
    const { outcome, puts } = await run([
      ['get', liveOf()],
      ['put', LOST],
      ['get', liveOf({ city: 'Ulm' }, '-9')],
    ]);
    expect(outcome).toMatchObject({
      status: 'conflict',
      changes: CITY,
      problem: { code: 'field-moved' },
    });
    expect(outcome).toHaveProperty('problem.detail', expect.stringContaining('found "Ulm"'));
    expect(outcome).toHaveProperty(
      'problem.message',
      expect.stringContaining('its answer was lost'),
    );
    expect(puts).toHaveLength(1);
  });

  it('is a conflict, not updated, when only some of our values are there', async () => {
    const desired = new Map<Field, string>([
      ['city', 'Bonn'],
      ['email', 'x@contoso.example'],
    ]);
    const { outcome } = await run(
      [
        ['get', liveOf()],
        ['put', LOST],
        ['get', liveOf({ city: 'Bonn', email: 'third@contoso.example' }, '-9')],
      ],
      { task: { desired } },
    );
    expect(outcome.status).toBe('conflict');
  });

  it('is failed after four rounds of which none was carried out', async () => {
    const { outcome, puts, failure } = await run([
      ['get', liveOf()],
      ['put', LOST],
      ['get', liveOf()],
      ['put', LOST],
      ['get', liveOf()],
      ['put', LOST],
      ['get', liveOf()],
      ['put', LOST],
      ['get', liveOf()],
    ]);
    expect(puts.map(({ call }) => call.isRepeated)).toEqual([false, true, true, true]);
    expect(outcome).toMatchObject({ status: 'failed', problem: { code: 'connection-lost' } });
    expect(outcome).toHaveProperty('problem.message', expect.stringContaining('nothing was'));
    expect(failure).toBe(LOST);
    expect(new Set(puts.map(({ call }) => call.requestId)).size).toBe(1);
  });

  it('is not sent again when the service said that asking again is useless', async () => {
    const final = failureOf({ code: 'service-error', carriedOut: 'maybe', httpStatus: 500 });
    const { outcome, puts } = await run([
      ['get', liveOf()],
      ['put', final],
      ['get', liveOf()],
    ]);
    expect(outcome.status).toBe('failed');
    expect(puts).toHaveLength(1);
  });
});

describe('a success that does not say what was asked', () => {
  const other: BillingProfile = liveOf({ city: 'BONN' }).profile;

  it('is updated when a new reading shows our values', async () => {
    const { outcome } = await run([
      ['get', liveOf()],
      ['put', { profile: other, etag: '-2' }],
      ['get', liveOf({ city: 'Bonn' }, '-3')],
    ]);
    expect(outcome).toMatchObject({ status: 'updated', trace: { etagAfter: '-3' } });
    expect(outcome).toHaveProperty('note');
  });

  it('is failed when the service ignored the update', async () => {
    const { outcome } = await run([
      ['get', liveOf()],
      ['put', liveOf()],
      ['get', liveOf()],
    ]);
    expect(outcome).toMatchObject({ status: 'failed', problem: { code: 'update-ignored' } });
  });

  it('is unknown when the service stored another value', async () => {
    const { outcome } = await run([
      ['get', liveOf()],
      ['put', { profile: other, etag: '-2' }],
      ['get', { profile: other, etag: '-2' }],
    ]);
    expect(outcome).toMatchObject({
      status: 'unknown',
      problem: { code: 'not-confirmed' },
      changes: CITY,
    });
    expect(outcome).toHaveProperty('problem.detail', expect.stringContaining('"BONN"'));
  });

  it('is unknown when it cannot be read again', async () => {
    const { outcome, failure } = await run([
      ['get', liveOf()],
      ['put', liveOf()],
      ['get', TOKEN],
    ]);
    expect(outcome).toMatchObject({ status: 'unknown', problem: { code: 'not-confirmed' } });
    expect(failure).toBe(TOKEN);
  });
});

describe('what stops a row', () => {
  it('a guard that does not fit, before anything is sent', async () => {
    const { outcome, intents } = await run([['get', liveOf()]], {
      task: { guards: new Map<Field, string>([['companyName', 'Fabrikam']]) },
    });
    expect(outcome).toMatchObject({
      status: 'conflict',
      problem: {
        code: 'guard-mismatch',
        detail: 'companyName: expected "Fabrikam", found "Contoso".',
      },
      changes: [],
    });
    expect(intents).toEqual([]);
  });

  it('a base that is no longer the live one, before anything is sent', async () => {
    const { outcome, intents } = await run([['get', liveOf({ city: 'Ulm' })]], {
      task: { base: BASE },
    });
    expect(outcome).toMatchObject({ status: 'conflict', problem: { code: 'field-moved' } });
    expect(intents).toEqual([]);
  });

  it('a journal that takes no intent: then nothing is sent', async () => {
    const { outcome, failure, puts } = await run([['get', liveOf()]], {
      recordIntent: () => Promise.reject(new Error('disk full')),
    });
    expect(outcome).toMatchObject({ status: 'skipped', problem: { code: 'journal-failed' } });
    expect(failure).toMatchObject({ scope: 'run' });
    expect(puts).toEqual([]);
  });

  it('a profile that cannot be read', async () => {
    expect((await run([['get', REFUSED]])).outcome).toMatchObject({
      status: 'rejected',
      changes: [],
      problem: { code: 'value-refused', message: 'It went wrong.', hint: 'Do something.' },
    });
    expect((await run([['get', LOST]])).outcome.status).toBe('failed');
    expect((await run([['get', TOKEN]])).outcome.status).toBe('skipped');
  });

  it('a refused update, which is not sent again', async () => {
    const { outcome, failure } = await run([
      ['get', liveOf()],
      ['put', REFUSED],
    ]);
    expect(outcome).toMatchObject({ status: 'rejected', changes: CITY });
    expect(outcome).toMatchObject({ trace: { httpStatus: 400, putRequestId: 'id-3' } });
    expect(failure).toBe(REFUSED);
  });

  it('a token that is refused at the update: skipped, and the run is told', async () => {
    const { outcome, failure } = await run([
      ['get', liveOf()],
      ['put', TOKEN],
    ]);
    expect(outcome).toMatchObject({ status: 'skipped', problem: { code: 'token-refused' } });
    expect(failure).toBe(TOKEN);
  });

  it('a service that was never reached at the update: failed, certainly not written', async () => {
    const unreachable = failureOf({ code: 'service-unreachable', again: 'retry' });
    const { outcome } = await run([
      ['get', liveOf()],
      ['put', unreachable],
    ]);
    expect(outcome).toMatchObject({ status: 'failed', changes: CITY });
  });
});

describe('an update that was written down before billpatch was cut off', () => {
  const PENDING: Intent = {
    round: 2,
    requestId: 'sent-before',
    correlationId: 'correlation-before',
    etag: '-1',
    changes: [{ field: 'city', from: 'Redmond', to: 'Bonn' }],
    before: BASE,
  };
  const task = { pending: PENDING };

  it('was carried out: updated, by the request that did it, and nothing is sent', async () => {
    const { outcome, puts } = await run([['get', liveOf({ city: 'Bonn' }, '-2')]], { task });
    expect(outcome).toMatchObject({
      status: 'updated',
      changes: CITY,
      trace: {
        putRequestId: 'sent-before',
        correlationId: 'correlation-before',
        etagBefore: '-1',
        etagAfter: '-2',
      },
    });
    expect(puts).toEqual([]);
  });

  it('was not: sent now, as the same request', async () => {
    const { outcome, intents, puts } = await run(
      [
        ['get', liveOf()],
        ['put', liveOf({ city: 'Bonn' }, '-2')],
      ],
      { task },
    );
    expect(outcome).toMatchObject({ status: 'updated', changes: CITY });
    expect(puts[0]?.call).toMatchObject({ requestId: 'sent-before', isRepeated: true });
    expect(intents).toMatchObject([{ round: 3, requestId: 'sent-before', before: BASE }]);
  });

  it('was not, and somebody else changed another field: theirs stays, under a new id', async () => {
    const { puts } = await run(
      [
        ['get', liveOf({ email: 'new@contoso.example' }, '-5')],
        ['put', liveOf({ city: 'Bonn', email: 'new@contoso.example' }, '-6')],
      ],
      { task },
    );
    expect(puts[0]?.call.requestId).not.toBe('sent-before');
    expect(puts[0]?.update).toMatchObject({
      etag: '-5',
      profile: { email: 'new@contoso.example' },
    });
  });

  it('may have been, and the field was changed again: a conflict', async () => {
    const { outcome, puts } = await run([['get', liveOf({ city: 'Ulm' }, '-9')]], { task });
    expect(outcome).toMatchObject({ status: 'conflict', changes: CITY });
    expect(puts).toEqual([]);
  });

  it('stays unknown where the profile cannot be read', async () => {
    const { outcome, failure } = await run([['get', TOKEN]], { task });
    expect(outcome).toMatchObject({ status: 'unknown', changes: CITY });
    expect(failure).toBe(TOKEN);
  });
});

describe('the check of tags', () => {
  const bonn = liveOf({ city: 'Bonn' }, '-2');
  const SILENT = failureOf({ code: 'unreadable-answer', again: 'retry', carriedOut: 'maybe' });

  it.each([
    ['refused', STALE],
    ['accepted', liveOf({ city: 'Bonn' }, '-3')],
    ['accepted', { ...SILENT, httpStatus: 204 }],
    ['unclear', LOST],
  ] as const)(
    '%s: the same update, with the tag that it made outdated (case %#)',
    async (found, answer) => {
      const { outcome, etagCheck, puts, intents } = await run(
        [
          ['get', liveOf()],
          ['put', bonn],
          ['put', answer],
        ],
        { checkEtag: true },
      );
      expect(outcome.status).toBe('updated');
      expect(etagCheck).toBe(found);
      expect(puts[1]?.update).toEqual(puts[0]?.update);
      expect(puts[1]?.call.requestId).not.toBe(puts[0]?.call.requestId);
      expect(intents).toHaveLength(2);
    },
  );

  it('also where only reading could confirm the update', async () => {
    const { etagCheck } = await run(
      [
        ['get', liveOf()],
        ['put', LOST],
        ['get', bonn],
        ['put', STALE],
      ],
      { checkEtag: true },
    );
    expect(etagCheck).toBe('refused');
  });

  it('not of a row that changed nothing', async () => {
    const { etagCheck } = await run([['get', bonn]], { checkEtag: true });
    expect(etagCheck).toBeUndefined();
  });
});
