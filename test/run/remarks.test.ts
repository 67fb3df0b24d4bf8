import { expect, it } from 'vitest';

import { createRemarkWatch } from '../../src/run/remarks.js';

const remark = (code: string) => ({ code, message: `${code}!`, hint: 'Look.', note: 'secret' });

it('says each thing once, with its first lines in order and without what is a row’s own', () => {
  const watch = createRemarkWatch();
  for (let line = 30; line > 1; line -= 1) watch.add(line, remark('a'));
  watch.add(5, remark('b'));
  expect(watch.warnings()).toEqual([
    {
      code: 'a',
      message: 'a!',
      hint: 'Look.',
      lineCount: 29,
      lines: [21, 22, 23, 24, 25, 26, 27, 28, 29, 30],
    },
    { code: 'b', message: 'b!', hint: 'Look.', lineCount: 1, lines: [5] },
  ]);
});

it('goes on with what an earlier stage had to say', () => {
  const first = createRemarkWatch();
  first.add(2, remark('a'));
  const before = first.warnings();
  const second = createRemarkWatch(before);
  second.add(9, remark('a'));
  expect(second.warnings()).toMatchObject([{ code: 'a', lines: [2, 9], lineCount: 2 }]);
  expect(before).toMatchObject([{ lines: [2], lineCount: 1 }]);
});
