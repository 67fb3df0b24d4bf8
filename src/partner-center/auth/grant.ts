/** What the identity service answers to a request for tokens. */
import type { Problem } from '../../problem.js';

export interface Grant {
  readonly accessToken: string;
  /** Milliseconds since 1970, on this machine's clock. */
  readonly expiresAt: number;
  /** The one to use from now on, where there was one. */
  readonly refreshToken?: string;
  /** Who signed in, where a person did. */
  readonly username?: string;
}

export type GrantOutcome =
  | { readonly kind: 'granted'; readonly grant: Grant }
  /** Asking again gives the same. */
  | { readonly kind: 'refused'; readonly problem: Problem }
  /** It is busy, or cannot be reached. */
  | {
      readonly kind: 'later';
      readonly isThrottled: boolean;
      /** What it asked for, in milliseconds. */
      readonly afterMs?: number;
      readonly problem: Problem;
    };
