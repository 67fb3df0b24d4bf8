/** The check of a whole file before anything else: its survey, and every error as the user sees it. */
import type { FIELDS } from '../profile/billing-profile.js';
import { readVerdicts, surveyRows, type Survey } from '../rows/check-rows.js';
import { USUAL_CHECKS, type RowChecks } from '../rows/parse-row.js';
import type { Table } from '../rows/read-rows.js';
import { createRowChoice } from '../rows/row-choice.js';
import type { Shard } from '../rows/shard.js';

/** One mistake in the file. */
export interface InputError {
  /** As a spreadsheet numbers its rows; absent where the error is about no row. */
  readonly line?: number;
  /** The line of the text file, where that is another number. */
  readonly textLine?: number;
  readonly column?: { readonly name: string; readonly letter: string };
  readonly value?: string;
  /** Whether the value may name a person: then the screen shows it only on request. */
  readonly personal: boolean;
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

export type CheckedInput =
  /** The columns cannot be told: nothing of the file can be used. */
  | {
      readonly kind: 'unusable';
      readonly table: Table;
      readonly rows: number;
      readonly errors: readonly InputError[];
    }
  | {
      readonly kind: 'checked';
      readonly survey: Survey;
      readonly validRows: number;
      readonly duplicateRows: number;
      readonly invalidRows: number;
      /** Of the valid rows, those of the shard; without a shard, all of them. */
      readonly ownValidRows: number;
    };

/** @param table of the file; see readTable */
export async function checkInput(
  path: string,
  table: Table,
  checks: RowChecks = USUAL_CHECKS,
  shard?: Shard,
): Promise<CheckedInput> {
  if (table.header.errors.length > 0) {
    const errors = table.header.errors.map((error) => ({
      ...error,
      line: table.headerLine,
      personal: false,
    }));
    return { kind: 'unusable', table, rows: 0, errors };
  }
  const survey = await surveyRows(path, table, checks, shard);
  if (survey.raggedRows.length > 0) {
    const errors = survey.raggedRows.map(({ raw, expected }) => ({
      line: raw.line,
      ...(raw.textLine === raw.line ? {} : { textLine: raw.textLine }),
      personal: false,
      code: 'ragged-row',
      message: `The row has ${raw.cells.length} cells; the header has ${expected}.`,
      hint: 'Look for a missing or an extra delimiter, or for a text with one in it that is not in quotation marks.',
    }));
    return { kind: 'unusable', table, rows: survey.rows, errors };
  }
  if (survey.rows === 0) {
    const error = {
      line: table.headerLine,
      personal: false,
      code: 'file-has-no-rows',
      message: 'The file has column names but no rows.',
      hint: 'Add a row for each customer to change.',
    };
    return { kind: 'unusable', table, rows: 0, errors: [error] };
  }
  let invalidRows = survey.invalidRows;
  let duplicateRows = 0;
  let ownValidRows = survey.own.rows - survey.own.invalidRows;
  if (survey.repeatedTenants > 0) {
    // Only now is it known which of the rows contradict one another.
    invalidRows = 0;
    ownValidRows = 0;
    const isOwn = createRowChoice(table, shard);
    for await (const verdict of readVerdicts(path, survey)) {
      if (verdict.kind === 'invalid') invalidRows += 1;
      if (verdict.kind === 'duplicate') duplicateRows += 1;
      if (verdict.kind === 'row' && isOwn(verdict.row)) ownValidRows += 1;
    }
  }
  const validRows = survey.rows - invalidRows - duplicateRows;
  return { kind: 'checked', survey, validRows, duplicateRows, invalidRows, ownValidRows };
}

/** Every error of the file, in order. */
export async function* inputErrors(
  path: string,
  checked: CheckedInput,
): AsyncGenerator<InputError> {
  if (checked.kind === 'unusable') {
    yield* checked.errors;
    return;
  }
  if (checked.invalidRows === 0) return;
  for await (const verdict of readVerdicts(path, checked.survey)) {
    if (verdict.kind !== 'invalid') continue;
    for (const { column, value, code, message, hint } of verdict.errors) {
      const { line, textLine } = verdict.raw;
      yield {
        line,
        ...(textLine === line ? {} : { textLine }),
        column,
        value,
        personal: column.role.kind !== 'tenant' && !isImpersonal(column.role),
        code,
        message,
        hint,
      };
    }
  }
}

const IMPERSONAL = new Set<string>([
  'country',
  'region',
  'state',
  'culture',
  'language',
] satisfies (typeof FIELDS)[number][]);

const isImpersonal = (role: { readonly kind: string; readonly field?: string }): boolean =>
  role.field !== undefined && IMPERSONAL.has(role.field);
