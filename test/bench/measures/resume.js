import { cutOffRun, runResume, withSimulator } from '../processes.js';
import { atMost } from '../target.js';

export const resume = ({ quick }) => {
  const done = quick ? 20_000 : 100_000;
  const rows = done + 100;
  return {
    name: 'resume',
    rounds: 3,
    figures: [
      {
        name: `resume of ${done.toLocaleString('en')} finished rows: ms to the first request`,
        target: atMost(3000),
      },
      { name: 'the same ÷ that of a run with 100 rows' },
      { name: 'peak memory, MB' },
    ],
    round: ({ folder }) =>
      withSimulator({}, async ({ url, firstRequest, counts }) => {
        const few = await runResume({
          firstRequest,
          folder,
          runDir: await cutOffRun({ url, folder, done: 0, rows: 100 }),
        });
        const runDir = await cutOffRun({ url, folder, done, rows });
        const before = await counts();
        const many = await runResume({ firstRequest, folder, runDir });
        const { put } = await counts();
        if (put - before.put !== 100) throw new Error(`${put - before.put} PUTs, not 100.`);
        return [many.firstRequestMs, many.firstRequestMs / few.firstRequestMs, many.peakMb];
      }),
  };
};
