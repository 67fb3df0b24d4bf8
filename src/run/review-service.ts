/** What a row needs to have its result looked at before it is sent: the port that the edge satisfies. */
import type { Matches, RulesAnswer } from '../profile/country-rules.js';
import type { CallTrace, ProfileCall } from './profile-service.js';

/** As the service's own check takes it; '' where there is none. */
export interface PostalAddress {
  readonly addressLine1: string;
  readonly addressLine2: string;
  readonly city: string;
  readonly state: string;
  readonly postalCode: string;
  readonly country: string;
}

export type AddressVerdict =
  | { readonly kind: 'valid'; readonly suggestions: readonly string[] }
  /** Not an address as it stands: perhaps one of the suggestions, each on one line, was meant. */
  | {
      readonly kind: 'doubtful';
      /** In the service's words; absent in its old form. */
      readonly status?: string;
      readonly said: string;
      readonly suggestions: readonly string[];
    }
  | { readonly kind: 'not-checked'; readonly why: string };

export interface AddressResult {
  readonly verdict: AddressVerdict;
  readonly trace: CallTrace;
}

export type AddressCall = Omit<ProfileCall, 'isRepeated' | 'tenantId'>;

export interface ReviewService {
  /** Of the country as the profile has it. Asked once for each, however many rows wait. Never rejects. */
  readonly rules: (country: string) => Promise<RulesAnswer>;
  readonly matches: Matches;
  /** Absent: nobody asked for it. Never rejects. */
  readonly checkAddress?: (address: PostalAddress, call: AddressCall) => Promise<AddressResult>;
}
