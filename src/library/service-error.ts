/** What the service, or the way to it, did to a question: as errors that a program can tell apart. */
import type { Failure } from '../partner-center/failure.js';
import { BillpatchError, StoppedError, type Problem, type RequestIds } from '../problem.js';
import type { CallTrace } from '../run/profile-service.js';

/** The service refused, or could not be reached. Certainly nothing was written. */
export class ServiceError extends BillpatchError {
  override readonly name = 'ServiceError';
  /** Whether the same may succeed later; otherwise it would be refused again. */
  readonly isTransient: boolean;

  constructor(problem: Problem, ids: RequestIds & { readonly isTransient: boolean }) {
    const { isTransient, ...about } = ids;
    super(problem.code, problem.message, problem.hint, { ...about, ...detailOf(problem) });
    this.isTransient = isTransient;
  }
}

/** The live profile is not the one that the change was made on: nothing was overwritten. */
export class ConflictError extends BillpatchError {
  override readonly name = 'ConflictError';

  constructor(problem: Problem, ids: RequestIds = {}) {
    super(problem.code, problem.message, problem.hint, { ...ids, ...detailOf(problem) });
  }
}

/**
 * An update went out, and neither its answer nor reading the profile again could settle whether it was
 * carried out. Read the profile and compare before anything is sent again.
 */
export class UnknownOutcomeError extends BillpatchError {
  override readonly name = 'UnknownOutcomeError';

  constructor(problem: Problem, ids: RequestIds = {}) {
    super(problem.code, problem.message, problem.hint, { ...ids, ...detailOf(problem) });
  }
}

const detailOf = ({ detail }: Problem): Pick<Problem, 'detail'> =>
  detail === undefined ? {} : { detail };

/** Of a question that only reads. */
export function toServiceError(
  failure: Failure,
  { requestId, serviceRequestId, httpStatus }: CallTrace,
  correlationId: string,
): BillpatchError {
  const same =
    serviceRequestId === undefined || serviceRequestId.toLowerCase() === requestId.toLowerCase();
  const ids = {
    requestId: same ? requestId : `${requestId} ${serviceRequestId}`,
    correlationId,
    ...(httpStatus !== undefined && { httpStatus }),
  };
  const isTransient = failure.again !== 'never' || TRANSIENT.has(failure.code);
  if (failure.code === 'run-stopped') return interruptedWith(ids);
  // The words of a failure are those of a row, and here there is none.
  const hint = failure.again === 'retry' ? 'Try again later.' : failure.hint;
  return new ServiceError({ ...failure, hint }, { ...ids, isTransient });
}

/** The words of a run do not fit a single question. */
export const interruptedWith = (ids: RequestIds): StoppedError =>
  new StoppedError(
    'interrupted',
    'The signal was aborted before the question was answered.',
    'Nothing was written; ask again when it suits.',
    ids,
  );

/** Given up for now; the run would say so of everybody. */
const TRANSIENT = new Set(['throttled-too-long', 'circuit-open']);
