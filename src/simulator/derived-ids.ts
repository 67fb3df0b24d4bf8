import type { Random } from './random.js';

/** A well-mixed unsigned 32-bit number that depends on nothing but its arguments (FNV-1a, then mixed). */
export function hashText(text: string, salt = 0): number {
  let hash = 0x811c9dc5 ^ salt;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The GUID that belongs to a text: the same text, the same GUID. */
export function deriveGuid(text: string): string {
  return toGuid(hashText(text, 1), hashText(text, 2), hashText(text, 3), hashText(text, 4));
}

/**
 * The entity tag of one version of one customer's profile: a signed 64-bit integer as a decimal
 * string, negative every other time. It depends on nothing but tenant and version, so that a tag of
 * an earlier version never comes back, not even when the simulator starts again.
 * Source: documented answers to GET /customers/{id}; the quotes belong to If-Match alone.
 */
export function deriveEtag(tenantId: string, version: number): string {
  const text = `${tenantId}:${version}`;
  const bits = (BigInt(hashText(text, 5)) << 32n) | BigInt(hashText(text, 6));
  return BigInt.asIntN(64, bits).toString();
}

export function randomGuid(random: Random): string {
  const word = () => (random() * 0x1_0000_0000) >>> 0;
  return toGuid(word(), word(), word(), word());
}

function toGuid(first: number, second: number, third: number, fourth: number): string {
  const hex = [first, second, third, fourth]
    .map((word) => word.toString(16).padStart(8, '0'))
    .join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
}
