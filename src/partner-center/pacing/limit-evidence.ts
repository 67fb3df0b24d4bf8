/** What the answers so far say about the service's limit, whichever of two kinds it is. */
import { createBucketEvidence } from './bucket-evidence.js';
import { createWindowEvidence } from './window-evidence.js';

export interface RateRange {
  /** Requests per millisecond. */
  readonly least: number;
  readonly most: number;
}

/** `together`: refused with one that was refused before it; says no more than that one. */
export type Verdict = 'accepted' | 'refused' | 'together';

interface Evidence {
  /** @param sentAtMs when the request left; those that left before one already noted count as then */
  readonly note: (sentAtMs: number, verdict: Verdict) => void;
  /** The limit is another than before: only what comes counts. */
  readonly forget: () => void;
  /** As `forget`, but for the refusal noted last. */
  readonly keepLastRefusal: () => void;
}

/** Taking the limit for one of a kind. */
export interface KindEvidence extends Evidence {
  /** The rates that fit every answer, give or take so many requests; undefined where none does. */
  readonly fit: (tolerance: number) => RateRange | undefined;
}

export interface LimitEvidence extends Evidence {
  /** The rates that fit every answer; undefined where none does. */
  readonly fit: () => RateRange | undefined;
  /** Whether the limit may be a bucket. */
  readonly mayBeBucket: () => boolean;
}

/**
 * Answers in contradiction of so many requests are taken for noise; of the larger number, where nothing
 * fits otherwise, and before buckets are ruled out.
 */
const TOLERANCE = 0.3;
const LARGE_TOLERANCE = 0.7;

/** @param documentedPerMs one of the rates that are looked at is exactly this */
export function createLimitEvidence(documentedPerMs: number): LimitEvidence {
  const bucket = createBucketEvidence(documentedPerMs);
  const window = createWindowEvidence();

  return {
    note(sentAtMs, verdict) {
      bucket.note(sentAtMs, verdict);
      window.note(sentAtMs, verdict);
    },
    fit: () => bucket.fit(TOLERANCE) ?? window.fit(TOLERANCE) ?? bucket.fit(LARGE_TOLERANCE),
    mayBeBucket: () => bucket.fit(LARGE_TOLERANCE) !== undefined,
    forget() {
      bucket.forget();
      window.forget();
    },
    keepLastRefusal() {
      bucket.keepLastRefusal();
      window.keepLastRefusal();
    },
  };
}
