/**
 * GET /v1/countryvalidationrules/{iso2}: what the service asks of an address. Whatever comes of it, no
 * row fails for it: where the answer cannot be had, what billpatch brings along takes its place.
 */
import { BUNDLED_RULES } from '../profile/bundled-country-rules.js';
import { isObject, type Json, type JsonObject } from '../profile/billing-profile.js';
import type { CountryRules, RulesAnswer } from '../profile/country-rules.js';
import { ask, identity, unreadable, type AskPorts, type ReadResult } from './ask.js';
import type { Answer } from './client.js';
import type { Failure } from './failure.js';
import type { RulesCache } from './rules-cache.js';

export interface CountryValidationPorts extends AskPorts {
  readonly newId: () => string;
  readonly cache?: RulesCache;
}

/** Asks once for each country: rows that come meanwhile wait for the same answer. */
export function createCountryValidation(
  ports: CountryValidationPorts,
): (country: string) => Promise<RulesAnswer> {
  const answers = new Map<string, Promise<RulesAnswer>>();
  return (country) => {
    const iso2 = country.toUpperCase();
    const known = answers.get(iso2) ?? rulesOf(iso2, ports);
    answers.set(iso2, known);
    return known;
  };
}

/** Without asking anybody. */
export function bundledRules(country: string, instead?: string): RulesAnswer {
  const rules = BUNDLED_RULES.get(country.toUpperCase());
  const why = instead === undefined ? {} : { instead };
  return rules ? { kind: 'rules', rules, ...why } : { kind: 'none', ...why };
}

/** Its words, without a code, are all that it says of a country that it does not know (observed). */
const NO_RULES = /no validation rules were found/i;

async function rulesOf(iso2: string, ports: CountryValidationPorts): Promise<RulesAnswer> {
  // What is no code has no rules, and does not belong into a path.
  if (!/^[A-Z]{2}$/.test(iso2)) return { kind: 'unknown-country' };
  const cached = toCountryRules(await ports.cache?.read(iso2), iso2);
  if (cached) return { kind: 'rules', rules: cached };
  const { health } = ports;
  const call = {
    requestId: ports.newId(),
    correlationId: ports.newId(),
    // Rows that wait for this answer ask nothing that would pay for a retry, and keep their places.
    aside: (wait: () => Promise<void>) => {
      health.lend();
      return wait();
    },
  };
  const { result } = await ask(
    {
      method: 'GET',
      path: `/v1/countryvalidationrules/${encodeURIComponent(iso2)}`,
      headers: identity(call),
    },
    call,
    (answer) => readRules(answer, iso2),
    // The rules are a help: that they cannot be had must not be what stops the run.
    { ...ports, health: { ...health, noteFailure: () => undefined } },
  );
  if (result.kind === 'value') {
    await ports.cache?.write(iso2, result.value.json);
    return { kind: 'rules', rules: result.value.rules };
  }
  const { httpStatus, detail = '', message } = result.failure;
  const isUnknown = (httpStatus === 400 || httpStatus === 404) && NO_RULES.test(detail);
  if (isUnknown) return { kind: 'unknown-country' };
  return bundledRules(
    iso2,
    httpStatus === undefined ? message.replace(/\.$/, '') : `HTTP ${httpStatus}`,
  );
}

interface ReadRules {
  readonly json: JsonObject;
  readonly rules: CountryRules;
}

function readRules(answer: Answer, iso2: string): ReadResult<ReadRules> {
  let json: Json;
  try {
    json = JSON.parse(answer.body) as Json;
  } catch {
    return unusable('is no JSON');
  }
  const rules = toCountryRules(json, iso2);
  return rules && isObject(json)
    ? { kind: 'value', value: { json, rules } }
    : unusable(`holds no rules of ${iso2}`);
}

/** The same answer comes again, however often one asks. */
function unusable(what: string): { readonly kind: 'failure'; readonly failure: Failure } {
  const { kind, failure } = unreadable(what);
  return { kind, failure: { ...failure, again: 'never' } };
}

/** Undefined where it is not in the shape of rules, or those of another country. */
export function toCountryRules(json: Json | undefined, iso2: string): CountryRules | undefined {
  if (!isObject(json)) return undefined;
  const text = (name: string): string | undefined => {
    const value = json[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const list = (name: string): readonly string[] | undefined => {
    // Members that a country does not have are left out of the answer.
    const value = json[name] ?? [];
    if (!Array.isArray(value)) return undefined;
    const items = value as readonly Json[];
    return items.every((item) => typeof item === 'string') ? items : undefined;
  };
  const flag = (name: string): boolean => json[name] === true;
  const [states, languages, cultures, callingCodes] = [
    list('supportedStatesList'),
    list('supportedLanguagesList'),
    list('supportedCulturesList'),
    list('countryCallingCodesList'),
  ];
  if (text('iso2Code')?.toUpperCase() !== iso2) return undefined;
  if (!states || !languages || !cultures || !callingCodes) return undefined;
  const postalCodeRegex = text('postalCodeRegex');
  const phoneNumberRegex = text('phoneNumberRegex');
  return {
    iso2Code: iso2,
    source: 'service',
    isStateRequired: flag('isStateRequired'),
    isCityRequired: flag('isCityRequired'),
    isPostalCodeRequired: flag('isPostalCodeRequired'),
    states,
    languages,
    cultures,
    callingCodes,
    ...(postalCodeRegex !== undefined && { postalCodeRegex }),
    ...(phoneNumberRegex !== undefined && { phoneNumberRegex }),
  };
}
