/** What a stage needs from the outside world: given by the command line, or by a program. */
import type { Readable } from 'node:stream';

import type { Survey } from '../rows/check-rows.js';
import type { Status } from '../run/outcome.js';

export interface Host {
  readonly now: () => Date;
  /** Between 0 and 1. */
  readonly random: () => number;
  /** A new GUID. */
  readonly newId: () => string;
  readonly stdin: Readable;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  /** Fires when the user asks to stop. */
  readonly interrupt: AbortSignal;
  /** True to go on. */
  readonly confirm: (question: Confirmation) => Promise<boolean>;
  /** The file passed its check: said before anybody is asked. */
  readonly onChecked: (survey: Survey) => void;
  readonly onProgress: (progress: Progress) => void;
}

export interface Confirmation {
  readonly customers: number;
  readonly target: string;
  readonly simulated: boolean;
}

export interface Progress {
  readonly done: number;
  readonly total: number;
  readonly counts: Readonly<Record<Status, number>>;
}
