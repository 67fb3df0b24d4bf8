/** One row of the result files. Pure. */
import type { OutcomeEntry } from '../journal/entry.js';
import type { Problem } from '../problem.js';
import type { Change } from '../profile/decide.js';
import type { Status } from '../run/outcome.js';

export const RESULT_COLUMNS = [
  'result_line',
  'result_status',
  'result_changes',
  'result_error_code',
  'result_error',
  'result_hint',
  'result_http_status',
  'result_get_request_id',
  'result_put_request_id',
  'result_correlation_id',
  'result_etag_before',
  'result_etag_after',
  'result_attempts',
  'result_finished_at',
] as const;

/** What the journal knows of a row: its outcome, or why there is none. */
export type Recorded =
  | { readonly kind: 'outcome'; readonly entry: OutcomeEntry }
  /** The run stopped before the row was begun. */
  | { readonly kind: 'not-begun'; readonly stop: Problem | undefined }
  /** An update was about to be sent when billpatch was cut off. */
  | { readonly kind: 'cut-off' };

export interface ResultRow {
  readonly line: number;
  readonly status: Status;
  readonly problem: Problem | undefined;
  /** In the order of RESULT_COLUMNS. */
  readonly cells: readonly string[];
}

const NOT_BEGUN: Problem = {
  code: 'not-begun',
  message: 'The run ended before this row.',
  hint: 'Go on with the run.',
};

const CUT_OFF: Problem = {
  code: 'cut-off',
  message:
    'An update may have been sent, and billpatch was cut off before the answer was recorded.',
  hint: 'Compare the profile in Partner Center before you apply the row again.',
};

export function toResultRow(line: number, recorded: Recorded): ResultRow {
  const outcome = recorded.kind === 'outcome' ? recorded.entry : undefined;
  const status = outcome?.status ?? (recorded.kind === 'cut-off' ? 'unknown' : 'skipped');
  const problem = problemOf(recorded);
  const note = outcome && 'note' in outcome ? outcome.note : undefined;
  const changes = outcome && 'changes' in outcome ? outcome.changes : [];
  const trace = outcome?.trace;
  const cells: Readonly<Record<(typeof RESULT_COLUMNS)[number], string | number | undefined>> = {
    result_line: line,
    result_status: status,
    result_changes: describeChanges(changes),
    result_error_code: problem?.code,
    result_error: problem && [problem.message, problem.detail].filter(Boolean).join(' '),
    result_hint: problem?.hint ?? note,
    result_http_status: trace?.httpStatus,
    result_get_request_id: trace?.getRequestId,
    result_put_request_id: trace?.putRequestId,
    result_correlation_id: trace?.correlationId,
    result_etag_before: trace?.etagBefore,
    result_etag_after: trace?.etagAfter,
    result_attempts: trace?.attempts ?? 0,
    result_finished_at: outcome?.at,
  };
  return { line, status, problem, cells: RESULT_COLUMNS.map((name) => String(cells[name] ?? '')) };
}

function problemOf(recorded: Recorded): Problem | undefined {
  switch (recorded.kind) {
    case 'outcome':
      return 'problem' in recorded.entry ? recorded.entry.problem : undefined;
    case 'not-begun':
      return recorded.stop
        ? { ...recorded.stop, message: `The run stopped before this row: ${recorded.stop.message}` }
        : NOT_BEGUN;
    case 'cut-off':
      return CUT_OFF;
  }
}

/** `email: a@x → b@x; addressLine2: Suite 4 → (empty)` */
export const describeChanges = (changes: readonly Change[]): string =>
  changes
    .map(({ field, from, to }) => `${field}: ${from || '(empty)'} → ${to || '(empty)'}`)
    .join('; ');
