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
  readonly totals: () => ChangeTotals;
}

export function createChangeCounter(): ChangeCounter {
  const byField = Object.fromEntries(FIELDS.map((field) => [field, 0])) as Record<Field, number>;
  let changes = 0;
  let emptied = 0;
  return {
    add(field, to) {
      byField[field] += 1;
      changes += 1;
      if (to === '') emptied += 1;
    },
    totals: () => ({ changes, emptied, byField: { ...byField } }),
  };
}
