/** The pace against limits of many kinds, on a clock that is only counted: see ../pacing. */
import { createPace } from '../../../dist/partner-center/pacing/pace.js';
import { createPaces } from '../../../dist/partner-center/pacing/paces.js';
import { together, virtualRows } from '../pacing/virtual-rows.js';
import { fixedWindow, seeded, tokenBucket, virtualRun } from '../pacing/virtual-run.js';
import { atLeast, atMost } from '../target.js';

const DOCUMENTED = 500 / 60;
const LONG_MS = 80_000;
const ROWS_MS = 120_000;
const JITTER = 0.15;

const product = (...lists) =>
  lists.reduce((rows, list) => rows.flatMap((row) => list.map((item) => [...row, item])), [[]]);

function drive({ perSecond, burst, kind, refusedCount, latencyMs, concurrency, ...until }) {
  const perMs = perSecond / 1000;
  const limit = kind === 'window' ? fixedWindow : tokenBucket;
  const most = Math.min(burst + perMs * LONG_MS, (concurrency / latencyMs) * LONG_MS);
  const expected = until.requests ?? Math.round(most);
  const result = virtualRun({
    pace: createPace({ concurrency, expected, shards: 1 }),
    limit: limit({ perMs, burst, refusedCount }),
    latencyMs,
    concurrency,
    random: seeded(1),
    ...until,
  });
  const answers = result.accepted + result.refused;
  return {
    goodput: until.requests
      ? (Math.max((expected - burst) / perMs, (expected * latencyMs) / concurrency) + latencyMs) /
        result.lastMs
      : result.accepted / most,
    refused: result.refused / answers,
    isWithin: result.refused <= Math.max(3, answers / 100),
  };
}

/** Rows against a limit of all requests, or one of updates alone: what was done of what it allows. */
function driveRows({ kind, perSecond, part, changed, latencyMs }, createAny) {
  const burst = Math.max(1, Math.round(perSecond * part));
  const limit = tokenBucket({ perMs: perSecond / 1000, burst, refusedCount: false });
  const random = seeded(1);
  const concurrency = 16;
  const requestsPerRow = 1 + changed;
  const allowed =
    (burst + (perSecond * ROWS_MS) / 1000) / (kind === 'all' ? requestsPerRow : changed);
  const possible = Math.min(allowed, ((concurrency / latencyMs) * ROWS_MS) / requestsPerRow);
  const expected = Math.round(possible * requestsPerRow);
  const { rows } = virtualRows({
    paces: createAny({ concurrency, expected, shards: 1 }),
    limitOf: { question: kind === 'all' ? [limit] : [], update: [limit] },
    isChanged: () => random() < changed,
    latencyMs,
    concurrency,
    endMs: ROWS_MS,
  });
  return { kind, goodput: rows / possible };
}

const worst = (cells) => Math.min(...cells.map(({ goodput }) => goodput));
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const share = (cells, holds) => cells.filter(holds).length / cells.length;

/** Seconds from a change of the limit until 0.88 of the new one is used for 10 s. */
function settling(factor, perSecond, latencyMs) {
  const changeMs = 40_000;
  const perMs = (at) => (perSecond / 1000) * (at < changeMs ? 1 : factor);
  const accepted = [];
  virtualRun({
    pace: createPace({ concurrency: 64, expected: Math.round(perSecond * 120), shards: 1 }),
    limit: tokenBucket({ perMs, burst: Math.max(1, Math.round(perSecond)), refusedCount: false }),
    latencyMs,
    concurrency: 64,
    endMs: 120_000,
    random: seeded(1),
    onAnswer: (at, isAccepted) => isAccepted && accepted.push(at),
  });
  for (let at = changeMs; at < 110_000; at += 500) {
    const count = accepted.filter((time) => time >= at && time < at + 10_000).length;
    if (count >= 0.88 * perSecond * factor * 10) return (at - changeMs) / 1000;
  }
  return 80;
}

export const pacing = ({ quick }) => ({
  name: 'pacing',
  rounds: 1,
  figures: [
    { name: 'documented allowance, 400 requests: worst of 36 cells', target: atLeast(0.92) },
    { name: 'documented allowance: cells with at most 3 or 1 % refused', target: atLeast(1) },
    { name: 'documented allowance, latencies of ±15 %, bursts of 10 and 100: worst of 24' },
    { name: 'documented allowance, latencies of ±15 %, no burst: worst of 12' },
    { name: 'documented allowance, latencies of ±15 %, no burst: median' },
    { name: 'buckets, 80 s: worst cell of the grid', target: atLeast(0.85) },
    { name: 'buckets: median', target: atLeast(0.95) },
    { name: 'buckets where refusals count: median', target: atLeast(0.9) },
    { name: 'buckets: cells with 0.85 or more' },
    { name: 'buckets: median share refused', target: atMost(0.01) },
    { name: 'buckets: cells with at most 3 or 1 % refused', target: atLeast(1) },
    { name: 'fixed windows, 80 s: worst cell', target: atLeast(0.85) },
    { name: 'fixed windows: median', target: atLeast(0.95) },
    { name: 'fixed windows: cells with 0.85 or more' },
    { name: 'limit halved: longest to settle, s', target: atMost(15) },
    { name: 'limit doubled: longest to settle, s', target: atMost(15) },
    { name: '--max-rate that is right: goodput', target: atLeast(0.99) },
    { name: 'limit of updates alone, 120 s: rows of those possible, worst of 36 cells' },
    { name: 'limit of updates alone: median' },
    { name: 'limit of updates alone, one pace for all requests: worst' },
    { name: 'limit of updates alone, one pace for all requests: median' },
    { name: 'limit of all requests, 120 s: rows of those possible, worst of 36 cells' },
    { name: 'limit of all requests: median' },
    { name: 'limit of all requests, one pace for all requests: worst' },
    { name: 'limit of all requests, one pace for all requests: median' },
  ],
  round: () => {
    const ofDocumented = (bursts, jitter) =>
      product(bursts, [100, 300], [false, true], [4, 16, 64]).map(
        ([burst, latencyMs, refusedCount, concurrency]) =>
          drive({
            perSecond: DOCUMENTED,
            burst,
            kind: 'bucket',
            refusedCount,
            latencyMs,
            jitter,
            concurrency,
            requests: 400,
          }),
      );
    const documented = ofDocumented([1, 10, 100], 0);
    const irregular = ofDocumented([1], JITTER);
    const rates = quick ? [5, DOCUMENTED, 20, 37] : [5, DOCUMENTED, 20, 37, 100, 500];
    const grid = product(
      ['bucket', 'window'],
      rates,
      [0, 0.2, 1],
      [20, 100, 300],
      [4, 16, 64],
      [false, true],
    )
      // What a window refuses takes nothing away from the next.
      .filter(([kind, , , , , refusedCount]) => kind === 'bucket' || !refusedCount)
      .map(([kind, perSecond, part, latencyMs, concurrency, refusedCount]) => ({
        kind,
        refusedCount,
        ...drive({
          perSecond,
          burst: Math.max(1, Math.round(perSecond * part)),
          kind,
          refusedCount,
          latencyMs,
          concurrency,
          endMs: LONG_MS,
        }),
      }));
    const buckets = grid.filter(({ kind }) => kind === 'bucket');
    const windows = grid.filter(({ kind }) => kind === 'window');
    const counted = buckets.filter(({ refusedCount }) => refusedCount);
    const changes = (factor) =>
      Math.max(
        ...product([DOCUMENTED, 20, 100], [100, 300]).map(([perSecond, latencyMs]) =>
          settling(factor, perSecond, latencyMs),
        ),
      );
    const ofRows = (createAny) =>
      product(['update', 'all'], [100 / 60, DOCUMENTED, 20], [0, 0.2, 1], [1, 0.2], [100, 300]).map(
        ([kind, perSecond, part, changed, latencyMs]) =>
          driveRows({ kind, perSecond, part, changed, latencyMs }, createAny),
      );
    const apart = ofRows(createPaces);
    const one = ofRows((options) => together(createPace(options)));
    const worstAndMedian = (cells, kind) => {
      const chosen = cells.filter((cell) => cell.kind === kind);
      return [worst(chosen), median(chosen.map(({ goodput }) => goodput))];
    };
    const right = virtualRun({
      pace: createPace({ concurrency: 16, expected: 400, shards: 1, maxRate: 499 }),
      limit: tokenBucket({ perMs: DOCUMENTED / 1000, burst: 1, refusedCount: true }),
      latencyMs: 100,
      concurrency: 16,
      requests: 400,
      random: seeded(1),
    });
    return [
      worst(documented),
      share(documented, ({ isWithin }) => isWithin),
      worst(ofDocumented([10, 100], JITTER)),
      worst(irregular),
      median(irregular.map(({ goodput }) => goodput)),
      worst(buckets),
      median(buckets.map(({ goodput }) => goodput)),
      median(counted.map(({ goodput }) => goodput)),
      share(buckets, ({ goodput }) => goodput >= 0.85),
      median(buckets.map(({ refused }) => refused)),
      share(buckets, ({ isWithin }) => isWithin),
      worst(windows),
      median(windows.map(({ goodput }) => goodput)),
      share(windows, ({ goodput }) => goodput >= 0.85),
      changes(0.5),
      changes(2),
      399 / (DOCUMENTED / 1000) / right.lastMs,
      ...['update', 'all'].flatMap((kind) => [
        ...worstAndMedian(apart, kind),
        ...worstAndMedian(one, kind),
      ]),
    ];
  },
});
