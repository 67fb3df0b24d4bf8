import { runApply, withSimulator } from '../processes.js';
import { atMost } from '../target.js';

export const journal = {
  name: 'journal',
  rounds: 3,
  figures: [
    { name: 'stage with ÷ without sync (5,000 rows, no latency, 8 at once)' },
    {
      name: 'stage with ÷ without sync (1,000 rows, 100 ms, 16 at once)',
      target: atMost(1.02),
    },
  ],
  round: async ({ folder, round }) => {
    const ratio = (options, size) =>
      withSimulator(options, async ({ url }) => {
        const stage = async (preload) =>
          (await runApply({ url, folder, ...size, preload })).stageMs;
        // The simulator is warmer for the second: each goes first in turn.
        if (round % 2 === 0) {
          const synced = await stage([]);
          return synced / (await stage(['./without-sync.js']));
        }
        const unsynced = await stage(['./without-sync.js']);
        return (await stage([])) / unsynced;
      });
    return [
      await ratio({}, { rows: 5000 }),
      await ratio({ latencyMs: 100 }, { rows: 1000, concurrency: 16 }),
    ];
  },
};
