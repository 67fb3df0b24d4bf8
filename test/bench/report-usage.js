/** Preloaded into a measured process: on exit its CPU time and peak memory go to a file. */
import { writeFileSync } from 'node:fs';

const file = process.env.BENCH_USAGE_FILE;
process.on('exit', () => {
  writeFileSync(file, JSON.stringify(process.resourceUsage()));
});
