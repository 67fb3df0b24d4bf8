/** Which tenant stands on which line, and what is asked for it there: at most 40 bytes a row. */
import { createTenantSet, type TenantSet } from './tenant-set.js';

export interface TenantIndex {
  /** Notes a row. `digest` is 8 bytes that stand for all that the row asks for. */
  readonly add: (tenantId: string, line: number, digest: Buffer) => void;
  /** What other rows ask for the same tenant. */
  readonly look: (tenantId: string, line: number, digest: Buffer) => Repetition;
  readonly size: number;
}

export type Repetition =
  | { readonly kind: 'single' }
  /** An earlier line asks for exactly the same. */
  | { readonly kind: 'same'; readonly line: number }
  /** Another line asks for something else. */
  | { readonly kind: 'differs'; readonly line: number };

/** Of each tenant: 2 words of digest, the first line, the first line that differs; 0 where there is none. */
const WORDS = 4;
const PAGE = 4096;

/** @param tenants where they are known already: they need not be held twice */
export function createTenantIndex(tenants: TenantSet = createTenantSet()): TenantIndex {
  const pages: Uint32Array[] = [];
  const pageOf = (number: number): Uint32Array =>
    (pages[Math.floor(number / PAGE)] ??= new Uint32Array(PAGE * WORDS));

  return {
    add(tenantId, line, digest) {
      const number = tenants.add(tenantId);
      const page = pageOf(number);
      const at = (number % PAGE) * WORDS;
      const high = digest.readUInt32LE(0);
      const low = digest.readUInt32LE(4);
      if (page[at + 2] === 0) {
        page[at] = high;
        page[at + 1] = low;
        page[at + 2] = line;
        return;
      }
      const same = page[at] === high && page[at + 1] === low;
      if (!same && page[at + 3] === 0) page[at + 3] = line;
    },
    look(tenantId, line, digest) {
      const number = tenants.find(tenantId);
      if (number < 0) return { kind: 'single' };
      const page = pageOf(number);
      const at = (number % PAGE) * WORDS;
      const [first = 0, differing = 0] = [page[at + 2], page[at + 3]];
      if (differing !== 0) {
        const asFirst =
          page[at] === digest.readUInt32LE(0) && page[at + 1] === digest.readUInt32LE(4);
        return { kind: 'differs', line: asFirst ? differing : first };
      }
      return line === first ? { kind: 'single' } : { kind: 'same', line: first };
    },
    get size() {
      return tenants.size;
    },
  };
}
