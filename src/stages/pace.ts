/** How fast a run goes, and for how long it waits. */
import type { Manifest } from '../journal/run-folder.js';

export interface Pace {
  /** Rows in flight at once. */
  readonly concurrency: number;
  /** For one exchange with the service. */
  readonly timeoutMs: number;
  /** How long the service may refuse everything (429) before the run stops. */
  readonly maxWaitMs: number;
  /** Requests per minute at the most; absent: as many as the service takes. */
  readonly maxRate?: number;
}

export const paceOfRun = ({ options }: Pick<Manifest, 'options'>): Pace => ({
  concurrency: options.concurrency,
  timeoutMs: options.timeoutSeconds * 1000,
  maxWaitMs: options.maxWaitSeconds * 1000,
  ...(options.maxRate !== undefined && { maxRate: options.maxRate }),
});

/** A run that is taken up again goes on at its own pace, as far as no other was given. */
export function withPace(
  manifest: Manifest,
  { concurrency, timeoutMs, maxWaitMs, maxRate }: Partial<Pace>,
): Manifest {
  return {
    ...manifest,
    options: {
      ...manifest.options,
      ...(concurrency === undefined ? {} : { concurrency }),
      ...(timeoutMs === undefined ? {} : { timeoutSeconds: timeoutMs / 1000 }),
      ...(maxWaitMs === undefined ? {} : { maxWaitSeconds: maxWaitMs / 1000 }),
      ...(maxRate === undefined ? {} : { maxRate }),
    },
  };
}
