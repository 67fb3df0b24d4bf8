/** How much a file, a plan or a run changes: what a person looks at before money moves. Pure. */
import { FIELDS, type Field } from './billing-profile.js';

export interface ChangeTotals {
  /** Changes of fields, not of customers. */
  readonly changes: number;
  /** Of these, the ones that leave a field empty. */
  readonly emptied: number;
  readonly byField: Readonly<Record<Field, number>>;
}

/** Counts one change after the other. */
export interface ChangeCounter {
  readonly add: (field: Field, to: string) => void;
  /** The same for one field: what counts millions need not find it by its name each time. */
  readonly of: (field: Field) => (to: string) => void;
  readonly totals: () => ChangeTotals;
}

export function createChangeCounter(): ChangeCounter {
  const counts = ofFields(() => ({ changes: 0, emptied: 0 }));
  const count = (held: FieldCount, to: string): void => {
    held.changes += 1;
    if (to === '') held.emptied += 1;
  };
  const sumOf = (member: keyof FieldCount): number =>
    FIELDS.reduce((sum, field) => sum + counts[field][member], 0);
  return {
    add(field, to) {
      count(counts[field], to);
    },
    of(field) {
      const held = counts[field];
      return (to) => {
        count(held, to);
      };
    },
    totals: () => ({
      changes: sumOf('changes'),
      emptied: sumOf('emptied'),
      byField: ofFields((field) => counts[field].changes),
    }),
  };
}

interface FieldCount {
  changes: number;
  emptied: number;
}

const ofFields = <T>(toValue: (field: Field) => T): Record<Field, T> =>
  Object.fromEntries(FIELDS.map((field) => [field, toValue(field)])) as Record<Field, T>;
