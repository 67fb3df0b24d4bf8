/** One row's decision, with its result looked at before anything is written down or sent. */
import type { Problem } from '../problem.js';
import { fieldValue, type BillingProfile } from '../profile/billing-profile.js';
import { decide, type Decision, type Desired, type Question } from '../profile/decide.js';
import { isLiveWithoutZeros } from '../profile/lost-zeros.js';
import type { CallLog } from './call-log.js';
import type { Ending } from './outcome.js';
import type { Remark } from './remarks.js';
import { liveZerosNote, reviewChanges, type ReviewPorts } from './review-changes.js';
import type { AddressCall, ReviewService } from './review-service.js';

export interface RowReviewPorts extends ReviewPorts {
  readonly onRemark: (remark: Remark) => void;
}

export interface Decided {
  readonly decision: Decision;
  /** What the row asks for, repairs included. */
  readonly desired: Desired;
  /** The result may not be sent. */
  readonly problem?: Problem;
}

export interface RowReview {
  /** What the row asks for, without what only looks like a change. */
  readonly desiredOf: (desired: Desired, base: BillingProfile) => Desired;
  readonly decide: (question: Question) => Promise<Decided>;
  /** The ending with what is to be said of the row. Called once, for the ending that it gets. */
  readonly close: (ending: Ending) => Ending;
}

/** A plan that was reviewed by a person: no rule is asked again. */
export const NO_REVIEW: RowReview = {
  desiredOf: (desired) => desired,
  decide: (question) => Promise.resolve({ decision: decide(question), desired: question.desired }),
  close: (ending) => ending,
};

/** @param newCall ids for one more question of this row */
export function createRowReview(
  { service, repair, onRemark }: RowReviewPorts,
  newCall: () => AddressCall,
  calls: Pick<CallLog, 'noteCheck'>,
): RowReview {
  // By their words: a row that is decided again says nothing twice.
  const remarks = new Map<string, Remark>();
  const notes = new Set<string>();
  const asOnce = checkedOnce(service, calls);
  const note = (remark: Remark): void => {
    remarks.set(`${remark.code} ${remark.message} ${remark.note ?? ''}`, remark);
  };
  return {
    desiredOf: (desired, base) => withLiveZeros(desired, base, (text) => notes.add(text)),
    async decide(question) {
      let { desired } = question;
      for (;;) {
        const decision = decide({ ...question, desired });
        if (decision.kind !== 'update') return { decision, desired };
        const { changes, body } = decision;
        const review = await reviewChanges(
          { live: question.live, changes, result: body, newCall },
          { service: asOnce, repair },
        );
        switch (review.kind) {
          case 'repaired':
            note(review.remark);
            desired = new Map([...desired, [review.field, review.to]]);
            continue;
          case 'invalid':
            review.remarks.forEach(note);
            return { decision, desired, problem: review.problem };
          case 'fine':
            review.remarks.forEach(note);
            return { decision, desired };
        }
      }
    },
    close(ending) {
      for (const remark of remarks.values()) {
        onRemark(remark);
        if (remark.note !== undefined) notes.add(remark.note);
      }
      return withNotes(ending, [...notes]);
    },
  };
}

/** A row that is decided again, since the profile moved, does not have the same address checked again. */
function checkedOnce(service: ReviewService, calls: Pick<CallLog, 'noteCheck'>): ReviewService {
  const { checkAddress } = service;
  if (!checkAddress) return service;
  const asked = new Map<string, ReturnType<typeof checkAddress>>();
  return {
    ...service,
    checkAddress: (address, call) => {
      const key = JSON.stringify(address);
      const known =
        asked.get(key) ??
        checkAddress(address, call).then((result) => {
          calls.noteCheck(result.trace);
          return result;
        });
      asked.set(key, known);
      return known;
    },
  };
}

/** A postal code that is the live one without its zeros asks for no change. */
function withLiveZeros(
  desired: Desired,
  base: BillingProfile,
  say: (note: string) => void,
): Desired {
  const code = desired.get('postalCode');
  const live = fieldValue(base, 'postalCode');
  if (code === undefined || !isLiveWithoutZeros(code, live)) return desired;
  say(liveZerosNote(code, live));
  return new Map([...desired, ['postalCode', live]]);
}

function withNotes(ending: Ending, notes: readonly string[]): Ending {
  if (notes.length === 0) return ending;
  switch (ending.status) {
    case 'updated':
    case 'unchanged':
    case 'planned':
      return { ...ending, note: [ending.note, ...notes].filter(Boolean).join(' ') };
    case 'invalid':
    case 'conflict':
    case 'rejected':
    case 'failed':
    case 'unknown':
    case 'skipped':
      return ending;
  }
}
