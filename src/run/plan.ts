/** What every row would change: GET and decide, and no PUT, ever. */
import type { Problem } from '../problem.js';
import { decide } from '../profile/decide.js';
import { driveRows, type DriveOptions } from './drive-rows.js';
import { conflictEnding } from './endings.js';
import type { Ending } from './outcome.js';
import type { LiveProfile } from './profile-service.js';
import { readCustomer, type ReadPorts } from './read-customer.js';
import type { RowTask } from './row-task.js';
import type { Task } from './update-customer.js';

/** @returns why the plan stopped before its end, or undefined. */
export function planRows(
  tasks: AsyncIterable<RowTask>,
  options: DriveOptions,
  ports: ReadPorts,
): Promise<Problem | undefined> {
  return driveRows(tasks, options, ports, (task, _ref, aside) =>
    readCustomer(task.tenantId, aside, ports, (live) => planEnding(task, live)),
  );
}

function planEnding(task: Task, { profile }: LiveProfile): Ending {
  const decision = decide({ ...task, base: task.base ?? profile, live: profile });
  switch (decision.kind) {
    case 'unchanged':
      return { status: 'unchanged' };
    case 'conflict':
      return conflictEnding(decision);
    case 'update':
      return { status: 'planned', changes: decision.changes, reviewed: profile };
  }
}
