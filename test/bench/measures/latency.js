import { readJournal } from '../../../dist/journal/read-journal.js';
import { runApply, runBareLoop, withSimulator } from '../processes.js';
import { atMost } from '../target.js';

/**
 * So many that a hundredth of the requests may be under way at once: of a shorter run fewer are, until
 * the documented allowance is out of the question (src/partner-center/pacing).
 */
const ROWS_PER_PLACE = 100;

const cells = [100, 300].flatMap((meanMs) =>
  [0, meanMs].flatMap((jitterMs) =>
    [8, 16, 64].map((concurrency) => ({ meanMs, jitterMs, concurrency })),
  ),
);
const COMPARED = cells[1];

const idealMs = (rows, { meanMs, concurrency }) => (2 * rows * meanMs) / concurrency;
const rowsOf = ({ concurrency }) => ROWS_PER_PLACE * concurrency;

/** Each answer is held back by this, all values between being as likely. */
const nameOf = ({ meanMs, jitterMs, concurrency }) => {
  const range = jitterMs === 0 ? meanMs : `${meanMs - jitterMs / 2} to ${meanMs + jitterMs / 2}`;
  return `${range} ms, ${concurrency} at once, ${rowsOf({ concurrency }).toLocaleString('en')} rows`;
};
const simulatorOf = ({ meanMs, jitterMs }) => ({ latencyMs: meanMs - jitterMs / 2, jitterMs });

/**
 * At the end there are fewer rows left than places: what these then stand idle, on the average, is no
 * time that anything could have been done in.
 */
async function idleMsAtEnd({ runDir }, concurrency) {
  const finished = [];
  for await (const { type, at } of readJournal(`${runDir}/journal.jsonl`))
    if (type === 'outcome') finished.push(Date.parse(at));
  const last = finished.sort((a, b) => a - b).slice(-concurrency);
  return last.reduce((sum, at) => sum + (last.at(-1) - at), 0) / concurrency;
}

export const latency = {
  name: 'latency',
  rounds: 1,
  figures: [
    ...cells.map((cell) => ({
      name: `apply stage ÷ ideal, last wave aside (${nameOf(cell)})`,
      target: atMost(1.03),
    })),
    { name: `whole process ÷ ideal (${nameOf(COMPARED)})` },
    { name: `for comparison: bare loop ÷ ideal (${nameOf(COMPARED)})` },
  ],
  async round({ folder }) {
    const ratios = [];
    const compared = [];
    for (const cell of cells) {
      const { concurrency } = cell;
      const rows = rowsOf(cell);
      const ideal = idealMs(rows, cell);
      await withSimulator(simulatorOf(cell), async ({ url }) => {
        const run = await runApply({ url, folder, rows, concurrency });
        ratios.push((run.stageMs - (await idleMsAtEnd(run, concurrency))) / ideal);
        if (cell !== COMPARED) return;
        const bare = await runBareLoop({ url, folder, rows, concurrency });
        compared.push(run.wallMs / ideal, bare.loopMs / ideal);
      });
    }
    return [...ratios, ...compared];
  },
};
