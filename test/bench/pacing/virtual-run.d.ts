import type { Pace } from '../../../src/partner-center/pacing/pace.js';

/** Takes a time in milliseconds, gives 0 or how long a refusal asks to wait. */
export type Limit = (atMs: number) => number;

export function tokenBucket(options: {
  readonly perMs: number | ((atMs: number) => number);
  readonly burst: number;
  readonly refusedCount: boolean;
}): Limit;
export function fixedWindow(options: { readonly perMs: number; readonly burst: number }): Limit;
export function virtualRun(options: {
  readonly pace: Pace;
  readonly limit: Limit;
  readonly latencyMs: number;
  readonly jitter?: number;
  readonly concurrency: number;
  readonly requests?: number;
  readonly endMs?: number;
  readonly random?: () => number;
  readonly onAnswer?: (nowMs: number, isAccepted: boolean) => void;
}): {
  readonly accepted: number;
  readonly refused: number;
  readonly early: number;
  readonly lastMs: number;
};
export function seeded(seed: number): () => number;
