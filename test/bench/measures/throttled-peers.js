import { findContenders } from '../contenders.js';
import { withSimulator } from '../processes.js';
import { atLeast, atMost, exactly } from '../target.js';

const ROWS = 200;
const LIMITS = { ratePerMinute: 500, burst: 10, latencyMs: 100 };

/** What becomes of the rows, and of the allowance, where the service allows less than is asked. */
async function measure({ folder, run }) {
  return withSimulator(LIMITS, async ({ url, counts }) => {
    const given = { url, folder, rows: ROWS, concurrency: 16, mayFail: true };
    const { updated, wallMs } = await run(given);
    const { get, put, customer, throttled } = await counts();
    const allowed = LIMITS.burst + (LIMITS.ratePerMinute * wallMs) / 60_000;
    return [
      ROWS - updated,
      (100 * throttled) / (get + put + customer),
      // What went into rows that were lost after all is no use to anybody.
      (2 * updated) / allowed,
    ];
  });
}

export const throttledPeers = {
  name: 'throttled-peers',
  open: () => {
    const { contenders, skipped } = findContenders();
    return {
      name: 'throttled-peers',
      skipped,
      rounds: 3,
      figures: contenders.flatMap(({ name }) => {
        const isOurs = name === 'billpatch';
        return [
          {
            name: `peers: ${name}, rows lost of ${ROWS} (500 requests/min, bursts of 10, 100 ms, 16 at once)`,
            ...(isOurs && { target: exactly(0) }),
          },
          {
            name: `peers: ${name}, % of its requests refused`,
            ...(isOurs && { target: atMost(1) }),
          },
          {
            name: `peers: ${name}, requests of updated rows ÷ allowance`,
            ...(isOurs && { target: atLeast(0.92) }),
          },
        ];
      }),
      // Everybody has a simulator alone and waits for it most of the time: all at once.
      round: async ({ folder }) =>
        (await Promise.all(contenders.map(({ run }) => measure({ folder, run })))).flat(),
    };
  },
};
