/**
 * One pace for all requests, and where updates turn out to have a limit of their own, one for these
 * besides: services throttle writes sooner. Pure, as pace.ts is.
 */
import { createPace, type PaceOptions } from './pace.js';

/** `update`: a request that changes something. `question`: any other. */
export type Kind = 'question' | 'update';

export interface Paces {
  /** See Pace.next. */
  readonly next: (nowMs: number, underWay: Readonly<Record<Kind, number>>, kind: Kind) => number;
  readonly noteSent: (nowMs: number, kind: Kind) => void;
  readonly noteAccepted: (sentAtMs: number, nowMs: number, kind: Kind) => void;
  /** @param resumeAtMs nobody sends before: see Throttle */
  readonly noteRefused: (sentAtMs: number, nowMs: number, resumeAtMs: number, kind: Kind) => void;
}

/** Of the refusals so many are of questions, where updates have a limit of their own. */
const QUESTIONS_REFUSED = 0.15;
/** Never believed less than this that they have, as a logarithm of likelihoods. */
const LEAST_BELIEF = -2;
/** What was sent lately: about so many requests. */
const MEMORY = 32;

export function createPaces(options: PaceOptions): Paces {
  /** Of all requests. Once updates have a limit of their own, what is refused of these is not its own. */
  let all = createPace(options);
  const updates = createPace({ ...options, expected: options.expected / 2 });
  let areApart = false;

  /** How much likelier the refusals are if updates have a limit of their own; a logarithm. */
  let belief = 0;
  let refusals = 0;
  let updateShare = 0.5;
  let gapMs = 0;
  let lastSentAt: number | undefined;
  let resumedAt = -Infinity;
  let isAnswered = false;

  const doubt = (kind: Kind): void => {
    refusals += 1;
    const [likely, share] =
      kind === 'update'
        ? [1 - QUESTIONS_REFUSED, updateShare]
        : [QUESTIONS_REFUSED, 1 - updateShare];
    belief = Math.max(LEAST_BELIEF, belief + Math.log(likely / Math.max(0.02, share)));
    // The more often one looks, the sooner chance looks like a reason.
    if (belief > Math.log(9 + refusals / 10)) {
      areApart = true;
      // From what was given, without what refused updates said about it.
      all = createPace({ ...options, begin: 1 / Math.max(1, gapMs) });
    }
  };

  return {
    next(nowMs, underWay, kind) {
      const wait = all.next(nowMs, underWay.question + underWay.update);
      if (!areApart || kind === 'question') return wait;
      return Math.max(wait, updates.next(nowMs, underWay.update));
    },
    noteSent(nowMs, kind) {
      if (lastSentAt !== undefined) gapMs += (nowMs - lastSentAt - gapMs) / MEMORY;
      lastSentAt = nowMs;
      updateShare += ((kind === 'update' ? 1 : 0) - updateShare) / MEMORY;
      all.noteSent(nowMs);
      if (kind === 'update') updates.noteSent(nowMs);
    },
    noteAccepted(sentAtMs, nowMs, kind) {
      isAnswered = true;
      all.noteAccepted(sentAtMs, nowMs);
      if (kind === 'update') updates.noteAccepted(sentAtMs, nowMs);
    },
    noteRefused(sentAtMs, nowMs, resumeAtMs, kind) {
      if (kind === 'update') updates.noteRefused(sentAtMs, nowMs, resumeAtMs);
      if (!areApart || kind === 'question') all.noteRefused(sentAtMs, nowMs, resumeAtMs);
      // What leaves first after a pause is an update, whatever the limit is of.
      if (!areApart && (isAnswered || sentAtMs < resumedAt)) doubt(kind);
      isAnswered = false;
      resumedAt = Math.max(resumedAt, resumeAtMs);
    },
  };
}
