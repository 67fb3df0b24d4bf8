/** The input of a run as a table, read as it was when the run began. */
import type { Manifest, RunPaths } from '../journal/run-folder.js';
import { readTable, type Table } from '../rows/read-rows.js';
import { tenantsOnly } from '../rows/tenants-only.js';

/** What of the manifest says how its input is read. */
export type InputKind = Pick<Manifest, 'export' | 'undoes'> & {
  readonly input: Pick<Manifest['input'], 'map'>;
};

export async function readInput({ input }: RunPaths, kind: InputKind): Promise<Table> {
  const { map } = kind.input;
  // Such an input was not given but written, for a person to look at too.
  const isDrawn = kind.undoes !== undefined || kind.export?.ofList === true;
  const table = await readTable(input, { ...(map && { map }), ...(isDrawn && { isDrawn }) });
  return kind.export ? tenantsOnly(table) : table;
}
