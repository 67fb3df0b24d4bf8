/** The input of a run as a table, read as it was when the run began. */
import type { Manifest, RunPaths } from '../journal/run-folder.js';
import { parseEncoding } from '../rows/encoding.js';
import { DELIMITERS, readTable, type Table } from '../rows/read-rows.js';
import { tenantsOnly } from '../rows/tenants-only.js';

/** What of the manifest says how its input is read. */
export type InputKind = Pick<Manifest, 'export' | 'undoes'> & {
  readonly input: Partial<Pick<Manifest['input'], 'map' | 'encoding' | 'delimiter' | 'workbook'>>;
};

export async function readInput(
  { input }: Pick<RunPaths, 'input'>,
  kind: InputKind,
): Promise<Table> {
  const { map, workbook } = kind.input;
  const encoding = parseEncoding(kind.input.encoding ?? '');
  const delimiter = DELIMITERS.find((known) => known === kind.input.delimiter);
  // Such an input was not given but written, for a person to look at too.
  const isDrawn = kind.undoes !== undefined || kind.export?.ofList === true;
  const table = await readTable(input, {
    ...(encoding && { encoding }),
    ...(delimiter && { delimiter }),
    ...(map && { map }),
    ...(isDrawn && { isDrawn }),
  });
  const origin = workbook && { sheet: workbook.sheet, otherSheets: workbook.otherSheets };
  return { ...(kind.export ? tenantsOnly(table) : table), ...(origin && { origin }) };
}
