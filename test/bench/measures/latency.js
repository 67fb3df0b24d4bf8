import { runApply, runBareLoop, withSimulator } from '../processes.js';
import { atMost } from '../target.js';

export const latency = {
  name: 'latency',
  rounds: 3,
  figures: [
    {
      name: 'apply stage ÷ ideal (2,000 rows, 100 ms, 16 at once)',
      target: atMost(1.05),
    },
    { name: 'whole process ÷ ideal' },
    { name: 'for comparison: bare loop ÷ ideal (640 rows)' },
  ],
  round: ({ folder }) =>
    withSimulator({ latencyMs: 100 }, async ({ url }) => {
      const concurrency = 16;
      const idealMs = (rows) => (2 * rows * 100) / concurrency;
      const run = await runApply({ url, folder, rows: 2000, concurrency });
      const bare = await runBareLoop({ url, folder, rows: 640, concurrency });
      return [run.stageMs / idealMs(2000), run.wallMs / idealMs(2000), bare.loopMs / idealMs(640)];
    }),
};
