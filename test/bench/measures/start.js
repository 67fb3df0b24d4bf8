import { PROGRAM, runNode } from '../processes.js';

export const start = {
  name: 'start',
  rounds: 11,
  figures: [
    { name: '--help ÷ node -e 0' },
    { name: '--version ÷ node -e 0' },
    { name: 'node -e 0, ms' },
  ],
  round: async () => {
    const bare = (await runNode(['-e', '0'])).wallMs;
    const help = (await runNode([PROGRAM, '--help'])).wallMs;
    const version = (await runNode([PROGRAM, '--version'])).wallMs;
    return [help / bare, version / bare, bare];
  },
};
