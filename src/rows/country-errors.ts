/**
 * What a row says of its address × what billpatch knows of that country without asking. Only where the
 * row names the country itself, and of that only what it names: the rest is in the live profile. Pure.
 */
import { BUNDLED_RULES, matchesBundled } from '../profile/bundled-country-rules.js';
import { findViolations, type ValueOf, type Violation } from '../profile/country-rules.js';

/** Everything that is wrong by the bundled rules, guesses included. */
export function offlineViolations(valueOf: ValueOf): readonly Violation[] {
  const rules = BUNDLED_RULES.get(valueOf('country') ?? '');
  return rules ? findViolations(valueOf, rules, matchesBundled) : [];
}

/** Whether one is certain enough to stop the file. */
export const stopsFile = (
  { code, isCertain }: Violation,
  { repair }: { readonly repair: boolean },
): boolean => isCertain && !(repair && code === 'postal-code-damaged');
