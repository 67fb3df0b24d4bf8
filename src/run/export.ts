/** Every customer's live profile, read and kept; no PUT, ever. */
import type { Problem } from '../problem.js';
import { driveRows, type DriveOptions } from './drive-rows.js';
import { readCustomer, type ReadPorts } from './read-customer.js';
import type { RowTask } from './row-task.js';

/** @returns why the export stopped before its end, or undefined. */
export function exportRows(
  tasks: AsyncIterable<RowTask>,
  options: DriveOptions,
  ports: ReadPorts,
): Promise<Problem | undefined> {
  return driveRows(tasks, options, ports, ({ tenantId }, _ref, aside) =>
    readCustomer(tenantId, aside, ports, ({ live: { profile } }) => ({
      status: 'unchanged',
      profile,
    })),
  );
}
