/** `FIELD=VALUE` words → the header and the one row that a file would have. Pure but for its errors. */
import { UsageError } from '../problem.js';
import { FIELDS } from '../profile/billing-profile.js';
import { suggestField, TENANT_COLUMN } from './column-names.js';
import { parseHeader, type Column } from './columns.js';
import { cleanCell, CLEAR, parseRow } from './parse-row.js';

export interface OneRow {
  readonly header: readonly string[];
  readonly cells: readonly string[];
}

/** Throws UsageError where a word is not understood, or its value would be refused in a file. */
export function toOneRow(tenantId: string, words: readonly string[]): OneRow {
  const pairs = words.map(toPair);
  const header = [TENANT_COLUMN, ...pairs.map(({ name }) => name)];
  const cells = [tenantId, ...pairs.map(({ value }) => value)];
  const { columns, errors } = parseHeader(header);
  const unknown = columns
    .slice(1)
    .find(({ role }) => role.kind !== 'field' && role.kind !== 'guard');
  if (unknown) throw notAField(unknown);
  const [error] = errors;
  if (error?.code === 'no-field') throw ONLY_GUARDS;
  if (error) {
    const twice = error.column?.name ?? '';
    throw new UsageError(
      'field-twice',
      `"${twice}" names a field that was named before.`,
      'Give each field once.',
    );
  }
  const parsed = parseRow({ ordinal: 0, line: 0, textLine: 0, cells }, columns);
  if (parsed.kind === 'row') return { header, cells };
  const [wrong] = parsed.errors;
  throw new UsageError(
    wrong?.code ?? 'invalid',
    `${wrong?.column.name ?? 'A field'}: ${wrong?.message ?? 'The value is refused.'}`,
    wrong?.hint ?? 'Correct the value.',
  );
}

interface Pair {
  readonly name: string;
  readonly value: string;
}

/** What follows the first equals sign is the value, further ones included. */
function toPair(word: string): Pair {
  const at = word.indexOf('=');
  const name = word.slice(0, at).trim();
  if (at < 0 || name === '') {
    throw new UsageError(
      'assignment-malformed',
      `"${at < 0 ? word.slice(0, 40) : '='}" is not of the form FIELD=VALUE.`,
      'Write for example email=ap@company.example; put a value with spaces in quotation marks.',
    );
  }
  const value = word.slice(at + 1);
  if (cleanCell(value) !== '') return { name, value };
  throw new UsageError(
    'value-missing',
    `${name}= has no value.`,
    `Write a value, or ${name}='${CLEAR}' to empty the field.`,
  );
}

function notAField({ name, role }: Column): UsageError {
  if (role.kind === 'tenant') {
    return new UsageError(
      'field-unknown',
      `"${name}" is the customer, who stands in front of the fields.`,
      'Write: billpatch set TENANT-ID FIELD=VALUE…',
    );
  }
  const [, guard, field = name] = /^(\s*(?:expect\s*:|current\b))?(.*)$/i.exec(name) ?? [];
  const like = suggestField(field);
  const known = FIELDS.join(', ');
  return new UsageError(
    'field-unknown',
    like === undefined
      ? `There is no field "${name}".`
      : `There is no field "${name}"; "${guard === undefined ? '' : 'expect:'}${like}" is nearly the same.`,
    like === undefined ? `Fields: ${known}.` : 'Write that if it is meant.',
  );
}

const ONLY_GUARDS = new UsageError(
  'no-field',
  'Only guards are named, and no field to change.',
  'Add what is to be changed: FIELD=VALUE.',
);
