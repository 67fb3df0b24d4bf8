/** The customer list that guards the rows of a run, as it was when the run began. */
import { fileSha256, type Manifest, type RunPaths } from '../journal/run-folder.js';
import { UsageError } from '../problem.js';
import { readCustomerList } from '../rows/customer-list.js';
import type { CustomerList } from '../run/row-task.js';

/** Undefined where the run has none. Throws UsageError where it was changed since. */
export async function customerListOf(
  { customerList }: RunPaths,
  manifest: Manifest,
): Promise<CustomerList | undefined> {
  if (manifest.customerList === undefined) return undefined;
  const sha256 = await fileSha256(customerList);
  if (sha256 !== manifest.customerList) {
    throw new UsageError(
      'customer-list-changed',
      `The customer list in the run folder was changed: its SHA-256 is ${sha256}, the run was given ${manifest.customerList}.`,
      'Put the original back: it guards the rows that are left.',
    );
  }
  return readCustomerList(customerList);
}
