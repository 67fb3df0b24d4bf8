/** Every row through the work of a stage, so many at once, each with one recorded outcome. */
import type { Entry, RowRef } from '../journal/entry.js';
import type { Problem } from '../problem.js';
import { JOURNAL_FAILED, toProblem } from './endings.js';
import type { Outcome } from './outcome.js';
import type { Aside } from './profile-service.js';
import type { RowTask, SettledRow } from './row-task.js';
import { runBatch } from './run-batch.js';
import { createStopRules } from './stop-rules.js';
import type { RowResult, Task } from './update-customer.js';

export interface DrivePorts {
  /** Resolves when the entry is on disk; see Journal. */
  readonly record: (entry: Entry) => Promise<void>;
  readonly now: () => Date;
  /** Tells those who wait (pauses, back-off) that the run stops. */
  readonly onStop: (reason: Problem) => void;
  /** Every row that was begun waits for a retry, and no other can be begun. */
  readonly onIdle: () => void;
  /** False while another row could only wait for its turn at the service. */
  readonly mayBegin: () => boolean;
  readonly onOutcome: (ref: RowRef, outcome: Outcome) => void;
  /** Sees to a row whose ending is known. Absent: nothing is to be added to it. Never rejects. */
  readonly look?: (row: SettledRow, aside: Aside) => Promise<Outcome>;
}

export interface DriveOptions {
  readonly concurrency: number;
  /** Fires when the user asks to stop. */
  readonly interrupt: AbortSignal;
  /** Stop once so many rows have been changed, and begin none that could be one more. */
  readonly limit?: number;
}

/** What a stage does with a customer. Never rejects. */
export type RowWork = (task: Task, ref: RowRef, aside: Aside) => Promise<RowResult>;

export const INTERRUPTED: Problem = {
  code: 'interrupted',
  message: 'The run was interrupted.',
  hint: 'Go on with the run: rows that are done are not sent again.',
};

const limitReached = (limit: number): Problem => ({
  code: 'limit-reached',
  message: `--limit ${limit}: so many customers were changed, and no more.`,
  hint: 'Look at these customers in Partner Center; if they are right, go on with the run.',
});

/** @returns why the stage stopped before its end, or undefined. */
export async function driveRows(
  tasks: AsyncIterable<RowTask>,
  options: DriveOptions,
  ports: DrivePorts,
  work: RowWork,
): Promise<Problem | undefined> {
  const rules = createStopRules();
  const unwritten = new Set<Promise<void>>();
  let reason: Problem | undefined;
  const stop = (why: Problem): void => {
    if (reason) return;
    reason = why;
    ports.onStop(why);
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

  const brake = options.limit === undefined ? undefined : createLimit(options.limit, stop);
  await runBatch({
    items: brake ? brake.take(tasks) : tasks,
    mayBegin: () => ports.mayBegin() && (brake?.mayBegin() ?? true),
    concurrency: options.concurrency,
    work: async (row, aside) => {
      if (row.kind === 'settled') {
        finish(row.ref, ports.look ? await ports.look(row, aside) : row.outcome);
        return;
      }
      const result = await work(row.task, row.ref, aside);
      finish(row.ref, result.outcome);
      brake?.noteEnd(result.outcome);
      const why = rules.note(result);
      if (why) stop(why);
    },
    isStopped: () => reason !== undefined,
    onIdle: ports.onIdle,
  });
  await Promise.all(unwritten);
  options.interrupt.removeEventListener('abort', onInterrupt);
  if (reason)
    await ports.record({ type: 'stop', problem: reason, at: at() }).catch(() => undefined);
  return reason;
}

/** Lets rows in only while all of them may change something without the limit being passed. */
function createLimit(limit: number, stop: (why: Problem) => void) {
  let changed = 0;
  let undecided = 0;
  return {
    async *take(tasks: AsyncIterable<RowTask>): AsyncGenerator<RowTask> {
      for await (const row of tasks) {
        if (row.kind === 'customer') {
          if (changed >= limit) {
            stop(limitReached(limit));
            return;
          }
          undecided += 1;
        }
        yield row;
      }
    },
    mayBegin: (): boolean => changed >= limit || changed + undecided < limit,
    noteEnd({ status }: Outcome): void {
      undecided -= 1;
      // What may have been written counts: a canary is not to grow by what nobody knows of.
      if (status === 'updated' || status === 'unknown') changed += 1;
    },
  };
}
