/**
 * One run of a file against four shards of it at once, on one service: what samples/scale-out/README.md
 * says of both. Wall clock from the first stage's beginning to the last one's end, and of the processes,
 * which start node and read the file once more for each shard.
 *
 *   node test/bench/shards.js
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { PROGRAM, runNode, withSimulator, writeInput } from './processes.js';

const SHARDS = 4;
const CASES = [
  {
    name: 'no limit, 300 ms latency, 300 rows',
    rows: 300,
    simulator: { latencyMs: 300 },
  },
  {
    name: '500 requests a minute in all, bursts of 20, 100 ms latency, 150 rows',
    rows: 150,
    simulator: { latencyMs: 100, ratePerMinute: 500, burst: 20 },
  },
];

const env = { PARTNER_CENTER_ACCESS_TOKEN: 'x' };
const WORDS = ['--yes', '--quiet', '--json', '--run-dir'];

async function measure(folder, { rows, simulator }, count) {
  return withSimulator(simulator, async ({ url, counts }) => {
    const file = writeInput(folder, rows);
    const runs = Array.from({ length: count }, (_, i) => `${file}.${i + 1}-of-${count}.run`);
    const began = performance.now();
    await Promise.all(
      runs.map((run, i) => {
        const shard = count === 1 ? [] : ['--shard', `${i + 1}/${count}`];
        const words = ['apply', file, '--base-url', url, ...shard, ...WORDS, run];
        return runNode([PROGRAM, ...words], { env });
      }),
    );
    const seconds = (performance.now() - began) / 1000;
    if (count > 1) {
      const { stdout } = await runNode([PROGRAM, 'merge', ...runs, '--json'], { env });
      const { updated } = JSON.parse(stdout).totals;
      if (updated !== rows) throw new Error(`${updated} of ${rows} rows were updated.`);
    }
    const { get, put, throttled } = await counts();
    return {
      seconds,
      stages: stageSeconds(runs),
      taken: get + put - throttled,
      refused: throttled,
    };
  });
}

/** From the first beginning to the last end. */
function stageSeconds(runs) {
  const stages = runs.map(
    (run) => JSON.parse(readFileSync(join(run, 'run.json'), 'utf8')).stages[0],
  );
  const ends = stages.map(({ endedAt }) => Date.parse(endedAt));
  const starts = stages.map(({ startedAt }) => Date.parse(startedAt));
  return (Math.max(...ends) - Math.min(...starts)) / 1000;
}

const folder = mkdtempSync(join(tmpdir(), 'billpatch-bench-'));
try {
  for (const given of CASES) {
    process.stdout.write(`${given.name}\n`);
    const found = [];
    for (const count of [1, SHARDS]) {
      const { seconds, stages, taken, refused } = await measure(folder, given, count);
      found.push(stages);
      const what = count === 1 ? '1 run   ' : `${count} shards`;
      process.stdout.write(
        `  ${what}  ${stages.toFixed(1).padStart(6)} s (processes ${seconds.toFixed(1)} s)  ${taken} requests taken, ${refused} refused\n`,
      );
    }
    process.stdout.write(`  shards ÷ run  ${(found[1] / found[0]).toFixed(2)}\n`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
