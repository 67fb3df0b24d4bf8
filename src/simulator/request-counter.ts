import type { Reply } from './exchange.js';
import type { Route } from './route.js';

/** How many requests came in, by what they asked for. Exact, however many are recorded. */
export interface RequestCounts {
  /** GET of a billing profile. */
  readonly get: number;
  /** PUT of a billing profile. */
  readonly put: number;
  /** GET of a page of customers. */
  readonly customers: number;
  /** GET of one customer. */
  readonly customer: number;
  /** GET of a country's rules. */
  readonly rules: number;
  /** POST of an address to be checked. */
  readonly address: number;
  /** Anything else: other paths, other methods. */
  readonly other: number;
  /** Of all of these: refused by the throttle. */
  readonly throttled: number;
  /** Of all of these: befallen by a fault. */
  readonly faults: number;
}

export interface RequestCounter {
  readonly add: (method: string, route: Route, reply: Reply) => void;
  readonly counts: () => RequestCounts;
}

export function createRequestCounter(): RequestCounter {
  const counts = {
    get: 0,
    put: 0,
    customers: 0,
    customer: 0,
    rules: 0,
    address: 0,
    other: 0,
    throttled: 0,
    faults: 0,
  };
  return {
    add: (method, route, reply) => {
      counts[countedAs(method, route)] += 1;
      if (reply.throttled) counts.throttled += 1;
      if (reply.fault !== undefined) counts.faults += 1;
    },
    counts: () => ({ ...counts }),
  };
}

function countedAs(method: string, route: Route) {
  if (method === 'PUT' && route.name === 'billing') return 'put';
  if (method === 'POST' && route.name === 'address') return 'address';
  if (method !== 'GET' || route.name === 'not-a-guid' || route.name === 'address') return 'other';
  return route.name === 'billing' ? 'get' : route.name;
}
