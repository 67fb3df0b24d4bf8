/**
 * How fast requests may leave, found from the answers: nobody configures it. Pure: the time is an
 * argument. Before the first refusal requests under way are counted; from then on they leave at a
 * rate. How, and how well: README.md beside this file.
 */
import { createLimitSearch } from './limit-search.js';
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

export function createPace(options: PaceOptions): Pace {
  const { concurrency, expected, shards } = options;
  const documented = DOCUMENTED_PER_MS / shards;
  const fastest = options.maxRate === undefined ? Infinity : options.maxRate / 60_000 / shards;
  const begin = beginOf(options, fastest);
  const search = createLimitSearch({
    expected,
    concurrency,
    documented,
    fastest,
    ...(begin && { begin }),
  });

  let isOpen = begin === undefined;
  let begunAt: number | undefined;
  let lastSlot = -Infinity;
  let latency = 0;
  let accepted = 0;

  const beyondDocumentedAt = (nowMs: number): number =>
    accepted - documented * (nowMs - (begunAt ?? nowMs));
  const windowAt = (nowMs: number): number => {
    const beyondDocumented = beyondDocumentedAt(nowMs);
    return openingWindow({ concurrency, expected, accepted, beyondDocumented });
  };
  const paceAt = (nowMs: number): number => {
    if (!isOpen) return search.rate();
    // Spread over a round trip: a limit with a small burst refuses what comes at the same moment.
    return latency > 0 ? windowAt(nowMs) / latency : Infinity;
  };
  /** Between two requests. All that may be under way at once keep their own distance. */
  const gapAt = (nowMs: number): number =>
    isOpen && windowAt(nowMs) >= concurrency ? 0 : 1 / paceAt(nowMs);

  return {
    next(nowMs, underWay) {
      const most = isOpen ? Math.floor(windowAt(nowMs)) : concurrency;
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
      const before = search.rate();
      search.noteAccepted(sentAtMs, nowMs, latency);
      // A faster pace does not make up for what a slower one left out.
      if (search.rate() > before) lastSlot = Math.max(lastSlot, nowMs - 1 / search.rate());
    },
    noteRefused(sentAtMs, nowMs, resumeAtMs) {
      const mayBeDocumented = beyondDocumentedAt(sentAtMs) <= LARGEST_BURST;
      const first = isOpen ? { pace: paceAt(sentAtMs), mayBeDocumented } : undefined;
      isOpen = false;
      search.noteRefused(sentAtMs, nowMs, resumeAtMs, first);
      lastSlot = Math.max(lastSlot, resumeAtMs - 1 / search.rate());
    },
  };
}

function beginOf(
  { begin, maxRate }: PaceOptions,
  fastest: number,
): { readonly rate: number; readonly mode: 'search' | 'settled' } | undefined {
  if (begin !== undefined) return { rate: begin, mode: 'search' };
  return maxRate === undefined ? undefined : { rate: fastest, mode: 'settled' };
}
