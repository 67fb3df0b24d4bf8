/** Zeros that a spreadsheet takes off a postal code, since it took the code for a number. Pure. */

/** 00501 is the smallest US code; nowhere does a code begin with more zeros than it has other digits. */
const MOST_LOST = 2;

/**
 * The code with its zeros, where a code that does not fit would fit with them, and in one way alone.
 * @param fits whether a code fits the country; undefined where nobody knows
 */
export function withLostZeros(
  code: string,
  fits: (code: string) => boolean | undefined,
): string | undefined {
  if (!/^[1-9]\d*$/.test(code) || fits(code) !== false) return undefined;
  const fitting: string[] = [];
  for (let lost = 1; lost <= MOST_LOST; lost += 1) {
    const padded = '0'.repeat(lost) + code;
    if (fits(padded) === true) fitting.push(padded);
  }
  return fitting.length === 1 ? fitting[0] : undefined;
}

/** Whether the live code is this one with the zeros that a spreadsheet takes off. */
export const isLiveWithoutZeros = (code: string, live: string): boolean =>
  /^[1-9]\d*$/.test(code) && /^0+\d+$/.test(live) && live.replace(/^0+/, '') === code;
