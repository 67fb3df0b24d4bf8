/** An edited profile → the live one, by the rule of every stage; see updateCustomer. */
import { randomUUID } from 'node:crypto';

import type { AskPorts } from '../partner-center/ask.js';
import { createBillingProfiles } from '../partner-center/billing-profiles.js';
import { isObject, type BillingProfile } from '../profile/billing-profile.js';
import { UsageError } from '../problem.js';
import type { RowTrace } from '../run/outcome.js';
import type { Aside, LiveProfile, ProfileResult } from '../run/profile-service.js';
import type { ReviewService } from '../run/review-service.js';
import { updateCustomer } from '../run/update-customer.js';
import type { CustomerBillingProfile } from './billing-profile.js';
import { editsOf, refuseOtherCustomer, tagOf } from './edits.js';
import { stopSignal } from './unless-aborted.js';
import {
  ConflictError,
  interruptedWith,
  ServiceError,
  toServiceError,
  UnknownOutcomeError,
} from './service-error.js';

export interface ProfileUpdate {
  readonly tenantId: string;
  readonly profile: CustomerBillingProfile;
}

export interface ProfileUpdatePorts {
  /** `stop` is the signal of the caller. */
  readonly ports: AskPorts;
  /** Of the whole connection: the rules of a country are asked for once. */
  readonly review: ReviewService;
  readonly aside: Aside;
}

export async function updateProfile(
  update: ProfileUpdate,
  { ports, review, aside }: ProfileUpdatePorts,
): Promise<CustomerBillingProfile> {
  const { tenantId } = update;
  const { stop } = ports;
  const profile = asJson(update.profile);
  const etag = tagOf(profile);
  refuseOtherCustomer(profile, tenantId);
  if (stop.aborted) throw interruptedWith({});

  const service = createBillingProfiles(ports);
  const correlationId = randomUUID();
  const first = await service.get({ tenantId, requestId: randomUUID(), correlationId, aside });
  if (first.kind === 'failure') throw toServiceError(first.failure, first.trace, correlationId);
  const desired = editsOf(profile, first.live.profile);
  if (desired.size === 0) return toPublic(first.live);
  if (etag !== first.live.etag) throw staleError([...desired.keys()], first, correlationId);

  // Once an update has left, it is settled, whatever the signal says by then.
  const settling = createBillingProfiles({ ...ports, stop: stopSignal() });
  const ids = [correlationId];
  let last = first.live;
  const note = (result: ProfileResult): ProfileResult => {
    if (result.kind === 'profile') last = result.live;
    return result;
  };
  let isRead = false;
  const { outcome, failure } = await updateCustomer(
    { tenantId, desired, guards: new Map(), strict: true },
    {
      service: {
        // It was read just now.
        async get(call) {
          if (isRead) return note(await settling.get(call));
          isRead = true;
          return first;
        },
        async put(call, sent) {
          if (!stop.aborted) return note(await service.put(call, sent));
          return { kind: 'failure', failure: STOPPED, trace: NOT_SENT(call.requestId) };
        },
      },
      // A single update has no journal: who called is told how it ended.
      recordIntent: () => Promise.resolve(),
      newId: () => ids.pop() ?? randomUUID(),
      review: { service: review, repair: false, onRemark: () => undefined },
      aside,
      claimEtagCheck: () => false,
    },
  );
  const about = idsOf(outcome.trace, correlationId);
  switch (outcome.status) {
    case 'updated':
      return toPublic({ ...last, ...(outcome.after && { profile: outcome.after }) });
    case 'unchanged':
      return toPublic(last);
    case 'conflict':
      throw new ConflictError(outcome.problem, about);
    case 'unknown':
      throw new UnknownOutcomeError(outcome.problem, about);
    case 'rejected':
    case 'failed':
    case 'invalid':
    case 'skipped':
      if (outcome.problem.code === STOPPED.code) throw interruptedWith(about);
      throw new ServiceError(outcome.problem, {
        ...about,
        isTransient: outcome.status === 'failed' || failure?.again === 'retry',
      });
    case 'planned':
      throw new Error('An update does not end as planned.');
  }
}

/** The service's JSON, with its tag where programs look for it. */
export function toPublic({ profile, etag }: LiveProfile): CustomerBillingProfile {
  const attributes = isObject(profile.attributes) ? profile.attributes : {};
  return { ...profile, attributes: { ...attributes, etag } };
}

function asJson(profile: unknown): BillingProfile {
  if (typeof profile === 'object' && profile !== null && !Array.isArray(profile))
    return profile as BillingProfile;
  throw new UsageError(
    'not-a-profile',
    'What is to be updated is no profile.',
    'Update the profile that get() returned, edited.',
  );
}

function staleError(
  fields: readonly string[],
  { trace }: ProfileResult,
  correlationId: string,
): ConflictError {
  const { requestId, httpStatus } = trace;
  return new ConflictError(
    {
      code: 'profile-moved',
      message: `The profile was changed since it was read; nothing was written. To be changed were ${fields.join(', ')}.`,
      hint: 'Get it again, make the change on what it holds now, and update that.',
    },
    { requestId, correlationId, ...(httpStatus !== undefined && { httpStatus }) },
  );
}

const STOPPED = {
  code: 'run-stopped',
  message: 'The signal was aborted before the update was sent.',
  hint: 'Update it again.',
  scope: 'run',
  again: 'never',
  carriedOut: 'no',
} as const;

const NOT_SENT = (requestId: string) => ({ requestId, attempts: 0 });

/** Of the update, or where none was sent, of the last reading. */
function idsOf(trace: RowTrace | undefined, fallback: string) {
  const requestId = trace?.putRequestId ?? trace?.getRequestId;
  return {
    correlationId: trace?.correlationId ?? fallback,
    ...(requestId !== undefined && { requestId }),
    ...(trace?.httpStatus !== undefined && { httpStatus: trace.httpStatus }),
  };
}
