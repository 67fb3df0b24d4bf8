/**
 * One e-mail address on many customers. Most addresses stand in one row: of these only hashes are
 * held, since strings that stay in memory for a while cost more than all else that is looked at here.
 * Pure; what is held does not grow with the file.
 */
import type { Warning } from '../problem.js';

export interface EmailWatch {
  readonly add: (line: number, email: string, tenantId: string | undefined) => void;
  readonly warnings: () => readonly Warning[];
}

/** Named in a warning; the others are counted. */
const LINES_NAMED = 10;
const CUSTOMERS_FROM = 5;
/** Addresses met once that are held: so many sets, with places for so many each. */
const SETS = 4096;
const WAYS = 4;
/** Addresses held of those that are met a few times, and as many again. */
const GENERATION = 5_000;
/** Addresses held of the others; then no more are looked for. */
const FREQUENT = 10_000;
const ADDRESSES_NAMED = 5;

interface Use {
  /** Hashes of the first of them: the same customer twice is no accident of this kind. */
  readonly tenants: number[];
  readonly lines: number[];
  rows: number;
}

/** A row in which an address stood that had not been met, or not for long. */
interface Sighting {
  readonly line: number;
  readonly tenant: number;
}

export function createEmailWatch(): EmailWatch {
  const frequent = new Map<string, Use>();
  // What was copied stands close together, so the rare ones are let go, the older half at once.
  let young = new Map<string, Use>();
  let old = new Map<string, Use>();
  const sightings = createSightings();

  const useOf = (line: number, key: string, tenant: number): Use | undefined => {
    const known = frequent.get(key) ?? young.get(key) ?? old.get(key);
    if (known) return known;
    const first = sightings.exchange(key, { line, tenant });
    if (!first || frequent.size === FREQUENT) return undefined;
    if (young.size === GENERATION) [old, young] = [young, new Map<string, Use>()];
    const use = { tenants: [first.tenant], lines: [first.line], rows: 1 };
    young.set(key, use);
    return use;
  };

  return {
    add(line, email, tenantId) {
      if (tenantId === undefined || !email.includes('@')) return;
      const key = email.toLowerCase();
      const tenant = hash(tenantId, TENANT_SEED);
      const use = useOf(line, key, tenant);
      if (!use) return;
      use.rows += 1;
      if (use.lines.length < LINES_NAMED) use.lines.push(line);
      if (use.tenants.length === CUSTOMERS_FROM || use.tenants.includes(tenant)) return;
      use.tenants.push(tenant);
      if (use.tenants.length === CUSTOMERS_FROM) frequent.set(key, use);
    },
    warnings() {
      const found = [...frequent].sort(
        ([, a], [, b]) => b.rows - a.rows || (a.lines[0] ?? 0) - (b.lines[0] ?? 0),
      );
      const [most] = found;
      if (!most) return [];
      const rows = found.reduce((sum, [, use]) => sum + use.rows, 0);
      const one = found.length === 1;
      return [
        {
          code: 'email-repeated',
          message: one
            ? `One e-mail address stands in ${rows} rows, of different customers.`
            : `${found.length} e-mail addresses each stand in ${CUSTOMERS_FROM} or more rows, of different customers; one of them in ${most[1].rows}.`,
          hint: 'If it is not meant to receive the invoices of all these customers, correct these rows.',
          detail: found
            .slice(0, ADDRESSES_NAMED)
            .map(([email, use]) => `${email} (${use.rows} rows)`)
            .join(', '),
          lines: found
            .flatMap(([, use]) => use.lines)
            .sort((a, b) => a - b)
            .slice(0, LINES_NAMED),
          lineCount: rows,
        },
      ];
    },
  };
}

interface Sightings {
  /** Puts a sighting in the place of the one before it of this address, which it returns, if any. */
  readonly exchange: (key: string, sighting: Sighting) => Sighting | undefined;
}

/** Known by two hashes: that two addresses share both is as good as impossible. */
function createSightings(): Sightings {
  const first = new Uint32Array(SETS * WAYS);
  const second = new Uint32Array(SETS * WAYS);
  const tenants = new Uint32Array(SETS * WAYS);
  /** 0: the place is free. */
  const lines = new Float64Array(SETS * WAYS);
  return {
    exchange(key, { line, tenant }) {
      const [a, b] = [hash(key, FIRST_SEED), hash(key, SECOND_SEED)];
      const begin = (a % SETS) * WAYS;
      let place = begin;
      for (let at = begin; at < begin + WAYS; at += 1) {
        if (first[at] === a && second[at] === b && lines[at] !== 0) {
          const before = { line: lines[at] ?? 0, tenant: tenants[at] ?? 0 };
          lines[at] = line;
          tenants[at] = tenant;
          return before;
        }
        // Of a full set, the one that was met the longest ago is let go.
        if ((lines[at] ?? 0) < (lines[place] ?? 0)) place = at;
      }
      first[place] = a;
      second[place] = b;
      lines[place] = line;
      tenants[place] = tenant;
      return undefined;
    },
  };
}

const FIRST_SEED = 0x811c9dc5;
const SECOND_SEED = 0x9747b28c;
const TENANT_SEED = 0x1b873593;

/** FNV-1a over the letters, mixed at the end (the finalizer of MurmurHash3). */
function hash(text: string, seed: number): number {
  let mixed = seed;
  for (let at = 0; at < text.length; at += 1)
    mixed = Math.imul(mixed ^ text.charCodeAt(at), 0x01000193);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
