/** A new run: its folder, the copy of its input, the check of the whole file, its manifest. */
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Readable } from 'node:stream';

import {
  createRunFolder,
  keepInput,
  refuseUsedFolder,
  MANIFEST_FORMAT,
  runFolderName,
  writeManifest,
  type ExportRecord,
  type Manifest,
  type RunPaths,
  type SimulatorSetup,
} from '../journal/run-folder.js';
import type { SignInOptions } from '../partner-center/auth/create-tokens.js';
import { sheetDelimiter, writeCsv } from '../results/write-results.js';
import { readVerdicts, type Survey, type Verdict } from '../rows/check-rows.js';
import { readCustomerList } from '../rows/customer-list.js';
import type { ColumnMap } from '../rows/column-map.js';
import { FileProblem } from '../rows/file-problem.js';
import type { Delimiter } from '../rows/read-rows.js';
import { createRowChoice } from '../rows/row-choice.js';
import type { Shard } from '../rows/shard.js';
import { toRowTask, type CustomerList, type RowTask } from '../run/row-task.js';
import { checkInput, inputErrors, type CheckedInput, type InputError } from './check-input.js';
import { orDiskProblem } from './disk-problem.js';
import type { Host } from './host.js';
import { lockRun } from './lock-run.js';
import { openInput, type InputSource } from './open-input.js';
import { signIn, type SignInHost } from './sign-in.js';
import { forTenant, partnerTenantOf } from './run-target.js';
import { checksOf, type ReviewOptions } from './review.js';
import { takeTable, type AskedReading, type TakenTable } from './take-table.js';
import type { Target } from './with-connection.js';

export interface NewRunOptions {
  /** A path, or `-` for standard input. */
  readonly file: string;
  /** Where the rows come from, if not from there; `file` then only names them. */
  readonly source?: InputSource;
  readonly runDir?: string;
  readonly baseUrl: string;
  /** Default: the global cloud, by whatever way is set. */
  readonly signIn?: SignInOptions;
  /** Rehearse: the run goes to a simulator in this process, set up like this. */
  readonly simulate?: SimulatorSetup;
  /** How the file is to be read, where the user insists. */
  readonly reading?: AskedReading;
  readonly concurrency: number;
  readonly timeoutMs: number;
  readonly maxWaitMs: number;
  readonly maxRate?: number;
  readonly skipInvalid: boolean;
  readonly strict: boolean;
  readonly review: ReviewOptions;
  /** Partner Center's export of the customer list: the name in it guards every row. */
  readonly customers?: string;
  /** What the user says about the columns of the file. */
  readonly map?: ColumnMap;
  /** Of the files that people open; the input's where it is absent. */
  readonly outDelimiter?: Delimiter;
  /** Only these rows of the file are the run's; all of it is checked. */
  readonly shard?: Shard;
  /** The run is an export: of its input only the tenant column counts. */
  readonly export?: ExportRecord;
}

/** What only a stage needs that begins with somebody's file. */
export interface NewRunHost extends Host {
  /** The file passed its check: said before anybody is asked. */
  readonly onChecked: (survey: Survey) => void;
}

export interface RefusedRun {
  readonly kind: 'refused';
  readonly checked: CheckedInput;
  readonly errors: readonly InputError[];
  readonly errorCount: number;
  readonly paths: RunPaths;
}

export interface NewRun {
  readonly paths: RunPaths;
  readonly manifest: Manifest;
  readonly survey: Survey;
  /** Of the run: those of its shard. */
  readonly validRows: number;
  readonly target: Target;
  readonly tasks: AsyncIterable<RowTask>;
  /** Nothing was begun: a copy of customers' data need not stay behind. */
  readonly discard: () => Promise<void>;
}

/** Errors held for the screen; errors.csv has them all. */
const ERRORS_SHOWN = 50;
const SIMULATED = 'simulator';

export async function withNewRun<T>(
  options: NewRunOptions,
  host: NewRunHost,
  work: (run: NewRun) => Promise<T>,
): Promise<T | RefusedRun> {
  const source = options.source ?? (await openInput(options.file, host.stdin));
  const name = options.file === '-' ? 'stdin' : options.file;
  const folder = options.runDir ?? runFolderName(name, host.now(), shardPart(options));
  return withRunOf(source, folder, options, host, work);
}

/** So that shards that begin at the same time have folders of their own, and show which is which. */
const shardPart = ({ shard }: NewRunOptions): string =>
  shard === undefined ? '' : `shard-${shard.index}-of-${shard.count}`;

/** @param source where the input comes from, whatever its name is */
export async function withRunOf<T>(
  source: InputSource,
  folder: string,
  options: NewRunOptions,
  host: NewRunHost,
  work: (run: NewRun) => Promise<T>,
): Promise<T | RefusedRun> {
  const target = await newTarget(options, host);
  const paths = await createRunFolder(folder, options.runDir !== undefined);
  const lock = await lockRun(paths, host.random);
  try {
    await refuseUsedFolder(paths);
    const kept = await keepInput(
      source.kind === 'file' ? createReadStream(source.path) : source.stream,
      paths,
    ).catch(async (error: unknown) => {
      // Rows that a program makes end with its own errors: half of them are no input.
      if (options.source) await rm(paths.folder, { recursive: true });
      throw error;
    });
    return await withKeptInput({ options, host, target, paths, kept }, work);
  } catch (error) {
    throw orDiskProblem(error, paths);
  } finally {
    lock.release();
  }
}

export async function newTarget(
  {
    simulate,
    baseUrl,
    maxWaitMs,
    ...options
  }: Pick<NewRunOptions, 'simulate' | 'baseUrl' | 'maxWaitMs' | 'signIn'>,
  host: SignInHost,
): Promise<Target> {
  return simulate
    ? { kind: 'simulator', setup: simulate }
    : { kind: 'service', baseUrl, tokens: await signIn(options.signIn, host, maxWaitMs) };
}

export interface KeptInput {
  readonly options: NewRunOptions;
  readonly host: NewRunHost;
  readonly target: Target;
  readonly paths: RunPaths;
  readonly kept: { readonly sha256: string; readonly bytes: number };
}

/** The check and the manifest of an input that is in the run folder. The caller holds the lock. */
export async function withKeptInput<T>(
  { options, host, target, paths, kept }: KeptInput,
  work: (run: NewRun) => Promise<T>,
): Promise<T | RefusedRun> {
  const { checked, workbook } = await checkOrRemove(paths, options);
  const { dialect } = checked.kind === 'checked' ? checked.survey.table : checked.table;
  const input = {
    name: options.file,
    ...kept,
    rows: checked.kind === 'checked' ? checked.survey.rows : checked.rows,
    ...(options.shard && { shardRows: checked.kind === 'checked' ? checked.survey.own.rows : 0 }),
    repeatedTenants: checked.kind === 'checked' ? checked.survey.repeatedTenants : 0,
    ...dialect,
    ...(options.map && { map: options.map }),
    ...(workbook && { workbook }),
  };
  const warnings = checked.kind === 'checked' ? checked.survey.warnings : [];
  const guard =
    options.customers === undefined ? undefined : await keepCustomerList(options.customers, paths);
  const isRefused =
    checked.kind === 'unusable' || (checked.invalidRows > 0 && !options.skipInvalid);
  // Not asked for before the file has passed: a bad file costs no request, not even for a token.
  const partnerTenant = isRefused ? undefined : await tenantOrRemove(target, paths, host);
  const manifest: Manifest = {
    ...newManifest({ options, host, partnerTenant, input }),
    ...(guard && { customerList: guard.sha256 }),
    ...(warnings.length > 0 && { warnings }),
  };
  await writeManifest(paths, manifest);

  if (isRefused)
    return { kind: 'refused', checked, ...(await writeErrors(paths, checked, manifest)), paths };
  const { survey, ownValidRows } = checked;
  const isOwn = createRowChoice(survey.table, options.shard);
  host.onChecked(survey);
  if (checked.invalidRows > 0) await writeErrors(paths, checked, manifest);
  return await work({
    paths,
    manifest,
    survey,
    validRows: ownValidRows,
    target: forTenant(partnerTenant, target),
    tasks: asTasks(readVerdicts(paths.input, survey, isOwn), options.strict, guard?.customers),
    discard: () => rm(paths.folder, { recursive: true }),
  });
}

interface ManifestParts extends Pick<KeptInput, 'options'> {
  readonly host: Host;
  readonly partnerTenant: string | undefined;
  readonly input: Manifest['input'];
}

/** Of a run that no stage was begun of. */
export function newManifest({ options, host, partnerTenant, input }: ManifestParts): Manifest {
  return {
    format: MANIFEST_FORMAT,
    tool: { name: 'billpatch', version: host.version },
    input,
    baseUrl: options.simulate ? SIMULATED : options.baseUrl,
    simulated: options.simulate !== undefined,
    ...(partnerTenant === undefined ? {} : { partnerTenant }),
    ...(!options.simulate && options.signIn && { cloud: options.signIn.cloud }),
    ...(options.simulate ? { simulator: options.simulate } : {}),
    ...(options.export && { export: options.export }),
    options: {
      concurrency: options.concurrency,
      skipInvalid: options.skipInvalid,
      strict: options.strict,
      timeoutSeconds: options.timeoutMs / 1000,
      maxWaitSeconds: options.maxWaitMs / 1000,
      ...(options.maxRate !== undefined && { maxRate: options.maxRate }),
      ...(options.outDelimiter && { outDelimiter: options.outDelimiter }),
      ...options.review,
      ...(options.shard && { shard: options.shard }),
    },
    stages: [],
  };
}

/** Without a token nothing is begun: the copy of customers' data goes. */
export async function tenantOrRemove(
  target: Target,
  { folder }: RunPaths,
  host: Host,
): Promise<string | undefined> {
  try {
    return await partnerTenantOf(target, host);
  } catch (error) {
    await rm(folder, { recursive: true });
    throw error;
  }
}

async function* asTasks(
  verdicts: AsyncIterable<Verdict>,
  strict: boolean,
  customers: CustomerList | undefined,
): AsyncGenerator<RowTask> {
  for await (const verdict of verdicts) yield toRowTask(verdict, strict, customers);
}

/** Into the run folder too: who goes on with the run must go by the same list. */
async function keepCustomerList(
  file: string,
  { customerList, folder }: RunPaths,
): Promise<{ readonly customers: CustomerList; readonly sha256: string }> {
  try {
    const source = await openInput(file, Readable.from([]));
    const stream = source.kind === 'file' ? createReadStream(source.path) : source.stream;
    const { sha256 } = await keepInput(stream, { input: customerList });
    return { customers: await readCustomerList(customerList, file), sha256 };
  } catch (error) {
    if (error instanceof FileProblem) await rm(folder, { recursive: true });
    throw error;
  }
}

/** A file that is no table leaves no folder behind: there is nothing to say about its rows. */
async function checkOrRemove(
  paths: RunPaths,
  { reading = {}, export: asked, map, review, shard }: NewRunOptions,
): Promise<{ readonly checked: CheckedInput } & Pick<TakenTable, 'workbook'>> {
  try {
    const kind = { input: map ? { map } : {}, ...(asked && { export: asked }) };
    const { table, ...taken } = await takeTable(paths, reading, kind);
    return { checked: await checkInput(paths.input, table, checksOf(review), shard), ...taken };
  } catch (error) {
    if (error instanceof FileProblem) await rm(paths.folder, { recursive: true });
    throw error;
  }
}

async function writeErrors(
  paths: RunPaths,
  checked: CheckedInput,
  manifest: Manifest,
): Promise<{ readonly errors: readonly InputError[]; readonly errorCount: number }> {
  const errors: InputError[] = [];
  let errorCount = 0;
  const rows = async function* () {
    for await (const error of inputErrors(paths.input, checked)) {
      errorCount += 1;
      if (errors.length < ERRORS_SHOWN) errors.push(error);
      const { line, column, value, code, message, hint } = error;
      yield [
        String(line ?? ''),
        column?.letter ?? '',
        column?.name ?? '',
        value ?? '',
        code,
        message,
        hint,
      ];
    }
  };
  await writeCsv(
    paths.errors,
    ['line', 'column', 'name', 'value', 'code', 'error', 'hint'],
    rows(),
    sheetDelimiter(manifest),
  );
  return { errors, errorCount };
}
