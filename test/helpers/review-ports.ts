/** Ports of a review that knows no rules, or those that are given. */
import { BUNDLED_RULES, matchesBundled } from '../../src/profile/bundled-country-rules.js';
import type { RulesAnswer } from '../../src/profile/country-rules.js';
import type { Remark } from '../../src/run/remarks.js';
import type { RowReviewPorts } from '../../src/run/row-review.js';

export const NO_RULES: RowReviewPorts = {
  service: { rules: () => Promise.resolve({ kind: 'none' }), matches: () => undefined },
  repair: false,
  onRemark: () => undefined,
};

/** The bundled rules, as if the service had answered with them: all of them certain. */
export const asFromService = (country: string): RulesAnswer => {
  const rules = BUNDLED_RULES.get(country.toUpperCase());
  return rules ? { kind: 'rules', rules: { ...rules, source: 'service' } } : { kind: 'none' };
};

export interface WatchedReview extends RowReviewPorts {
  /** Countries that were asked for, in order. */
  readonly asked: readonly string[];
  readonly remarks: readonly Remark[];
}

export function withRules(
  rules: (country: string) => RulesAnswer = asFromService,
  over: Partial<RowReviewPorts> & Partial<RowReviewPorts['service']> = {},
): WatchedReview {
  const asked: string[] = [];
  const remarks: Remark[] = [];
  const { repair = false, checkAddress, matches = matchesBundled } = over;
  return {
    asked,
    remarks,
    service: {
      rules: (country) => {
        asked.push(country);
        return Promise.resolve(rules(country));
      },
      matches,
      ...(checkAddress && { checkAddress }),
    },
    repair,
    onRemark: (remark) => remarks.push(remark),
  };
}
