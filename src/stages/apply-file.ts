/** `apply FILE`: check, confirm, then every row through the service, into a run folder. */
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';

import { takeLock } from '../journal/lock.js';
import {
  createRunFolder,
  keepInput,
  MANIFEST_FORMAT,
  runFolderName,
  writeManifest,
  type Manifest,
  type RunPaths,
  type SimulatorSetup,
} from '../journal/run-folder.js';
import { findUnfinishedRun } from '../journal/unfinished-run.js';
import { readAccessToken, tenantOfToken } from '../partner-center/auth/access-token.js';
import { UsageError } from '../problem.js';
import { EXIT } from '../results/exit-code.js';
import { writeCsv } from '../results/write-results.js';
import { readVerdicts, type Survey, type Verdict } from '../rows/check-rows.js';
import { FileProblem } from '../rows/file-problem.js';
import type { RowTask } from '../run/apply.js';
import { zeroCounts } from '../run/outcome.js';
import { checkInput, inputErrors, type CheckedInput, type InputError } from './check-input.js';
import { orDiskProblem } from './disk-problem.js';
import type { RunReport } from './draw-results.js';
import type { Host } from './host.js';
import { openInput } from './open-input.js';
import { refuseUnwritable } from './out-file.js';
import { runRows } from './run-rows.js';

export interface ApplyFileOptions {
  /** A path, or `-` for standard input. */
  readonly file: string;
  readonly runDir?: string;
  /** Where a copy of the result CSV goes. */
  readonly out?: string;
  readonly baseUrl: string;
  /** Rehearse: the run goes to a simulator in this process, set up like this. */
  readonly simulate?: SimulatorSetup;
  /** Begin a new run although one of the same file is unfinished. */
  readonly asNew: boolean;
  readonly concurrency: number;
  readonly timeoutMs: number;
  readonly maxWaitMs: number;
  readonly skipInvalid: boolean;
  readonly strict: boolean;
  readonly checkEtags: boolean;
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
  | ({ readonly kind: 'done' } & RunReport);

/** What only a stage needs that begins with somebody's file. */
export interface ApplyHost extends Host {
  /** True to go on. */
  readonly confirm: (question: Confirmation) => Promise<boolean>;
  /** The file passed its check: said before anybody is asked. */
  readonly onChecked: (survey: Survey) => void;
}

export interface Confirmation {
  readonly customers: number;
  readonly target: string;
  readonly simulated: boolean;
}

/** Errors held for the screen; errors.csv has them all. */
const ERRORS_SHOWN = 50;
const SIMULATED = 'simulator';

export async function applyFile(options: ApplyFileOptions, host: ApplyHost): Promise<ApplyReport> {
  const source = await openInput(options.file, host.stdin);
  const token = options.simulate ? 'simulated' : await readAccessToken(host.env);
  if (options.out !== undefined) await refuseUnwritable(options.out);
  if (options.file !== '-' && !options.asNew) await refuseUnfinished(options);

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
      format: MANIFEST_FORMAT,
      tool: { name: 'billpatch', version: host.version },
      input: {
        name: options.file,
        ...kept,
        rows: checked.kind === 'checked' ? checked.survey.rows : checked.rows,
        repeatedTenants: checked.kind === 'checked' ? checked.survey.repeatedTenants : 0,
        ...dialect,
      },
      baseUrl: options.simulate ? SIMULATED : options.baseUrl,
      simulated: options.simulate !== undefined,
      ...(partnerTenant === undefined ? {} : { partnerTenant }),
      ...(options.simulate ? { simulator: options.simulate } : {}),
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
    const { survey } = checked;
    const report = await runRows(
      {
        stage: 'apply',
        paths,
        manifest,
        table: survey.table,
        work: {
          target: options.simulate
            ? { kind: 'simulator', setup: options.simulate }
            : { kind: 'service', baseUrl: options.baseUrl, token },
          tasks: asTasks(readVerdicts(paths.input, survey)),
        },
        before: zeroCounts(),
        checkEtags: options.checkEtags,
        ...(options.out === undefined ? {} : { out: options.out }),
      },
      host,
    );
    return { kind: 'done', ...report };
  } catch (error) {
    throw orDiskProblem(error, paths);
  } finally {
    lock.release();
  }
}

async function* asTasks(verdicts: AsyncIterable<Verdict>): AsyncGenerator<RowTask> {
  for await (const verdict of verdicts) yield { verdict };
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

async function refuseUnfinished({ file, simulate }: ApplyFileOptions): Promise<void> {
  const unfinished = await findUnfinishedRun(file, simulate !== undefined);
  if (!unfinished) return;
  const { folder, manifest } = unfinished;
  throw new UsageError(
    'unfinished-run',
    `${file} has a run that did not come to its end (begun ${manifest.stages[0]?.startedAt ?? ''}).`,
    `Go on with it: billpatch resume ${folder} — or begin a new one with --new.`,
  );
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
