/** `apply FILE`: check, confirm, then every row through the service, into a run folder. */
import { createReadStream, existsSync } from 'node:fs';
import { access, constants, copyFile, lstat, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

import { openJournal } from '../journal/journal.js';
import { JOURNAL_FORMAT } from '../journal/entry.js';
import { takeLock } from '../journal/lock.js';
import {
  createRunFolder,
  keepInput,
  runFolderName,
  writeManifest,
  type Manifest,
  type RunPaths,
} from '../journal/run-folder.js';
import { readAccessToken, tenantOfToken } from '../partner-center/auth/access-token.js';
import { StoppedError, UsageError, type Problem } from '../problem.js';
import { EXIT, exitCodeOf } from '../results/exit-code.js';
import { writeCsv } from '../results/write-results.js';
import { applyRows } from '../run/apply.js';
import { zeroCounts } from '../run/outcome.js';
import { readVerdicts, type Survey } from '../rows/check-rows.js';
import { FileProblem } from '../rows/file-problem.js';
import type { SimulatorOptions } from '../simulator/start-simulator.js';
import { checkInput, inputErrors, type CheckedInput, type InputError } from './check-input.js';
import { connect } from './connect.js';
import { drawResults, type Results } from './draw-results.js';
import type { Host } from './host.js';
import { openInput } from './open-input.js';

export interface ApplyFileOptions {
  /** A path, or `-` for standard input. */
  readonly file: string;
  readonly runDir?: string;
  /** Where a copy of the result CSV goes. */
  readonly out?: string;
  readonly baseUrl: string;
  /** Rehearse: the run goes to a simulator in this process, set up like this. */
  readonly simulate?: SimulatorOptions;
  readonly concurrency: number;
  readonly timeoutMs: number;
  readonly maxWaitMs: number;
  readonly skipInvalid: boolean;
  readonly strict: boolean;
}

export type ApplyReport =
  | {
      readonly kind: 'refused';
      readonly checked: CheckedInput;
      readonly errors: readonly InputError[];
      readonly errorCount: number;
      readonly paths: RunPaths;
    }
  | { readonly kind: 'declined'; readonly exitCode: number }
  | {
      readonly kind: 'done';
      readonly results: Results;
      readonly exitCode: number;
      readonly manifest: Manifest;
      readonly paths: RunPaths;
      readonly survey: Survey;
    };

/** Errors held for the screen; errors.csv has them all. */
const ERRORS_SHOWN = 50;
const SIMULATED = 'simulator';

export async function applyFile(options: ApplyFileOptions, host: Host): Promise<ApplyReport> {
  const source = await openInput(options.file, host.stdin);
  const token = options.simulate ? 'simulated' : await readAccessToken(host.env);
  if (options.out !== undefined) await refuseUnwritable(options.out);

  const wanted =
    options.runDir ?? runFolderName(options.file === '-' ? 'stdin' : options.file, host.now());
  const paths = await createRunFolder(wanted, options.runDir !== undefined);
  const lock = await takeLock(paths.lock, host.now());
  try {
    const kept = await keepInput(
      source.kind === 'file' ? createReadStream(source.path) : source.stream,
      paths,
    );
    const checked = await checkOrRemove(paths);
    const partnerTenant = options.simulate ? undefined : tenantOfToken(token);
    const { dialect } = checked.kind === 'checked' ? checked.survey.table : checked.table;
    const manifest: Manifest = {
      format: 1,
      tool: { name: 'billpatch', version: host.version },
      input: {
        name: options.file,
        ...kept,
        rows: checked.kind === 'checked' ? checked.survey.rows : checked.rows,
        ...dialect,
      },
      baseUrl: options.simulate ? SIMULATED : options.baseUrl,
      simulated: options.simulate !== undefined,
      ...(partnerTenant === undefined ? {} : { partnerTenant }),
      options: {
        concurrency: options.concurrency,
        skipInvalid: options.skipInvalid,
        strict: options.strict,
        timeoutSeconds: options.timeoutMs / 1000,
        maxWaitSeconds: options.maxWaitMs / 1000,
      },
      stages: [],
    };
    await writeManifest(paths, manifest);

    if (checked.kind === 'unusable' || (checked.invalidRows > 0 && !options.skipInvalid)) {
      return { kind: 'refused', checked, ...(await writeErrors(paths, checked)), paths };
    }
    host.onChecked(checked.survey);
    const confirmed = await host.confirm({
      customers: checked.validRows,
      target: manifest.baseUrl,
      simulated: manifest.simulated,
    });
    if (!confirmed) {
      // Nothing was begun: a copy of customers' data need not stay behind.
      await rm(paths.folder, { recursive: true });
      return {
        kind: 'declined',
        exitCode: host.interrupt.aborted ? EXIT.interrupted : EXIT.refused,
      };
    }
    if (checked.invalidRows > 0) await writeErrors(paths, checked);
    return await run(options, host, { paths, manifest, survey: checked.survey, token });
  } catch (error) {
    throw toDiskProblem(error, paths) ?? error;
  } finally {
    lock.release();
  }
}

/** What the disk did to the run folder, or undefined where it is not the disk. */
function toDiskProblem(error: unknown, paths: RunPaths): StoppedError | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (!['ENOSPC', 'EDQUOT', 'EIO', 'EFBIG', 'EROFS'].includes(code)) return undefined;
  return new StoppedError(
    'disk-failed',
    `The run folder ${paths.folder} could not be written (${code}).`,
    existsSync(paths.journal)
      ? `Make room on the disk, then see what was done with: billpatch report ${paths.folder}`
      : 'Make room on the disk and apply the file again; nothing was sent.',
  );
}

interface Begun {
  readonly paths: RunPaths;
  readonly manifest: Manifest;
  readonly survey: Survey;
  readonly token: string;
}

async function run(options: ApplyFileOptions, host: Host, begun: Begun): Promise<ApplyReport> {
  const { paths, survey, token } = begun;
  const startedAt = host.now().toISOString();
  const simulator = options.simulate
    ? await (
        await import('../simulator/start-simulator.js')
      ).startSimulator({ ...options.simulate, stateFile: paths.simulator })
    : undefined;
  const stopped = new AbortController();
  const connection = connect({
    ...options,
    baseUrl: simulator?.url ?? options.baseUrl,
    token,
    version: host.version,
    random: host.random,
    stop: stopped.signal,
  });
  let manifest: Manifest = { ...begun.manifest, stages: [{ stage: 'apply', startedAt }] };
  await writeManifest(paths, manifest);
  const journal = await openJournal(paths.journal);
  let stop: Problem | undefined;
  try {
    await journal.append({
      type: 'open',
      format: JOURNAL_FORMAT,
      stage: 'apply',
      inputSha256: manifest.input.sha256,
      baseUrl: manifest.baseUrl,
      at: startedAt,
    });
    const counts = zeroCounts();
    let done = 0;
    stop = await applyRows(
      readVerdicts(paths.input, survey),
      { ...options, interrupt: host.interrupt },
      {
        service: connection.service,
        record: journal.append,
        newId: host.newId,
        now: host.now,
        onStop: () => {
          stopped.abort();
        },
        onOutcome: (_ref, { status }) => {
          done += 1;
          counts[status] += 1;
          host.onProgress({ done, total: survey.rows, counts });
        },
      },
    );
    await journal.append({ type: 'close', at: host.now().toISOString() }).catch(() => undefined);
  } finally {
    await journal.close();
    connection.close();
    await simulator?.close();
  }

  const results = await drawResults(paths, survey.table, survey.rows, stop);
  const exitCode = exitCodeOf(results.totals, results.stop);
  const stage = { stage: 'apply', startedAt, endedAt: host.now().toISOString(), exitCode } as const;
  manifest = { ...manifest, stages: [stage], totals: { rows: results.rows, ...results.totals } };
  await writeManifest(paths, manifest);
  if (options.out !== undefined)
    await copyFile(paths.results, options.out, constants.COPYFILE_EXCL);
  return { kind: 'done', results, exitCode, manifest, paths, survey };
}

/** A file that is no table leaves no folder behind: there is nothing to say about its rows. */
async function checkOrRemove(paths: RunPaths): Promise<CheckedInput> {
  try {
    return await checkInput(paths.input);
  } catch (error) {
    if (error instanceof FileProblem) await rm(paths.folder, { recursive: true });
    throw error;
  }
}

/** The copy is only ever a new file, in a folder that can be written. */
async function refuseUnwritable(out: string): Promise<void> {
  const exists = await lstat(out).catch(() => undefined);
  if (exists) {
    throw new UsageError(
      'out-exists',
      `${out} exists already; nothing is ever overwritten.`,
      'Name another file with --out.',
    );
  }
  try {
    await access(dirname(out), constants.W_OK);
  } catch {
    throw new UsageError(
      'out-not-writable',
      `${out} cannot be written: its folder is missing or read-only.`,
      'Name another place with --out.',
    );
  }
}

async function writeErrors(
  paths: RunPaths,
  checked: CheckedInput,
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
  );
  return { errors, errorCount };
}
