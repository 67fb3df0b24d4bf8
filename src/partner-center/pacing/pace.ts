/**
 * How fast requests may leave, found from the answers: nobody configures it. Pure: the time is an
 * argument. Before the first refusal requests under way are counted; from then on they leave at a
 * rate. How, and how well: README.md beside this file.
 */
import { createLimitEvidence } from './limit-evidence.js';
import { MARGIN, nextRate } from './next-rate.js';
import { LARGEST_BURST, openingWindow } from './opening.js';

export interface Pace {
  /** Milliseconds until the next request may leave; Infinity: not before an answer has come. */
  readonly next: (nowMs: number, underWay: number) => number;
  readonly noteSent: (nowMs: number) => void;
  readonly noteAccepted: (sentAtMs: number, nowMs: number) => void;
  /** @param resumeAtMs nobody sends before: see Throttle */
  readonly noteRefused: (sentAtMs: number, nowMs: number, resumeAtMs: number) => void;
}

export interface PaceOptions {
  /** Requests under way at the most. */
  readonly concurrency: number;
  /** Requests that the run will take, about. A hundredth of them may be refused. */
  readonly expected: number;
  /** Runs that share one allowance. */
  readonly shards: number;
  /** Never faster, in requests per minute; begun with, where it is given. */
  readonly maxRate?: number;
  /** Requests per millisecond that are known to be given: on from there. */
  readonly begin?: number;
}

/** The documented allowance, 500 a minute (partner-center-api.md, 4): the first guess. */
const DOCUMENTED_PER_MS = 500 / 60_000;
/** Answers, and milliseconds, at one pace before the next. */
const STEP_ANSWERS = 4;
const STEP_MS = 100;
/** Answers in contradiction of so many requests are taken for noise; then of so many. */
const TOLERANCES = [0.3, 0.7] as const;
/** Answers between two refusals, for a measurement. */
const MEASURED = 12;
/** A pace at which fewer were sent, or not longer than a pause, has not shown that it holds. */
const HELD_REQUESTS = 8;
/** The documented allowance is kept to for so long, where little more may be refused. */
const HOLD_MS = 2_000;
const LONG_HOLD_MS = 30_000;
const SCARCE = 4;
/** For less than this nothing is risked any more. */
const END_MS = 20_000;
/** Growth in a second: far below the ceiling, and near it. */
const FAST = 1.08;
const SLOW = 1.02;
/** Looking for more begins this slowly, and gets faster. */
const PROBE = 1.01;
const PROBE_FASTER = 1.25;
const MOST_GROWTH = 2;
/** Time between two looks: so that they cost at most this share of the throughput, or are refused. */
const COST = 0.03;
const REFUSED = 0.0047;
const SOONEST_PROBE_MS = 8_000;
const LATEST_PROBE_MS = 30_000;
/** A slow limit: so that few are refused. */
const LATEST_SLOW_PROBE_MS = 120_000;

type Mode = 'open' | 'search' | 'settled' | 'probe';

export function createPace(options: PaceOptions): Pace {
  const { concurrency, expected, shards, maxRate, begin } = options;
  const documented = DOCUMENTED_PER_MS / shards;
  const fastest = maxRate === undefined ? Infinity : maxRate / 60_000 / shards;
  const mayBeRefused = 0.8 * Math.max(3, expected / 100);
  const evidence = createLimitEvidence(documented);
  const fits = (): ReturnType<typeof evidence.fit> =>
    evidence.fit(TOLERANCES[0]) ?? evidence.fit(TOLERANCES[1]);

  let mode: Mode = begin !== undefined ? 'search' : maxRate === undefined ? 'open' : 'settled';
  let rate = begin ?? (maxRate === undefined ? documented : fastest);
  let ceiling = Infinity;
  let settled = 0;
  let believed = 0;
  let begunAt: number | undefined;
  let lastSlot = -Infinity;
  let latency = 0;
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
  /** Whether the limit that was met first may be the documented allowance. */
  let isDocumented = begin === undefined;
  let probeAfter = SOONEST_PROBE_MS;

  const spare = (): number => Math.max(0, mayBeRefused - refused);
  const beyondDocumentedAt = (nowMs: number): number =>
    accepted - documented * (nowMs - (begunAt ?? nowMs));
  const windowAt = (nowMs: number): number => {
    const beyondDocumented = beyondDocumentedAt(nowMs);
    return openingWindow({ concurrency, expected, accepted, beyondDocumented });
  };
  const paceAt = (nowMs: number): number => {
    if (mode !== 'open') return Math.min(rate, fastest);
    // Spread over a round trip: a limit with a small burst refuses what comes at the same moment.
    return latency > 0 ? windowAt(nowMs) / latency : Infinity;
  };
  /** Between two requests. All that may be under way at once keep their own distance. */
  const gapAt = (nowMs: number): number =>
    mode === 'open' && windowAt(nowMs) >= concurrency ? 0 : 1 / paceAt(nowMs);
  const stepTo = (next: number, at: number): void => {
    rate = next;
    answersInStep = 0;
    stepAt = at;
    steps.push({ at, rate });
    if (steps.length > 200) steps = steps.slice(100);
  };
  const paceHeldAt = (at: number): number => steps.findLast((step) => step.at <= at)?.rate ?? 0;

  const climb = (nowMs: number): void => {
    const isShort = expected - accepted < rate * END_MS;
    const sinceStep = (nowMs - stepAt) / 1000;
    if (mode === 'search' && rate < ceiling * MARGIN * 0.999) {
      const isFirst = !isMeasuring;
      const isKept = isFirst && isDocumented && spare() < SCARCE;
      const hold = isKept ? LONG_HOLD_MS : HOLD_MS;
      if (isShort || (steps.length <= 1 && nowMs - resumedAt < hold)) return;
      const slow = (rate < 0.8 * ceiling ? FAST : SLOW) ** sinceStep;
      // The more may still be refused, the larger the steps in search of the limit.
      const bold = isFirst ? 1 + spare() / (4 * rate * Math.max(latency, 50)) : 0;
      stepTo(Math.min(rate * Math.min(MOST_GROWTH, Math.max(slow, bold)), ceiling * MARGIN), nowMs);
      return;
    }
    const late = (nowMs - resumedAt - probeAfter) / 1000;
    if (late < 0 || rate >= fastest || (mode !== 'probe' && isShort)) return;
    if (mode !== 'probe') settled = rate;
    mode = 'probe';
    const growth = PROBE ** sinceStep * PROBE_FASTER ** (late * sinceStep);
    stepTo(rate * Math.min(1.5, growth), nowMs);
    if (rate > ceiling && !evidence.fit(TOLERANCES[0])) {
      // More was given than the limit that was believed in could have.
      evidence.forget();
      ceiling = Infinity;
      mode = 'search';
      settled = believed = 0;
    }
  };

  const decide = (sentAtMs: number, pauseMs: number): void => {
    const pace = paceAt(sentAtMs);
    const epoch = Math.max(1, sentAtMs - refusedAt);
    const overEpoch = (accepted - acceptedAtRefusal) / epoch;
    const run = sentAtMs - resumedAt;
    const overRun = run > 500 ? (accepted - acceptedAtResume) / run : 0;
    if (mode === 'open') {
      mode = 'search';
      ceiling = pace;
      isDocumented = beyondDocumentedAt(sentAtMs) <= LARGEST_BURST;
      const guess = isDocumented ? documented : Math.sqrt(documented * pace);
      rate = documented <= pace ? guess * MARGIN : 0.7 * pace;
    } else {
      const isMeasured = !isMeasuring || accepted - acceptedAtRefusal >= MEASURED;
      const next = nextRate({
        pace,
        // Over a short run it is mostly what the pause had saved up.
        delivered: isMeasured ? Math.max(overEpoch, overRun) : overEpoch,
        held: paceHeldAt(sentAtMs - Math.max(1.2 * Math.max(1000, pauseMs), HELD_REQUESTS / pace)),
        fit: fits(),
        isMeasured,
        believed,
        settled,
      });
      ({ pace: rate, ceiling, mode } = next);
      if (next.believed > 0) believed = next.believed;
      settled = mode === 'settled' ? rate : 0;
      if (next.isContradiction) evidence.keepLastRefusal();
      isMeasuring = true;
    }
    // What a pause costs: requests that could have left, as far as they did not leave all the same.
    const lost = Math.min(Math.max(0, rate - overEpoch) * epoch, rate * pauseMs);
    probeAfter = Math.max(
      SOONEST_PROBE_MS,
      Math.min(LATEST_PROBE_MS, lost / (rate * COST)),
      Math.min(LATEST_SLOW_PROBE_MS, 1 / (rate * REFUSED)),
    );
    refusedAt = sentAtMs;
    acceptedAtRefusal = accepted;
  };

  return {
    next(nowMs, underWay) {
      const most = mode === 'open' ? Math.floor(windowAt(nowMs)) : concurrency;
      if (underWay >= most) return Infinity;
      return Math.max(0, lastSlot + gapAt(nowMs) - nowMs);
    },
    noteSent(nowMs) {
      begunAt ??= nowMs;
      const gap = gapAt(nowMs);
      const due = lastSlot + gap;
      // A timer that was late is made up for, by a quarter of a slot at the most.
      lastSlot = nowMs - due < gap ? Math.max(due, nowMs - Math.min(5, gap / 4)) : nowMs;
    },
    noteAccepted(sentAtMs, nowMs) {
      accepted += 1;
      const took = nowMs - sentAtMs;
      latency = latency === 0 ? took : latency * 0.9 + took * 0.1;
      evidence.note(sentAtMs, 'accepted');
      if (mode === 'open') return;
      if (sentAtMs >= stepAt) answersInStep += 1;
      if (answersInStep >= STEP_ANSWERS && nowMs - stepAt >= Math.max(latency, STEP_MS))
        climb(nowMs);
    },
    noteRefused(sentAtMs, nowMs, resumeAtMs) {
      refused += 1;
      const isFirst = mode === 'open' || sentAtMs >= resumedAt;
      evidence.note(sentAtMs, isFirst ? 'refused' : 'together');
      // A refusal right after a pause says "too soon" and nothing about the pace.
      const isNews = mode === 'open' || accepted > acceptedAtResume;
      if (isFirst && isNews) decide(sentAtMs, resumeAtMs - nowMs);
      resumedAt = Math.max(resumedAt, resumeAtMs);
      acceptedAtResume = accepted;
      stepAt = resumedAt;
      answersInStep = 0;
      steps = [{ at: resumedAt, rate }];
      lastSlot = Math.max(lastSlot, resumedAt - 1 / paceAt(nowMs));
    },
  };
}
