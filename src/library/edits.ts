/** What an edited profile asks for beside the live one. Everything that it must not hold is refused. */
import {
  bodyEtag,
  FIELD_PATHS,
  FIELDS,
  fieldValue,
  isObject,
  ownerOf,
  type BillingProfile,
  type Field,
  type Json,
} from '../profile/billing-profile.js';
import type { Desired } from '../profile/decide.js';
import { UsageError } from '../problem.js';
import { suggestField, TENANT_COLUMN } from '../rows/column-names.js';
import type { Column } from '../rows/columns.js';
import { CLEAR, cleanCell, parseRow } from '../rows/parse-row.js';

/** The tag that a profile was read under. Throws UsageError where it has none. */
export function tagOf(profile: BillingProfile): string {
  const etag = bodyEtag(profile);
  if (etag !== undefined) return etag;
  throw new UsageError(
    'no-etag',
    'The profile has no attributes.etag, so it cannot be told whether anybody has changed it since.',
    'Update the profile that get() returned, edited; keep its attributes.',
  );
}

/** Before any request: a profile that says whose it is. */
export function refuseOtherCustomer(profile: BillingProfile, tenantId: string): void {
  const owner = ownerOf(profile);
  if (owner !== undefined && owner !== tenantId)
    throw otherCustomer(`It says of itself that it is of customer ${owner}, not of ${tenantId}.`);
}

const otherCustomer = (why: string): UsageError =>
  new UsageError(
    'other-customer',
    `The profile belongs to another customer. ${why}`,
    'Update each profile where it was read: customers.byId(id) with the id that it was read with.',
  );

/**
 * The fields whose value differs from the live one. Throws UsageError where the profile is another
 * customer's, holds a member that cannot be changed or that nobody knows, or a value that `check`
 * would refuse in a file.
 */
export function editsOf(given: BillingProfile, live: BillingProfile): Desired {
  if (given.id !== undefined && given.id !== live.id)
    throw otherCustomer('Its id is not the one that the service has.');
  const edits = new Map<Field, string>();
  collect(given, live, [], (field, value) => {
    // As it was read, spaces at its edges too: then nobody changed it.
    if (value !== fieldValue(live, field)) edits.set(field, cleanCell(value));
  });
  return checked(edits);
}

function collect(
  given: BillingProfile,
  live: BillingProfile,
  above: readonly string[],
  onField: (field: Field, value: string) => void,
): void {
  for (const [name, value] of Object.entries(given) as [string, Json | undefined][]) {
    const path = [...above, name];
    const isOfService = above.length === 0 && (name === 'links' || name === 'attributes');
    if (value === undefined || isOfService) continue;
    const member = path.join('.');
    const field = FIELD_AT.get(member);
    if (field !== undefined) onField(field, textOf(value, member));
    else if (member === 'defaultAddress') {
      const address = live[name];
      if (!isObject(value)) throw NO_ADDRESS;
      collect(value, isObject(address) ? address : {}, path, onField);
    } else if (!Object.hasOwn(live, name)) throw unknownMember(member);
    else if (!isEqual(value, live[name])) throw notOurs(member);
  }
}

const NO_ADDRESS = new UsageError(
  'no-address',
  'defaultAddress is no object: that could mean to empty all of the address, or none of it.',
  'Leave the member away to keep the address, or set each of its members to null.',
);

const FIELD_AT: ReadonlyMap<string, Field> = new Map(
  FIELDS.map((field) => [FIELD_PATHS[field].join('.'), field]),
);

function textOf(value: Json, member: string): string {
  if (value === null) return '';
  if (typeof value === 'string') return value;
  throw new UsageError(
    'not-a-text',
    `${member} is ${Array.isArray(value) ? 'a list' : `of type ${typeof value}`}; fields are text.`,
    "Write it as text ('00501'); '' or null empties a field.",
  );
}

function unknownMember(member: string): UsageError {
  const like = suggestField(member);
  return new UsageError(
    'unknown-field',
    `The profile has a member that neither the service nor billpatch knows: ${member}.`,
    like === undefined
      ? 'Remove it.'
      : `Did you mean ${FIELD_PATHS[like].join('.')}? Otherwise remove it.`,
  );
}

const notOurs = (member: string): UsageError =>
  new UsageError(
    'read-only-member',
    `${member} was changed, and is no field that billpatch changes.`,
    `Leave it as it was read. Fields: ${FIELDS.map((field) => FIELD_PATHS[field].join('.')).join(', ')}.`,
  );

function isEqual(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const left = a as Readonly<Record<string, Json>>;
  const right = b as Readonly<Record<string, Json>>;
  const names = Object.keys(left);
  return (
    names.length === Object.keys(right).length &&
    names.every((name) => Object.hasOwn(right, name) && isEqual(left[name], right[name]))
  );
}

/** By the checks that a row of a file has to pass. */
function checked(edits: ReadonlyMap<Field, string>): Desired {
  const columns = [
    toColumn(TENANT_COLUMN, { kind: 'tenant' }),
    ...[...edits.keys()].map((field) =>
      toColumn(FIELD_PATHS[field].join('.'), { kind: 'field', field }),
    ),
  ];
  const cells = [ANYBODY, ...[...edits.values()].map((value) => (value === '' ? CLEAR : value))];
  const parsed = parseRow({ ordinal: 0, line: 0, textLine: 0, cells }, columns);
  if (parsed.kind === 'row') return parsed.row.desired;
  const [error] = parsed.errors;
  throw new UsageError(
    error?.code ?? 'invalid',
    `${error?.column.name ?? 'A field'}: ${error?.message ?? 'The value is refused.'}`,
    error?.hint ?? 'Correct the value.',
  );
}

const ANYBODY = '00000000-0000-4000-8000-000000000000';

const toColumn = (name: string, role: Column['role']): Column => ({ name, letter: '', role });
