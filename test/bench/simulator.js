/**
 * A simulator in a process of its own, so that its work is not counted as the client's. Its first
 * line is its URL; each SIGUSR2 prints how many requests came in, as one line of JSON. It ends with
 * its standard input.
 *
 *   node simulator.js '{"latencyMs":100}'
 */
import { startSimulator } from '../../dist/simulator/start-simulator.js';

const simulator = await startSimulator({
  anyTenant: true,
  keepRequests: 0,
  ...JSON.parse(process.argv[2] ?? '{}'),
});

process.on('SIGUSR2', () => {
  process.stdout.write(`${JSON.stringify(simulator.counts())}\n`);
});
process.stdin.on('end', () => void simulator.close().then(() => process.exit(0)));
process.stdin.resume();
process.stdout.write(`${simulator.url}\n`);
