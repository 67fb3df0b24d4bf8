import type { Kind, Paces } from '../../../src/partner-center/pacing/paces.js';
import type { Pace } from '../../../src/partner-center/pacing/pace.js';

export function virtualRows(options: {
  readonly paces: Paces;
  readonly limitOf: Readonly<Record<Kind, readonly ((at: number) => number)[]>>;
  readonly isChanged: () => boolean;
  readonly latencyMs: number;
  readonly concurrency: number;
  readonly endMs: number;
}): {
  readonly rows: number;
  readonly updates: number;
  readonly requests: number;
  readonly refused: Readonly<Record<Kind, number>>;
};
export function together(pace: Pace): Paces;
