import type { Fault } from './fault.js';
import { FAULT_EFFECTS } from './fault-effects.js';
import type { Random } from './random.js';
import { routeTenant } from './route.js';
import type { Route } from './route.js';

/** Which fault befalls which request. */
export interface FaultPlan {
  readonly add: (fault: Fault) => void;
  readonly clear: () => void;
  /** The first fault, in the order in which they were added, that befalls this request. */
  readonly pick: (method: string, route: Route) => Fault | undefined;
}

interface Entry {
  readonly fault: Fault;
  matched: number;
  fired: number;
}

export function createFaultPlan(random: Random): FaultPlan {
  const everywhere: Entry[] = [];
  // By tenant, so that a world in which each customer has a fault of its own is not searched.
  const byTenant = new Map<string, Entry[]>();

  const fires = (entry: Entry, method: string, route: Route): boolean => {
    const { fault } = entry;
    if (!matches(fault, method, route)) return false;
    entry.matched += 1;
    if (entry.matched <= (fault.after ?? 0) || entry.fired >= (fault.times ?? Infinity)) {
      return false;
    }
    if (fault.rate !== undefined && random() >= fault.rate) return false;
    entry.fired += 1;
    return true;
  };

  return {
    add: (fault) => {
      const entry = { fault, matched: 0, fired: 0 };
      const tenantId = fault.tenantId?.toLowerCase();
      if (tenantId === undefined) everywhere.push(entry);
      else byTenant.set(tenantId, [...(byTenant.get(tenantId) ?? []), entry]);
    },
    clear: () => {
      everywhere.length = 0;
      byTenant.clear();
    },
    pick: (method, route) => {
      const own = byTenant.get(routeTenant(route) ?? '') ?? [];
      const hit = (entry: Entry) => fires(entry, method, route);
      return (own.find(hit) ?? everywhere.find(hit))?.fault;
    },
  };
}

function matches(fault: Fault, method: string, route: Route): boolean {
  if (fault.on !== undefined && fault.on !== method) return false;
  const effect = FAULT_EFFECTS[fault.kind];
  if (effect.type === 'put' && method !== 'PUT') return false;
  // What a fault does to a profile it can do nowhere else.
  if (effect.type === 'put' || effect.type === 'profile') return route.name === 'billing';
  return fault.route === 'any' || route.name === (fault.route ?? 'billing');
}
