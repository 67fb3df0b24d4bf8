/**
 * One question to the service, whatever it is about: through the throttle, and asked again where
 * that is safe and may help. A run's requests all pass here, so one health and one pace hold for all.
 */
import type { CallTrace, ProfileCall } from '../run/profile-service.js';
import { tokenProblem, type Token, type TokenProvider } from './auth/token-provider.js';
import type { Answer, Client, ExchangeResult, Request } from './client.js';
import { toFailure } from './error-map.js';
import type { Failure } from './failure.js';
import { backOffMs, MAX_ATTEMPTS } from './retry.js';
import type { ServiceHealth } from './service-health.js';
import type { Throttle, Turn, Urgency } from './pacing/throttle.js';

export interface AskPorts {
  readonly client: Client;
  readonly tokens: TokenProvider;
  readonly throttle: Throttle;
  readonly health: ServiceHealth;
  /** Rejects when the signal fires. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Between 0 and 1. */
  readonly random: () => number;
  /** Fires when the run stops: waiting ends, requests under way do not. */
  readonly stop: AbortSignal;
  /** How long the service may refuse everything (429) before the run stops, in milliseconds. */
  readonly maxWaitMs: number;
}

/** What every question has, whichever customer it is about. */
export type Call = Omit<ProfileCall, 'tenantId'>;

export type ReadResult<T> =
  | { readonly kind: 'value'; readonly value: T }
  | { readonly kind: 'failure'; readonly failure: Failure };

export interface Asked<T> {
  readonly result: ReadResult<T>;
  readonly trace: CallTrace;
}

export const identity = ({ requestId, correlationId }: Call): Record<string, string> => ({
  'MS-RequestId': requestId,
  'MS-CorrelationId': correlationId,
  'MS-Contract-Version': 'v1',
  'X-Locale': 'en-US',
});

/**
 * Asks until there is an answer, or a failure that asking again would not mend.
 * @param read an answer of success → its value, or why it has none
 */
export async function ask<T>(
  request: Request,
  call: Call,
  read: (answer: Answer) => ReadResult<T>,
  ports: AskPorts,
): Promise<Asked<T>> {
  const { health, throttle, tokens, stop } = ports;
  let trace: CallTrace = { requestId: call.requestId, attempts: 0 };
  const giveUp = (failure: Failure): Asked<T> => ({ result: { kind: 'failure', failure }, trace });
  /** Rejects when the run stops. */
  const waitForRetry = (leastMs: number, failed: number): Promise<void> =>
    call.aside(async () => {
      await ports.sleep(Math.max(backOffMs(failed, ports.random()), leastMs), stop);
      await health.admitRetry(stop);
    });

  try {
    if (call.isRepeated) await waitForRetry(0, 1);
  } catch {
    return giveUp(STOPPED);
  }
  let renewed: Token | undefined;
  let mayRenew = true;
  let isCounted = call.isRepeated === true;
  for (let failed = 0; ;) {
    let turn: Turn;
    try {
      turn = await throttle.admit(urgencyOf(request, call, failed), stop);
    } catch {
      return giveUp(STOPPED);
    }
    const before = health.circuit();
    if (before) {
      turn.lost();
      return giveUp(before);
    }
    // Not before it leaves: what only waits for its turn pays for no retry.
    if (!isCounted) health.noteQuestion();
    isCounted = true;
    let token: Token;
    try {
      token = renewed ?? (await tokens.getToken(stop));
    } catch (error) {
      turn.lost();
      return giveUp(stop.aborted ? STOPPED : withoutToken(error));
    }
    renewed = undefined;
    const result = await ports.client.exchange(request, token.value);
    trace = { ...trace, attempts: trace.attempts + 1 };
    let outcome: ReadResult<T>;
    if (result.kind === 'failure') {
      outcome = result;
    } else {
      const { answer } = result;
      const serviceRequestId = answer.headers['ms-requestid'];
      trace = {
        ...trace,
        httpStatus: answer.status,
        ...(serviceRequestId === undefined
          ? {}
          : { serviceRequestId: serviceRequestId.slice(0, 100) }),
      };
      outcome =
        answer.status >= 200 && answer.status < 300
          ? read(answer)
          : {
              kind: 'failure',
              failure: toFailure(answer.status, answer.headers, answer.body),
            };
    }
    const isRefused = outcome.kind === 'failure' && outcome.failure.again === 'pause';
    if (result.kind === 'failure') turn.lost();
    else if (!isRefused) turn.accepted();
    if (outcome.kind === 'value') {
      health.noteWell();
      return { result: outcome, trace };
    }
    const { failure } = outcome;

    if (failure.again === 'renew') {
      health.noteWell();
      // Refused before anything was done, a PUT too: it goes out again as the same request, once.
      if (!mayRenew) return giveUp({ ...failure, again: 'never' });
      mayRenew = false;
      try {
        renewed = await tokens.refresh(token, stop);
      } catch (error) {
        return giveUp(stop.aborted ? STOPPED : { ...failure, ...withoutToken(error) });
      }
      if (renewed.value === token.value) return giveUp({ ...failure, again: 'never' });
      continue;
    }
    if (failure.again === 'pause') {
      const refusedMs = turn.refused(failure.retryAfterMs);
      if (refusedMs > ports.maxWaitMs) return giveUp(refusedTooLong(failure, ports.maxWaitMs));
      continue;
    }
    if (isOutage(failure) && !isStoredSilently(request, result)) health.noteFailure();
    else health.noteWell();
    // Whether it opens with this failure or had before: what this request may have done stays said.
    const circuit = health.circuit();
    if (circuit) return giveUp({ ...circuit, carriedOut: failure.carriedOut });
    failed += 1;
    // A PUT that may have been carried out is never resent blindly: the row reads the profile first.
    // A POST only asks for an opinion.
    const safe = request.method !== 'PUT' || failure.carriedOut === 'no';
    if (failure.again !== 'retry' || !safe || failed >= MAX_ATTEMPTS) return giveUp(failure);
    // A maintenance page may name hours. Longer than --max-wait no row is held; and beyond 24 days
    // a timer would fire at once.
    const asked = failure.retryAfterMs ?? 0;
    if (asked > ports.maxWaitMs) return giveUp(failure);
    try {
      await waitForRetry(asked, failed);
    } catch {
      return giveUp({ ...STOPPED, carriedOut: failure.carriedOut });
    }
  }
}

/** What has been begun goes on before anything else is. */
function urgencyOf({ method }: Request, { isFirst = false }: Call, failed: number): Urgency {
  if (method === 'PUT') return 'update';
  return isFirst && failed === 0 ? 'first' : 'question';
}

/** The service or the way to it is at fault, not this row. */
const isOutage = ({ again, code }: Failure): boolean => again === 'retry' || code === 'redirected';

/** A plain web server stores what it is sent and says no more; reading then confirms it. */
const isStoredSilently = ({ method }: Request, result: ExchangeResult): boolean =>
  method === 'PUT' &&
  result.kind === 'answer' &&
  result.answer.status < 300 &&
  result.answer.body === '';

const STOPPED: Failure = {
  code: 'run-stopped',
  message: 'The run stopped before this row was done.',
  hint: 'Go on with the run.',
  scope: 'run',
  again: 'never',
  carriedOut: 'no',
};

/** Not the network's failure, nor this row's: no row can be asked about any more. */
const withoutToken = (error: unknown): Failure => ({
  ...tokenProblem(error),
  scope: 'run',
  again: 'never',
  carriedOut: 'no',
});

const refusedTooLong = (failure: Failure, maxWaitMs: number): Failure => ({
  ...failure,
  code: 'throttled-too-long',
  message: `The service asks to wait longer than ${Math.round(maxWaitMs / 1000)} s.`,
  hint: 'Go on with the run later, or allow a longer wait with --max-wait.',
  scope: 'run',
  again: 'never',
});

/** An answer of success that is not what it should be. */
export const unreadable = (
  what: string,
): { readonly kind: 'failure'; readonly failure: Failure } => ({
  kind: 'failure',
  failure: {
    code: 'unreadable-answer',
    message: `The service reported success, but its answer ${what}.`,
    hint: 'Check whether a proxy or a sign-in page stands in between; run the row again later.',
    scope: 'row',
    again: 'retry',
    carriedOut: 'maybe',
  },
});
