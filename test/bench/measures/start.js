import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { applyArgs, PROGRAM, TOKEN, withSimulator, writeInput } from '../processes.js';
import { atMost } from '../target.js';

const SMALL_FILE = fileURLToPath(new URL('../../../samples/minimal.csv', import.meta.url));

/** What a node process takes as its parent sees it: nothing is loaded into it that tells. */
function timeOf(args) {
  const { status, stderr } = spawnSync(
    'bash',
    ['-c', 'TIMEFORMAT="%U %S %R"; time "$0" "$@" >/dev/null', process.execPath, ...args],
    { encoding: 'utf8', env: { ...process.env, ...TOKEN, LC_ALL: 'C' } },
  );
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}.\n${stderr}`);
  const [user, system, wall] = stderr.trim().split(' ').map(Number);
  return { cpuMs: (user + system) * 1000, wallMs: wall * 1000 };
}

// Time, and CPU time beside it, which other work on the machine disturbs less.
export const start = {
  name: 'start',
  rounds: 21,
  figures: [
    { name: '--version ÷ node -e 0, CPU', target: atMost(1.2) },
    { name: '--help ÷ node -e 0, CPU', target: atMost(2) },
    { name: 'check of two rows ÷ node -e 0, CPU' },
    { name: 'apply of one row ÷ node -e 0, CPU' },
    { name: 'node -e 0, ms of CPU' },
    { name: '--version ÷ node -e 0, wall', target: atMost(1.2) },
    { name: '--help ÷ node -e 0, wall', target: atMost(2) },
    { name: 'check of two rows ÷ node -e 0, wall' },
    { name: 'apply of one row ÷ node -e 0, wall' },
  ],
  round: ({ folder }) =>
    withSimulator({}, async ({ url }) => {
      const bare = timeOf(['-e', '0']);
      const { args: apply } = applyArgs({ url, file: writeInput(folder, 1), concurrency: 8 });
      const runs = [['--version'], ['--help'], ['check', SMALL_FILE], apply].map((words) =>
        timeOf([PROGRAM, ...words]),
      );
      return [
        ...runs.map(({ cpuMs }) => cpuMs / bare.cpuMs),
        bare.cpuMs,
        ...runs.map(({ wallMs }) => wallMs / bare.wallMs),
      ];
    }),
};
