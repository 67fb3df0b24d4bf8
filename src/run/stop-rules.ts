/** When a run must not go on: what fails for every row would only fail for the rest. */
import type { Problem } from '../problem.js';
import { toProblem } from './endings.js';
import type { RowResult } from './update-customer.js';

export interface StopRules {
  /** Notes how a row ended; the reason to stop, if there now is one. */
  readonly note: (result: RowResult) => Problem | undefined;
}

/** Credentials that reach no customer at all show at once. */
const FIRST_ROWS_FORBIDDEN = 10;

export const ALL_FORBIDDEN: Problem = {
  code: 'all-forbidden',
  message: `The first ${FIRST_ROWS_FORBIDDEN} rows were all refused with 403: these credentials may not do this at all.`,
  hint: 'Sign in as a user with the Admin agent or Sales agent role in the right partner tenant, then go on with the run.',
};

const ETAGS_IGNORED: Problem = {
  code: 'etags-ignored',
  message:
    'The service accepted an update with an outdated ETag: a change that somebody else makes between reading and writing would be overwritten.',
  hint: 'Make sure that nobody else changes these profiles, then go on with the run; it does not check this again.',
};

export function createStopRules(): StopRules {
  let rows = 0;
  let forbidden = 0;
  return {
    note({ failure, etagCheck }) {
      rows += 1;
      if (etagCheck === 'accepted') return ETAGS_IGNORED;
      if (failure?.scope === 'run') return toProblem(failure);
      if (failure?.httpStatus === 403) forbidden += 1;
      return rows === FIRST_ROWS_FORBIDDEN && forbidden === rows ? ALL_FORBIDDEN : undefined;
    },
  };
}
