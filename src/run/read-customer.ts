/** A customer's profile read once, by a stage that never writes. */
import type { Failure } from '../partner-center/failure.js';
import { createCallLog } from './call-log.js';
import type { DrivePorts } from './drive-rows.js';
import { endingOf } from './endings.js';
import type { Ending } from './outcome.js';
import type { Aside, LiveProfile, ProfileService } from './profile-service.js';
import type { RowResult } from './update-customer.js';

export interface ReadPorts extends DrivePorts {
  /** Only to read: a stage that cannot write needs no promise that it does not. */
  readonly service: Pick<ProfileService, 'get'>;
  readonly newId: () => string;
}

/** @param endingOfLive what the row comes to, by what was read. Never rejects. */
export async function readCustomer(
  tenantId: string,
  aside: Aside,
  { service, newId }: ReadPorts,
  endingOfLive: (live: LiveProfile) => Ending,
): Promise<RowResult> {
  const correlationId = newId();
  const calls = createCallLog(correlationId);
  const read = calls.noteGet(
    await service.get({ tenantId, requestId: newId(), correlationId, aside }),
  );
  const end = (ending: Ending, failure?: Failure): RowResult => ({
    outcome: { ...ending, trace: calls.trace() },
    ...(failure && { failure }),
  });
  return read.kind === 'failure'
    ? end(endingOf(read.failure, []), read.failure)
    : end(endingOfLive(read.live));
}
