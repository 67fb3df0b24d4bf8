/** A run under way, as a program sees it: outcomes as they are recorded, and what it came to. */
import type { OutcomeEntry } from '../journal/entry.js';
import { followJournal, type JournalPlace } from '../journal/follow-journal.js';
import type { Problem } from '../problem.js';
import type { Change } from '../profile/decide.js';
import type { RowTrace, Status } from '../run/outcome.js';
import type { RunResult } from './run-result.js';

/** How one row ended. */
export interface RowOutcome {
  /** Its number in the input, from 0. */
  readonly row: number;
  /** The same as a spreadsheet numbers its rows: the first below the header is 2. */
  readonly line: number;
  /** Lower case; '' where the row names no customer that can be read. */
  readonly tenantId: string;
  readonly status: Status;
  /** What was changed; of a plan, what would be; of `conflict`, `failed` and `unknown`, what was tried. */
  readonly changes: readonly Change[];
  /** Why it needs attention. */
  readonly problem?: Problem;
  /** What else is worth knowing of a row that is fine. */
  readonly note?: string;
  /** Absent where no request was sent for the row. */
  readonly trace?: RowTrace;
  /** When, ISO 8601 in UTC. */
  readonly at: string;
}

/**
 * A run begins when it is made, whether or not anybody looks. Iterated, it gives each outcome once it
 * is in the journal, in the order of recording: from the first one on, whenever the loop begins, and
 * read from disk, so that a slow reader holds nothing up and nothing piles up in memory. Rows that
 * were not begun when a run stopped are not given; they are counted as `skipped` in the result.
 *
 * Leaving the loop does not stop the run: the signal does. The loop ends when the run does, and throws
 * what `result` rejects with.
 */
export interface Run extends AsyncIterable<RowOutcome> {
  /**
   * What the run came to, also where some rows need attention or it stopped early. Rejects with
   * InputRefusedError where rows fail their own checks, FileProblem where the input is no table,
   * UsageError or StoppedError where nothing was begun, or the disk failed.
   */
  readonly result: Promise<RunResult>;
}

export function startRun(
  work: (onRecorded: (journal: JournalPlace) => void) => Promise<RunResult>,
): Run {
  let journal: JournalPlace | undefined;
  let version = 0;
  let hasEnded = false;
  let wake: () => void = () => undefined;
  let changed = new Promise<void>((resolve) => (wake = resolve));
  const note = (): void => {
    version += 1;
    wake();
    changed = new Promise<void>((resolve) => (wake = resolve));
  };
  const running = work((place) => {
    journal = place;
    note();
  });
  const end = (): void => {
    hasEnded = true;
    note();
  };
  running.then(end, end);
  // A promise of its own: where nobody looks at it, a rejection is an unhandled one, as it should be.
  const result = running.then((done) => done);

  async function* outcomes(): AsyncGenerator<RowOutcome> {
    // Seen at the end of the loop; who leaves it early has `result`.
    result.catch(() => undefined);
    let seen = version;
    const more = async (): Promise<boolean> => {
      while (seen === version && !hasEnded) await changed;
      seen = version;
      return !hasEnded;
    };
    while (!journal && (await more()));
    if (journal) {
      for await (const entry of followJournal(journal, more))
        if (entry.type === 'outcome') yield toRowOutcome(entry);
    }
    await result;
  }
  return { result, [Symbol.asyncIterator]: outcomes };
}

function toRowOutcome(entry: OutcomeEntry): RowOutcome {
  const { row, line, tenantId, status, trace, at } = entry;
  return {
    row,
    line,
    tenantId,
    status,
    changes: 'changes' in entry ? entry.changes : [],
    ...('problem' in entry && { problem: entry.problem }),
    ...('note' in entry && { note: entry.note }),
    ...(trace && { trace }),
    at,
  };
}
