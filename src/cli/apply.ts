/** `billpatch apply FILE`, or `apply RUN`: a file, or a plan that was reviewed. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import type { ApplyFileOptions } from '../stages/apply-file.js';
import type { ApplyPlanOptions } from '../stages/apply-plan.js';
import { UsageError } from '../problem.js';
import { confirmHost, refuseUnasked } from './ask.js';
import type { CommandFactory, Context } from './command.js';
import { brakesOf, type Given, inputFile, isSet, shardOption, takenUpWith, text } from './given.js';
import { type OptionName, PACE, SAID, WHERE, withFile, withOptions } from './options.js';
import { showProgress } from './show-progress.js';

/** Options that only a file can have: a plan has brought its own. */
const OF_A_FILE = [
  'run-dir',
  'out-delimiter',
  'map',
  'simulate',
  'encoding',
  'sheet',
  'skip-invalid',
  'strict',
  'country-rules',
  'repair',
  'check-addresses',
  'customers',
  'new',
] as const;

export const applyCommand: CommandFactory = (context) => ({
  command: 'apply <file>',
  describe: 'Update the customers that a file or a reviewed plan names',
  builder: (args) =>
    withOptions(
      withFile(
        args,
        'A CSV file or an .xlsx workbook, - for standard input, or the run folder of a plan',
      ),
      [
        'run-dir',
        'shard',
        'out',
        'out-delimiter',
        'map',
        ...PACE,
        ...WHERE,
        'simulate',
        'encoding',
        'sheet',
        'skip-invalid',
        'strict',
        'country-rules',
        'repair',
        'check-addresses',
        'customers',
        'max-changes',
        'max-clears',
        'limit',
        'digest',
        'check-etags',
        'new',
        'confirm-above',
        'yes',
        ...SAID,
      ],
      context.terminal.env,
      'run or stage',
    ),
  async handler(given) {
    const file = inputFile(given);
    if (existsSync(join(file, 'run.json'))) await applyReviewed(file, given, context);
    else await applyGivenFile(file, given, context);
  },
});

async function applyGivenFile(file: string, given: Given, context: Context): Promise<void> {
  const simulate = isSet(given, 'simulate');
  if (!simulate) refuseUnasked('apply', given, context.terminal, file);
  if (text(given, 'digest') !== undefined) {
    throw new UsageError(
      'digest-of-a-file',
      '--digest belongs to a plan, and this is a file.',
      'Name the run folder of the plan; or plan the file first.',
    );
  }
  const { newRunOf } = await import('./given-file.js');
  const out = text(given, 'out');
  const options: ApplyFileOptions = {
    ...newRunOf(given, file),
    ...(out === undefined ? {} : { out }),
    ...brakesOf(given),
    asNew: isSet(given, 'new'),
    strict: isSet(given, 'strict'),
    checkEtags: isSet(given, 'check-etags'),
  };
  await runApply('apply', options, given, context);
}

async function applyReviewed(folder: string, given: Given, context: Context): Promise<void> {
  const { terminal, setExitCode } = context;
  const foreign = OF_A_FILE.find(
    (name: OptionName) => given[name] === true || Array.isArray(given[name]) || text(given, name),
  );
  if (foreign !== undefined) {
    throw new UsageError(
      'option-of-a-file',
      `--${foreign} belongs to a file, and this is a plan.`,
      'Leave it away, or plan the file again with it.',
    );
  }
  const { isRehearsal } = await import('../stages/open-run.js');
  if (!(await isRehearsal(folder))) refuseUnasked('apply', given, terminal);
  const { applyPlan } = await import('../stages/apply-plan.js');
  const { showDeclined, showRun } = await import('./show-run.js');
  const digest = text(given, 'digest');
  const options: ApplyPlanOptions = {
    folder,
    ...(digest === undefined ? {} : { digest }),
    ...takenUpWith(given),
    ...brakesOf(given),
    ...shardOption(given),
    checkEtags: isSet(given, 'check-etags'),
  };
  const progress = showProgress(terminal, isSet(given, 'quiet'));
  const report = await applyPlan(options, confirmHost(given, terminal, progress)).finally(
    progress.end,
  );
  if (report.kind === 'declined') showDeclined('apply', report, given, terminal);
  else showRun('apply', report, given, terminal);
  setExitCode(report.exitCode);
}

/** Runs it and shows what came of it. */
export async function runApply(
  command: string,
  options: ApplyFileOptions,
  given: Given,
  { terminal, setExitCode }: Context,
): Promise<void> {
  const { applyFile } = await import('../stages/apply-file.js');
  const { showChecked } = await import('./show-checked.js');
  const { showDeclined, showRefused, showRun } = await import('./show-run.js');
  const progress = showProgress(terminal, isSet(given, 'quiet'));
  const host = {
    ...confirmHost(given, terminal, progress),
    onChecked: showChecked(options, given, terminal),
  };
  const report = await applyFile(options, host).finally(progress.end);
  switch (report.kind) {
    case 'declined':
      showDeclined(command, report, given, terminal);
      setExitCode(report.exitCode);
      return;
    case 'refused':
      showRefused(command, report, given, terminal);
      setExitCode(2);
      return;
    case 'done':
      showRun(command, report, given, terminal);
      setExitCode(report.exitCode);
  }
}
