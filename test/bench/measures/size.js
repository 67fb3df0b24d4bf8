/** Memory of what reads and writes whole files of rows, and whether it grows with them. */
import { createReadStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { runApply, runProgram, withSimulator, writeInput } from '../processes.js';
import { atMost } from '../target.js';

/** Rows until the program is as large as it gets; growth is counted from there. */
const WARM = 100_000;
const FEW = 2000;

const roundsOf = (rows) => (rows > WARM ? 1 : 3);
const targetOf = (url) => ['--base-url', url, '--quiet', '--json'];

/** Throws where a row did not end so. */
function expectAll(rows, status, { stdout }) {
  const { totals } = JSON.parse(stdout);
  if (totals[status] !== rows) throw new Error(`${totals[status]} of ${rows} ${status}.`);
}

export const size = ({ rows }) => {
  const named = rows.toLocaleString('en');
  const warm = rows > WARM ? WARM : FEW;
  return {
    name: 'size',
    rounds: roundsOf(rows),
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
        return [many.peakMb / few.peakMb, many.peakMb, growth];
      }),
  };
};

export const undo = ({ rows }) => ({
  name: 'undo',
  rounds: roundsOf(rows),
  figures: [
    { name: `undo of ${rows.toLocaleString('en')} rows: peak memory, MB`, target: atMost(200) },
  ],
  round: ({ folder }) =>
    withSimulator({}, async ({ url }) => {
      const { runDir } = await runApply({ url, folder, rows });
      const undone = await runProgram(['undo', runDir, '--yes', ...targetOf(url)], { folder });
      expectAll(rows, 'updated', undone);
      return [undone.peakMb];
    }),
});

export const plan = ({ rows }) => ({
  name: 'plan',
  rounds: roundsOf(rows),
  figures: [
    { name: `plan of ${rows.toLocaleString('en')} rows: peak memory, MB`, target: atMost(200) },
    { name: 'apply of the plan: peak memory, MB', target: atMost(200) },
  ],
  round: ({ folder }) =>
    withSimulator({}, async ({ url }) => {
      const runDir = join(folder, 'plan.run');
      const input = writeInput(folder, rows);
      const target = targetOf(url);
      const planned = await runProgram(['plan', input, '--run-dir', runDir, ...target], { folder });
      expectAll(rows, 'planned', planned);
      const applied = await runProgram(['apply', runDir, '--yes', ...target], { folder });
      expectAll(rows, 'updated', applied);
      return [planned.peakMb, applied.peakMb];
    }),
});

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
