import { readFile } from 'node:fs/promises';
import type { Json, JsonObject } from '../profile/billing-profile.js';
import { isObject } from '../profile/billing-profile.js';
import { parseFault } from './fault.js';
import type { Fault } from './fault.js';
import type { SimulatedCustomer } from './simulated-customer.js';
import { isTenantId } from './tenant-id.js';

/**
 * The customers in a JSON file: an array of `SimulatedCustomer`, with faults as text
 * (`"503@GET,times=1"`). Throws an Error that names the file, the entry (from 1) and the member.
 */
export async function readCustomers(path: string): Promise<SimulatedCustomer[]> {
  const text = await readFile(path, 'utf8');
  try {
    return parseCustomers(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${path}: ${reason}`, { cause: error });
  }
}

/** Throws an Error that names the entry and the member. */
export function parseCustomers(text: string): SimulatedCustomer[] {
  const entries = JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text) as Json;
  if (!Array.isArray(entries)) throw new Error('an array of customers was expected.');
  return (entries as readonly Json[]).map((entry, index) => parseEntry(entry, index + 1));
}

const MEMBERS = ['tenantId', 'profile', 'domain', 'companyName', 'relationship', 'faults'];

function parseEntry(entry: Json, number: number): SimulatedCustomer {
  const refuse = (member: string, reason: string) =>
    new Error(`entry ${number}: ${member} ${reason}.`);

  if (!isObject(entry)) throw new Error(`entry ${number} is not an object.`);
  const unknown = Object.keys(entry).find((name) => !MEMBERS.includes(name));
  if (unknown !== undefined) {
    throw refuse(unknown, `is not known; members are ${MEMBERS.join(', ')}`);
  }
  const { tenantId, profile, relationship } = entry;
  if (typeof tenantId !== 'string' || !isTenantId(tenantId)) {
    throw refuse('tenantId', 'must be a GUID');
  }
  if (profile !== undefined && !isObject(profile)) throw refuse('profile', 'must be an object');
  if (relationship !== undefined && relationship !== 'reseller' && relationship !== 'none') {
    throw refuse('relationship', 'must be "reseller" or "none"');
  }
  return {
    tenantId: tenantId.toLowerCase(),
    ...(profile && { profile }),
    ...parseNames(entry, refuse),
    ...(relationship && { relationship }),
    ...(entry.faults !== undefined && { faults: parseFaults(entry.faults, refuse) }),
  };
}

type Refuse = (member: string, reason: string) => Error;

function parseNames(entry: JsonObject, refuse: Refuse): { domain?: string; companyName?: string } {
  const names: { domain?: string; companyName?: string } = {};
  for (const name of ['domain', 'companyName'] as const) {
    const value = entry[name];
    if (value !== undefined && typeof value !== 'string') throw refuse(name, 'must be a text');
    if (value !== undefined) names[name] = value;
  }
  return names;
}

function parseFaults(faults: Json, refuse: Refuse): Fault[] {
  if (!Array.isArray(faults)) throw refuse('faults', 'must be an array of texts');
  return (faults as readonly Json[]).map((text) => {
    const parsed = typeof text === 'string' ? parseFault(text) : { error: 'a text was expected.' };
    if ('error' in parsed) throw refuse('faults', `has an entry that is none: ${parsed.error}`);
    return parsed.fault;
  });
}
