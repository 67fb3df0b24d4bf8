/** `billpatch simulate`: its limits, as somebody sets them who rehearses being throttled. */
import { once } from 'node:events';
import { expect, test } from 'vitest';

import { billpatch, newFolder, start } from './billpatch.js';

test.each([
  { limit: 'a bucket', words: [], served: 10, least: 1, most: 6 },
  { limit: 'a bucket with small bursts', words: ['--burst', '2'], served: 2, least: 1, most: 6 },
  { limit: 'a fixed window', words: ['--window', '30'], served: 5, least: 20, most: 30 },
])('$limit refuses what is too much', async ({ words, served, least, most }) => {
  const { child, ended } = start(['simulate', '--port', '0', '--rate-per-minute', '10', ...words], {
    cwd: newFolder(),
  });
  if (child.stdout === null) throw new Error('It has no output.');
  const [text] = (await once(child.stdout, 'data')) as [string];
  const url = `${text.trim()}/v1/countryvalidationrules/DE`;
  const answers: Response[] = [];
  do {
    answers.push(await fetch(url, { headers: { authorization: 'Bearer any' } }));
  } while (answers.at(-1)?.status === 200 && answers.length < 20);
  child.kill('SIGINT');

  expect(answers.length - 1).toBe(served);
  expect(answers.at(-1)?.status).toBe(429);
  const seconds = Number(answers.at(-1)?.headers.get('retry-after'));
  expect(seconds).toBeGreaterThanOrEqual(least);
  expect(seconds).toBeLessThanOrEqual(most);
  expect((await ended).exitCode).toBe(0);
});

test.each([
  '--rate-per-minute 10 --window 30 --burst 2',
  '--window 30',
  '--rate-per-minute 10 --window 0',
])('%s makes no sense', async (words) => {
  const ran = await billpatch(['simulate', '--port', '0', ...words.split(' ')], {
    cwd: newFolder(),
  });
  expect(ran).toMatchObject({ exitCode: 2, stdout: '' });
  expect(ran.stderr).toContain('window');
});
