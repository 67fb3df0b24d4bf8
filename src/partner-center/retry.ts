/** When to ask again after a failure. Pure: chance is an argument. */

/** Exchanges for one question, the first included. */
export const MAX_ATTEMPTS = 4;

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;

/**
 * Full jitter: anywhere between nothing and the doubled wait, so that rows which failed together
 * do not come back together.
 * @param attempt how many exchanges have failed so far, from 1
 * @param chance between 0 and 1
 */
export function backOffMs(attempt: number, chance: number): number {
  return Math.round(chance * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 1)));
}
