/**
 * Tenant ids, numbered from 0 in the order of their coming: at most 23 bytes for each (typed arrays;
 * a Set of strings takes 170 to 550).
 */
export interface TenantSet {
  /** The number of an id, which is the size before where it is new. Lower case, with hyphens. */
  readonly add: (tenantId: string) => number;
  /** The number of an id, or -1. */
  readonly find: (tenantId: string) => number;
  readonly size: number;
}

/** Of an id. */
const WORDS = 4;
/** Ids that are held in one array: none is ever copied into a larger one. */
const PAGE = 4096;
/** Slots in use at most; and so many times the slots, once there are more. */
const FULL = 0.8;
const GROWTH = 1.3;
const HYPHEN = 0x2d;

export function createTenantSet(): TenantSet {
  let slots = new Uint32Array(1024);
  const pages: Uint32Array[] = [];
  let size = 0;
  const key = new Uint32Array(WORDS);

  const setKey = (tenantId: string): void => {
    let word = 0;
    let digits = 0;
    for (let at = 0; at < tenantId.length; at += 1) {
      const code = tenantId.charCodeAt(at);
      if (code === HYPHEN) continue;
      // 0 to 9, or a to f.
      word = (word << 4) | (code < 0x40 ? code - 0x30 : code - 0x57);
      digits += 1;
      if ((digits & 7) === 0) key[(digits >> 3) - 1] = word;
    }
  };
  const pageOf = (number: number): Uint32Array =>
    (pages[Math.floor(number / PAGE)] ??= new Uint32Array(PAGE * WORDS));
  const matches = (number: number): boolean => {
    const page = pageOf(number);
    const at = (number % PAGE) * WORDS;
    return (
      page[at] === key[0] &&
      page[at + 1] === key[1] &&
      page[at + 2] === key[2] &&
      page[at + 3] === key[3]
    );
  };
  /** Where to look first. Ids may follow one another, and the high bits are what places them. */
  const home = (words: Uint32Array, at: number): number => {
    const [a = 0, b = 0, c = 0, d = 0] = [words[at], words[at + 1], words[at + 2], words[at + 3]];
    const joined =
      Math.imul(a ^ (b >>> 15), 0x85ebca6b) ^ Math.imul(c ^ (d >>> 13), 0xc2b2ae35) ^ b ^ d;
    const mixed = Math.imul(joined ^ (joined >>> 16), 0x85ebca6b);
    const hash = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35) >>> 0;
    return Math.floor((hash / 2 ** 32) * slots.length);
  };
  const after = (slot: number): number => (slot + 1 === slots.length ? 0 : slot + 1);

  /** The slot of the key: it holds the id's number plus one, or 0 where the id is new. */
  const findSlot = (): number => {
    let slot = home(key, 0);
    for (let held = slots[slot] ?? 0; held !== 0 && !matches(held - 1); held = slots[slot] ?? 0)
      slot = after(slot);
    return slot;
  };
  const rehash = (): void => {
    slots = new Uint32Array(Math.ceil(slots.length * GROWTH));
    for (let number = 0; number < size; number += 1) {
      let slot = home(pageOf(number), (number % PAGE) * WORDS);
      while (slots[slot] !== 0) slot = after(slot);
      slots[slot] = number + 1;
    }
  };

  return {
    add(tenantId) {
      setKey(tenantId);
      const slot = findSlot();
      const held = slots[slot] ?? 0;
      if (held !== 0) return held - 1;
      pageOf(size).set(key, (size % PAGE) * WORDS);
      size += 1;
      slots[slot] = size;
      if (size > slots.length * FULL) rehash();
      return size - 1;
    },
    find(tenantId) {
      setKey(tenantId);
      return (slots[findSlot()] ?? 0) - 1;
    },
    get size() {
      return size;
    },
  };
}
