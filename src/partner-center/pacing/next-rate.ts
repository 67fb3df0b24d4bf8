/** How fast to go on after a refusal. Pure. Rates in requests per millisecond. */
import type { RateRange } from './limit-evidence.js';

/** What was known when the service refused. */
export interface Refusal {
  /** The pace at which the refused request was sent. */
  readonly pace: number;
  /** What the service certainly gave: accepted requests over time, pauses included or not. */
  readonly delivered: number;
  /** The pace that had held for a little longer than the pause that is asked for; 0: none had. */
  readonly held: number;
  /** The rates that fit all answers. */
  readonly fit: RateRange | undefined;
  /** Whether enough was answered since the refusal before for the fit to be looked at closely. */
  readonly isMeasured: boolean;
  /** Where the last close fit lay; 0: there was none. */
  readonly believed: number;
  /** A pace that was settled on, and left only to look for more; 0: none. */
  readonly settled: number;
}

export interface NextRate {
  readonly pace: number;
  /** Not beyond this before it is time to look for more. */
  readonly ceiling: number;
  /** `settled`: the limit is known well enough to stay at this pace. */
  readonly mode: 'settled' | 'search';
  /** Where a close fit lies; 0: there is none. */
  readonly believed: number;
  /** The answers contradict each other: the limit has changed, or is none of the kind. */
  readonly isContradiction: boolean;
}

/** So far below what is believed: room for timers, and for a request that took another way. */
export const MARGIN = 0.985;
/** A fit this close is a measurement. */
const CLOSE = 1.12;
/** Two measurements this near each other agree. */
const AGREEMENT = 1.15;
/** Beyond this, what had held contradicts a single measurement. */
const CONTRADICTION = 1.2;
/** Bounds further apart than this: on with their geometric mean, below the refused pace. */
const WIDE = 1.3;

export function nextRate({
  pace,
  delivered,
  held,
  fit,
  isMeasured,
  believed,
  settled,
}: Refusal): NextRate {
  const close = isMeasured && fit && fit.most / fit.least <= CLOSE ? fit : undefined;
  const middle = close ? Math.sqrt(close.least * close.most) : 0;
  const search = { mode: 'search', believed: middle, isContradiction: false } as const;

  if (close) {
    const agrees = believed > close.least / AGREEMENT && believed < close.most * AGREEMENT;
    if (agrees || delivered < close.most * CONTRADICTION) {
      const most = Math.min(close.most, pace);
      const next = Math.min(Math.sqrt(close.least * most), pace * 0.99) * MARGIN;
      return { ...search, pace: next, ceiling: most, mode: 'settled' };
    }
  }
  // Not to a pace that no measurement backs, or far below: where nothing fits any more, it is doubtful.
  const isBacked = fit !== undefined || (believed > 0 && pace / settled <= WIDE);
  if (settled > 0 && settled < pace * 0.995 && isBacked)
    return { ...search, pace: settled, ceiling: pace, mode: 'settled' };
  // One measurement alone, against what had held: from there, but on to the refused pace.
  if (close)
    return {
      ...search,
      pace: Math.min(Math.max(close.least, pace / 8), pace * 0.97),
      ceiling: pace,
    };

  const least = Math.min(Math.max(delivered, fit?.least ?? 0), pace * 0.97);
  const most = Math.min(pace, fit?.most ?? Infinity);
  const isHeld = held < pace / 1.01 && held > least * 0.95;
  return {
    ...search,
    ceiling: pace,
    isContradiction: fit === undefined,
    pace: isHeld
      ? Math.min(Math.max(held, least * MARGIN), most * MARGIN)
      : most / least > WIDE
        ? Math.sqrt(least * most)
        : least * MARGIN,
  };
}
