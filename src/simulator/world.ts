import { withFields } from '../profile/billing-profile.js';
import type { BillingProfile, Field } from '../profile/billing-profile.js';
import { withoutNulls } from './fold-members.js';
import { companyWords } from './generate-fields.js';
import { initialProfile, stampProfile } from './simulated-customer.js';
import type { ProfileFields, SimulatedCustomer } from './simulated-customer.js';

/**
 * A profile as committed. Versions count every writer, `puts` those that came over the wire. Kept as
 * text: a quarter of the memory of the object, where a benchmark changes a million of them.
 */
export interface CommittedProfile {
  readonly json: string;
  readonly version: number;
  readonly puts: number;
}

/** Who wrote: a client over the wire, or another writer from within. */
export type Writer = 'put' | 'edit';

export interface WorldOptions {
  readonly customers: readonly SimulatedCustomer[];
  /** Any tenant id is a customer. */
  readonly anyTenant: boolean;
  /** What an earlier start committed. The world keeps it and changes it. */
  readonly committed: Map<string, CommittedProfile>;
  /** Told of each commit before it counts; it throws, and nothing is committed. */
  readonly save: (tenantId: string, profile: BillingProfile, writer: Writer) => void;
}

/** The truth about every customer. Tenant ids in lower case. */
export interface World {
  readonly customers: readonly SimulatedCustomer[];
  readonly customer: (tenantId: string) => SimulatedCustomer | undefined;
  readonly profile: (tenantId: string) => BillingProfile | undefined;
  readonly puts: (tenantId: string) => number;
  /** Counts every change; 0 as long as nobody wrote. */
  readonly version: (tenantId: string) => number;
  readonly commit: (tenantId: string, profile: BillingProfile) => BillingProfile;
  readonly edit: (tenantId: string, fields: ProfileFields) => void;
}

/** Only profiles that changed are kept; the others are made again each time they are asked for. */
export function createWorld({ customers, anyTenant, committed, save }: WorldOptions): World {
  const known = new Map(
    customers.map((customer) => [customer.tenantId.toLowerCase(), customer] as const),
  );

  const findCustomer = (tenantId: string): SimulatedCustomer | undefined =>
    known.get(tenantId) ??
    (anyTenant || committed.has(tenantId) ? strangerOf(tenantId) : undefined);

  const findProfile = (tenantId: string): BillingProfile | undefined => {
    const changed = committed.get(tenantId);
    if (changed !== undefined) return JSON.parse(changed.json) as BillingProfile;
    const customer = findCustomer(tenantId);
    return customer && initialProfile(tenantId, customer.profile);
  };

  const write = (tenantId: string, profile: BillingProfile, writer: Writer): BillingProfile => {
    const before = committed.get(tenantId) ?? { version: 0, puts: 0 };
    const version = before.version + 1;
    const stamped = stampProfile(profile, tenantId, version);
    save(tenantId, stamped, writer);
    const puts = before.puts + (writer === 'put' ? 1 : 0);
    committed.set(tenantId, { json: JSON.stringify(stamped), version, puts });
    return stamped;
  };

  return {
    customers: [...known.values()],
    customer: findCustomer,
    profile: findProfile,
    puts: (tenantId) => committed.get(tenantId)?.puts ?? 0,
    version: (tenantId) => committed.get(tenantId)?.version ?? 0,
    commit: (tenantId, profile) => write(tenantId, profile, 'put'),
    edit: (tenantId, fields) => {
      const live = findProfile(tenantId);
      if (live === undefined) return;
      const values = Object.entries(fields) as [Field, string][];
      write(tenantId, withoutNulls(withFields(live, values)), 'edit');
    },
  };
}

function strangerOf(tenantId: string): SimulatedCustomer {
  return { tenantId, domain: companyWords(tenantId).domain };
}
