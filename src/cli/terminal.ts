/** Everything outside the process, as the commands see it. `main.ts` makes the real one. */
import type { Readable } from 'node:stream';

export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable;
  /** The summary, and nothing else. */
  readonly out: (text: string) => void;
  /** Progress and messages. */
  readonly err: (text: string) => void;
  /** A person can be asked, and answers. */
  readonly interactive: boolean;
  /** Standard error is a screen: a line on it can be drawn over. */
  readonly errIsScreen: boolean;
  readonly ask: (question: string) => Promise<string>;
  /**
   * From this call on, the first signal to end fires this instead of ending the process; the second
   * ends it.
   */
  readonly takeInterrupts: () => AbortSignal;
  /** A folder of files that belong to the program: the samples. */
  readonly packageFolder: string;
  readonly version: string;
  /** Who runs this, as the machine knows them. */
  readonly user: string;
  readonly now: () => Date;
  readonly random: () => number;
  readonly newId: () => string;
}
