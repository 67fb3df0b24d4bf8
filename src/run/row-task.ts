/** A row of the input as a stage takes it up: a customer to ask about, or an ending known already. */
import type { PlannedEntry, RowRef } from '../journal/entry.js';
import type { Problem } from '../problem.js';
import type { Field } from '../profile/billing-profile.js';
import type { Guards } from '../profile/decide.js';
import type { Verdict } from '../rows/check-rows.js';
import { isDamage } from '../rows/damaged-cell.js';
import type { Row } from '../rows/parse-row.js';
import type { Outcome } from './outcome.js';
import type { Task } from './update-customer.js';

export type RowTask =
  { readonly kind: 'customer'; readonly ref: RowRef; readonly task: Task } | SettledRow;

export interface SettledRow {
  readonly kind: 'settled';
  readonly ref: RowRef;
  readonly outcome: Outcome;
  /** Fields whose live value a plan shows, since the row's own is beyond repair. */
  readonly look?: readonly Field[];
}

/** Tenant id → the company name that Partner Center's own list has. */
export type CustomerList = ReadonlyMap<string, string>;

const NOT_LISTED: Problem = {
  code: 'not-in-customer-list',
  message: 'The customer list that was given as a guard does not know this customer.',
  hint: 'Check the tenant id, or export the list again.',
};

/** @param customers each row is guarded by the name in it, unless it has a guard of its own */
export function toRowTask(verdict: Verdict, strict: boolean, customers?: CustomerList): RowTask {
  const ref = refOf(verdict);
  switch (verdict.kind) {
    case 'invalid': {
      const look = damagedFields(verdict);
      return {
        kind: 'settled',
        ref,
        outcome: { status: 'invalid', problem: invalidProblem(verdict) },
        ...(look.length > 0 && { look }),
      };
    }
    case 'duplicate': {
      const note = `Asks for the same as line ${verdict.ofLine}; sent once.`;
      return { kind: 'settled', ref, outcome: { status: 'unchanged', note } };
    }
    case 'row': {
      const { tenantId, desired } = verdict.row;
      const guards = guardsOf(verdict.row, customers);
      if (guards) return { kind: 'customer', ref, task: { tenantId, desired, guards, strict } };
      return {
        kind: 'settled',
        ref,
        outcome: { status: 'conflict', problem: NOT_LISTED, changes: [] },
      };
    }
  }
}

export async function* toReviewedTasks(
  entries: AsyncIterable<PlannedEntry>,
): AsyncGenerator<RowTask> {
  for await (const entry of entries) yield toReviewedTask(entry);
}

/** Undefined where the list does not know the customer. */
export function guardsOf({ tenantId, guards }: Row, customers?: CustomerList): Guards | undefined {
  if (!customers) return guards;
  const listed = customers.get(tenantId);
  if (listed === undefined) return undefined;
  return guards.has('companyName') ? guards : new Map([...guards, ['companyName', listed]]);
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

const damagedFields = ({ errors }: Extract<Verdict, { kind: 'invalid' }>): readonly Field[] =>
  errors.flatMap(({ code, column: { role } }) =>
    role.kind === 'field' && isDamage(code) ? [role.field] : [],
  );

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
