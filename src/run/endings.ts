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

export function conflictEnding({ cause, moves }: Conflict): Ending {
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
  const problem = { code: cause, ...sentences[cause], detail: `${describeMoves(moves)}.` };
  return { status: 'conflict', problem, changes: [] };
}

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

export const putUnsettled = (failure: Failure, found?: string): Problem => ({
  code: 'put-unsettled',
  message: 'An update was sent, and it could not be found out whether it was carried out.',
  hint: 'Compare the profile in Partner Center before you apply the row again.',
  detail: found ?? failure.message,
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

export const JOURNAL_FAILED: Failure = {
  code: 'journal-failed',
  message: 'The journal in the run folder could not be written, so nothing more was sent.',
  hint: 'Make room on the disk or correct the rights of the run folder, then go on with the run.',
  scope: 'run',
  again: 'never',
  carriedOut: 'no',
};
