/** Gathers what the exchanges of one row leave behind: ids, tags and counts. */
import { fieldValue } from '../profile/billing-profile.js';
import type { RowTrace } from './outcome.js';
import type { CallTrace, ProfileResult } from './profile-service.js';

export interface CallLog {
  readonly noteGet: (result: ProfileResult) => ProfileResult;
  readonly notePut: (result: ProfileResult) => ProfileResult;
  /** A question about the row that is none about its profile. */
  readonly noteCheck: (trace: CallTrace) => void;
  /** An update that was sent before billpatch was cut off. */
  readonly notePending: (pending: { readonly requestId: string; readonly etag: string }) => void;
  readonly noteEtagBefore: (etag: string) => void;
  readonly noteEtagAfter: (etag: string | undefined) => void;
  readonly trace: () => RowTrace;
}

export function createCallLog(correlationId: string): CallLog {
  let get: CallTrace | undefined;
  let put: CallTrace | undefined;
  let last: CallTrace | undefined;
  let attempts = 0;
  let before: string | undefined;
  let after: string | undefined;
  let companyName: string | undefined;
  const note = (trace: CallTrace): void => {
    last = trace;
    attempts += trace.attempts;
  };
  return {
    noteGet(result) {
      get = result.trace;
      note(result.trace);
      if (result.kind === 'profile') {
        before ??= result.live.etag;
        companyName ??= fieldValue(result.live.profile, 'companyName');
      }
      return result;
    },
    notePut(result) {
      if (result.trace.attempts > 0) put = result.trace;
      note(result.trace);
      return result;
    },
    noteCheck(trace) {
      if (trace.attempts > 0) note(trace);
    },
    notePending({ requestId, etag }) {
      put = { requestId, attempts: 0 };
      before = etag;
    },
    noteEtagBefore(etag) {
      before = etag;
    },
    noteEtagAfter(etag) {
      after = etag;
    },
    trace: () => ({
      correlationId,
      ...(companyName !== undefined && companyName !== '' && { companyName }),
      attempts,
      ...(get && { getRequestId: idsOf(get) }),
      ...(put && { putRequestId: idsOf(put) }),
      ...(last?.httpStatus !== undefined && { httpStatus: last.httpStatus }),
      ...(before !== undefined && { etagBefore: before }),
      ...(after !== undefined && { etagAfter: after }),
    }),
  };
}

function idsOf({ requestId, serviceRequestId }: CallTrace): string {
  const same =
    serviceRequestId === undefined || serviceRequestId.toLowerCase() === requestId.toLowerCase();
  return same ? requestId : `${requestId} ${serviceRequestId}`;
}
