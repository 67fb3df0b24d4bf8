import { bodyEtag, isObject } from '../profile/billing-profile.js';
import type { BillingProfile, Json, JsonObject } from '../profile/billing-profile.js';
import { faultAnswer } from './answer.js';
import type { Answer } from './answer.js';
import { checkProfile } from './check-profile.js';
import { decideTag } from './etag-policy.js';
import type { EtagPolicy } from './etag-policy.js';
import type { RuleBook } from './rule-book.js';
import { foldMembers, withoutNulls } from './fold-members.js';

/** What an omitted member means: gone, or left as it is. */
export type UpdateMode = 'replace' | 'merge';

export interface PutPolicy extends EtagPolicy {
  readonly update: UpdateMode;
}

export interface PutRequest {
  readonly ifMatch: string | undefined;
  readonly body: string;
}

export type PutDecision =
  | { readonly type: 'refused'; readonly answer: Answer }
  | { readonly type: 'accepted'; readonly profile: BillingProfile };

/** What a PUT makes of the live profile. The new tag comes later, with the commit. */
export function decidePut(
  live: BillingProfile,
  request: PutRequest,
  policy: PutPolicy,
  rulesOf: RuleBook,
): PutDecision {
  const sent = parseBody(request.body);
  if (sent === undefined) return refused(faultAnswer(400, 800002, 'Invalid request input.'));

  const tags = { header: request.ifMatch, body: bodyEtag(sent) };
  const stale = decideTag(tags, bodyEtag(live) ?? '', policy);
  if (stale !== undefined) return refused(stale);

  const values = withoutNulls(policy.update === 'merge' ? merge(live, sent) : sent);
  const refusal = checkProfile(values, rulesOf);
  if (refusal !== undefined) return refused(refusal);
  return { type: 'accepted', profile: withServerMembers(normalise(values), live) };
}

function refused(answer: Answer): PutDecision {
  return { type: 'refused', answer };
}

function parseBody(text: string): JsonObject | undefined {
  try {
    const value = JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text) as Json;
    return isObject(value) ? foldMembers(value) : undefined;
  } catch {
    return undefined;
  }
}

function merge(live: JsonObject, sent: JsonObject): JsonObject {
  const merged = { ...live, ...sent };
  const [old, given] = [live.defaultAddress, sent.defaultAddress];
  if (!isObject(old) || !isObject(given)) return foldMembers(merged);
  return foldMembers({ ...merged, defaultAddress: { ...old, ...given } });
}

/** `EN-US` is stored as `en-US`; `language` is stored as sent. Source: a recorded answer. */
function normalise(profile: JsonObject): JsonObject {
  const culture = profile.culture;
  if (typeof culture !== 'string') return profile;
  const [language = '', ...parts] = culture.split('-');
  const regions = parts.map((part) => (part.length === 2 ? part.toUpperCase() : part));
  return { ...profile, culture: [language.toLowerCase(), ...regions].join('-') };
}

/** Identity, links and attributes are the service's own: what a client sends there changes nothing. */
function withServerMembers(profile: JsonObject, live: BillingProfile): BillingProfile {
  const owned = ['id', 'links', 'attributes'];
  const values = Object.entries(profile).filter(([name]) => !owned.includes(name));
  const server = (name: string) => Object.entries(live).filter(([key]) => key === name);
  return Object.fromEntries([
    ...server('id'),
    ...values,
    ...server('links'),
    ...server('attributes'),
  ]);
}
