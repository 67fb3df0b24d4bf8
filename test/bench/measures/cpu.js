import { runApply, runBareLoop, withSimulator } from '../processes.js';
import { atMost } from '../target.js';

const ROWS = 5000;
const AT_ONCE = [8, 32];

export const cpu = {
  name: 'cpu',
  rounds: 5,
  figures: AT_ONCE.flatMap((concurrency) => [
    {
      name: `CPU per row ÷ bare axios loop (${ROWS.toLocaleString('en')} rows, ${concurrency} at once)`,
      target: atMost(0.6),
    },
    { name: `program, ms of CPU per row (${concurrency} at once)` },
    { name: `bare loop, ms of CPU per row (${concurrency} at once)` },
  ]),
  // What a row costs is what is left without starting up: a run of one row is taken off.
  round: ({ folder }) =>
    withSimulator({}, async ({ url }) => {
      const found = [];
      for (const concurrency of AT_ONCE) {
        const perRow = async (run) => {
          const one = await run({ url, folder, concurrency, rows: 1 });
          const many = await run({ url, folder, concurrency, rows: ROWS });
          return (many.cpuMs - one.cpuMs) / (ROWS - 1);
        };
        const program = await perRow(runApply);
        const bare = await perRow(runBareLoop);
        found.push(program / bare, program, bare);
      }
      return found;
    }),
};
