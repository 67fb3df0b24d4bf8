/**
 * What the answers so far say about a limit that is a bucket. For each rate that it could have it is
 * counted how far a bucket of that rate would have been drained by what was sent. Of the true rate
 * one thing holds, however large its burst is: no request was accepted at a depth at which another
 * was refused. Rates of which that is not so are ruled out. See README.md beside this file.
 */
import type { KindEvidence } from './limit-evidence.js';

/** Between two rates that are looked at: 3 %. */
const STEP = 1.03;
/** A fortieth of the documented allowance up to 275 times it: 0.24 to 2,300 requests a second. */
const STEPS_BELOW = 120;
const STEPS_ABOVE = 190;
/** A bucket holds one request at least: a rate at which a first request is refused is none. */
const SHALLOWEST = 1.02;

/** Refused requests may take their share of the allowance as well, or not: both are followed. */
interface Family {
  readonly refusedCount: boolean;
  /** How far the bucket is drained, in requests. */
  readonly depth: Float64Array;
  readonly deepestAccepted: Float64Array;
  readonly shallowestRefused: Float64Array;
}

/** @param documentedPerMs one of the rates that are looked at is exactly this */
export function createBucketEvidence(documentedPerMs: number): KindEvidence {
  const count = STEPS_BELOW + STEPS_ABOVE + 1;
  const rates = Float64Array.from(
    { length: count },
    (_, at) => documentedPerMs * STEP ** (at - STEPS_BELOW),
  );
  const families: readonly Family[] = [false, true].map((refusedCount) => ({
    refusedCount,
    depth: new Float64Array(count),
    deepestAccepted: new Float64Array(count),
    shallowestRefused: new Float64Array(count).fill(Infinity),
  }));
  let noted = 0;

  return {
    note(sentAtMs, verdict) {
      const elapsed = Math.max(0, sentAtMs - noted);
      noted = Math.max(noted, sentAtMs);
      for (const { refusedCount, depth, deepestAccepted, shallowestRefused } of families) {
        // By index: this runs over all rates for every answer.
        for (let at = 0; at < count; at += 1) {
          const filled = (depth[at] ?? 0) - (rates[at] ?? 0) * elapsed;
          const drained = (filled > 0 ? filled : 0) + 1;
          if (verdict === 'accepted') {
            if (drained > (deepestAccepted[at] ?? 0)) deepestAccepted[at] = drained;
            depth[at] = drained;
          } else {
            if (verdict === 'refused' && drained < (shallowestRefused[at] ?? 0))
              shallowestRefused[at] = drained;
            depth[at] = refusedCount ? drained : drained - 1;
          }
        }
      }
    },
    fit(tolerance) {
      let least = Infinity;
      let most = 0;
      for (const { deepestAccepted, shallowestRefused } of families) {
        for (let at = 0; at < count; at += 1) {
          const refused = shallowestRefused[at] ?? 0;
          if (refused <= SHALLOWEST || (deepestAccepted[at] ?? 0) >= refused + tolerance) continue;
          const rate = rates[at] ?? 0;
          if (rate < least) least = rate;
          if (rate > most) most = rate;
        }
      }
      return most > 0 ? { least, most } : undefined;
    },
    forget() {
      for (const { depth, deepestAccepted, shallowestRefused } of families) {
        deepestAccepted.set(depth);
        shallowestRefused.fill(Infinity);
      }
    },
    keepLastRefusal() {
      for (const { refusedCount, depth, deepestAccepted, shallowestRefused } of families) {
        deepestAccepted.set(depth);
        for (let at = 0; at < count; at += 1)
          shallowestRefused[at] = (depth[at] ?? 0) + (refusedCount ? 0 : 1);
      }
    },
  };
}
