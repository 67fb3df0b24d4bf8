/**
 * What the answers so far say about a limit in fixed windows: so many requests in each. For each length
 * and each beginning that the windows could have, it is counted how many were accepted in the present
 * one. Of the true ones it holds that none held more than another in which a request was refused.
 */
import type { KindEvidence } from './limit-evidence.js';

/**
 * Longer ones are left out: where a refusal says when the window ends, to the second, little is lost
 * by waiting for it, and what a short run may send at once is gained.
 */
const LENGTHS_MS = [100, 200, 250, 500, 1000, 2000] as const;
/** So many beginnings of each length are looked at; the true one lies between two of them. */
const PHASES = 40;
/** With fewer, some window fits by chance. */
const ENOUGH_REFUSALS = 3;

export function createWindowEvidence(): KindEvidence {
  const count = LENGTHS_MS.length * PHASES;
  const length = Float64Array.from(LENGTHS_MS.flatMap((ms) => Array<number>(PHASES).fill(ms)));
  const begin = length.map((ms, at) => ((at % PHASES) / PHASES) * ms);
  /** Which window it is, by number, and what was accepted in it. */
  const present = new Float64Array(count).fill(-1);
  const used = new Float64Array(count);
  const mostAccepted = new Float64Array(count);
  /** With the refused one. */
  const leastRefused = new Float64Array(count).fill(Infinity);
  let refusals = 0;
  let noted = 0;

  return {
    note(sentAtMs, verdict) {
      if (verdict === 'together') return;
      noted = Math.max(noted, sentAtMs);
      if (verdict === 'refused') refusals += 1;
      // By index: this runs over all windows for every answer.
      for (let at = 0; at < count; at += 1) {
        const number = Math.floor((noted + (begin[at] ?? 0)) / (length[at] ?? 1));
        if (number !== present[at]) {
          present[at] = number;
          used[at] = 0;
        }
        const withThis = (used[at] ?? 0) + 1;
        if (verdict === 'accepted') {
          used[at] = withThis;
          if (withThis > (mostAccepted[at] ?? 0)) mostAccepted[at] = withThis;
        } else if (withThis < (leastRefused[at] ?? 0)) leastRefused[at] = withThis;
      }
    },
    fit(tolerance) {
      if (refusals < ENOUGH_REFUSALS) return undefined;
      let least = Infinity;
      let most = 0;
      for (let at = 0; at < count; at += 1) {
        const refused = leastRefused[at] ?? 0;
        const accepted = mostAccepted[at] ?? 0;
        // A window holds one request at least. What was sent between two beginnings may be in either.
        if (refused <= 1 || accepted >= refused * (1 + 1 / PHASES) + tolerance) continue;
        const rates = [accepted, refused - 1].map((held) => held / (length[at] ?? 1));
        least = Math.min(least, ...rates);
        most = Math.max(most, ...rates);
      }
      return most > 0 ? { least, most } : undefined;
    },
    forget() {
      refusals = 0;
      mostAccepted.set(used);
      leastRefused.fill(Infinity);
    },
    keepLastRefusal() {
      refusals = 1;
      mostAccepted.set(used);
      for (let at = 0; at < count; at += 1) leastRefused[at] = (used[at] ?? 0) + 1;
    },
  };
}
