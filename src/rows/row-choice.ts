/**
 * Which rows belong to a shard. By the tenant id alone: so a row stays where it is when the file is
 * sorted anew or grows, on every machine, and rows of one customer are never apart.
 */
import { hash } from 'node:crypto';

import { parseTenantId, type RawRow } from './parse-row.js';
import type { Table } from './read-rows.js';
import type { Shard } from './shard.js';

/**
 * The shard of a customer, from 1: the first eight hexadecimal digits of the SHA-256 of the tenant id
 * (lower case, without braces), as a number, modulo `count`, plus 1. A row of which no tenant id can be
 * read is in the first. Run folders are joined by it, so it must never change.
 */
export const shardOf = (tenantId: string | undefined, count: number): number =>
  tenantId === undefined ? 1 : (hash('sha256', tenantId, 'buffer').readUInt32BE(0) % count) + 1;

/** Whether a row of the table belongs to the shard; without one, every row does. */
export function createRowChoice(
  { header }: Pick<Table, 'header'>,
  shard: Shard | undefined,
): (row: Pick<RawRow, 'cells'>) => boolean {
  if (shard === undefined) return () => true;
  const at = header.columns.findIndex(({ role }) => role.kind === 'tenant');
  return ({ cells }) => shardOf(parseTenantId(cells[at] ?? ''), shard.count) === shard.index;
}
