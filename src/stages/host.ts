/** What a stage needs from the outside world: given by the command line, or by a program. */
import type { Readable } from 'node:stream';

import type { TokenProvider } from '../partner-center/auth/token-provider.js';
import type { JournalPlace } from '../journal/follow-journal.js';
import type { Progress } from '../run/progress.js';

export interface Host {
  readonly now: () => Date;
  /** Between 0 and 1. */
  readonly random: () => number;
  /** A new GUID. */
  readonly newId: () => string;
  readonly stdin: Readable;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absent: the environment and the login of this user say how to sign in. */
  readonly tokens?: TokenProvider;
  readonly version: string;
  /** Who runs this, as the machine knows them. */
  readonly user: string;
  /** Fires when the user asks to stop. */
  readonly interrupt: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
  /** A stage begins to write there, or has written an outcome. Absent: nobody reads along. */
  readonly onRecorded?: (journal: JournalPlace) => void;
}
