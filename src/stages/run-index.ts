/** The journal of a run that exists, made sure to be that run's own. */
import { indexJournal, type JournalIndex } from '../journal/read-journal.js';
import type { Manifest, RunPaths } from '../journal/run-folder.js';
import { UsageError } from '../problem.js';

/** Undefined where billpatch was cut off before it wrote a journal. The caller closes it. */
export async function openRunIndex(
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
