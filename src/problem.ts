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

/** The ids by which Microsoft support finds a request, and what came of it. */
export interface RequestIds {
  /** `MS-RequestId`: ours; the service's follows after a space where it answered with another. */
  readonly requestId?: string;
  /** `MS-CorrelationId`: the same for all requests of one question. */
  readonly correlationId?: string;
  /** Of the last answer; absent where none came. */
  readonly httpStatus?: number;
}

/**
 * Every error that billpatch throws on purpose. `message` and `hint` never hold a customer's data, and
 * nothing of it ever holds a token.
 */
export abstract class BillpatchError extends Error implements Problem, RequestIds {
  declare readonly requestId?: string;
  declare readonly correlationId?: string;
  declare readonly httpStatus?: number;
  /** Values and the service's own words, where there are any. Not enumerable: a log does not show it. */
  declare readonly detail?: string;

  constructor(
    /** Stable: programs match on this, never on the text. */
    readonly code: string,
    message: string,
    /** What to do next, one sentence. */
    readonly hint: string,
    { detail, ...ids }: RequestIds & Pick<Problem, 'detail'> = {},
  ) {
    super(message);
    Object.assign(this, ids);
    if (detail !== undefined) Object.defineProperty(this, 'detail', { value: detail });
  }
}

/** A mistake in how billpatch was called, or in what it was given: nothing was sent (exit 2). */
export class UsageError extends BillpatchError {
  override readonly name = 'UsageError';
}

/** The run could not go on to its end for a reason outside of it (exit 3): what was done is recorded. */
export class StoppedError extends BillpatchError {
  override readonly name = 'StoppedError';
}
