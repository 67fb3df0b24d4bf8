/** One of several runs that share a file. Pure; which rows are its own is in row-choice. */
import { UsageError } from '../problem.js';

export interface Shard {
  /** From 1. */
  readonly index: number;
  readonly count: number;
}

/** Each reads the whole file, and has only its part of what the service allows. */
const MOST_SHARDS = 1000;

/** `2/4`. Throws UsageError where it is no such thing. */
export function parseShard(text: string): Shard {
  const [, index = '', count = ''] = /^\s*(\d{1,9})\/(\d{1,9})\s*$/.exec(text) ?? [];
  const shard = { index: Number(index), count: Number(count) };
  if (isShard(shard)) return shard;
  throw malformed(text);
}

/** What a program gives. Throws UsageError where it is no shard. */
export function checkShard({ index, count }: Shard): Shard {
  const shard = { index, count };
  if (isShard(shard)) return shard;
  throw malformed(`${index}/${count}`);
}

const isShard = ({ index, count }: Shard): boolean =>
  [index, count].every(Number.isInteger) && index >= 1 && index <= count && count <= MOST_SHARDS;

const malformed = (given: string): UsageError =>
  new UsageError(
    'shard-malformed',
    `"${given.slice(0, 40)}" is no shard: that is its number, from 1, and how many there are, at most ${MOST_SHARDS}.`,
    'Write 1/4, 2/4, 3/4 and 4/4 for four of them; to a number that counts from 0, add 1.',
  );

/** `shard 2 of 4` */
export const shardName = ({ index, count }: Shard): string => `shard ${index} of ${count}`;

/** Whether a row may belong to both; without a shard, a run has all of them. */
export function haveCommonRows(a: Shard | undefined, b: Shard | undefined): boolean {
  if (a === undefined || b === undefined) return true;
  return (a.index - b.index) % commonDivisor(a.count, b.count) === 0;
}

const commonDivisor = (a: number, b: number): number => (b === 0 ? a : commonDivisor(b, a % b));
