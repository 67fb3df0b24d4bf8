/** What is measured. Each round gives one value for each figure; a figure is a ratio. */
import { check } from './measures/check.js';
import { pacing } from './measures/pacing.js';
import { requests } from './measures/requests.js';
import { latency } from './measures/latency.js';
import { cpu } from './measures/cpu.js';
import { plan, size, undo } from './measures/size.js';
import { start } from './measures/start.js';
import { journal } from './measures/journal.js';
import { resume } from './measures/resume.js';
import { report } from './measures/report.js';
import { peers } from './measures/peers.js';
import { throttledPeers } from './measures/throttled-peers.js';

export const measures = (options) => [
  check(options),
  requests,
  pacing(options),
  latency,
  cpu,
  size(options),
  undo(options),
  plan(options),
  start,
  journal,
  resume(options),
  report(options),
  peers,
  throttledPeers,
];
