import { runCheck, writeWideInput } from '../processes.js';
import { atMost } from '../target.js';

export const check = ({ quick }) => {
  const rows = quick ? 200_000 : 1_000_000;
  const named = rows.toLocaleString('en');
  return {
    name: 'check',
    rounds: 3,
    figures: [
      {
        name: `check of ${named} rows × 15 columns, s`,
        ...(!quick && { target: atMost(20) }),
      },
      { name: 'check ÷ bare csv-parse of the file', target: atMost(2.5) },
      { name: 'check ÷ bare csv-parse of the file, CPU' },
      { name: 'check: peak memory, MB', target: atMost(300) },
      { name: 'bare csv-parse, s' },
    ],
    round: async ({ folder }) => {
      const file = await writeWideInput(folder, rows);
      const { bare, checked } = await runCheck({ folder, file, rows });
      return [
        checked.wallMs / 1000,
        checked.wallMs / bare.wallMs,
        checked.cpuMs / bare.cpuMs,
        checked.peakMb,
        bare.wallMs / 1000,
      ];
    },
  };
};
