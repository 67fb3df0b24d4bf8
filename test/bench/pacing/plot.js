/**
 * Draws src/partner-center/pacing/pace.svg: what four limits gave, second by second, and what was
 * refused. `npm run build && node test/bench/pacing/plot.js`
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { createPace } from '../../../dist/partner-center/pacing/pace.js';
import { fixedWindow, seeded, tokenBucket, virtualRun } from './virtual-run.js';

const FILE = join(import.meta.dirname, '../../../src/partner-center/pacing/pace.svg');
const SECONDS = 80;
const [WIDTH, HEIGHT, LEFT, TOP, GAP] = [640, 110, 44, 26, 34];

const perSecond = (rate) => () => rate;
const CASES = [
  {
    name: '500 a minute, burst 10, refusals counted, 100 ms: 400 requests',
    rate: perSecond(500 / 60),
    burst: 10,
    refusedCount: true,
    requests: 400,
  },
  { name: '20 a second, burst 1, 100 ms', rate: perSecond(20), burst: 1 },
  {
    name: '100 a second, burst 100; halved after 40 s',
    rate: (at) => (at < 40_000 ? 100 : 50),
    burst: 100,
  },
  { name: '37 in windows of a second', rate: perSecond(37), burst: 37, isWindow: true },
];

function record({ rate, burst, refusedCount = false, isWindow = false, requests }) {
  const given = Array(SECONDS).fill(0);
  const refusals = [];
  const perMs = (at) => rate(at) / 1000;
  virtualRun({
    pace: createPace({
      concurrency: 16,
      expected: requests ?? Math.round(rate(0) * SECONDS),
      shards: 1,
    }),
    limit: isWindow
      ? fixedWindow({ perMs: perMs(0), burst })
      : tokenBucket({ perMs, burst, refusedCount }),
    latencyMs: 100,
    concurrency: 16,
    ...(requests ? { requests } : { endMs: SECONDS * 1000 }),
    random: seeded(1),
    onAnswer(at, isAccepted) {
      const second = Math.floor(at / 1000);
      if (second >= SECONDS) return;
      if (isAccepted) given[second] += 1;
      else refusals.push(at / 1000);
    },
  });
  return { given, refusals };
}

const number = (value) => String(Math.round(value * 10) / 10);

function panel(chosen, index) {
  const { given, refusals } = record(chosen);
  const top = TOP + index * (HEIGHT + GAP);
  const limits = given.map((_, second) => chosen.rate(second * 1000));
  const most = 1.5 * Math.max(...limits);
  const x = (second) => LEFT + (second / SECONDS) * (WIDTH - LEFT - 8);
  const y = (value) => top + HEIGHT - (Math.min(value, most) / most) * HEIGHT;
  const steps = (values) =>
    values
      .map(
        (value, second) =>
          `${number(x(second))},${number(y(value))} ${number(x(second + 1))},${number(y(value))}`,
      )
      .join(' ');
  const text = (at, from, words, more = '') =>
    `<text x="${number(at)}" y="${number(from)}" ${more}>${words}</text>`;
  return [
    text(LEFT, top - 8, `${chosen.name}: ${refusals.length} refused`),
    `<rect x="${LEFT}" y="${top}" width="${WIDTH - LEFT - 8}" height="${HEIGHT}" fill="none" stroke="#d0d7de"/>`,
    text(LEFT - 6, y(limits[0]) + 4, number(limits[0]), 'text-anchor="end"'),
    text(LEFT - 6, y(0) + 4, '0', 'text-anchor="end"'),
    `<polyline points="${steps(limits)}" fill="none" stroke="#8c959f" stroke-dasharray="4 3"/>`,
    `<polyline points="${steps(given)}" fill="none" stroke="#0969da" stroke-width="1.5"/>`,
    ...refusals.map(
      (at) =>
        `<path d="M${number(x(at))} ${top + HEIGHT}v-8" stroke="#cf222e" stroke-width="1.2"/>`,
    ),
  ];
}

const height = TOP + CASES.length * (HEIGHT + GAP) + 6;
const lines = [
  `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12" fill="#57606a">`,
  `<title>Requests that were accepted in each second, beside the limit</title>`,
  `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
  ...CASES.flatMap(panel),
  `<text x="${WIDTH - 8}" y="${height - 8}" text-anchor="end">0 to ${SECONDS} s</text>`,
  '</svg>',
];
writeFileSync(FILE, `${lines.join('\n')}\n`);
