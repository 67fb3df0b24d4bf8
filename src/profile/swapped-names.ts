/** First and last names that trade places with the live profile: two columns, mixed up. Pure. */
import type { Warning } from '../problem.js';
import type { Field } from './billing-profile.js';
import type { Change } from './decide.js';

export interface SwapWatch {
  readonly add: (line: number, changes: readonly Change[]) => void;
  readonly warnings: () => readonly Warning[];
}

const PAIRS = [
  ['firstName', 'lastName'],
  ['addressFirstName', 'addressLastName'],
] as const satisfies readonly (readonly [Field, Field])[];

const LINES_NAMED = 10;

export function createSwapWatch(): SwapWatch {
  const lines: number[] = [];
  let lineCount = 0;
  let detail = '';
  return {
    add(line, changes) {
      const swapped = PAIRS.map(([first, last]) => swapOf(changes, first, last)).find(
        (swap) => swap !== undefined,
      );
      if (swapped === undefined) return;
      if (lines.length < LINES_NAMED) lines.push(line);
      lineCount += 1;
      detail ||= `${swapped.from} → ${swapped.to}`;
    },
    warnings: () =>
      lineCount === 0
        ? []
        : [
            {
              code: 'names-swapped',
              message: `In ${lineCount === 1 ? '1 row' : `${lineCount} rows`} the first and the last name trade places with those of the live profile.`,
              hint: 'Unless the live names are the wrong way round, look whether the two columns are mixed up.',
              detail,
              lines: [...lines],
              lineCount,
            },
          ],
  };
}

interface Swap {
  readonly from: string;
  readonly to: string;
}

function swapOf(changes: readonly Change[], firstName: Field, lastName: Field): Swap | undefined {
  const first = changes.find(({ field }) => field === firstName);
  const last = changes.find(({ field }) => field === lastName);
  if (!first || !last || plain(first.from) === '' || plain(last.from) === '') return undefined;
  const isSwapped =
    plain(first.from) !== plain(last.from) &&
    plain(first.from) === plain(last.to) &&
    plain(last.from) === plain(first.to);
  return isSwapped
    ? { from: `${first.from} ${last.from}`, to: `${first.to} ${last.to}` }
    : undefined;
}

const plain = (name: string): string => name.trim().toLowerCase();
