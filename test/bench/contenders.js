/** The program and its peers, each to be run in the same way. */
import { PEERS, runPeer } from './peers/peers.js';
import { runApply, writeInput } from './processes.js';

const billpatch = {
  name: 'billpatch',
  run: async (given) => {
    const { stageMs, cpuMs, updated } = await runApply(given);
    return { wallMs: stageMs, cpuMs, updated };
  },
};

/**
 * The peers are looked for once, when they are first asked for. A peer's clock runs from its first
 * request to the last answer, the program's from its first request to the results on disk.
 */
export function findContenders() {
  const found = PEERS.map(({ name, find }) => ({ name, ...find() }));
  const peers = found
    .filter(({ missing }) => missing === undefined)
    .map((peer) => ({
      name: peer.name,
      run: ({ url, folder, rows, concurrency }) =>
        runPeer(peer, { url, file: writeInput(folder, rows), concurrency }),
    }));
  return {
    contenders: [billpatch, ...peers],
    skipped: found
      .filter(({ missing }) => missing !== undefined)
      .map(({ name, missing }) => `${name}, since there is ${missing}`),
  };
}
