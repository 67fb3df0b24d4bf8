import type { IncomingHttpHeaders } from 'node:http';
import type { FaultKind } from './fault.js';

/** One request as it came, and the status that was decided for it. */
export interface RecordedRequest {
  /** Milliseconds since 1970, on the simulator's clock. */
  readonly at: number;
  readonly method: string;
  /** As sent, with its query. */
  readonly path: string;
  /** In lower case; where the path names one. */
  readonly tenantId?: string;
  readonly headers: IncomingHttpHeaders;
  /** The text of the body; a request without one has none. */
  readonly body?: string;
  /** 0 where a fault left no answer at all. */
  readonly status: number;
  /** The MS-RequestId that the answer carried. */
  readonly requestId: string;
  readonly fault?: FaultKind;
}

export interface RequestLog {
  readonly add: (request: RecordedRequest) => void;
  readonly newest: () => readonly RecordedRequest[];
}

/** Keeps the newest `keep` requests, so that memory does not grow with a long run. */
export function createRequestLog(keep: number): RequestLog {
  let kept: RecordedRequest[] = [];
  const newest = () => (keep === 0 ? [] : kept.slice(-keep));
  return {
    add: (request) => {
      if (keep === 0) return;
      kept.push(request);
      // Cut at twice the size: once every `keep` requests instead of at each.
      if (kept.length >= 2 * keep) kept = newest();
    },
    newest: () => newest(),
  };
}
