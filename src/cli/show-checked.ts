/** Says how the file of a new run was read. */
import { surveyLines, warningLines } from '../results/summary.js';
import type { NewRunHost, NewRunOptions } from '../stages/begin-run.js';
import { isSet, type Given } from './given.js';
import type { Terminal } from './terminal.js';

export function showChecked(
  { file, simulate, shard }: Pick<NewRunOptions, 'file' | 'simulate' | 'shard'>,
  given: Given,
  terminal: Terminal,
): NewRunHost['onChecked'] {
  return (survey) => {
    const isQuiet = isSet(given, 'quiet');
    if (!isQuiet) terminal.err(`${surveyLines(file, survey, shard).join('\n')}\n`);
    // Not progress, so told to those too who asked for none.
    const warnings = warningLines(survey.warnings, isSet(given, 'verbose'));
    if (warnings.length > 0) terminal.err(`${warnings.join('\n')}\n`);
    if (simulate && !isQuiet) terminal.err('SIMULATED: nothing goes to Partner Center.\n');
  };
}
