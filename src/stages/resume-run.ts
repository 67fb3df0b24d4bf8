/** `resume RUN`: goes on with a stage that was cut off or stopped, from what the journal knows. */
import { indexJournal, type JournalIndex, type Standing } from '../journal/read-journal.js';
import type { Manifest, RunPaths } from '../journal/run-folder.js';
import { readAccessToken, tenantOfToken } from '../partner-center/auth/access-token.js';
import { parseBaseUrl } from '../partner-center/base-url.js';
import { UsageError } from '../problem.js';
import { exitCodeOf } from '../results/exit-code.js';
import { readVerdicts, surveyRows } from '../rows/check-rows.js';
import { readTable } from '../rows/read-rows.js';
import type { RowTask } from '../run/apply.js';
import { zeroCounts, type Status } from '../run/outcome.js';
import { ALL_FORBIDDEN } from '../run/stop-rules.js';
import { orDiskProblem } from './disk-problem.js';
import { drawResults, type RunReport } from './draw-results.js';
import type { Host } from './host.js';
import { openRun } from './open-run.js';
import { refuseUnwritable } from './out-file.js';
import { runRows, type Target } from './run-rows.js';

/** What is absent is as it was when the run began. */
export interface ResumeOptions {
  readonly folder: string;
  /** Where the user believes that the run goes: refused where it went elsewhere. */
  readonly baseUrl?: string;
  /** Hosts that the access token may be sent to, next to Partner Center's. */
  readonly allowedHosts: readonly string[];
  readonly concurrency?: number;
  readonly timeoutMs?: number;
  readonly maxWaitMs?: number;
  /** Where a copy of the result CSV goes. */
  readonly out?: string;
}

export interface ResumeHost extends Host {
  /** Before the first request: how many rows are left, and of how many. */
  readonly onResume: (open: number, rows: number) => void;
}

export async function resumeRun(options: ResumeOptions, host: ResumeHost): Promise<RunReport> {
  if (options.out !== undefined) await refuseUnwritable(options.out);
  const { paths, manifest: given, lock } = await openRun(options.folder, host.now());
  try {
    const manifest = withPace(given, options);
    refuseOtherTarget(manifest, options);
    const index = await openJournalIndex(paths, manifest);
    try {
      return await resume({ options, paths, manifest, index }, host);
    } finally {
      await index?.close();
    }
  } catch (error) {
    throw orDiskProblem(error, paths);
  } finally {
    lock.release();
  }
}

interface Resumed {
  readonly options: ResumeOptions;
  readonly paths: RunPaths;
  readonly manifest: Manifest;
  /** Absent: billpatch was cut off before it wrote a journal. */
  readonly index: JournalIndex | undefined;
}

async function resume(
  { options, paths, manifest, index }: Resumed,
  host: ResumeHost,
): Promise<RunReport> {
  const { rows } = manifest.input;
  const table = await readTable(paths.input);
  const isForbidden = index?.stop?.code === ALL_FORBIDDEN.code;
  const isOpen = (row: number): boolean => isLeft(index?.standing(row), isForbidden);

  const before = zeroCounts();
  let open = 0;
  for (let row = 0; row < rows; row += 1) {
    const standing = index?.standing(row);
    if (isOpen(row)) open += 1;
    else if (standing !== undefined && standing !== 'intent') before[standing] += 1;
  }
  host.onResume(open, rows);
  const hasEnded = index?.isClosed === true && manifest.stages.at(-1)?.exitCode !== undefined;
  if (open === 0 && hasEnded && !index.stop) {
    const results = await drawResults(paths, table, rows);
    return { results, exitCode: exitCodeOf(results.totals, results.stop), manifest, paths };
  }

  const tasks = async function* (): AsyncGenerator<RowTask> {
    // Where the check found every customer once, rows need not be looked at beside each other.
    const surveyed =
      manifest.input.repeatedTenants === 0 ? { table } : await surveyRows(paths.input, table);
    for await (const verdict of readVerdicts(paths.input, surveyed, isOpen)) {
      const row = verdict.kind === 'invalid' ? verdict.raw.ordinal : verdict.row.ordinal;
      const pending = await index?.intent(row);
      yield { verdict, ...(pending && { pending }) };
    }
  };
  return runRows(
    {
      stage: 'resume',
      paths,
      manifest,
      table,
      // Without a row to send, nothing is asked of anybody: not even for a token.
      ...(open > 0 && {
        work: { target: await targetOf(manifest, options, host), tasks: tasks() },
      }),
      before,
      ...(index && { wholeBytes: index.wholeBytes }),
      ...(options.out === undefined ? {} : { out: options.out }),
    },
    host,
  );
}

const DONE = new Set<Standing>([
  'updated',
  'unchanged',
  'planned',
  'invalid',
  'conflict',
  'rejected',
] satisfies Status[]);

/**
 * What going on has to look at again: rows that were never begun, cut off or skipped; `failed` ones,
 * which were certainly not written; and `unknown` ones, which reading again may settle.
 */
const isLeft = (standing: Standing, isForbidden: boolean): boolean =>
  !DONE.has(standing) ||
  // With other credentials, what refused them all may let them pass.
  (isForbidden && standing === 'rejected');

function withPace(manifest: Manifest, options: ResumeOptions): Manifest {
  const { concurrency, timeoutMs, maxWaitMs } = options;
  return {
    ...manifest,
    options: {
      ...manifest.options,
      ...(concurrency === undefined ? {} : { concurrency }),
      ...(timeoutMs === undefined ? {} : { timeoutSeconds: timeoutMs / 1000 }),
      ...(maxWaitMs === undefined ? {} : { maxWaitSeconds: maxWaitMs / 1000 }),
    },
  };
}

function refuseOtherTarget({ baseUrl }: Manifest, options: ResumeOptions): void {
  if (options.baseUrl === undefined || options.baseUrl === baseUrl) return;
  throw new UsageError(
    'other-target',
    `This run went to ${baseUrl}; it cannot go on at ${options.baseUrl}.`,
    'Leave --base-url and --cloud (and their environment variables) away: the run knows where it goes.',
  );
}

async function openJournalIndex(
  paths: RunPaths,
  { input, baseUrl }: Manifest,
): Promise<JournalIndex | undefined> {
  const index = await indexJournal(paths.journal, input.rows).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });
  for (const stage of index?.stages ?? []) {
    refuseOther('input', stage.inputSha256, input.sha256);
    refuseOther('target', stage.baseUrl, baseUrl);
  }
  return index;
}

function refuseOther(what: string, journal: string, manifest: string): void {
  if (journal === manifest) return;
  throw new UsageError(
    `other-${what}`,
    `The journal belongs to another ${what}: it names ${journal}, run.json names ${manifest}.`,
    'Restore the run folder from a backup; its files must come from one run.',
  );
}

async function targetOf(manifest: Manifest, options: ResumeOptions, host: Host): Promise<Target> {
  if (manifest.simulated) return { kind: 'simulator', setup: manifest.simulator ?? {} };
  // Checked again: run.json may have come from somebody else, and the token goes there.
  const baseUrl = parseBaseUrl(manifest.baseUrl, options.allowedHosts);
  const token = await readAccessToken(host.env);
  const tenant = tenantOfToken(token);
  if (
    tenant !== undefined &&
    manifest.partnerTenant !== undefined &&
    tenant !== manifest.partnerTenant
  ) {
    throw new UsageError(
      'other-tenant',
      `This run belongs to the partner tenant ${manifest.partnerTenant}; the access token is for ${tenant}.`,
      'Get an access token for the tenant of the run.',
    );
  }
  return { kind: 'service', baseUrl, token };
}
