/**
 * The benchmarks: a table, and one line of JSON at the end. Misses are reported, never fatal.
 *
 *   node test/bench/run.js [--quick] [--only NAME,NAME] [--rows N]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { measures } from './measures.js';

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    rows: { type: 'string' },
  },
});
const only = options.only?.split(',');

const COLUMNS = ['', 'min', 'median', 'max', 'target', 'met'];
const row = (cells) => `| ${cells.join(' | ')} |`;
const print = (line) => process.stdout.write(`${line}\n`);
const rounded = (value) => Number(value.toFixed(value >= 20 ? 0 : 3));

function summarise(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = (sorted[Math.floor(middle)] + sorted[Math.ceil(middle) - 1]) / 2;
  return { min: sorted[0], median, max: sorted.at(-1) };
}

async function measure({ name, rounds, figures, round }) {
  const values = figures.map(() => []);
  for (let index = 0; index < rounds; index += 1) {
    const folder = mkdtempSync(join(tmpdir(), 'billpatch-bench-'));
    try {
      const found = await round({ folder, round: index });
      found.forEach((value, at) => values[at].push(value));
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  return figures.map((figure, at) => {
    const result = summarise(values[at]);
    return {
      measure: name,
      figure: figure.name,
      rounds,
      min: rounded(result.min),
      median: rounded(result.median),
      max: rounded(result.max),
      ...(figure.target && { target: figure.target.text, met: figure.target.met(result) }),
    };
  });
}

const results = [];
const skipped = [];
print(row(COLUMNS));
print(row(COLUMNS.map((_, at) => (at === 0 ? '---' : '--:'))));
const rows = Number(options.rows ?? (options.quick ? 20_000 : 100_000));
for (const each of measures({ ...options, rows })) {
  if (only && !only.includes(each.name)) continue;
  // What depends on the machine is looked for only where it is wanted.
  const opened = each.open?.() ?? each;
  skipped.push(...(opened.skipped ?? []));
  for (const result of await measure(opened)) {
    results.push(result);
    const { figure, min, median, max, target = '', met } = result;
    const verdict = met === undefined ? '' : met ? 'yes' : 'NO';
    print(row([figure, min, median, max, target, verdict]));
  }
}
print('');
for (const reason of skipped) print(`Skipped: ${reason}.`);
print(JSON.stringify({ node: process.version, cores: availableParallelism(), results, skipped }));
