/**
 * How many requests may be under way before the service has refused any. Where its limit is met,
 * what is under way then is refused: so at the start never more than a small part of the run.
 */
export interface Opening {
  /** Requests under way at the most; see --concurrency. */
  readonly concurrency: number;
  /** Requests that the run will take, about. */
  readonly expected: number;
  readonly accepted: number;
  /** Of them, those beyond the documented allowance, as if it had counted from the start. */
  readonly beyondDocumented: number;
}

/** A two-hundredth of the run; half of what may be refused in all. */
const SHARE = 200;
const LEAST = 4;
/** A documented allowance that came with a burst of a hundred would have shown itself by now. */
export const LARGEST_BURST = 110;

export const openingWindow = ({
  concurrency,
  expected,
  accepted,
  beyondDocumented,
}: Opening): number =>
  Math.min(
    concurrency,
    // Doubling with each round trip.
    1 + accepted,
    Math.max(LEAST, expected / SHARE, LEAST + (beyondDocumented - LARGEST_BURST) / 2),
  );
