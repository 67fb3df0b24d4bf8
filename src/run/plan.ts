/** What every row would change: GET and decide, and no PUT, ever. */
import type { Problem } from '../problem.js';
import { decide } from '../profile/decide.js';
import { createCallLog } from './call-log.js';
import { driveRows, type DriveOptions, type DrivePorts } from './drive-rows.js';
import { conflictEnding, endingOf } from './endings.js';
import type { Ending } from './outcome.js';
import type { Aside, ProfileService } from './profile-service.js';
import type { RowTask } from './row-task.js';
import type { RowResult, Task } from './update-customer.js';

export interface PlanPorts extends DrivePorts {
  /** Only to read: a plan that cannot write needs no promise that it does not. */
  readonly service: Pick<ProfileService, 'get'>;
  readonly newId: () => string;
}

/** @returns why the plan stopped before its end, or undefined. */
export function planRows(
  tasks: AsyncIterable<RowTask>,
  options: DriveOptions,
  ports: PlanPorts,
): Promise<Problem | undefined> {
  return driveRows(tasks, options, ports, (task, _ref, aside) => planCustomer(task, aside, ports));
}

async function planCustomer(
  task: Task,
  aside: Aside,
  { service, newId }: PlanPorts,
): Promise<RowResult> {
  const correlationId = newId();
  const calls = createCallLog(correlationId);
  const { tenantId } = task;
  const read = calls.noteGet(
    await service.get({ tenantId, requestId: newId(), correlationId, aside }),
  );
  const end = (ending: Ending): RowResult => ({ outcome: { ...ending, trace: calls.trace() } });
  if (read.kind === 'failure') return { ...end(endingOf(read.failure, [])), failure: read.failure };

  const { profile } = read.live;
  const decision = decide({ ...task, base: task.base ?? profile, live: profile });
  switch (decision.kind) {
    case 'unchanged':
      return end({ status: 'unchanged' });
    case 'conflict':
      return end(conflictEnding(decision));
    case 'update':
      return end({ status: 'planned', changes: decision.changes, reviewed: profile });
  }
}
