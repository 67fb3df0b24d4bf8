/** A customer's profile read once, by a stage that never writes. */
import type { Failure } from '../partner-center/failure.js';
import { createCallLog, type CallLog } from './call-log.js';
import type { DrivePorts } from './drive-rows.js';
import { endingOf } from './endings.js';
import type { Ending } from './outcome.js';
import type { Aside, LiveProfile, ProfileService } from './profile-service.js';
import type { AddressCall } from './review-service.js';
import type { RowResult } from './update-customer.js';

export interface ReadPorts extends DrivePorts {
  /** Only to read: a stage that cannot write needs no promise that it does not. */
  readonly service: Pick<ProfileService, 'get'>;
  readonly newId: () => string;
}

/** What was read, and what it takes to ask more about the same row. */
export interface Read {
  readonly live: LiveProfile;
  readonly newCall: () => AddressCall;
  readonly calls: CallLog;
}

/** @param toEnding what the row comes to, by what was read. Never rejects. */
export async function readCustomer(
  tenantId: string,
  aside: Aside,
  { service, newId }: ReadPorts,
  toEnding: (read: Read) => Ending | Promise<Ending>,
): Promise<RowResult> {
  const correlationId = newId();
  const calls = createCallLog(correlationId);
  const newCall = (): AddressCall => ({ requestId: newId(), correlationId, aside });
  const read = calls.noteGet(await service.get({ tenantId, ...newCall(), isFirst: true }));
  const end = (ending: Ending, failure?: Failure): RowResult => ({
    outcome: { ...ending, trace: calls.trace() },
    ...(failure && { failure }),
  });
  return read.kind === 'failure'
    ? end(endingOf(read.failure, []), read.failure)
    : end(await toEnding({ live: read.live, newCall, calls }));
}
