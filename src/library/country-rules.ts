/** GET /v1/countryvalidationrules/{iso2}, as the service answers it. */
import { randomUUID } from 'node:crypto';

import {
  ask,
  identity,
  unreadable,
  type AskPorts,
  type ReadResult,
} from '../partner-center/ask.js';
import type { Answer } from '../partner-center/client.js';
import { isObject, type Json } from '../profile/billing-profile.js';
import { UsageError } from '../problem.js';
import type { Aside } from '../run/profile-service.js';
import { toServiceError } from './service-error.js';

/** Members that a country does not have are left out by the service. Expressions are of .NET. */
export interface CountryValidationRules {
  readonly iso2Code: string;
  readonly defaultCulture?: string;
  readonly isStateRequired?: boolean;
  readonly supportedStatesList?: readonly string[];
  readonly supportedLanguagesList?: readonly string[];
  readonly supportedCulturesList?: readonly string[];
  readonly isPostalCodeRequired?: boolean;
  readonly postalCodeRegex?: string;
  readonly isCityRequired?: boolean;
  readonly phoneNumberRegex?: string;
  readonly countryCallingCodesList?: readonly string[];
  readonly isVatIdSupported?: boolean;
  readonly vatIdRegex?: string;
  readonly isTaxIdSupported?: boolean;
  readonly isTaxIdOptional?: boolean;
  readonly taxIdFormat?: string;
  readonly taxIdSample?: string;
}

export async function getCountryRules(
  iso2: string,
  aside: Aside,
  ports: AskPorts,
): Promise<CountryValidationRules> {
  if (!/^[a-z]{2}$/i.test(iso2)) {
    throw new UsageError(
      'country-malformed',
      'The country is not a two-letter code.',
      'Write the ISO code, for example US, DE or GB.',
    );
  }
  const correlationId = randomUUID();
  const call = { requestId: randomUUID(), correlationId, aside };
  const path = `/v1/countryvalidationrules/${iso2.toUpperCase()}`;
  const { result, trace } = await ask(
    { method: 'GET', path, headers: identity(call) },
    call,
    (answer) => readRules(answer, iso2),
    ports,
  );
  if (result.kind === 'value') return result.value;
  throw toServiceError(result.failure, trace, correlationId);
}

function readRules(answer: Answer, iso2: string): ReadResult<CountryValidationRules> {
  let rules: Json;
  try {
    rules = JSON.parse(answer.body) as Json;
  } catch {
    return unreadable('is no JSON');
  }
  const { iso2Code } = isObject(rules) ? rules : {};
  if (typeof iso2Code !== 'string' || iso2Code.toUpperCase() !== iso2.toUpperCase())
    return unreadable(`holds no rules of ${iso2.toUpperCase()}`);
  return { kind: 'value', value: rules as unknown as CountryValidationRules };
}
