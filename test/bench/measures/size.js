/** Memory, and whether it grows with the file. */
import { createReadStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { runApply, runProgram, withSimulator, writeInput } from '../processes.js';
import { atMost } from '../target.js';

/** Rows until the program is as large as it gets; growth is counted from there. */
const WARM = 100_000;
const FEW = 2000;

export const size = ({ rows }) => {
  const named = rows.toLocaleString('en');
  const warm = rows > WARM ? WARM : FEW;
  return {
    name: 'size',
    rounds: rows > WARM ? 1 : 3,
    figures: [
      {
        name: `apply: peak memory, ${named} rows ÷ ${FEW.toLocaleString('en')}`,
        target: atMost(1.5),
      },
      { name: `apply of ${named} rows: peak memory, MB`, target: atMost(200) },
      {
        name: `apply: growth from row ${warm.toLocaleString('en')} on, MB`,
        ...(warm === WARM && { target: atMost(10) }),
      },
      { name: 'undo of these: peak memory, MB', target: atMost(200) },
      { name: `plan of ${named} rows: peak memory, MB`, target: atMost(200) },
      { name: 'apply of the plan: peak memory, MB', target: atMost(200) },
    ],
    round: ({ folder }) =>
      withSimulator({}, async ({ url, firstRequest }) => {
        const few = await runApply({ url, folder, rows: FEW });
        const [many, begun] = await Promise.all([
          runApply({ url, folder, rows, preload: ['./sample-memory.js'] }),
          firstRequest(),
        ]);
        const { runFolder } = JSON.parse(many.stdout);
        const growth = growthOf({
          samples: JSON.parse(readFileSync(join(folder, 'samples.json'), 'utf8')),
          begun,
          warmAt: await endOf(join(runFolder, 'journal.jsonl'), warm),
        });
        const target = ['--base-url', url, '--quiet', '--json'];
        const undone = await runProgram(['undo', runFolder, '--yes', ...target], { folder });
        const planDir = join(folder, 'plan.run');
        const planned = await runProgram(
          ['plan', writeInput(folder, rows), '--run-dir', planDir, ...target],
          { folder },
        );
        const applied = await runProgram(['apply', planDir, '--yes', ...target], { folder });
        for (const [run, status] of [
          [undone, 'updated'],
          [planned, 'planned'],
          [applied, 'updated'],
        ]) {
          const { totals } = JSON.parse(run.stdout);
          if (totals[status] !== rows) throw new Error(`${totals[status]} of ${rows} ${status}.`);
        }
        return [
          many.peakMb / few.peakMb,
          many.peakMb,
          growth,
          undone.peakMb,
          planned.peakMb,
          applied.peakMb,
        ];
      }),
  };
};

/** The largest from then on, drawing of results included, less the largest before, the check aside. */
function growthOf({ samples, begun, warmAt }) {
  const most = (from, to) =>
    Math.max(...samples.filter(([at]) => at >= from && at < to).map(([, mb]) => mb));
  return most(warmAt, Infinity) - most(begun, warmAt);
}

/** When the outcome of that number was recorded, in milliseconds since 1970. */
async function endOf(journal, number) {
  let outcomes = 0;
  for await (const line of createInterface({ input: createReadStream(journal) })) {
    const { type, at } = JSON.parse(line);
    if (type === 'outcome') outcomes += 1;
    if (outcomes === number) return Date.parse(at);
  }
  throw new Error(`There are ${outcomes} outcomes, not ${number}.`);
}
