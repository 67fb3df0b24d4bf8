/** Every row of a checked input through {@link updateCustomer}, each with one recorded outcome. */
import type { Entry, RowRef } from '../journal/entry.js';
import type { Problem } from '../problem.js';
import type { Verdict } from '../rows/check-rows.js';
import { JOURNAL_FAILED, toProblem } from './endings.js';
import type { Outcome } from './outcome.js';
import type { Aside, ProfileService } from './profile-service.js';
import { runBatch } from './run-batch.js';
import { createStopRules } from './stop-rules.js';
import { updateCustomer, type Intent } from './update-customer.js';

export interface ApplyPorts {
  readonly service: ProfileService;
  /** Resolves when the entry is on disk. */
  readonly record: (entry: Entry) => Promise<void>;
  readonly newId: () => string;
  readonly now: () => Date;
  /** Tells those who wait (pauses, back-off) that the run stops. */
  readonly onStop: (reason: Problem) => void;
  /** Every row that was begun waits for a retry, and no other can be begun. */
  readonly onIdle: () => void;
  readonly onOutcome: (ref: RowRef, outcome: Outcome) => void;
}

/** A row of the input, and what is known of it from before. */
export interface RowTask {
  readonly verdict: Verdict;
  /** An update of it that may have been sent before billpatch was cut off. */
  readonly pending?: Intent;
}

export interface ApplyOptions {
  readonly concurrency: number;
  readonly strict: boolean;
  /** Find out with the first update whether the service refuses an outdated tag; stop if not. */
  readonly checkEtags: boolean;
  /** Fires when the user asks to stop. */
  readonly interrupt: AbortSignal;
}

export const INTERRUPTED: Problem = {
  code: 'interrupted',
  message: 'The run was interrupted.',
  hint: 'Go on with the run: rows that are done are not sent again.',
};

/** @returns why the run stopped before its end, or undefined. */
export async function applyRows(
  tasks: AsyncIterable<RowTask>,
  options: ApplyOptions,
  ports: ApplyPorts,
): Promise<Problem | undefined> {
  const rules = createStopRules();
  const unwritten = new Set<Promise<void>>();
  let reason: Problem | undefined;
  const stop = (why: Problem): void => {
    if (reason) return;
    reason = why;
    ports.onStop(why);
  };
  let etagCheckWanted = options.checkEtags;
  const claimEtagCheck = (): boolean => {
    const wanted = etagCheckWanted;
    etagCheckWanted = false;
    return wanted;
  };
  const at = (): string => ports.now().toISOString();
  const onInterrupt = (): void => {
    stop(INTERRUPTED);
  };
  if (options.interrupt.aborted) onInterrupt();
  options.interrupt.addEventListener('abort', onInterrupt);

  /** An outcome need not be waited for: without it, the intent on disk says what to look up. */
  const finish = (ref: RowRef, outcome: Outcome): void => {
    const written = ports
      .record({ type: 'outcome', ...ref, ...outcome, at: at() })
      .catch(() => {
        stop(toProblem(JOURNAL_FAILED));
      })
      .finally(() => unwritten.delete(written));
    unwritten.add(written);
    ports.onOutcome(ref, outcome);
  };

  const work = async ({ verdict, pending }: RowTask, aside: Aside): Promise<void> => {
    const ref = refOf(verdict);
    switch (verdict.kind) {
      case 'invalid':
        finish(ref, { status: 'invalid', problem: invalidProblem(verdict) });
        return;
      case 'duplicate':
        finish(ref, {
          status: 'unchanged',
          note: `Asks for the same as line ${verdict.ofLine}; sent once.`,
        });
        return;
      case 'row': {
        const { tenantId, desired, guards } = verdict.row;
        const result = await updateCustomer(
          { tenantId, desired, guards, strict: options.strict, ...(pending && { pending }) },
          {
            service: ports.service,
            newId: ports.newId,
            aside,
            claimEtagCheck,
            recordIntent: (intent) => ports.record({ type: 'intent', ...ref, ...intent, at: at() }),
          },
        );
        finish(ref, result.outcome);
        const why = rules.note(result);
        if (why) stop(why);
        // One more row is asked where this one could not tell.
        if (result.etagCheck === 'unclear') etagCheckWanted = true;
      }
    }
  };

  await runBatch({
    items: tasks,
    concurrency: options.concurrency,
    work,
    isStopped: () => reason !== undefined,
    onIdle: ports.onIdle,
  });
  await Promise.all(unwritten);
  options.interrupt.removeEventListener('abort', onInterrupt);
  if (reason)
    await ports.record({ type: 'stop', problem: reason, at: at() }).catch(() => undefined);
  return reason;
}

function refOf(verdict: Verdict): RowRef {
  const { ordinal, line } = verdict.kind === 'invalid' ? verdict.raw : verdict.row;
  const tenantId = verdict.kind === 'invalid' ? verdict.tenantId : verdict.row.tenantId;
  return { row: ordinal, line, tenantId: tenantId ?? '' };
}

/** All of a row's errors in one. */
function invalidProblem({ errors }: Extract<Verdict, { kind: 'invalid' }>): Problem {
  const where = errors.map(
    ({ column, message }) => `Column ${column.letter} (${column.name}): ${message}`,
  );
  const values = errors.map(({ column, value }) => `${column.name} holds "${value}"`);
  return {
    code: errors[0]?.code ?? 'invalid',
    message: where.join(' '),
    hint: [...new Set(errors.map(({ hint }) => hint))].join(' '),
    detail: `${values.join('; ')}.`,
  };
}
