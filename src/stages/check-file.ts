/** `check FILE`: the whole-file check, without network and without a run folder. */
import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

import { keepInput, runPaths } from '../journal/run-folder.js';
import { EXIT } from '../results/exit-code.js';
import type { ColumnMap } from '../rows/column-map.js';
import { USUAL_CHECKS, type RowChecks } from '../rows/parse-row.js';
import type { Table } from '../rows/read-rows.js';
import type { Shard } from '../rows/shard.js';
import { checkInput, inputErrors, type CheckedInput, type InputError } from './check-input.js';
import { openInput } from './open-input.js';
import { isWorkbook, readText, takeTable, type AskedReading } from './take-table.js';

export interface CheckReport {
  readonly checked: CheckedInput;
  /** The first of them, in order. */
  readonly errors: readonly InputError[];
  readonly errorCount: number;
  readonly exitCode: number;
}

/** Held for the reader; a file with more has one mistake, many times. */
const ERRORS_HELD = 200;

export interface CheckOptions extends AskedReading {
  readonly map?: ColumnMap;
  readonly checks?: RowChecks;
  /** Whose rows are counted apart. */
  readonly shard?: Shard;
}

/**
 * Throws FileProblem where it is no table.
 * @param file a path, or `-` for standard input
 * @param asked how it is to be read, and what the user says about its columns
 */
export async function checkFile(
  file: string,
  stdin: Readable,
  { map, checks = USUAL_CHECKS, shard, ...reading }: CheckOptions = {},
): Promise<CheckReport> {
  const kind = { input: map ? { map } : {} };
  const source = await openInput(file, stdin);
  if (source.kind === 'file' && reading.sheet === undefined && !(await isWorkbook(source.path)))
    return check(source.path, await readText({ input: source.path }, reading, kind), checks, shard);
  // Read more than once, or made a CSV of: so it is kept for a moment, where only this user can read it.
  const folder = await mkdtemp(join(tmpdir(), 'billpatch-'));
  try {
    const paths = runPaths(folder);
    await keepInput(source.kind === 'file' ? createReadStream(source.path) : source.stream, paths);
    const { table } = await takeTable(paths, reading, kind);
    return await check(paths.input, table, checks, shard);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function check(
  path: string,
  table: Table,
  checks: RowChecks,
  shard: Shard | undefined,
): Promise<CheckReport> {
  const checked = await checkInput(path, table, checks, shard);
  const errors: InputError[] = [];
  let errorCount = 0;
  for await (const error of inputErrors(path, checked)) {
    errorCount += 1;
    if (errors.length < ERRORS_HELD) errors.push(error);
  }
  return { checked, errors, errorCount, exitCode: errorCount > 0 ? EXIT.refused : EXIT.fine };
}
