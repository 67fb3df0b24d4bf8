import { statSync } from 'node:fs';
import { join } from 'node:path';

import { runBareJournal, runProgram, withSimulator } from '../processes.js';
import { ENTRIES_A_ROW, writeRun } from '../run-folders.js';
import { atMost } from '../target.js';

/** With fewer rows, starting up is most of it. */
const ENOUGH = 100_000;

export const report = ({ rows }) => ({
  name: 'report',
  rounds: 3,
  figures: [
    {
      name: `report of ${rows.toLocaleString('en')} rows ÷ bare read of the journal`,
      ...(rows >= ENOUGH && { target: atMost(3) }),
    },
    {
      name: 'report ÷ bare read of the journal, CPU',
      ...(rows >= ENOUGH && { target: atMost(3) }),
    },
    { name: 'report: peak memory, MB', target: atMost(200) },
    { name: 'report: size of report.html, MB' },
    { name: 'bare read of the journal, s' },
  ],
  round: async ({ folder }) => {
    const runDir = await withSimulator({}, ({ url }) =>
      writeRun({ url, folder, done: rows, rows }),
    );
    const bare = await runBareJournal({ folder, runDir, entries: ENTRIES_A_ROW * rows + 2 });
    const drawn = await runProgram(['report', runDir, '--json'], { folder });
    const { totals } = JSON.parse(drawn.stdout);
    if (totals.updated !== rows) throw new Error(`${totals.updated} of ${rows} rows are drawn.`);
    return [
      drawn.wallMs / bare.wallMs,
      drawn.cpuMs / bare.cpuMs,
      drawn.peakMb,
      statSync(join(runDir, 'report.html')).size / 2 ** 20,
      bare.wallMs / 1000,
    ];
  },
});
