/**
 * A simulator in a process of its own, so that its work is not counted as the client's. Its first
 * line is its URL; each SIGUSR2 prints how many requests came in, as one line of JSON, with what was
 * served and refused in each second since the first of them; after a SIGUSR1 it prints when the next request came in, in milliseconds since 1970. It ends with its
 * standard input.
 *
 *   node simulator.js '{"latencyMs":100}'
 */
import { startSimulator } from '../../dist/simulator/start-simulator.js';

let isAwaited = false;
let firstAt;
const seconds = [];
const simulator = await startSimulator({
  anyTenant: true,
  keepRequests: 0,
  log: ({ at, status }) => {
    firstAt ??= at;
    const second = (seconds[Math.floor((at - firstAt) / 1000)] ??= { served: 0, refused: 0 });
    second[status === 429 ? 'refused' : 'served'] += 1;
    if (isAwaited) process.stdout.write(`${at}\n`);
    isAwaited = false;
  },
  ...JSON.parse(process.argv[2] ?? '{}'),
});

// SIGUSR1 would start the debugger without a listener.
process.on('SIGUSR1', () => {
  isAwaited = true;
});
process.on('SIGUSR2', () => {
  // A second without a request is a hole in the list.
  const each = Array.from(seconds, (second) => second ?? { served: 0, refused: 0 });
  process.stdout.write(`${JSON.stringify({ ...simulator.counts(), seconds: each })}\n`);
});
process.stdin.on('end', () => void simulator.close().then(() => process.exit(0)));
process.stdin.resume();
process.stdout.write(`${simulator.url}\n`);
