import { FIELD_PATHS, isObject } from '../profile/billing-profile.js';
import type { Json, JsonObject } from '../profile/billing-profile.js';

const KNOWN = new Map(
  [...Object.values(FIELD_PATHS).flat(), 'id', 'links', 'attributes', 'etag', 'objectType'].map(
    (name) => [name.toLowerCase(), name],
  ),
);

/**
 * A body as the service understands it: member names match whatever their case, and the last of
 * several wins. Unknown members stay, under the name they came with.
 * Source: recorded bodies in PascalCase and in both cases at once.
 */
export function foldMembers(sent: JsonObject): JsonObject {
  const members = new Map<string, readonly [string, Json]>();
  for (const [name, value] of Object.entries(sent)) {
    const lower = name.toLowerCase();
    const known = KNOWN.get(lower);
    const folded = known !== undefined && isObject(value) ? foldMembers(value) : value;
    members.set(lower, [known ?? name, folded]);
  }
  return Object.fromEntries(members.values());
}

/** The service leaves members that are null out of its answers, at every depth. */
export function withoutNulls(object: JsonObject): JsonObject {
  const members = Object.entries(object)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => [name, isObject(value) ? withoutNulls(value) : value] as const);
  return Object.fromEntries(members);
}
