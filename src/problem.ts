/**
 * What went wrong, as a value: for a row's result, a stopped run or a message on the screen.
 * `message` and `hint` never hold a customer's data, so they may be shown anywhere; `detail` may
 * (values, the service's own words) and goes to files, and to the screen only with `--verbose`.
 */
export interface Problem {
  /** Stable: programs match on this, never on the text. */
  readonly code: string;
  /** What happened, one sentence. */
  readonly message: string;
  /** What to do next, one sentence. */
  readonly hint: string;
  readonly detail?: string;
}

/** What looks like an accident in the input. It never stops a run: it may be meant. */
export interface Warning extends Problem {
  /** The first of the lines that it is about. */
  readonly lines: readonly number[];
  /** How many these are in all. */
  readonly lineCount: number;
}

/** A mistake in how billpatch was called, or in what it was given: nothing was sent (exit 2). */
export class UsageError extends Error implements Problem {
  override readonly name = 'UsageError';
  constructor(
    readonly code: string,
    message: string,
    readonly hint: string,
  ) {
    super(message);
  }
}

/** The run could not go on to its end for a reason outside of it (exit 3): what was done is recorded. */
export class StoppedError extends Error implements Problem {
  override readonly name = 'StoppedError';
  constructor(
    readonly code: string,
    message: string,
    readonly hint: string,
  ) {
    super(message);
  }
}
