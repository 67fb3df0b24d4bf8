/** What a row needs of the service: the port that the edge (partner-center) satisfies. */
import type { Failure } from '../partner-center/failure.js';
import type { BillingProfile } from '../profile/billing-profile.js';

/** A profile with the tag under which it was read; the tag as the service wrote it. */
export interface LiveProfile {
  readonly profile: BillingProfile;
  readonly etag: string;
}

export interface ProfileCall {
  readonly tenantId: string;
  /** `MS-RequestId`: the same for every attempt of one question. */
  readonly requestId: string;
  /** `MS-CorrelationId`: one per row and stage. */
  readonly correlationId: string;
  /** An update that is sent once more, after one that was not carried out. */
  readonly isRepeated?: boolean;
  /** The first of a row: where the run stops before it has left, the row was not begun. */
  readonly isFirst?: boolean;
  readonly aside: Aside;
}

/**
 * Lets other rows go on while this one waits before a retry. Rejects as the wait does.
 */
export type Aside = (wait: () => Promise<void>) => Promise<void>;

/** What one question cost, and the ids to find it by. */
export interface CallTrace {
  readonly requestId: string;
  /** The id that the service answered with. */
  readonly serviceRequestId?: string;
  readonly attempts: number;
  /** Of the last answer; absent where none came. */
  readonly httpStatus?: number;
}

export type ProfileResult =
  | { readonly kind: 'profile'; readonly live: LiveProfile; readonly trace: CallTrace }
  | { readonly kind: 'failure'; readonly failure: Failure; readonly trace: CallTrace };

export interface ProfileService {
  readonly get: (call: ProfileCall) => Promise<ProfileResult>;
  /** `update.profile` is the whole body; `update.etag` the tag that the live profile must still have. */
  readonly put: (call: ProfileCall, update: LiveProfile) => Promise<ProfileResult>;
}
