/** `template`: an empty input file, to be filled in. */
import { writeFile } from 'node:fs/promises';

import { UsageError } from '../problem.js';
import { FIELDS } from '../profile/billing-profile.js';
import { roleOf, TENANT_COLUMN } from '../rows/column-names.js';
import type { Delimiter } from '../rows/read-rows.js';
import { refuseUnwritable } from './out-file.js';

/** Next to the tenant: who fills in a row reads there whose it is. Left empty it asks for nothing. */
const USUAL = [TENANT_COLUMN, 'expect:companyName', ...FIELDS];

/**
 * One line, as a spreadsheet opens it. Throws UsageError where a name is not known.
 * @param wanted names of columns with commas between; all fields where it is absent
 */
export function templateText(wanted: string | undefined, delimiter: Delimiter = ','): string {
  const names = wanted === undefined ? USUAL : [TENANT_COLUMN, ...columnsOf(wanted)];
  return `\ufeff${names.join(delimiter)}\r\n`;
}

/** Under their main names, each once; the tenant column is there anyway. */
function columnsOf(wanted: string): readonly string[] {
  const names = new Set<string>();
  for (const given of wanted.split(',')) {
    const role = roleOf(given);
    if (role.kind === 'field') names.add(role.field);
    else if (role.kind === 'guard') names.add(`expect:${role.field}`);
    else if (role.kind !== 'tenant') {
      throw new UsageError(
        'field-unknown',
        `--fields: "${given.trim()}" is no field.`,
        'like' in role ? `Did you mean ${role.like}?` : `Fields are ${FIELDS.join(', ')}.`,
      );
    }
  }
  return [...names];
}

/** Throws UsageError where the file cannot be a new one. */
export async function writeTemplate(out: string, template: string): Promise<void> {
  await refuseUnwritable(out);
  await writeFile(out, template, { flag: 'wx' });
}
