import { runApply, withSimulator } from '../processes.js';
import { atMost } from '../target.js';

export const memory = ({ quick }) => {
  const many = quick ? 20_000 : 100_000;
  return {
    name: 'memory',
    rounds: 3,
    figures: [
      {
        name: `peak memory, ${many.toLocaleString('en')} rows ÷ 2,000 rows`,
        target: atMost(1.5),
      },
      { name: `${many.toLocaleString('en')} rows, MB` },
      { name: '2,000 rows, MB' },
    ],
    round: async ({ folder }) => {
      const peak = (rows) =>
        withSimulator({}, async ({ url }) => (await runApply({ url, folder, rows })).peakMb);
      const few = await peak(2000);
      const lots = await peak(many);
      return [lots / few, lots, few];
    },
  };
};
