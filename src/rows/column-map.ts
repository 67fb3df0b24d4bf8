/**
 * `--map "Their header=field"`: what the user says that a column is, whatever its name says. The last
 * `=` divides, since a header may hold one too. Pure.
 */
import { UsageError } from '../problem.js';
import { FIELDS } from '../profile/billing-profile.js';
import { plain, roleOf, TENANT_COLUMN, type ColumnRole } from './column-names.js';

export interface ColumnMapping {
  /** As the user wrote it. */
  readonly header: string;
  readonly role: ColumnRole;
}

export type ColumnMap = readonly ColumnMapping[];

/** What leaves a column to the results alone. */
const IGNORE = 'ignore';

/** Throws UsageError. */
export function parseColumnMap(texts: readonly string[]): ColumnMap {
  return texts.map((text) => {
    const at = text.lastIndexOf('=');
    const header = text.slice(0, at);
    if (at < 0 || plain(header) === '') {
      throw new UsageError(
        'map-malformed',
        `--map cannot use "${text}".`,
        'Write the name of the column, an equals sign and a field: --map "Invoice mail=email".',
      );
    }
    const word = text.slice(at + 1);
    const role = targetOf(word);
    if (role) return { header, role };
    const meant = roleOf(word);
    throw new UsageError(
      'map-unknown-field',
      `--map "${text}": "${word.trim()}" is no field.`,
      'like' in meant
        ? `Did you mean ${meant.like}?`
        : `After the last equals sign stands ${TENANT_COLUMN}, ${IGNORE}, a field (${FIELDS.join(', ')}), or expect: and a field.`,
    );
  });
}

function targetOf(word: string): ColumnRole | undefined {
  if (plain(word) === IGNORE) return { kind: 'carried' };
  const role = roleOf(word);
  return role.kind === 'tenant' || role.kind === 'field' || role.kind === 'guard'
    ? role
    : undefined;
}

/**
 * Several mappings in one text, with commas between. A comma may also be part of a header: it divides
 * only behind a word that a column can be mapped to.
 */
export function splitColumnMap(text: string): readonly string[] {
  const parts: string[] = [];
  let open = '';
  for (const part of text.split(',')) {
    open = open === '' ? part.trimStart() : `${open},${part}`;
    const at = open.lastIndexOf('=');
    if (at < 0 || !targetOf(open.slice(at + 1))) continue;
    parts.push(open.trimEnd());
    open = '';
  }
  return open.trim() === '' ? parts : [...parts, open.trim()];
}

export interface MappedHeader {
  /** For each column its role, where it is mapped. */
  readonly roles: readonly (ColumnRole | undefined)[];
  /** Mappings of no column that there is. */
  readonly unknown: ColumnMap;
  /** Columns to which two mappings give different roles. */
  readonly contradicted: readonly number[];
}

/** A header is found as it is written, or else by its letters and digits alone, as known names are. */
export function mapHeader(names: readonly string[], map: ColumnMap): MappedHeader {
  const roles: (ColumnRole | undefined)[] = names.map(() => undefined);
  const unknown: ColumnMapping[] = [];
  const contradicted: number[] = [];
  for (const mapping of map) {
    const same = indexesOf(names, (name) => name === mapping.header);
    const like = indexesOf(names, (name) => plain(name) === plain(mapping.header));
    const found = same.length > 0 ? same : like;
    if (found.length === 0) unknown.push(mapping);
    for (const index of found) {
      const given = roles[index];
      if (given && JSON.stringify(given) !== JSON.stringify(mapping.role)) contradicted.push(index);
      roles[index] = mapping.role;
    }
  }
  return { roles, unknown, contradicted };
}

const indexesOf = (names: readonly string[], isIt: (name: string) => boolean): number[] =>
  names.flatMap((name, index) => (isIt(name) ? [index] : []));
