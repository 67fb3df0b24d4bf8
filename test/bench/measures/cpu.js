import { runApply, runBareLoop, withSimulator } from '../processes.js';
import { atMost } from '../target.js';

export const cpu = {
  name: 'cpu',
  rounds: 5,
  figures: [
    {
      name: 'CPU per row ÷ bare axios loop (3,000 rows, 8 at once)',
      target: atMost(0.6),
    },
    { name: 'program, ms of CPU per row' },
    { name: 'bare loop, ms of CPU per row' },
  ],
  // What a row costs is what is left without starting up: a run of one row is taken off.
  round: ({ folder }) =>
    withSimulator({}, async ({ url }) => {
      const rows = 3000;
      const perRow = async (run) => {
        const one = await run({ url, folder, rows: 1 });
        const many = await run({ url, folder, rows });
        return (many.cpuMs - one.cpuMs) / (rows - 1);
      };
      const program = await perRow(runApply);
      const bare = await perRow(runBareLoop);
      return [program / bare, program, bare];
    }),
};
