/**
 * Towards the limit, once the service has refused: the rate at which requests leave, from one
 * refusal to the next. Pure: the time is an argument. Rates in requests per millisecond.
 */
import { createLimitEvidence } from './limit-evidence.js';
import { MARGIN, nextRate } from './next-rate.js';

export interface LimitSearch {
  /** Counts from the first refusal on. */
  readonly rate: () => number;
  readonly noteAccepted: (sentAtMs: number, nowMs: number, latencyMs: number) => void;
  /**
   * @param resumeAtMs nobody sends before
   * @param first of the first refusal alone: see {@link FirstRefusal}
   */
  readonly noteRefused: (
    sentAtMs: number,
    nowMs: number,
    resumeAtMs: number,
    first?: FirstRefusal,
  ) => void;
}

export interface FirstRefusal {
  /** At which requests left. */
  readonly pace: number;
  /** Whether the limit that was met may be the documented allowance. */
  readonly mayBeDocumented: boolean;
}

export interface LimitSearchOptions {
  /** Requests that the run will take, about. A hundredth of them may be refused. */
  readonly expected: number;
  /** Requests under way at the most. */
  readonly concurrency: number;
  /** The documented allowance: the first guess. */
  readonly documented: number;
  /** Never faster; Infinity where nobody says so. */
  readonly fastest: number;
  /** Begun with it, before anything was refused; absent: the first refusal begins. */
  readonly begin?: { readonly rate: number; readonly mode: 'settled' | 'search' };
}

/** Answers, and milliseconds, at one pace before the next. */
const STEP_ANSWERS = 4;
const STEP_MS = 100;
/** Answers between two refusals, for a measurement. */
const MEASURED = 12;
/** A pace at which fewer were sent, or not longer than a pause, has not shown that it holds. */
const HELD_REQUESTS = 8;
/** The documented allowance is kept to for so long; where little more may be refused, for longer. */
const HOLD_MS = 600;
const LONG_HOLD_MS = 30_000;
const SCARCE = 4;
/** For less than this nothing is risked any more. */
const END_MS = 20_000;
/** A pause costs about as much time: the way to the ceiling is to bring more than that. */
const WORTH_MS = 2_000;
/** Looking for more than what is believed in seldom finds any: only where much time is left for it. */
const PROBE_END_MS = 55_000;
/** Growth in a second: far below the ceiling, below it, and near it. */
const FASTEST = 1.25;
const FAST = 1.08;
const SLOW = 1.02;
/** A pace beyond what the places give is none: nothing leaves at it, so nothing can be refused. */
const REACH = 1.1;
/** Looking for more begins this slowly, and gets faster. */
const PROBE = 1.01;
const PROBE_FASTER = 1.25;
const MOST_GROWTH = 2;
const MOST_PROBE_GROWTH = 1.5;
/** So far beyond what was believed in, for so long: then it was wrong. */
const BEYOND = 1.05;
const BEYOND_MS = 1_000;
/** Time between two looks: so that they cost at most this share of the throughput, or are refused. */
const COST = 0.03;
const REFUSED = 0.0047;
const SOONEST_PROBE_MS = 8_000;
const LATEST_PROBE_MS = 30_000;
/** A slow limit: so that few are refused. */
const LATEST_SLOW_PROBE_MS = 120_000;
/** Of what may be refused, this much is planned with. */
const SPENT = 0.8;

type Mode = 'waiting' | 'search' | 'settled' | 'probe';

export function createLimitSearch({
  expected,
  concurrency,
  documented,
  fastest,
  begin,
}: LimitSearchOptions): LimitSearch {
  const mayBeRefused = SPENT * Math.max(3, expected / 100);
  const evidence = createLimitEvidence(documented);

  let mode: Mode = begin?.mode ?? 'waiting';
  let rate = begin?.rate ?? documented;
  let ceiling = Infinity;
  let settled = 0;
  let believed = 0;
  let accepted = 0;
  let refused = 0;
  let answersInStep = 0;
  let stepAt = 0;
  /** Paces since the last pause, the newest last, and when each began. */
  let steps: { readonly at: number; readonly rate: number }[] = [];
  let resumedAt = 0;
  let acceptedAtResume = 0;
  let refusedAt = 0;
  let acceptedAtRefusal = 0;
  let isMeasuring = false;
  let mayBeDocumented = begin === undefined;
  let probeAfter = SOONEST_PROBE_MS;
  /** When a look for more passed the ceiling. */
  let beyondAt: number | undefined;

  const spare = (): number => Math.max(0, mayBeRefused - refused);
  const stepTo = (next: number, at: number): void => {
    rate = next;
    answersInStep = 0;
    stepAt = at;
    steps.push({ at, rate });
    if (steps.length > 200) steps = steps.slice(100);
  };
  const paceHeldAt = (at: number): number => steps.findLast((step) => step.at <= at)?.rate ?? 0;

  /** Time until the end of the run at this pace, about. */
  const leftMs = (): number => (expected - accepted) / rate;

  const climb = (nowMs: number, latencyMs: number): void => {
    if (rate * latencyMs > REACH * concurrency) return;
    if (mode === 'search' && rate < ceiling * MARGIN * 0.999) {
      const isFirst = !isMeasuring;
      const isKept = isFirst && mayBeDocumented && spare() < SCARCE;
      const hold = isKept ? LONG_HOLD_MS : HOLD_MS;
      if (steps.length <= 1 && nowMs - resumedAt < hold) return;
      // The limit is somewhere on the way there: half of it may be gained.
      const gainedMs = (((ceiling * MARGIN) / rate - 1) / 2) * leftMs();
      if (leftMs() < END_MS || gainedMs < WORTH_MS) return;
      const growth = rate < 0.4 * ceiling ? FASTEST : rate < 0.8 * ceiling ? FAST : SLOW;
      const slow = growth ** ((nowMs - stepAt) / 1000);
      // The more may still be refused, the larger the steps in search of the limit.
      const bold = isFirst ? 1 + spare() / (4 * rate * Math.max(latencyMs, 50)) : 0;
      stepTo(Math.min(rate * Math.min(MOST_GROWTH, Math.max(slow, bold)), ceiling * MARGIN), nowMs);
      return;
    }
    if (mode === 'probe' || leftMs() >= PROBE_END_MS) probe(nowMs);
  };

  const probe = (nowMs: number): void => {
    const late = (nowMs - resumedAt - probeAfter) / 1000;
    if (late < 0 || rate >= fastest) return;
    if (mode !== 'probe') {
      settled = rate;
      beyondAt = undefined;
    }
    mode = 'probe';
    const sinceStep = (nowMs - stepAt) / 1000;
    const growth = PROBE ** sinceStep * PROBE_FASTER ** (late * sinceStep);
    stepTo(rate * Math.min(MOST_PROBE_GROWTH, growth), nowMs);
    if (rate > ceiling) beyondAt ??= nowMs;
    const isLong = beyondAt !== undefined && nowMs - beyondAt >= BEYOND_MS;
    if (isLong && rate > ceiling * BEYOND && !evidence.mayBeBucket()) {
      // More was given than the limit that was believed in could have.
      evidence.forget();
      ceiling = Infinity;
      mode = 'search';
      settled = believed = 0;
    }
  };

  const beginAt = ({ pace, mayBeDocumented: isDocumented }: FirstRefusal): void => {
    mode = 'search';
    ceiling = Math.min(pace, evidence.fit()?.most ?? Infinity);
    mayBeDocumented = isDocumented;
    const guess = mayBeDocumented ? documented : Math.sqrt(documented * pace);
    rate = documented <= pace ? guess * MARGIN : 0.7 * pace;
  };
  const decide = (sentAtMs: number, pauseMs: number, overEpoch: number): void => {
    const pace = Math.min(rate, fastest);
    const run = sentAtMs - resumedAt;
    const overRun = run > 500 ? (accepted - acceptedAtResume) / run : 0;
    const isMeasured = !isMeasuring || accepted - acceptedAtRefusal >= MEASURED;
    const next = nextRate({
      pace,
      // Over a short run it is mostly what the pause had saved up.
      delivered: isMeasured ? Math.max(overEpoch, overRun) : overEpoch,
      held: paceHeldAt(sentAtMs - Math.max(1.2 * Math.max(1000, pauseMs), HELD_REQUESTS / pace)),
      fit: evidence.fit(),
      isMeasured,
      believed,
      settled,
    });
    ({ pace: rate, ceiling, mode } = next);
    if (next.believed > 0) believed = next.believed;
    settled = mode === 'settled' ? rate : 0;
    if (next.isContradiction) evidence.keepLastRefusal();
    isMeasuring = true;
  };

  return {
    rate: () => Math.min(rate, fastest),
    noteAccepted(sentAtMs, nowMs, latencyMs) {
      accepted += 1;
      evidence.note(sentAtMs, 'accepted');
      if (mode === 'waiting') return;
      if (sentAtMs >= stepAt) answersInStep += 1;
      if (answersInStep >= STEP_ANSWERS && nowMs - stepAt >= Math.max(latencyMs, STEP_MS))
        climb(nowMs, latencyMs);
    },
    noteRefused(sentAtMs, nowMs, resumeAtMs, first) {
      refused += 1;
      const isFirst = first !== undefined || sentAtMs >= resumedAt;
      evidence.note(sentAtMs, isFirst ? 'refused' : 'together');
      // A refusal right after a pause says "too soon" and nothing about the pace.
      if (first || (isFirst && accepted > acceptedAtResume)) {
        const pauseMs = resumeAtMs - nowMs;
        const epochMs = Math.max(1, sentAtMs - refusedAt);
        const overEpoch = (accepted - acceptedAtRefusal) / epochMs;
        if (first) beginAt(first);
        else decide(sentAtMs, pauseMs, overEpoch);
        // What a pause costs: requests that could have left, as far as they did not leave all the same.
        const lost = Math.min(Math.max(0, rate - overEpoch) * epochMs, rate * pauseMs);
        // After a single refusal the ceiling is what a bucket makes of it, and was never met.
        probeAfter = first
          ? SOONEST_PROBE_MS
          : Math.max(
              SOONEST_PROBE_MS,
              Math.min(LATEST_PROBE_MS, lost / (rate * COST)),
              Math.min(LATEST_SLOW_PROBE_MS, 1 / (rate * REFUSED)),
            );
        refusedAt = sentAtMs;
        acceptedAtRefusal = accepted;
      }
      resumedAt = Math.max(resumedAt, resumeAtMs);
      acceptedAtResume = accepted;
      stepAt = resumedAt;
      answersInStep = 0;
      steps = [{ at: resumedAt, rate }];
    },
  };
}
