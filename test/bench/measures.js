/** What is measured. Each round gives one value for each figure; a figure is a ratio. */
import {
  cutOffRun,
  PROGRAM,
  runApply,
  runBareLoop,
  runCheck,
  runNode,
  runResume,
  withSimulator,
  writeWideInput,
} from './processes.js';

const atMost = (most) => ({ text: `≤ ${most}`, met: (figure) => figure.median <= most });
const exactly = (value) => ({
  text: `= ${value}`,
  met: (figure) => figure.min === value && figure.max === value,
});

const requests = {
  name: 'requests',
  rounds: 3,
  figures: [
    { name: 'GETs per row (1,000 rows)', target: exactly(1) },
    { name: 'PUTs per row', target: exactly(1) },
    { name: 'other requests per row', target: exactly(0) },
  ],
  round: ({ folder }) =>
    withSimulator({}, async ({ url, counts }) => {
      const rows = 1000;
      await runApply({ url, folder, rows });
      const { get, put, customers, customer, rules, other } = await counts();
      return [get / rows, put / rows, (customers + customer + rules + other) / rows];
    }),
};

const latency = {
  name: 'latency',
  rounds: 3,
  figures: [
    {
      name: 'apply stage ÷ ideal (2,000 rows, 100 ms, 16 at once)',
      target: atMost(1.05),
    },
    { name: 'whole process ÷ ideal' },
    { name: 'for comparison: bare loop ÷ ideal (640 rows)' },
  ],
  round: ({ folder }) =>
    withSimulator({ latencyMs: 100 }, async ({ url }) => {
      const concurrency = 16;
      const idealMs = (rows) => (2 * rows * 100) / concurrency;
      const run = await runApply({ url, folder, rows: 2000, concurrency });
      const bare = await runBareLoop({ url, folder, rows: 640, concurrency });
      return [run.stageMs / idealMs(2000), run.wallMs / idealMs(2000), bare.loopMs / idealMs(640)];
    }),
};

const cpu = {
  name: 'cpu',
  rounds: 5,
  figures: [
    {
      name: 'CPU per row ÷ bare axios loop (3,000 rows, 8 at once)',
      target: atMost(1.5),
    },
    { name: 'program, ms of CPU per row' },
    { name: 'bare loop, ms of CPU per row' },
  ],
  // What a row costs is what is left without starting up: a run of one row is taken off.
  round: ({ folder }) =>
    withSimulator({}, async ({ url }) => {
      const rows = 3000;
      const perRow = async (run) => {
        const one = await run({ url, folder, rows: 1 });
        const many = await run({ url, folder, rows });
        return (many.cpuMs - one.cpuMs) / (rows - 1);
      };
      const program = await perRow(runApply);
      const bare = await perRow(runBareLoop);
      return [program / bare, program, bare];
    }),
};

const memory = ({ quick }) => {
  const many = quick ? 20_000 : 100_000;
  return {
    name: 'memory',
    rounds: 3,
    figures: [
      {
        name: `peak memory, ${many.toLocaleString('en')} rows ÷ 2,000 rows`,
        target: atMost(1.5),
      },
      { name: `${many.toLocaleString('en')} rows, MB` },
      { name: '2,000 rows, MB' },
    ],
    round: async ({ folder }) => {
      const peak = (rows) =>
        withSimulator({}, async ({ url }) => (await runApply({ url, folder, rows })).peakMb);
      const few = await peak(2000);
      const lots = await peak(many);
      return [lots / few, lots, few];
    },
  };
};

const start = {
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

const journal = {
  name: 'journal',
  rounds: 3,
  figures: [
    { name: 'stage with ÷ without sync (5,000 rows, no latency, 8 at once)' },
    {
      name: 'stage with ÷ without sync (1,000 rows, 100 ms, 16 at once)',
      target: atMost(1.02),
    },
  ],
  round: async ({ folder, round }) => {
    const ratio = (options, size) =>
      withSimulator(options, async ({ url }) => {
        const stage = async (preload) =>
          (await runApply({ url, folder, ...size, preload })).stageMs;
        // The simulator is warmer for the second: each goes first in turn.
        if (round % 2 === 0) {
          const synced = await stage([]);
          return synced / (await stage(['./without-sync.js']));
        }
        const unsynced = await stage(['./without-sync.js']);
        return (await stage([])) / unsynced;
      });
    return [
      await ratio({}, { rows: 5000 }),
      await ratio({ latencyMs: 100 }, { rows: 1000, concurrency: 16 }),
    ];
  },
};

const resume = ({ quick }) => {
  const done = quick ? 20_000 : 100_000;
  const rows = done + 100;
  return {
    name: 'resume',
    rounds: 3,
    figures: [
      {
        name: `resume of ${done.toLocaleString('en')} finished rows: ms to the first request`,
        target: atMost(3000),
      },
      { name: 'the same ÷ that of a run with 100 rows' },
      { name: 'peak memory, MB' },
    ],
    round: ({ folder }) =>
      withSimulator({}, async ({ url, firstRequest, counts }) => {
        const few = await runResume({
          firstRequest,
          folder,
          runDir: await cutOffRun({ url, folder, done: 0, rows: 100 }),
        });
        const runDir = await cutOffRun({ url, folder, done, rows });
        const before = await counts();
        const many = await runResume({ firstRequest, folder, runDir });
        const { put } = await counts();
        if (put - before.put !== 100) throw new Error(`${put - before.put} PUTs, not 100.`);
        return [many.firstRequestMs, many.firstRequestMs / few.firstRequestMs, many.peakMb];
      }),
  };
};

const check = ({ quick }) => {
  const rows = quick ? 200_000 : 1_000_000;
  const named = rows.toLocaleString('en');
  return {
    name: 'check',
    rounds: 3,
    figures: [
      {
        name: `check of ${named} rows × 15 columns, s`,
        ...(!quick && { target: atMost(20) }),
      },
      { name: 'the same ÷ bare csv-parse of the file', target: atMost(2.5) },
      { name: 'the same in CPU time' },
      { name: 'its peak memory, MB', target: atMost(300) },
      { name: 'bare csv-parse, s' },
    ],
    round: async ({ folder }) => {
      const file = await writeWideInput(folder, rows);
      const { bare, checked } = await runCheck({ folder, file, rows });
      return [
        checked.wallMs / 1000,
        checked.wallMs / bare.wallMs,
        checked.cpuMs / bare.cpuMs,
        checked.peakMb,
        bare.wallMs / 1000,
      ];
    },
  };
};

export const measures = (options) => [
  check(options),
  requests,
  latency,
  cpu,
  memory(options),
  start,
  journal,
  resume(options),
];
