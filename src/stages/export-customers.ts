/** `export`: every customer, or those of a file, with the live profile, as an input file. No PUT, ever. */
import { paceOfRun } from './pace.js';
import { rm, stat } from 'node:fs/promises';

import {
  createRunFolder,
  fileSha256,
  readManifest,
  runFolderName,
  runPaths,
  sweepFolder,
  writeManifest,
  type Manifest,
  type RunPaths,
} from '../journal/run-folder.js';
import type { Customer } from '../partner-center/customers.js';
import { StoppedError, UsageError } from '../problem.js';
import { writeCsv } from '../results/write-results.js';
import { TENANT_COLUMN } from '../rows/column-names.js';
import { zeroCounts } from '../run/outcome.js';
import {
  newManifest,
  newTarget,
  tenantOrRemove,
  withKeptInput,
  withRunOf,
  type NewRun,
  type NewRunHost,
  type NewRunOptions,
  type RefusedRun,
} from './begin-run.js';
import { orDiskProblem } from './disk-problem.js';
import type { RunReport } from './draw-results.js';
import { lockRun } from './lock-run.js';
import { openInput } from './open-input.js';
import { refuseUnwritable } from './out-file.js';
import { reviewOptionsOf, type ReviewOptions } from './review.js';
import { runRows } from './run-rows.js';
import { refuseOtherTarget, targetOf, type TargetOptions } from './run-target.js';
import { withConnection, type Target } from './with-connection.js';

export interface ExportOptions extends Omit<
  NewRunOptions,
  'file' | 'skipInvalid' | 'strict' | 'review' | 'shard' | 'export'
> {
  /** A CSV with a tenant column, or `-`; absent: every customer of the partner. */
  readonly from?: string;
  readonly withGuards: boolean;
  /** Where a copy of the exported CSV goes. */
  readonly out?: string;
}

export interface ExportHost extends NewRunHost {
  /** So many customers were listed so far. */
  readonly onListing: (customers: number) => void;
}

export type ExportReport = RefusedRun | ({ readonly kind: 'done' } & RunReport);

/** It only reads. */
const NO_RULES: ReviewOptions = { countryRules: 'off', repair: false, checkAddresses: false };

/** What stands in for the name of a file. */
const LIST = 'the list of customers';

export async function exportCustomers(
  { from, withGuards, out, ...rest }: ExportOptions,
  host: ExportHost,
): Promise<ExportReport> {
  if (out !== undefined) await refuseUnwritable(out, rest.runDir);
  const options: NewRunOptions = {
    ...rest,
    file: from ?? LIST,
    skipInvalid: false,
    strict: false,
    review: NO_RULES,
    export: { withGuards, ofList: from === undefined },
  };
  const folder = options.runDir ?? runFolderName('export.csv', host.now());
  const work = (run: NewRun): Promise<ExportReport> => readProfiles(run, out, host);
  if (from !== undefined)
    return withRunOf(await openInput(from, host.stdin), folder, options, host, work);

  const target = await newTarget(options, host);
  const paths = await createRunFolder(folder, options.runDir !== undefined);
  const lock = await lockRun(paths, host.random);
  try {
    return await listFirst({ options, target, paths }, host, work);
  } catch (error) {
    throw orDiskProblem(error, paths);
  } finally {
    lock.release();
  }
}

/** Whether a run is an export that was cut off before its list of customers was whole. */
export async function isUnlisted(folder: string): Promise<boolean> {
  const { export: wanted, stages } = await readManifest(runPaths(folder));
  return wanted?.ofList === true && stages.length === 0;
}

/** Half a list is of no use: it may have changed since, and is read anew. */
export async function listAgain(
  folder: string,
  given: TargetOptions & { readonly out?: string },
  withPace: (manifest: Manifest) => Manifest,
  host: ExportHost,
): Promise<RunReport> {
  const paths = runPaths(folder);
  const lock = await lockRun(paths, host.random);
  try {
    await sweepFolder(paths);
    const manifest = withPace(await readManifest(paths));
    refuseOtherTarget(manifest, given);
    const target = await targetOf(manifest, given, host);
    const run = { options: optionsOf(manifest), target, paths };
    const report = await listFirst(run, host, (listed) => readProfiles(listed, given.out, host));
    if (report.kind === 'refused') throw new Error('The list that was written is not accepted.');
    return report;
  } catch (error) {
    throw orDiskProblem(error, paths);
  } finally {
    lock.release();
  }
}

function optionsOf({
  input,
  baseUrl,
  simulator,
  options,
  export: wanted,
}: Manifest): NewRunOptions {
  const { skipInvalid, strict } = options;
  return {
    file: input.name,
    baseUrl,
    ...(simulator && { simulate: simulator }),
    ...paceOfRun({ options }),
    skipInvalid,
    strict,
    ...(options.outDelimiter && { outDelimiter: options.outDelimiter }),
    review: reviewOptionsOf(options),
    ...(wanted && { export: wanted }),
  };
}

interface Unlisted {
  readonly options: NewRunOptions;
  readonly target: Target;
  readonly paths: RunPaths;
}

async function listFirst(
  run: Unlisted,
  host: ExportHost,
  work: (run: NewRun) => Promise<ExportReport>,
): Promise<ExportReport> {
  const { options, target, paths } = run;
  // Before the first request: whatever happens to the list, the run can be gone on with.
  const partnerTenant = await tenantOrRemove(target, paths, host);
  const manifest = newManifest({ options, host, partnerTenant, input: NOTHING_YET });
  await writeManifest(paths, manifest);
  const customers = await writeList(run, manifest, host);
  if (customers === 0) {
    await rm(paths.folder, { recursive: true });
    throw new UsageError(
      'no-customers',
      'The service lists no customers of this partner.',
      'Check that the access token belongs to the right partner tenant.',
    );
  }
  const { size: bytes } = await stat(paths.input);
  const kept = { sha256: await fileSha256(paths.input), bytes };
  return withKeptInput({ options, host, target, paths, kept }, work);
}

const NOTHING_YET: Manifest['input'] = {
  name: LIST,
  sha256: '',
  bytes: 0,
  rows: 0,
  repeatedTenants: 0,
  encoding: 'UTF-8',
  delimiter: ',',
};

/** @returns how many customers there are */
async function writeList(
  { target, paths }: Unlisted,
  manifest: Manifest,
  host: ExportHost,
): Promise<number> {
  const goOn = `To go on: billpatch resume ${paths.folder}`;
  return withConnection(target, { paths, manifest }, host, async (connection, stopped) => {
    const onInterrupt = (): void => {
      stopped.abort();
    };
    host.interrupt.addEventListener('abort', onInterrupt);
    let customers = 0;
    const lines = async function* () {
      for await (const customer of connection.customers()) {
        if (host.interrupt.aborted)
          throw new StoppedError('interrupted', 'The export was interrupted.', goOn);
        customers += 1;
        host.onListing(customers);
        yield toCells(customer);
      }
    };
    try {
      await writeCsv(paths.input, [TENANT_COLUMN, 'Customer', 'domain'], lines());
      return customers;
    } catch (error) {
      if (!(error instanceof StoppedError) || error.hint === goOn) throw error;
      throw new StoppedError(error.code, error.message, `${error.hint} ${goOn}`);
    } finally {
      host.interrupt.removeEventListener('abort', onInterrupt);
    }
  });
}

/** Names only show a person which customer it is: on one line. */
const toCells = ({ tenantId, companyName, domain }: Customer): readonly string[] => [
  tenantId,
  ...[companyName, domain].map((name) =>
    name
      .toWellFormed()
      .replace(/\p{Cc}+/gu, ' ')
      .trim(),
  ),
];

async function readProfiles(
  { paths, manifest, survey, target, tasks }: NewRun,
  out: string | undefined,
  host: NewRunHost,
): Promise<ExportReport> {
  const report = await runRows(
    {
      stage: 'export',
      paths,
      manifest,
      table: survey.table,
      work: { target, tasks },
      before: zeroCounts(),
      ...(out === undefined ? {} : { out }),
    },
    host,
  );
  return { kind: 'done', ...report };
}
