import type { TokenProvider } from '../../src/partner-center/auth/token-provider.js';

/** One token, and never another. */
export const givenToken = (value = 'token'): TokenProvider => ({
  getToken: () => Promise.resolve({ value }),
  refresh: (rejected) => Promise.resolve(rejected),
});
