import { runApply, withSimulator } from '../processes.js';
import { atLeast, atMost } from '../target.js';

export const journal = {
  name: 'journal',
  rounds: 3,
  figures: [
    { name: 'stage with ÷ without sync (5,000 rows, no latency, 8 at once)' },
    {
      name: 'stage with ÷ without sync (1,000 rows, 100 ms, 16 at once)',
      target: atMost(1.02),
    },
    {
      name: 'goodput with ÷ without a journal (640 rows, 300 ms, 16 at once)',
      target: atLeast(0.98),
    },
    {
      name: 'goodput with ÷ without a journal (4,000 rows, 20 ms, 16 at once)',
      target: atLeast(0.97),
    },
  ],
  round: async ({ folder, round }) => {
    /** How long the stage takes as it is ÷ how long with something taken away. */
    const ratio = (options, without, size) =>
      withSimulator(options, async ({ url }) => {
        const stage = async (preload) =>
          (await runApply({ url, folder, ...size, preload })).stageMs;
        // The simulator is warmer for the second: each goes first in turn.
        if (round % 2 === 0) {
          const whole = await stage([]);
          return whole / (await stage([without]));
        }
        const less = await stage([without]);
        return (await stage([])) / less;
      });
    const unsynced = './without-sync.js';
    const unwritten = './without-journal.js';
    return [
      await ratio({}, unsynced, { rows: 5000 }),
      await ratio({ latencyMs: 100 }, unsynced, { rows: 1000, concurrency: 16 }),
      1 / (await ratio({ latencyMs: 300 }, unwritten, { rows: 640, concurrency: 16 })),
      1 / (await ratio({ latencyMs: 20 }, unwritten, { rows: 4000, concurrency: 16 })),
    ];
  },
};
