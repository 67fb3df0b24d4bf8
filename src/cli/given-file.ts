/** The same for files and customers: apart, since it takes what reads them, which `--help` need not load. */
import { UsageError } from '../problem.js';
import { parseColumnMap, type ColumnMap } from '../rows/column-map.js';
import { parseEncoding } from '../rows/encoding.js';
import { parseTenantId } from '../rows/parse-row.js';
import type { Delimiter } from '../rows/read-rows.js';
import type { NewRunOptions } from '../stages/begin-run.js';
import type { AskedReading } from '../stages/take-table.js';
import {
  connectionOf,
  isSet,
  outDelimiterOf,
  reviewOf,
  shardOption,
  text,
  type Given,
} from './given.js';

/** A tenant id that is named on the command line. Throws UsageError where it is none. */
export function tenantId(word: string): string {
  const id = parseTenantId(word);
  if (id !== undefined) return id;
  throw new UsageError(
    'tenant-malformed',
    `"${word.slice(0, 80)}" is no tenant id; nothing was asked.`,
    'A tenant id looks like 01234567-89ab-cdef-0123-456789abcdef. Copy it from "Microsoft ID" in Partner Center.',
  );
}

/** What the user says about the columns of a file; undefined where nothing. */
export function columnMapOf(given: Given): ColumnMap | undefined {
  const { map } = given;
  return Array.isArray(map) && map.length > 0 ? parseColumnMap(map.map(String)) : undefined;
}

/** What a new run of a file is told about reading it and writing its results. */
export function sheetsOf(given: Given): {
  readonly map?: ColumnMap;
  readonly outDelimiter?: Delimiter;
} {
  const map = columnMapOf(given);
  const outDelimiter = outDelimiterOf(given);
  return { ...(map && { map }), ...(outDelimiter && { outDelimiter }) };
}

/** How the file is to be read, as far as the user insists. */
export function readingOf(given: Given): AskedReading {
  const name = text(given, 'encoding');
  const encoding = name === undefined ? undefined : parseEncoding(name);
  if (name !== undefined && encoding === undefined) {
    throw new UsageError(
      'encoding-unknown',
      `There is no encoding ${name}.`,
      `For example: ${['utf-8', 'utf-16le', 'windows-1252', 'windows-1250', 'iso-8859-2', 'shift_jis', 'gb18030', 'macintosh'].join(', ')}.`,
    );
  }
  const sheet = text(given, 'sheet');
  return { ...(encoding && { encoding }), ...(sheet !== undefined && { sheet }) };
}

/** A run that begins with a file. */
export function newRunOf(given: Given, file: string): Omit<NewRunOptions, 'strict'> {
  const runDir = text(given, 'run-dir');
  const customers = text(given, 'customers');
  return {
    file,
    ...(runDir === undefined ? {} : { runDir }),
    ...(customers === undefined ? {} : { customers }),
    ...sheetsOf(given),
    ...(isSet(given, 'simulate') ? { simulate: { anyTenant: true } } : {}),
    reading: readingOf(given),
    ...connectionOf(given),
    ...shardOption(given),
    skipInvalid: isSet(given, 'skip-invalid'),
    review: reviewOf(given),
  };
}
