import { COUNTRY_RULES } from './country-rules.js';
import type { CountryRules } from './country-rules.js';

/** What differs from the usual rules, by ISO 3166-1 alpha-2 code; null: the country has none. */
export type RuleChanges = Readonly<Record<string, Partial<CountryRules> | null>>;

/** The rules of a country, by its code in capitals. */
export type RuleBook = (country: string) => CountryRules | undefined;

export function createRuleBook(changes: RuleChanges = {}): RuleBook {
  return (country) => {
    const change = Object.hasOwn(changes, country) ? changes[country] : {};
    const usual = COUNTRY_RULES.get(country);
    return change === null || usual === undefined ? undefined : { ...usual, ...change };
  };
}
