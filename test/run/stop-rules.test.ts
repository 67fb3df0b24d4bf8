import { describe, expect, it } from 'vitest';

import { createStopRules } from '../../src/run/stop-rules.js';
import type { RowResult } from '../../src/run/update-customer.js';
import { failureOf, LOST, TOKEN } from '../helpers/scripted-service.js';

const FINE: RowResult = { outcome: { status: 'unchanged' } };
const problem = { code: 'c', message: 'M.', hint: 'H.' };
const failed = (failure = LOST): RowResult => ({
  outcome: { status: 'failed', problem, changes: [] },
  failure,
});
const forbidden: RowResult = {
  outcome: { status: 'rejected', problem, changes: [] },
  failure: failureOf({ code: 'forbidden', httpStatus: 403 }),
};

/** The code with which the last of these rows stops the run. */
function codeAfter(results: readonly RowResult[]): string | undefined {
  const rules = createStopRules();
  const codes = results.map((result) => rules.note(result)?.code);
  expect(codes.slice(0, -1)).toEqual(Array(results.length - 1).fill(undefined));
  return codes.at(-1);
}

describe('a run stops', () => {
  it('at the first failure of the run itself', () => {
    expect(codeAfter([FINE, failed(TOKEN)])).toBe('token-refused');
  });

  it('when an outdated tag was accepted, not when it was refused', () => {
    expect(codeAfter([{ ...FINE, etagCheck: 'refused' }])).toBeUndefined();
    expect(codeAfter([FINE, { ...FINE, etagCheck: 'accepted' }])).toBe('etags-ignored');
  });

  it('when the first ten rows were all forbidden', () => {
    expect(codeAfter(Array<RowResult>(10).fill(forbidden))).toBe('all-forbidden');
  });

  it('not when one of them was not, or when it happens later', () => {
    expect(codeAfter([FINE, ...Array<RowResult>(30).fill(forbidden)])).toBeUndefined();
    expect(codeAfter([...Array<RowResult>(9).fill(forbidden), FINE, forbidden])).toBeUndefined();
  });
});
