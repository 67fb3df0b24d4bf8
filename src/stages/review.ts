/** What a run has its rows looked at by: the rules of countries, repairs, the check of addresses. */
import type { CountryRulesFrom, RunOptions } from '../journal/run-folder.js';
import { createAddressValidation } from '../partner-center/address-validation.js';
import {
  bundledRules,
  createCountryValidation,
  type CountryValidationPorts,
} from '../partner-center/country-validation.js';
import { createDotnetMatches } from '../partner-center/dotnet-pattern.js';
import type { RulesAnswer } from '../profile/country-rules.js';
import type { RowChecks } from '../rows/parse-row.js';
import type { ReviewService } from '../run/review-service.js';

export interface ReviewOptions {
  readonly countryRules: CountryRulesFrom;
  /** Give postal codes the leading zeros back that a spreadsheet took off. */
  readonly repair: boolean;
  /** Have the service check each address that changes. */
  readonly checkAddresses: boolean;
}

export const USUAL_REVIEW: ReviewOptions = {
  countryRules: 'service',
  repair: false,
  checkAddresses: false,
};

/** A run of before there was a choice goes on as it began. */
export const reviewOptionsOf = ({
  countryRules = 'off',
  repair = false,
  checkAddresses = false,
}: Partial<RunOptions>): ReviewOptions => ({ countryRules, repair, checkAddresses });

/** How the same options look at a row that is read from a file. */
export function checksOf(options: Partial<RunOptions>): RowChecks {
  const { countryRules, repair } = reviewOptionsOf(options);
  return { countryRules: countryRules !== 'off', repair };
}

export function createReviewService(
  { countryRules, checkAddresses }: ReviewOptions,
  ports: CountryValidationPorts,
): ReviewService {
  const { matches } = createDotnetMatches();
  const checked = checkAddresses ? { checkAddress: createAddressValidation(ports) } : {};
  return { rules: rulesFrom(countryRules, ports), matches, ...checked };
}

function rulesFrom(
  from: CountryRulesFrom,
  ports: CountryValidationPorts,
): (country: string) => Promise<RulesAnswer> {
  switch (from) {
    case 'service':
      return createCountryValidation(ports);
    case 'bundled':
      return (country) => Promise.resolve(bundledRules(country));
    case 'off':
      return () => Promise.resolve({ kind: 'none' });
  }
}
