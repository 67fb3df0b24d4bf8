/** Every row of a checked input, a reviewed plan or an undo through {@link updateCustomer}. */
import type { Problem } from '../problem.js';
import type { RowRef } from '../journal/entry.js';
import { driveRows, type DriveOptions, type DrivePorts } from './drive-rows.js';
import type { ProfileService } from './profile-service.js';
import type { Remark } from './remarks.js';
import type { ReviewPorts } from './review-changes.js';
import type { RowTask } from './row-task.js';
import { updateCustomer } from './update-customer.js';

export interface ApplyPorts extends DrivePorts {
  readonly service: ProfileService;
  readonly newId: () => string;
  readonly review: ReviewPorts;
  readonly onRemark: (ref: RowRef, remark: Remark) => void;
}

export interface ApplyOptions extends DriveOptions {
  /** Find out with the first update whether the service refuses an outdated tag; stop if not. */
  readonly checkEtags: boolean;
}

/** @returns why the run stopped before its end, or undefined. */
export function applyRows(
  tasks: AsyncIterable<RowTask>,
  options: ApplyOptions,
  ports: ApplyPorts,
): Promise<Problem | undefined> {
  let etagCheckWanted = options.checkEtags;
  const claimEtagCheck = (): boolean => {
    const wanted = etagCheckWanted;
    etagCheckWanted = false;
    return wanted;
  };
  return driveRows(tasks, options, ports, async (task, ref, aside) => {
    const result = await updateCustomer(task, {
      service: ports.service,
      newId: ports.newId,
      aside,
      review: {
        ...ports.review,
        onRemark: (remark) => {
          ports.onRemark(ref, remark);
        },
      },
      claimEtagCheck,
      recordIntent: (intent) =>
        ports.record({ type: 'intent', ...ref, ...intent, at: ports.now().toISOString() }),
    });
    // One more row is asked where this one could not tell.
    if (result.etagCheck === 'unclear') etagCheckWanted = true;
    return result;
  });
}
