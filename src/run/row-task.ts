/** A row of the input as a stage takes it up: a customer to ask about, or an ending known already. */
import type { PlannedEntry, RowRef } from '../journal/entry.js';
import type { Problem } from '../problem.js';
import type { Verdict } from '../rows/check-rows.js';
import type { Outcome } from './outcome.js';
import type { Task } from './update-customer.js';

export type RowTask =
  | { readonly kind: 'customer'; readonly ref: RowRef; readonly task: Task }
  | { readonly kind: 'settled'; readonly ref: RowRef; readonly outcome: Outcome };

export function toRowTask(verdict: Verdict, strict: boolean): RowTask {
  const ref = refOf(verdict);
  switch (verdict.kind) {
    case 'invalid':
      return {
        kind: 'settled',
        ref,
        outcome: { status: 'invalid', problem: invalidProblem(verdict) },
      };
    case 'duplicate': {
      const note = `Asks for the same as line ${verdict.ofLine}; sent once.`;
      return { kind: 'settled', ref, outcome: { status: 'unchanged', note } };
    }
    case 'row': {
      const { tenantId, desired, guards } = verdict.row;
      return { kind: 'customer', ref, task: { tenantId, desired, guards, strict } };
    }
  }
}

/** What a reviewed plan, or an undo, asks for: only on the very profile that was reviewed. */
export function toReviewedTask({
  row,
  line,
  tenantId,
  changes,
  reviewed,
}: PlannedEntry): Extract<RowTask, { kind: 'customer' }> {
  const desired = new Map(changes.map(({ field, to }) => [field, to]));
  return {
    kind: 'customer',
    ref: { row, line, tenantId },
    task: { tenantId, desired, guards: new Map(), base: reviewed, strict: true },
  };
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
