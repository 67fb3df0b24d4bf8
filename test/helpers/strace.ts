/** The system calls of a program in the order in which they began and ended, from `strace -f -y`. */
import { readFileSync } from 'node:fs';

export interface Call {
  readonly name: string;
  /** As strace shows it, open files with their paths; without the result. */
  readonly words: string;
  /** Places in the record: nothing else began or ended between two neighbours. */
  readonly began: number;
  readonly ended: number;
  /** -1 where it failed; NaN where it never ended. */
  readonly result: number;
}

/** Words for strace; those of the program follow. */
export const straceWords = (record: string, ...more: readonly string[]): string[] => [
  ...['strace', '-f', '-y', '-qq', '-s', '65536', '-o', record],
  ...['-e', `trace=${TRACED.join(',')}`, ...more],
];

const TRACED = [
  ...['openat', 'mkdir', 'write', 'writev', 'pwrite64', 'pwritev', 'sendto', 'sendmsg'],
  ...['fsync', 'fdatasync', 'rename', 'renameat', 'renameat2'],
];

export function readCalls(record: string): Call[] {
  const calls: Call[] = [];
  const pending = new Map<string, Omit<Call, 'ended' | 'result'>>();
  readFileSync(record, 'latin1')
    .split('\n')
    .forEach((line, at) => {
      const [, thread = '', text = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
      const resumed = /^<\.\.\. \w+ resumed>/.exec(text);
      const result = Number(/\) += (-?\d+)[^"]*$/.exec(text)?.[1] ?? NaN);
      if (resumed) {
        const begun = pending.get(thread);
        pending.delete(thread);
        if (begun) calls.push({ ...begun, ended: at, result });
        return;
      }
      const name = /^(\w+)\(/.exec(text)?.[1];
      if (name === undefined) return;
      if (text.endsWith('<unfinished ...>')) pending.set(thread, { name, words: text, began: at });
      else calls.push({ name, words: text, began: at, ended: at, result });
    });
  for (const begun of pending.values()) calls.push({ ...begun, ended: Infinity, result: NaN });
  return calls.sort((a, b) => a.began - b.began);
}

/** The path of the open file that a call works on. */
export const fileOf = ({ words }: Call): string => /^\w+\(\d+<([^>]*)>/.exec(words)?.[1] ?? '';
