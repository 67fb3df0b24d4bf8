/** What every command is given, besides its options. */
import type { CommandModule } from 'yargs';

import type { Given } from './given.js';
import type { Terminal } from './terminal.js';

export interface Context {
  readonly terminal: Terminal;
  /** What the process will exit with. */
  readonly setExitCode: (code: number) => void;
}

export type Command = CommandModule<object, Given>;
export type CommandFactory = (context: Context) => Command;
