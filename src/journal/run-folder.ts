/** The folder that knows everything about one run. It holds personal data: 0700, files 0600. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { chmod, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import type { Cloud } from '../partner-center/base-url.js';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { UsageError, type Warning } from '../problem.js';
import type { ChangeTotals } from '../profile/change-totals.js';
import type { ColumnMap } from '../rows/column-map.js';
import type { Delimiter } from '../rows/read-rows.js';
import type { Shard } from '../rows/shard.js';
import type { Status } from '../run/outcome.js';
import type { Stage } from './entry.js';
import { isTemporary, syncFolder, writeWholeFile } from './whole-file.js';

/** Raised whenever an older billpatch could misread a newer run.json. */
export const MANIFEST_FORMAT = 1;

export interface RunPaths {
  readonly folder: string;
  readonly manifest: string;
  /** What every stage reads: the input as it came, or the CSV that was made of a workbook. */
  readonly input: string;
  /** The workbook as it came, where the input is one. */
  readonly workbook: string;
  readonly journal: string;
  readonly results: string;
  readonly failed: string;
  readonly errors: string;
  /** Partner Center's list of customers, where it guards the rows. */
  readonly customerList: string;
  /** What an export came to: an input file. */
  readonly customers: string;
  /** One line for each planned change. */
  readonly plan: string;
  readonly report: string;
  readonly lock: string;
  /** What the simulator has stored, where the run was a rehearsal. */
  readonly simulator: string;
}

export interface StageRecord {
  /** `merge`: the journals of several shards were joined. */
  readonly stage: Stage | 'merge';
  /** Of a merged run: of which shard this was a stage. */
  readonly shard?: number;
  readonly startedAt: string;
  /** The user of the machine who ran it. */
  readonly by?: string;
  readonly endedAt?: string;
  readonly exitCode?: number;
  /** Between the reading of a profile and its update, in which somebody else may change it. */
  readonly conflictWindow?: { readonly medianMs: number; readonly p99Ms: number };
}

export interface SimulatorSetup {
  readonly anyTenant?: boolean;
  /** A file of customers, as `billpatch simulate --customers` takes it. */
  readonly customersFile?: string;
  /** Or so many invented ones. */
  readonly customerCount?: number;
  readonly latencyMs?: number;
  readonly jitterMs?: number;
  /** Where its changes are, when not in this run folder: an undo sees the world of its run. */
  readonly stateFile?: string;
}

/** What a plan came to. */
export interface PlanRecord {
  /** SHA-256 (hexadecimal) of all that was reviewed; see planDigest. */
  readonly digest: string;
  readonly customers: number;
  readonly totals: ChangeTotals;
  /** Of one exchange with the service, as measured while planning. */
  readonly latencyMs: number;
  /** What looks like an accident beside the live profiles. */
  readonly warnings?: readonly Warning[];
}

/** What an export was asked for, and, once it is whole, what it came to. */
export interface ExportRecord {
  readonly withGuards: boolean;
  /** Of every customer that the service lists; otherwise of those that a file names. */
  readonly ofList: boolean;
  readonly drawn?: {
    /** Rows of customers.csv. */
    readonly customers: number;
    /** Cells that are empty because the live value would not come back as it is. */
    readonly leftOut: number;
  };
}

export interface RunOptions {
  readonly concurrency: number;
  readonly skipInvalid: boolean;
  readonly strict: boolean;
  readonly timeoutSeconds: number;
  readonly maxWaitSeconds: number;
  /** Requests per minute at the most; absent: as many as the service takes. */
  readonly maxRate?: number;
  /** Of the files that people open, where it is not the input's. */
  readonly outDelimiter?: Delimiter;
  /** Absent in runs that were begun before there was a choice: as if it were `off`. */
  readonly countryRules?: CountryRulesFrom;
  readonly repair?: boolean;
  readonly checkAddresses?: boolean;
  /** The rows of the input that are this run's. Absent: all of them. */
  readonly shard?: Shard;
}

/** Where the rules of a country come from; `off`: nowhere. */
export type CountryRulesFrom = 'service' | 'bundled' | 'off';

/** run.json */
export interface Manifest {
  readonly format: typeof MANIFEST_FORMAT;
  readonly tool: { readonly name: 'billpatch'; readonly version: string };
  readonly input: {
    readonly name: string;
    readonly sha256: string;
    readonly bytes: number;
    readonly rows: number;
    /** How many of them are this run's, where it is a shard. */
    readonly shardRows?: number;
    /** Customers that more than one row names. */
    readonly repeatedTenants: number;
    readonly encoding: string;
    readonly delimiter: string;
    /** What the user said about its columns; see --map. */
    readonly map?: ColumnMap;
    /** Where the input is a workbook: it is what size and checksum are of. */
    readonly workbook?: {
      readonly sheet: string;
      readonly otherSheets: readonly string[];
      /** SHA-256 (hexadecimal) of input.csv, which was made of it. */
      readonly csvSha256: string;
    };
  };
  readonly baseUrl: string;
  /** True: nothing of this run went to Partner Center. */
  readonly simulated: boolean;
  /** The tenant that the access token was issued for, where it says so. */
  readonly partnerTenant?: string;
  /** The cloud that it was signed in to. */
  readonly cloud?: Cloud;
  /** How a rehearsal's simulator was set up; later stages of the run see the same world. */
  readonly simulator?: SimulatorSetup;
  readonly options: RunOptions;
  /** What looks like an accident in the input by itself. */
  readonly warnings?: readonly Warning[];
  /** What was to be said of rows that went on all the same. */
  readonly remarks?: readonly Warning[];
  readonly plan?: PlanRecord;
  /** SHA-256 of the customer list that guards every row, where one was given. */
  readonly customerList?: string;
  /** Only of an export. Where no stage was begun, its list of customers was cut off. */
  readonly export?: ExportRecord;
  /** The run that this one takes back. */
  readonly undoes?: string;
  /** The run folders that this one was made of, by shard. */
  readonly merges?: readonly string[];
  readonly stages: readonly StageRecord[];
  /** The run's rows, and how they ended; they add up. */
  readonly totals?: Readonly<Record<Status | 'rows', number>>;
}

export function runPaths(folder: string): RunPaths {
  return {
    folder,
    manifest: join(folder, 'run.json'),
    input: join(folder, 'input.csv'),
    workbook: join(folder, 'input.xlsx'),
    journal: join(folder, 'journal.jsonl'),
    results: join(folder, 'results.csv'),
    failed: join(folder, 'failed.csv'),
    errors: join(folder, 'errors.csv'),
    customerList: join(folder, 'customer-list.csv'),
    customers: join(folder, 'customers.csv'),
    plan: join(folder, 'plan.csv'),
    report: join(folder, 'report.html'),
    lock: join(folder, 'lock'),
    simulator: join(folder, 'simulator.jsonl'),
  };
}

/**
 * `november.csv` → `november.20261123-073000.run` beside it; local time, as the user's clock shows.
 * @param part what of the input it is of: `shard-2-of-4` stands before the ending
 */
export function runFolderName(input: string, now: Date, part = ''): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`;
  const time = `${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
  const end = part === '' ? '' : `.${part}`;
  return join(dirname(input), `${basename(input, extname(input))}.${day}-${time}${end}.run`);
}

/** @param exact the folder itself was asked for: it must be new or empty. */
export async function createRunFolder(wanted: string, exact: boolean): Promise<RunPaths> {
  for (let number = 1; ; number += 1) {
    const folder = number === 1 ? wanted : wanted.replace(/\.run$/, `-${number}.run`);
    try {
      await mkdir(folder, { mode: 0o700, recursive: exact });
      if ((await readdir(folder)).length > 0) throw notEmpty(folder);
      // The umask, or an empty folder that was there, may have left other rights.
      await chmod(folder, 0o700);
      await syncFolder(dirname(folder));
      return runPaths(folder);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code === 'EEXIST' && !exact && number < 100) continue;
      if (error instanceof UsageError) throw error;
      throw new UsageError(
        'run-folder-not-created',
        `The run folder ${folder} cannot be created (${String(code)}).`,
        'Choose another place with --run-dir; every run keeps its journal and results in a folder of its own.',
      );
    }
  }
}

const notEmpty = (folder: string): UsageError =>
  new UsageError(
    'run-folder-not-empty',
    `The run folder ${folder} exists and is not empty.`,
    `Name a new folder with --run-dir; nothing is ever overwritten. To go on with an unfinished run: billpatch resume ${folder}`,
  );

/** Looks again, now that the caller holds the lock: another run may have come and gone. */
export async function refuseUsedFolder({ folder }: RunPaths): Promise<void> {
  if ((await readdir(folder)).some((name) => !name.startsWith('lock.'))) throw notEmpty(folder);
}

/** Copies the input as it is. Returns its size and SHA-256 (hexadecimal). */
export async function keepInput(
  source: Readable,
  { input }: Pick<RunPaths, 'input'>,
): Promise<{ readonly sha256: string; readonly bytes: number }> {
  const digest = createHash('sha256');
  let bytes = 0;
  await pipeline(
    source,
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        digest.update(chunk);
        bytes += chunk.length;
        yield chunk;
      }
    },
    createWriteStream(input, { mode: 0o600, flags: 'wx', flush: true }),
  );
  return { sha256: digest.digest('hex'), bytes };
}

/** How many rows the run is to come to an end with. */
export const rowsOf = ({ input }: Pick<Manifest, 'input'>): number => input.shardRows ?? input.rows;

/** Everything that looks like an accident, in the order in which it is shown. */
export const warningsOf = ({ warnings, plan, remarks }: Manifest): readonly Warning[] => [
  ...(warnings ?? []),
  ...(plan?.warnings ?? []),
  ...(remarks ?? []),
];

export async function writeManifest(paths: RunPaths, manifest: Manifest): Promise<void> {
  await writeWholeFile(paths.manifest, (stream) => {
    stream.end(`${JSON.stringify(manifest, null, 2)}\n`);
  });
}

export async function readManifest(paths: RunPaths): Promise<Manifest> {
  let text: string;
  try {
    text = await readFile(paths.manifest, 'utf8');
  } catch {
    throw new UsageError(
      'not-a-run-folder',
      `${paths.folder} is not a run folder: it has no run.json.`,
      'Name the folder that apply printed; it ends with .run.',
    );
  }
  let manifest: Manifest;
  try {
    manifest = JSON.parse(text) as Manifest;
  } catch {
    throw new UsageError(
      'manifest-damaged',
      `${paths.manifest} is damaged.`,
      'Restore it from a backup; the journal beside it is not affected.',
    );
  }
  const { format }: { format: unknown } = manifest;
  if (format !== MANIFEST_FORMAT) {
    throw new UsageError(
      'manifest-format',
      `${paths.manifest} has format ${String(format)}; this billpatch reads format ${MANIFEST_FORMAT}.`,
      'Use the version of billpatch that wrote it; the file names it.',
    );
  }
  return manifest;
}

/** Removes what a process that was cut off left half written. The caller holds the lock. */
export async function sweepFolder({ folder }: RunPaths): Promise<void> {
  for (const name of await readdir(folder)) {
    if (isTemporary(name)) await rm(join(folder, name), { force: true });
  }
}

/** The SHA-256 (hexadecimal) of a file. */
export async function fileSha256(path: string): Promise<string> {
  const digest = createHash('sha256');
  await pipeline(createReadStream(path), digest);
  return digest.digest('hex');
}
