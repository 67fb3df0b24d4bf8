/** What each way of not succeeding is called, in the words that the user reads. Pure. */
import type { Failure } from '../partner-center/failure.js';
import type { Problem } from '../problem.js';
import type { Change, Decision, Move } from '../profile/decide.js';
import type { Ending } from './outcome.js';

export type Conflict = Extract<Decision, { kind: 'conflict' }>;

/** A failure after which the profile is certainly as it was. */
export function endingOf(failure: Failure, changes: readonly Change[]): Ending {
  if (failure.scope === 'run') return { status: 'skipped', problem: toProblem(failure) };
  const refused = failure.again === 'never' && failure.carriedOut === 'no';
  return { status: refused ? 'rejected' : 'failed', problem: toProblem(failure), changes };
}

/** The part of a failure that is written down. */
export const toProblem = ({ code, message, hint, detail }: Failure): Problem => ({
  code,
  message,
  hint,
  ...(detail === undefined ? {} : { detail }),
});

/** @param sent what an update may have changed whose answer never came. */
export function conflictEnding({ cause, moves }: Conflict, sent?: readonly Change[]): Ending {
  const members = moves.map(({ member }) => member).join(', ');
  const sentences = {
    'guard-mismatch': {
      message: `The profile is not the one that the row expects (${members}).`,
      hint: 'Check that all columns of this row belong to the same customer, then correct the row or its expect: column.',
    },
    'field-moved': {
      message: `Somebody else changed ${members} in the meantime.`,
      hint: 'Compare both values, and apply the row again if yours is right.',
    },
    'profile-moved': {
      message: `The profile is no longer the one that the change was decided on (${members}).`,
      hint: 'Look at what changed, then decide again.',
    },
  } as const;
  const { message, hint } = sentences[cause];
  const problem = {
    code: cause,
    message: sent ? `${message} ${SENT_BEFORE}` : message,
    hint,
    detail: `${describeMoves(moves)}.`,
  };
  return { status: 'conflict', problem, changes: sent ?? [] };
}

const SENT_BEFORE =
  'An update was sent before, and its answer was lost; if it was carried out, it has been changed again since.';

/** `city: expected "A", found "B"; …` */
export function describeMoves(moves: readonly Move[]): string {
  return moves
    .map(({ member, expected, live, desired }) => {
      const wanted = desired === undefined ? '' : `, wanted ${quote(desired)}`;
      return `${member}: expected ${quote(expected)}, found ${quote(live)}${wanted}`;
    })
    .join('; ');
}

const quote = (value: string): string => (value === '' ? 'nothing' : `"${value}"`);

/** Asked as often as it is worth; reading the profile showed the old values each time. */
export const notWritten = (failure: Failure): Problem => ({
  ...toProblem(failure),
  message: `${failure.message} Reading the profile again shows that nothing was written.`,
});

export const putUnsettled = (failure: Failure): Problem => ({
  code: 'put-unsettled',
  message: 'An update was sent, and it could not be found out whether it was carried out.',
  hint: 'Go on with the run: it reads the profile again. Or compare it in Partner Center before you apply the row again.',
  detail: failure.message,
});

export const notConfirmed = (detail: string): Problem => ({
  code: 'not-confirmed',
  message: 'The service accepted the update, but holds other values than were sent.',
  hint: 'Compare the profile in Partner Center before you apply the row again.',
  detail,
});

export const UPDATE_IGNORED: Problem = {
  code: 'update-ignored',
  message: 'The service reported success, but the profile is as it was before.',
  hint: 'Apply the row again; give its request id to Microsoft support if it goes on.',
};

export const STALE_AGAIN: Problem = {
  code: 'stale-etag',
  message: 'The service kept calling the tag stale: somebody keeps changing this profile.',
  hint: 'Apply the row again when the other change is over.',
};

/** What is known of an update that had been written down when billpatch was cut off. */
export const CUT_OFF: Failure = {
  code: 'cut-off',
  message: 'billpatch was cut off after it had written down that an update leaves.',
  hint: 'Go on with the run.',
  scope: 'row',
  again: 'retry',
  carriedOut: 'maybe',
};

export const JOURNAL_FAILED: Failure = {
  code: 'journal-failed',
  message: 'The journal in the run folder could not be written, so nothing more was sent.',
  hint: 'Make room on the disk or correct the rights of the run folder, then go on with the run.',
  scope: 'run',
  again: 'never',
  carriedOut: 'no',
};
