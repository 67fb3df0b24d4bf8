/** Progress on standard error: a line drawn over on a screen, a line now and then elsewhere. */
import { progressLine } from '../results/progress.js';
import type { Progress } from '../run/progress.js';
import type { Terminal } from './terminal.js';

export interface ProgressDisplay {
  readonly show: (progress: Progress) => void;
  /** Leaves the screen ready for other text. */
  readonly end: () => void;
}

const SCREEN_EVERY_MS = 200;
const LOG_EVERY_MS = 10_000;

export function showProgress(terminal: Terminal, quiet: boolean): ProgressDisplay {
  if (quiet) return { show: () => undefined, end: () => undefined };
  const begun = terminal.now().getTime();
  // A screen shows the first row at once; a log says nothing of a run that is over in no time.
  let shown = terminal.errIsScreen ? 0 : begun;
  let drawn = false;
  return {
    show(progress) {
      const now = terminal.now().getTime();
      const last = progress.done === progress.total;
      if (!last && now - shown < (terminal.errIsScreen ? SCREEN_EVERY_MS : LOG_EVERY_MS)) return;
      shown = now;
      const line = progressLine({ ...progress, elapsedMs: now - begun });
      terminal.err(terminal.errIsScreen ? `\r\u001b[2K${line}` : `${line}\n`);
      drawn = terminal.errIsScreen;
    },
    end() {
      if (drawn) terminal.err('\n');
      drawn = false;
    },
  };
}
