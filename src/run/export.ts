/** Every customer's live profile, read and kept; no PUT, ever. */
import type { Problem } from '../problem.js';
import { createCallLog } from './call-log.js';
import { driveRows, type DriveOptions } from './drive-rows.js';
import { endingOf } from './endings.js';
import type { PlanPorts } from './plan.js';
import type { RowTask } from './row-task.js';

/** @returns why the export stopped before its end, or undefined. */
export function exportRows(
  tasks: AsyncIterable<RowTask>,
  options: DriveOptions,
  ports: PlanPorts,
): Promise<Problem | undefined> {
  return driveRows(tasks, options, ports, async ({ tenantId }, _ref, aside) => {
    const correlationId = ports.newId();
    const calls = createCallLog(correlationId);
    const read = calls.noteGet(
      await ports.service.get({ tenantId, requestId: ports.newId(), correlationId, aside }),
    );
    const trace = calls.trace();
    return read.kind === 'failure'
      ? { outcome: { ...endingOf(read.failure, []), trace }, failure: read.failure }
      : { outcome: { status: 'unchanged', profile: read.live.profile, trace } };
  });
}
