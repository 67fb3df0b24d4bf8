/**
 * The one rule of every stage: what a row asks for, against the live profile, against the profile
 * that the change was decided on. Pure: plan, apply, resume and undo differ only in what they pass.
 */
import {
  FIELDS,
  FIELD_PATHS,
  fieldValue,
  isObject,
  withFields,
  type BillingProfile,
  type Field,
  type Json,
} from './billing-profile.js';

/** What a row asks for: a value for each field that it names, '' to empty the field. */
export type Desired = ReadonlyMap<Field, string>;

/** What the live profile must hold, or the row is not touched; '' for "must be empty". */
export type Guards = ReadonlyMap<Field, string>;

export interface Change {
  readonly field: Field;
  readonly from: string;
  readonly to: string;
}

/** A member that is not what it was: `member` is a field's name, or a path like `a.b` for others. */
export interface Move {
  readonly member: string;
  readonly expected: string;
  readonly live: string;
  readonly desired?: string;
}

export type Decision =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'update'; readonly changes: readonly Change[]; readonly body: BillingProfile }
  | {
      readonly kind: 'conflict';
      readonly cause: 'guard-mismatch' | 'field-moved' | 'profile-moved';
      readonly moves: readonly Move[];
    };

export interface Question {
  readonly desired: Desired;
  readonly guards: Guards;
  /** The profile that the change was decided on. */
  readonly base: BillingProfile;
  /** What GET returned just now. */
  readonly live: BillingProfile;
  /** Refuse where anything moved, not only a field of ours. */
  readonly strict: boolean;
}

export function decide({ desired, guards, base, live, strict }: Question): Decision {
  const mismatches = guardMismatches(guards, desired, live);
  if (mismatches.length > 0) {
    return { kind: 'conflict', cause: 'guard-mismatch', moves: mismatches };
  }

  const changes: Change[] = [];
  const moves: Move[] = [];
  for (const [field, to] of desired) {
    const from = fieldValue(live, field);
    const expected = fieldValue(base, field);
    // Compared exactly: a change of letter case alone is a change.
    if (from === to) continue;
    if (from === expected) changes.push({ field, from, to });
    else moves.push({ member: field, expected, live: from, desired: to });
  }
  const others =
    strict && moves.length + changes.length > 0
      ? movedMembers(base, live).filter(({ member }) => !desired.has(member as Field))
      : [];
  if (moves.length > 0)
    return { kind: 'conflict', cause: 'field-moved', moves: [...moves, ...others] };
  if (changes.length === 0) return { kind: 'unchanged' };
  if (others.length > 0) return { kind: 'conflict', cause: 'profile-moved', moves: others };
  return {
    kind: 'update',
    changes,
    body: withChanges(live, changes),
  };
}

/** The profile as it is once the changes are made. */
export const withChanges = (profile: BillingProfile, changes: readonly Change[]): BillingProfile =>
  withFields(
    profile,
    changes.map(({ field, to }) => [field, to]),
  );

/**
 * A guard on a field that the row also changes is met by the new value too: a file that was
 * applied once can be applied again.
 */
function guardMismatches(guards: Guards, desired: Desired, live: BillingProfile): Move[] {
  const moves: Move[] = [];
  for (const [field, expected] of guards) {
    const value = fieldValue(live, field);
    const to = desired.get(field);
    if (value === expected || value === to) continue;
    moves.push({ member: field, expected, live: value });
  }
  return moves;
}

/** Members that differ between two readings of one profile; links and the tag itself aside. */
export function movedMembers(before: BillingProfile, after: BillingProfile): Move[] {
  // Nearly always, and far cheaper than telling what differs.
  if (isSame({ ...before, ...OURS_NOT }, { ...after, ...OURS_NOT })) return [];
  const left = leaves(before);
  const right = leaves(after);
  const members = new Set([...left.keys(), ...right.keys()]);
  const moves: Move[] = [];
  for (const member of members) {
    const expected = left.get(member) ?? '';
    const live = right.get(member) ?? '';
    if (expected !== live) moves.push({ member, expected, live });
  }
  return moves;
}

const OURS_NOT = { attributes: null, links: null };

/** Written alike, member for member; what is not may still mean the same. */
function isSame(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (!isObject(a) || !isObject(b)) return false;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && isSame(a[name], b[name]))
  );
}

/** The fields whose value is not the one that was asked for. */
export function unconfirmed(
  asked: Iterable<readonly [Field, string]>,
  answer: BillingProfile,
): Move[] {
  const moves: Move[] = [];
  for (const [field, expected] of asked) {
    const live = fieldValue(answer, field);
    if (!isStoredAs(field, expected, live)) moves.push({ member: field, expected, live });
  }
  return moves;
}

/** Exact, save for culture: the service stores `EN-US` as `en-US` (observed), which confirms it. */
function isStoredAs(field: Field, asked: string, stored: string): boolean {
  return field === 'culture' ? asked.toLowerCase() === stored.toLowerCase() : asked === stored;
}

const FIELD_BY_PATH: ReadonlyMap<string, Field> = new Map(
  FIELDS.map((field) => [FIELD_PATHS[field].join('.').toLowerCase(), field]),
);

/**
 * `a.b`. What would read as a field, or as a member of another one, is written so that it does not:
 * a top-level `country` is not the field `country`, which stands in the address.
 */
function pathName(path: readonly string[]): string {
  const name = path.map((part) => (part.includes('.') ? JSON.stringify(part) : part)).join('.');
  const isField = FIELD_BY_PATH.has(name.toLowerCase());
  return !isField && Object.hasOwn(FIELD_PATHS, name) ? `$.${name}` : name;
}

function leaves(profile: BillingProfile): Map<string, string> {
  const found = new Map<string, string>();
  const visit = (value: Json, path: readonly string[]): void => {
    if (isObject(value)) {
      for (const [name, child] of Object.entries(value)) {
        const service = path.length === 0 && /^(attributes|links)$/i.test(name);
        if (!service) visit(child, [...path, name]);
      }
    } else if (value !== null && value !== '') {
      const name = pathName(path);
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      found.set(FIELD_BY_PATH.get(name.toLowerCase()) ?? name, text);
    }
  };
  visit(profile, []);
  return found;
}
