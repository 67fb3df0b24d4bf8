/** Why an exchange with the service did not give what was asked, and what may be done about it. */
import type { Problem } from '../problem.js';

export interface Failure extends Problem {
  /** Concerns this row alone, or every row: a run that goes on would only repeat it. */
  readonly scope: 'row' | 'run';
  /**
   * never: asking again gives the same · retry: later it may work · pause: everybody waits first ·
   * reread: the tag is stale, so the profile is read again · renew: with a new token it may work.
   */
  readonly again: 'never' | 'retry' | 'pause' | 'reread' | 'renew';
  /** Whether the service may have carried the request out all the same. Matters for a PUT. */
  readonly carriedOut: 'no' | 'maybe';
  /** How long the service asked to wait, in milliseconds. */
  readonly retryAfterMs?: number;
  readonly httpStatus?: number;
}
