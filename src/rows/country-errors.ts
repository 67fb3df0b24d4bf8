/**
 * What a row says of its address × what billpatch knows of that country without asking. Only where the
 * row names the country itself, and of that only what it names: the rest is in the live profile. Pure.
 */
import { BUNDLED_RULES, matchesBundled } from '../profile/bundled-country-rules.js';
import type { Field } from '../profile/billing-profile.js';
import { findViolations, type Violation } from '../profile/country-rules.js';
import type { Desired } from '../profile/decide.js';
import type { ValueError } from './check-value.js';

/** Everything that is wrong by the bundled rules, guesses included. */
export function offlineViolations(desired: Desired): readonly Violation[] {
  const rules = BUNDLED_RULES.get(desired.get('country') ?? '');
  return rules ? findViolations((field) => desired.get(field), rules, matchesBundled) : [];
}

/** What is certain enough to stop the file. */
export function countryErrors(
  desired: Desired,
  { repair }: { readonly repair: boolean },
): (ValueError & { readonly field: Field })[] {
  return offlineViolations(desired)
    .filter(({ code, isCertain }) => isCertain && !(repair && code === 'postal-code-damaged'))
    .map(({ code, field, message, hint }) => ({ code, field, message, hint }));
}
