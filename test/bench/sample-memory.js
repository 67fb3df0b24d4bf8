/**
 * Preloaded into a measured process: how large it was, four times a second. On exit the samples,
 * [milliseconds since 1970, MB] each, go beside its usage.
 */
import { writeFileSync } from 'node:fs';
import { setInterval } from 'node:timers';

const samples = [];
const take = () => samples.push([Date.now(), process.memoryUsage.rss() / 2 ** 20]);
setInterval(take, 250).unref();
process.on('exit', () => {
  take();
  writeFileSync(process.env.BENCH_USAGE_FILE.replace('usage', 'samples'), JSON.stringify(samples));
});
