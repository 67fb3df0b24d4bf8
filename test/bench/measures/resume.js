import { runBareJournal, runResume, withSimulator } from '../processes.js';
import { ENTRIES_A_ROW, writeRun } from '../run-folders.js';
import { atMost } from '../target.js';

/** With fewer rows, starting up is most of it. */
const ENOUGH = 100_000;

export const resume = ({ rows: done }) => {
  const rows = done + 100;
  return {
    name: 'resume',
    rounds: 3,
    figures: [
      {
        name: `resume of ${done.toLocaleString('en')} finished rows: ms to the first request`,
        ...(done <= 100_000 && { target: atMost(3000) }),
      },
      { name: 'resume: the first request ÷ that of a run with 100 rows' },
      {
        name: 'resume, with 100 rows that were left ÷ bare read of the journal',
        ...(done >= ENOUGH && { target: atMost(3) }),
      },
      {
        name: 'resume ÷ bare read of the journal, CPU',
        ...(done >= ENOUGH && { target: atMost(3) }),
      },
      { name: 'resume: peak memory, MB', target: atMost(200) },
    ],
    round: ({ folder }) =>
      withSimulator({}, async ({ url, firstRequest, counts }) => {
        const few = await runResume({
          firstRequest,
          folder,
          runDir: await writeRun({ url, folder, done: 0, rows: 100 }),
        });
        const runDir = await writeRun({ url, folder, done, rows });
        const bare = await runBareJournal({ folder, runDir, entries: ENTRIES_A_ROW * done + 1 });
        const before = await counts();
        const many = await runResume({ firstRequest, folder, runDir });
        const { put } = await counts();
        if (put - before.put !== 100) throw new Error(`${put - before.put} PUTs, not 100.`);
        return [
          many.firstRequestMs,
          many.firstRequestMs / few.firstRequestMs,
          many.wallMs / bare.wallMs,
          many.cpuMs / bare.cpuMs,
          many.peakMb,
        ];
      }),
  };
};
