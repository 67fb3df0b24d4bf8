/**
 * One row's life: GET → decide → intent on disk → PUT → answer compared → ending. The same function
 * for a file, a reviewed plan, a resumed row and an undo: they differ in what they pass as desired
 * values and base.
 */
import type { Failure } from '../partner-center/failure.js';
import type { BillingProfile, Field } from '../profile/billing-profile.js';
import {
  movedMembers,
  unconfirmed,
  withChanges,
  type Change,
  type Desired,
  type Guards,
} from '../profile/decide.js';
import { createCallLog } from './call-log.js';
import {
  conflictEnding,
  CUT_OFF,
  describeMoves,
  endingOf,
  JOURNAL_FAILED,
  notConfirmed,
  notWritten,
  putUnsettled,
  STALE_AGAIN,
  UPDATE_IGNORED,
} from './endings.js';
import type { Ending, Outcome } from './outcome.js';
import type {
  Aside,
  LiveProfile,
  ProfileCall,
  ProfileResult,
  ProfileService,
} from './profile-service.js';
import { createRowReview, NO_REVIEW, type RowReviewPorts } from './row-review.js';

export interface Task {
  readonly tenantId: string;
  readonly desired: Desired;
  readonly guards: Guards;
  /**
   * The profile that the change was decided on, where a person has reviewed it; absent: the one that is
   * fetched first, and the result is looked at before it is sent.
   */
  readonly base?: BillingProfile;
  /** A conflict wherever anything moved, not only a field of ours. */
  readonly strict: boolean;
  /** An update that may have been sent before billpatch was cut off; its before-image is the base. */
  readonly pending?: Intent;
}

/** What is about to be sent, written down before it leaves. */
export interface Intent {
  /** 1 for the first PUT of a row. */
  readonly round: number;
  readonly requestId: string;
  readonly correlationId: string;
  readonly etag: string;
  readonly changes: readonly Change[];
  /** The before-image: the live profile as it was just before our PUT. */
  readonly before: BillingProfile;
}

export interface UpdatePorts {
  readonly service: ProfileService;
  /** Resolves when the intent is on disk. Rejects when it cannot be: then nothing is sent. */
  readonly recordIntent: (intent: Intent) => Promise<void>;
  readonly newId: () => string;
  readonly aside: Aside;
  readonly review: RowReviewPorts;
  /** Whether this row, now that it is updated, shall find out if the service looks at tags. */
  readonly claimEtagCheck: () => boolean;
}

/** What the service made of an outdated tag. */
export type EtagCheck = 'refused' | 'accepted' | 'unclear';

export interface RowResult {
  readonly outcome: Outcome;
  /** Only of the row that found it out. */
  readonly etagCheck?: EtagCheck;
  /** The failure that ended the row: the stop rules look at it. */
  readonly failure?: Failure;
}

/** How often a row is decided again after the service called its tag stale. */
const MAX_STALE_ROUNDS = 3;
/** How often an update is sent whose answer is lost each time, and which was not carried out. */
const MAX_LOST_ROUNDS = 4;

/** A PUT of which the answer did not say whether it was carried out. */
interface Unsettled {
  readonly requestId: string;
  /** The tag that it was sent with. */
  readonly etag: string;
  readonly changes: readonly Change[];
  /** The profile as it should be if it was carried out. */
  readonly expected: BillingProfile;
  readonly failure: Failure;
}

/** Never rejects: whatever happens to a row is its outcome. */
export async function updateCustomer(task: Task, ports: UpdatePorts): Promise<RowResult> {
  const { result, sent } = await settleRow(task, ports);
  if (result.outcome.status !== 'updated' || !sent || !ports.claimEtagCheck()) return result;
  const etagCheck = await checkEtag(task.tenantId, sent, ports);
  const { outcome } = result;
  const note = etagCheck === 'refused' ? { note: 'The service refused an outdated ETag.' } : {};
  return { ...result, outcome: { ...outcome, ...note }, etagCheck };
}

/** The last update that left, with the body that it had. */
interface Sent {
  readonly intent: Intent;
  readonly body: BillingProfile;
}

interface Settled {
  readonly result: RowResult;
  readonly sent: Sent | undefined;
}

async function settleRow(task: Task, ports: UpdatePorts): Promise<Settled> {
  const { pending } = task;
  const correlationId = pending?.correlationId ?? ports.newId();
  const calls = createCallLog(correlationId);
  const call = (requestId: string): ProfileCall => {
    const { tenantId } = task;
    return { tenantId, requestId, correlationId, aside: ports.aside };
  };
  const read = async (isFirst = false): Promise<ProfileResult> =>
    calls.noteGet(await ports.service.get({ ...call(ports.newId()), isFirst }));
  let sent: Sent | undefined;
  const review = task.base
    ? NO_REVIEW
    : createRowReview(
        ports.review,
        () => ({ requestId: ports.newId(), correlationId, aside: ports.aside }),
        calls,
      );
  const end = (ending: Ending, failure?: Failure): Settled => ({
    result: {
      outcome: { ...review.close(ending), trace: calls.trace() },
      ...(failure === undefined ? {} : { failure }),
    },
    sent,
  });
  let unsettled: Unsettled | undefined;
  let last: Failure | undefined;
  if (pending) {
    calls.notePending(pending);
    const { requestId, etag, changes, before } = pending;
    const expected = withChanges(before, changes);
    unsettled = { requestId, etag, changes, expected, failure: CUT_OFF };
    last = CUT_OFF;
  }
  /** Cut short: what was sent before, if anything, stays unsettled. */
  const stopped = (failure: Failure, changes: readonly Change[] = []): Settled => {
    if (!unsettled) return end(endingOf(failure, changes), failure);
    const problem = putUnsettled(unsettled.failure);
    return end({ status: 'unknown', problem, changes: unsettled.changes }, failure);
  };

  // What may have been sent before is looked up, whatever happens.
  const first = await read(!pending);
  if (first.kind === 'failure') return stopped(first.failure);
  let live: LiveProfile = first.live;
  const base = pending?.before ?? task.base ?? live.profile;
  const sentBefore = pending?.round ?? 0;
  // What was sent before counts as it was sent: a value may have been repaired.
  let desired: Desired = new Map([
    ...review.desiredOf(task.desired, base),
    ...asPairs(pending?.changes ?? []),
  ]);

  for (let round = 1; ; round += 1) {
    const question = { ...task, desired, base, live: live.profile };
    // What may have left already was looked at before: it is settled, not judged again.
    const decided = await (unsettled ? NO_REVIEW : review).decide(question);
    const { decision, problem } = decided;
    desired = decided.desired;
    if (unsettled && unconfirmed(desired, live.profile).length === 0) {
      calls.noteEtagAfter(live.etag);
      const note =
        'The answer to the update did not say enough; reading the profile again confirmed it.';
      const after = otherThan(unsettled.expected, live.profile);
      return end({ status: 'updated', changes: unsettled.changes, note, ...after });
    }
    if (decision.kind === 'unchanged') {
      const note = 'Somebody else set the same values in the meantime.';
      return end({ status: 'unchanged', ...(last && { note }) });
    }
    if (decision.kind === 'conflict') return end(conflictEnding(decision, unsettled?.changes));
    if (problem) return end({ status: 'invalid', problem });
    const { changes, body } = decision;
    const most = last?.again === 'reread' ? MAX_STALE_ROUNDS : MAX_LOST_ROUNDS;
    if (last && (round > most || last.again === 'never')) {
      return last.again === 'reread'
        ? end({ status: 'conflict', problem: STALE_AGAIN, changes })
        : end({ status: 'failed', problem: notWritten(last), changes }, last);
    }

    // An uncertain PUT that is sent again is the same request, and says so; to another state of the
    // profile it is another one.
    const resent: string | undefined =
      last?.carriedOut === 'maybe' && unsettled?.etag === live.etag
        ? unsettled.requestId
        : undefined;
    const requestId: string = resent ?? ports.newId();
    const intent = {
      round: sentBefore + round,
      requestId,
      correlationId,
      etag: live.etag,
      changes,
      before: live.profile,
    };
    try {
      await ports.recordIntent(intent);
    } catch {
      return stopped(JOURNAL_FAILED);
    }
    // From here on the row must be recorded, whatever happens.

    sent = { intent, body };
    calls.noteEtagBefore(live.etag);
    const answer = calls.notePut(
      await ports.service.put(
        { ...call(requestId), isRepeated: last?.carriedOut === 'maybe' },
        { profile: body, etag: live.etag },
      ),
    );
    if (answer.kind === 'profile') {
      const { ending, now, failure } = await confirm(changes, answer.live, () => read());
      calls.noteEtagAfter(now?.etag);
      const after = ending.status === 'updated' && now ? otherThan(body, now.profile) : {};
      return end({ ...ending, ...after }, failure);
    }

    const { failure, trace } = answer;
    // Not sent at all, and the profile was read just before: whatever went out earlier, it is as it was.
    if (trace.attempts === 0) return end(endingOf(failure, changes), failure);
    last = failure;
    if (failure.carriedOut === 'maybe')
      // eslint-disable-next-line require-atomic-updates -- a row is one flow; nobody else writes this
      unsettled = { requestId, etag: live.etag, changes, expected: body, failure };
    else if (failure.scope === 'run') return stopped(failure);
    else if (failure.again !== 'reread') return end(endingOf(failure, changes), failure);

    const again = await read();
    if (again.kind === 'failure') return stopped(again.failure, changes);
    live = again.live;
  }
}

const asPairs = (changes: readonly Change[]): (readonly [Field, string])[] =>
  changes.map(({ field, to }) => [field, to]);

/** An undo needs the profile as the run left it: written down where it is not what was sent. */
function otherThan(
  expected: BillingProfile,
  found: BillingProfile,
): { readonly after?: BillingProfile } {
  return movedMembers(expected, found).length > 0 ? { after: found } : {};
}

/**
 * Sends an update that was carried out once more, with the tag that it made outdated. A service that
 * looks at tags refuses it; one that does not writes the values that are there already.
 */
async function checkEtag(
  tenantId: string,
  { intent, body }: Sent,
  { service, recordIntent, newId, aside }: UpdatePorts,
): Promise<EtagCheck> {
  const { etag, correlationId } = intent;
  const requestId = newId();
  try {
    await recordIntent({ ...intent, round: intent.round + 1, requestId });
  } catch {
    return 'unclear';
  }
  const call = { tenantId, requestId, correlationId, aside };
  const result = await service.put(call, { profile: body, etag });
  if (result.kind === 'failure' && result.failure.again === 'reread') return 'refused';
  const { httpStatus = 0 } = result.trace;
  return httpStatus >= 200 && httpStatus < 300 ? 'accepted' : 'unclear';
}

/** The answer to a PUT against what was asked; where they differ, a new reading decides. */
async function confirm(
  changes: readonly Change[],
  answer: LiveProfile,
  read: () => Promise<ProfileResult>,
): Promise<{ readonly ending: Ending; readonly now?: LiveProfile; readonly failure?: Failure }> {
  const asked = asPairs(changes);
  const answered = unconfirmed(asked, answer.profile);
  if (answered.length === 0) return { ending: { status: 'updated', changes }, now: answer };

  const again = await read();
  if (again.kind === 'failure') {
    const problem = notConfirmed(`The answer held ${describeMoves(answered)}.`);
    return { ending: { status: 'unknown', problem, changes }, failure: again.failure };
  }
  const { profile } = again.live;
  const wrong = unconfirmed(asked, profile);
  if (wrong.length === 0) {
    const note = 'The answer showed other values; reading the profile again confirmed the update.';
    return { ending: { status: 'updated', changes, note }, now: again.live };
  }
  const old = changes.map(({ field, from }) => [field, from] as const);
  if (unconfirmed(old, profile).length === 0) {
    return { ending: { status: 'failed', problem: UPDATE_IGNORED, changes } };
  }
  const problem = notConfirmed(`The profile now holds ${describeMoves(wrong)}.`);
  return { ending: { status: 'unknown', problem, changes }, now: again.live };
}
