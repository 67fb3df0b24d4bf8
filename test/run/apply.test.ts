import { describe, expect, it } from 'vitest';

import type { Entry } from '../../src/journal/entry.js';
import type { Field } from '../../src/profile/billing-profile.js';
import { applyRows } from '../../src/run/apply.js';
import { toRowTask, type RowTask } from '../../src/run/row-task.js';
import type { ProfileResult } from '../../src/run/profile-service.js';
import { NO_RULES } from '../helpers/review-ports.js';
import { liveOf, TENANT, TOKEN } from '../helpers/scripted-service.js';

const row = (ordinal: number) => ({
  ordinal,
  line: ordinal + 2,
  textLine: ordinal + 2,
  cells: [],
  tenantId: TENANT,
  desired: new Map<Field, string>([['city', 'Bonn']]),
  guards: new Map<Field, string>(),
});

interface Options {
  readonly get?: (number: number) => ProfileResult;
  readonly record?: (entry: Entry) => Promise<void>;
  readonly interrupt?: AbortSignal;
}

const trace = { requestId: 'r', attempts: 1 };

async function apply(count: number, { get, record, interrupt }: Options = {}) {
  const entries: Entry[] = [];
  let gets = 0;
  let puts = 0;
  const tasks = async function* (): AsyncGenerator<RowTask> {
    await Promise.resolve();
    for (let n = 0; n < count; n += 1) yield toRowTask({ kind: 'row', row: row(n) }, false);
    yield toRowTask({ kind: 'duplicate', row: row(count), ofLine: 2 }, false);
  };
  const reason = await applyRows(
    tasks(),
    {
      concurrency: 3,

      checkEtags: false,
      interrupt: interrupt ?? new AbortController().signal,
    },
    {
      service: {
        get: () => Promise.resolve(get?.(++gets) ?? { kind: 'profile', live: liveOf(), trace }),
        put: () => {
          puts += 1;
          return Promise.resolve({ kind: 'profile', live: liveOf({ city: 'Bonn' }), trace });
        },
      },
      record: async (entry) => {
        await record?.(entry);
        entries.push(entry);
      },
      newId: () => 'id',
      review: NO_RULES,
      onRemark: () => undefined,
      now: () => new Date(0),
      onStop: () => undefined,
      onIdle: () => undefined,
      mayBegin: () => true,
      onOutcome: () => undefined,
    },
  );
  const outcomes = entries.flatMap((entry) => (entry.type === 'outcome' ? [entry] : []));
  return { reason, entries, outcomes, puts };
}

describe('applying rows', () => {
  it('records exactly one outcome for each, and an intent before each update', async () => {
    const { reason, outcomes, entries, puts } = await apply(20);
    expect(reason).toBeUndefined();
    expect(puts).toBe(20);
    expect(outcomes.map((entry) => entry.row).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 21 }, (_, n) => n),
    );
    expect(outcomes.filter(({ status }) => status === 'updated')).toHaveLength(20);
    expect(entries.filter(({ type }) => type === 'intent')).toHaveLength(20);
    expect(outcomes.find((entry) => entry.row === 20)).toMatchObject({
      note: 'Asks for the same as line 2; sent once.',
    });
  });

  it('stops at a failure of the run, and records why', async () => {
    const { reason, entries } = await apply(50, {
      get: (number) =>
        number < 5
          ? { kind: 'profile', live: liveOf(), trace }
          : { kind: 'failure', failure: TOKEN, trace },
    });
    expect(reason).toMatchObject({ code: 'token-refused' });
    expect(entries.at(-1)).toMatchObject({ type: 'stop', problem: { code: 'token-refused' } });
    expect(entries.length).toBeLessThan(20);
  });

  it('sends nothing more once the journal cannot be written', async () => {
    const { reason, puts } = await apply(50, { record: () => Promise.reject(new Error('full')) });
    expect(reason).toMatchObject({ code: 'journal-failed' });
    expect(puts).toBe(0);
  });

  it('begins nothing when it was interrupted before', async () => {
    const { reason, outcomes } = await apply(5, { interrupt: AbortSignal.abort() });
    expect(reason).toMatchObject({ code: 'interrupted' });
    expect(outcomes).toEqual([]);
  });
});
