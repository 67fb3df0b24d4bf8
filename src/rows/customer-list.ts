/**
 * Partner Center's own export of the customer list, joined to a file by the tenant id: each
 * customer's company name is then a guard of its row.
 */
import type { CustomerList } from '../run/row-task.js';
import { FileProblem } from './file-problem.js';
import { cleanCell, parseTenantId } from './parse-row.js';
import { readRows, readTable } from './read-rows.js';

/**
 * Throws FileProblem where it is no such list. Held in memory: an id and a name for each customer.
 * @param name as the user knows the file
 */
export async function readCustomerList(path: string, name = path): Promise<CustomerList> {
  const table = await readTable(path);
  const { columns } = table.header;
  const tenantAt = columns.findIndex(({ role }) => role.kind === 'tenant');
  const nameAt = columns.findIndex(
    ({ role }) => role.kind === 'field' && role.field === 'companyName',
  );
  if (tenantAt < 0 || nameAt < 0) {
    throw new FileProblem(
      'not-a-customer-list',
      `${name} is no customer list: it has no column ${tenantAt < 0 ? '"Microsoft ID"' : '"Company name"'}.`,
      'Export the list of customers in Partner Center, and give that file as it is.',
    );
  }
  const names = new Map<string, string>();
  for await (const read of readRows(path, table)) {
    if (read.kind !== 'record') continue;
    const { cells } = read.raw;
    const tenantId = parseTenantId(cells[tenantAt] ?? '');
    if (tenantId !== undefined) names.set(tenantId, cleanCell(cells[nameAt] ?? ''));
  }
  return names;
}
