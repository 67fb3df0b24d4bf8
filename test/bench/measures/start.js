import { fileURLToPath } from 'node:url';

import { PROGRAM, runNode } from '../processes.js';
import { atMost } from '../target.js';

const SMALL_FILE = fileURLToPath(new URL('../../../samples/minimal.csv', import.meta.url));

export const start = {
  name: 'start',
  rounds: 11,
  figures: [
    { name: '--version ÷ node -e 0', target: atMost(1.2) },
    { name: '--help ÷ node -e 0', target: atMost(2) },
    { name: 'check of two rows ÷ node -e 0' },
    { name: 'node -e 0, ms' },
  ],
  round: async () => {
    const bare = (await runNode(['-e', '0'])).wallMs;
    const version = (await runNode([PROGRAM, '--version'])).wallMs;
    const help = (await runNode([PROGRAM, '--help'])).wallMs;
    const check = (await runNode([PROGRAM, 'check', SMALL_FILE])).wallMs;
    return [version / bare, help / bare, check / bare, bare];
  },
};
