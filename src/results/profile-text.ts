/** A live profile as a person reads it. Pure. */
import { FIELDS, fieldValue, type BillingProfile } from '../profile/billing-profile.js';
import type { Change } from '../profile/decide.js';

const WIDTH = Math.max(...FIELDS.map((field) => field.length));

/** Every field that can be changed, by the name of its column. */
export function profileText(
  tenantId: string,
  { profile, etag }: { readonly profile: BillingProfile; readonly etag: string },
): string {
  const line = (name: string, value: string): string => `  ${name.padEnd(WIDTH)}  ${value}\n`;
  const fields = FIELDS.map((field) => line(field, shown(fieldValue(profile, field))));
  const name = fieldValue(profile, 'companyName');
  const title = name === '' ? tenantId : `${printable(name)}  ${tenantId}`;
  return `${title}\n${fields.join('')}${line('ETag', printable(etag))}`;
}

/** One line for each change: `  email  old → new`. */
export function changesText(changes: readonly Change[]): string {
  const width = Math.max(0, ...changes.map(({ field }) => field.length));
  return changes
    .map(({ field, from, to }) => `  ${field.padEnd(width)}  ${shown(from)} → ${shown(to)}\n`)
    .join('');
}

const shown = (value: string): string => (value === '' ? '(empty)' : printable(value));

/** What the service holds came from anybody: on a screen it stays on one line and moves no cursor. */
const printable = (value: string): string => value.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ');
