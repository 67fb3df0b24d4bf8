/** What every row would change: GET and decide, and no PUT, ever. */
import type { Problem } from '../problem.js';
import type { RowRef } from '../journal/entry.js';
import { fieldValue } from '../profile/billing-profile.js';
import { driveRows, type DriveOptions } from './drive-rows.js';
import { conflictEnding } from './endings.js';
import type { Ending, Outcome } from './outcome.js';
import type { Aside } from './profile-service.js';
import { readCustomer, type Read, type ReadPorts } from './read-customer.js';
import { createRowReview, NO_REVIEW } from './row-review.js';
import type { Remark } from './remarks.js';
import type { ReviewPorts } from './review-changes.js';
import type { RowTask, SettledRow } from './row-task.js';
import type { Task } from './update-customer.js';

export interface PlanPorts extends ReadPorts {
  readonly review: ReviewPorts;
  readonly onRemark: (ref: RowRef, remark: Remark) => void;
}

/** @returns why the plan stopped before its end, or undefined. */
export function planRows(
  tasks: AsyncIterable<RowTask>,
  options: DriveOptions,
  ports: PlanPorts,
): Promise<Problem | undefined> {
  const look = (row: SettledRow, aside: Aside): Promise<Outcome> => lookBeside(row, aside, ports);
  return driveRows(tasks, options, { ...ports, look }, (task, ref, aside) =>
    readCustomer(task.tenantId, aside, ports, (read) => planEnding(task, ref, read, ports)),
  );
}

async function planEnding(
  task: Task,
  ref: RowRef,
  { live: { profile }, newCall, calls }: Read,
  { review, onRemark }: PlanPorts,
): Promise<Ending> {
  const base = task.base ?? profile;
  const row = task.base
    ? NO_REVIEW
    : createRowReview(
        {
          ...review,
          onRemark: (remark) => {
            onRemark(ref, remark);
          },
        },
        newCall,
        calls,
      );
  const desired = row.desiredOf(task.desired, base);
  const { decision, problem } = await row.decide({ ...task, desired, base, live: profile });
  if (problem) return row.close({ status: 'invalid', problem });
  switch (decision.kind) {
    case 'unchanged':
      return row.close({ status: 'unchanged' });
    case 'conflict':
      return row.close(conflictEnding(decision));
    case 'update':
      return row.close({ status: 'planned', changes: decision.changes, reviewed: profile });
  }
}

/** What a spreadsheet destroyed can be typed again by whoever sees the live value beside it. */
async function lookBeside(row: SettledRow, aside: Aside, ports: PlanPorts): Promise<Outcome> {
  const { outcome, look = [], ref } = row;
  if (outcome.status !== 'invalid' || look.length === 0 || ref.tenantId === '') return outcome;
  const { problem } = outcome;
  const { outcome: read, failure } = await readCustomer(ref.tenantId, aside, ports, ({ live }) => {
    const held = look.map((field) => {
      const value = fieldValue(live.profile, field);
      return `${field} ${value === '' ? 'nothing' : `"${value}"`}`;
    });
    const detail = [problem.detail, `The live profile holds ${held.join(', ')}.`];
    return { status: 'invalid', problem: { ...problem, detail: detail.filter(Boolean).join(' ') } };
  });
  return failure ? outcome : read;
}
