/** The ways to sign in. By itself: the command line names them before anything else is loaded. */

/** From the most to the least explicit: the first that is set wins. */
export const MODES = ['access-token', 'refresh-token', 'app', 'user'] as const;

export type SignInMode = (typeof MODES)[number];
