/** `report RUN`: draws the result files again from the journal. Nothing is sent. */
import { orDiskProblem } from './disk-problem.js';
import { openOutcomes, type RunReport } from './draw-results.js';
import { openRun } from './open-run.js';
import { readInput } from './read-input.js';
import { redrawRun } from './redraw-run.js';

export async function reportRun(folder: string, random: () => number): Promise<RunReport> {
  const { paths, manifest, lock } = await openRun(folder, random);
  try {
    const table = await readInput(paths, manifest);
    const outcomes = await openOutcomes(paths, manifest);
    try {
      return await redrawRun(paths, manifest, table, outcomes);
    } finally {
      await outcomes.close();
    }
  } catch (error) {
    throw orDiskProblem(error, paths);
  } finally {
    lock.release();
  }
}
