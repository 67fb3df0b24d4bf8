import { findContenders } from '../contenders.js';
import { withSimulator } from '../processes.js';
import { atMost, below } from '../target.js';

const LATENCY_MS = 20;
const MOST = { 16: 1.06, 64: 1.25 };
/** Who takes long for a row gets fewer of them, and is not asked twice. */
const FEWER = { 'curl by xargs': 200, sequential: 100 };
const rowsOf = ({ name }) => FEWER[name] ?? 2000;

/** How long a row takes against what latency alone would make of it, and what it costs. */
async function measure({ url, folder, entry }) {
  const { concurrency } = entry;
  const rows = rowsOf(entry);
  const one = await entry.run({ url, folder, concurrency, rows: 1 });
  const many = await entry.run({ url, folder, concurrency, rows });
  if (many.updated !== rows) throw new Error(`${entry.name}: ${many.updated} of ${rows} rows.`);
  return {
    wall: many.wallMs / ((2 * rows * LATENCY_MS) / concurrency),
    // Without starting up.
    cpu: (many.cpuMs - one.cpuMs) / (rows - 1),
  };
}

export const peers = {
  name: 'peers',
  open: () => {
    const { contenders, skipped } = findContenders();
    const entries = [16, 64].flatMap((concurrency) =>
      contenders
        .filter(({ name }) => concurrency === 16 || !(name in FEWER))
        .map((contender) => ({ ...contender, concurrency })),
    );
    const said = (entry) =>
      `${rowsOf(entry).toLocaleString('en')} rows, ${LATENCY_MS} ms, ${entry.concurrency} at once`;
    const isOurs = ({ name }) => name === 'billpatch';
    const rivals = entries.filter(({ name }) => name === 'aiohttp');
    return {
      name: 'peers',
      skipped,
      rounds: 3,
      figures: [
        ...entries.map((entry) => ({
          name: `peers: ${entry.name}, wall ÷ ideal (${said(entry)})`,
          ...(isOurs(entry) && { target: atMost(MOST[entry.concurrency]) }),
        })),
        ...entries.map((entry) => ({
          name: `peers: ${entry.name}, ms of CPU per row (${entry.concurrency} at once)`,
        })),
        ...rivals.map(({ concurrency }) => ({
          name: `peers: billpatch ÷ aiohttp, CPU per row (${concurrency} at once)`,
          target: below(1),
        })),
      ],
      round: ({ folder, round }) =>
        withSimulator({ latencyMs: LATENCY_MS }, async ({ url }) => {
          const found = new Map();
          // The simulator is warmer for the later ones: another goes first in each round.
          for (let turn = 0; turn < entries.length; turn += 1) {
            const entry = entries[(turn + round) % entries.length];
            found.set(entry, await measure({ url, folder, entry }));
          }
          const ours = (concurrency) =>
            found.get(entries.find((entry) => isOurs(entry) && entry.concurrency === concurrency));
          return [
            ...entries.map((entry) => found.get(entry).wall),
            ...entries.map((entry) => found.get(entry).cpu),
            ...rivals.map((rival) => ours(rival.concurrency).cpu / found.get(rival).cpu),
          ];
        }),
    };
  },
};
