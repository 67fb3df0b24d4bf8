import { createHash } from 'node:crypto';
import { readFile, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext, Script } from 'node:vm';
import { describe, expect, test } from 'vitest';

import { diffParts, shortParts, visibleParts } from '../../src/results/report/diff-parts.js';
import { jsonHtml, valueHtml } from '../../src/results/report/html.js';
import { pageScript } from '../../src/results/report/page-script.js';
import { foldText, selectRows, type Query } from '../../src/results/report/select-rows.js';
import { createChoice } from '../../src/results/report/tally.js';
import { writeReport, type ReportRow, type ReportView } from '../../src/results/report-html.js';
import { STATUSES, zeroCounts } from '../../src/run/outcome.js';
import { sampleRow, sampleRows, sampleView, stream } from '../browser/report-sample.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

async function written(
  rows: readonly ReportRow[],
  more: Partial<ReportView> = {},
): Promise<{ readonly html: string; readonly file: string }> {
  const file = join(await temporaryFolder(), 'report.html');
  await writeReport(file, sampleView(rows, more), stream(rows));
  return { html: await readFile(file, 'utf8'), file };
}

const heldRows = (html: string): ReportRow[] =>
  JSON.parse(/<script type="application\/json" id="rows">([^<]*)<\/script>/.exec(html)![1]!) as [];

describe('the file', () => {
  test('is for its owner alone, and holds the rows', async () => {
    const rows = sampleRows(60);
    const { html, file } = await written(rows);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(heldRows(html)).toEqual(rows);
    expect(await readdir(dirname(file))).toEqual(['report.html']);
  });

  test('allows its own styles and script, by their hashes, and nothing else', async () => {
    const { html } = await written(sampleRows(3));
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)![1]!;
    const hash = (text: string): string =>
      `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    const styles = /<style>([^]*?)<\/style>/.exec(html)![1]!;
    const script = /<script>([^]*?)<\/script>/.exec(html)![1]!;
    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      `style-src ${hash(styles)}`,
      `script-src ${hash(script)}`,
      "base-uri 'none'",
      "form-action 'none'",
      "require-trusted-types-for 'script'",
    ]);
    expect(html.indexOf('Content-Security-Policy')).toBeLessThan(html.indexOf('<style>'));
    expect(html).not.toMatch(/\sstyle="|\son\w+="|\ssrc="|<link|@import|url\(/);
  });

  test('carries a script that nothing in it ends early and that makes no markup', () => {
    const script = pageScript();
    expect(script).not.toMatch(/<\/script|<!--|<script/i);
    expect(script).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(/);
    // The text of each function must stand alone: a name that a compiler made up does not.
    expect(script).not.toMatch(/__vi|__name|import_/);
    expect(() => new Script(script)).not.toThrow();
  });

  test('keeps values from being markup, whatever part they stand in', async () => {
    const evil = '</script><img src=x onerror="a()">&\u2028\'\u202E';
    const rows: ReportRow[] = [
      {
        ...sampleRow(0),
        company: evil,
        changes: [{ field: 'city', from: evil, to: '' }],
        note: evil,
      },
    ];
    const { html } = await written(rows, {
      title: evil,
      by: evil,
      target: evil,
      partnerTenant: evil,
      tool: evil,
      digest: evil,
      applyCommand: evil,
      inputSha256: evil,
      stages: [{ stage: evil, startedAt: evil, endedAt: evil, exitCode: 99 }],
      warnings: [{ message: evil, hint: evil, lines: [] }],
      stop: { code: evil, message: evil, hint: evil, detail: evil },
    });
    expect(html).not.toContain('<img');
    expect(html.match(/<\/script>/g)).toHaveLength(3);
    const data = [...html.matchAll(/json" id="\w+">([^]*?)<\/script>/g)].map(([, text]) => text!);
    expect(data).toHaveLength(2);
    expect(data.join('')).not.toMatch(/[<>&\u2028]/);
    expect(heldRows(html)).toEqual(rows);
  });
});

describe('the rows', () => {
  test('are not kept', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const file = join(await temporaryFolder(), 'report.html');
    const total = 30_000;
    const seen: WeakRef<ReportRow>[] = [];
    let kept = -1;
    async function* many(): AsyncGenerator<ReportRow> {
      for (let i = 0; i < total; i += 1) {
        const row: ReportRow = { ...sampleRow(0), line: i + 2, status: 'planned' };
        if (i % 100 === 0) seen.push(new WeakRef(row));
        yield row;
        if (i !== 25_000) continue;
        // A WeakRef holds on until the next turn.
        await new Promise((resolve) => setImmediate(resolve));
        collect();
        kept = seen.filter((ref) => ref.deref() !== undefined).length;
      }
    }
    const totals = { ...zeroCounts(), planned: total };
    await writeReport(file, sampleView([], { totals, rows: total }), many());
    expect(seen).toHaveLength(300);
    expect(kept).toBeLessThan(5);
    const html = await readFile(file, 'utf8');
    expect(heldRows(html)).toHaveLength(20_000);
    expect(html).toContain('This page shows 20,000 of 30,000 rows:');
    expect(html).toContain('Your approval is for all 30,000 rows');
    // Counts are of all rows, held or not.
    expect(html).toContain('60,000 to be made, 0 not planned');
  });

  test('that need attention come first where not all have a place', () => {
    const totals = { ...zeroCounts(), planned: 4, conflict: 3, unchanged: 5, skipped: 1 };
    const choose = (most: number): string[] => {
      const isHeld = createChoice(totals, most);
      const order = ['unchanged', 'planned', 'conflict'] as const;
      const rows = [
        ...order,
        'planned',
        'planned',
        'unchanged',
        'skipped',
        'planned',
        'unchanged',
        'conflict',
        'unchanged',
        'conflict',
        'unchanged',
      ] as const;
      return rows.filter((status) => isHeld({ ...sampleRow(0), status }));
    };
    expect(choose(2)).toEqual(['conflict', 'conflict']);
    expect(choose(5)).toEqual(['planned', 'conflict', 'planned', 'conflict', 'conflict']);
    expect(choose(8).filter((status) => status === 'unchanged')).toHaveLength(1);
    expect(choose(13)).toHaveLength(13);
  });

  test('that do not add up make no report', async () => {
    const file = join(await temporaryFolder(), 'report.html');
    const rows = sampleRows(10);
    const view = sampleView(rows);
    await expect(writeReport(file, view, stream(rows.slice(1)))).rejects.toThrow(
      'The report counts 9 rows of 10',
    );
    const other = [{ ...rows[0]!, status: 'failed' as const }, ...rows.slice(1)];
    await expect(writeReport(file, view, stream(other))).rejects.toThrow('planned, failed');
    expect(await readdir(dirname(file))).toEqual([]);
  });

  test('that cannot be read make no report, and the reason is told', async () => {
    const file = join(await temporaryFolder(), 'report.html');
    // eslint-disable-next-line @typescript-eslint/require-await -- as the port has it
    async function* torn(): AsyncGenerator<ReportRow> {
      yield sampleRow(0);
      throw new Error('torn');
    }
    await expect(writeReport(file, sampleView([]), torn())).rejects.toThrow('torn');
    expect(await readdir(dirname(file))).toEqual([]);
  });
});

describe('the words', () => {
  test('of the statuses are those of the summary', async () => {
    const rows = STATUSES.map((status): ReportRow => ({ ...sampleRow(0), status }));
    const { html } = await written(rows);
    const summary = await readFile(
      join(import.meta.dirname, '../../src/results/summary.ts'),
      'utf8',
    );
    const meanings = [...html.matchAll(/<td class="meaning">([^<]*)</g)].map(([, text]) => text!);
    expect(meanings).toHaveLength(STATUSES.length);
    for (const meaning of meanings) expect(summary).toContain(`: '${meaning}',\n`);
  });

  test.for([
    ['plan', '<strong>47</strong> of 60 rows would be changed. Nothing has been changed yet.'],
    ['apply', '<strong>0</strong> of 60 rows were changed'],
    ['undo', '<strong>0</strong> of 60 rows were put back'],
  ] as const)('of a report of kind %s', async ([kind, lead]) => {
    const { html } = await written(sampleRows(60), { kind });
    expect(html).toContain(lead);
    expect(html.includes('Approve or refuse')).toBe(kind === 'plan');
    expect(html).toContain('5 need no change.');
  });

  test('call a stop, a rehearsal and what is not known by their names', async () => {
    const { html } = await written(sampleRows(2), {
      simulated: true,
      stop: { code: 'interrupted', message: 'It was interrupted.', hint: 'Go on with it.' },
      stages: [{ stage: 'apply', startedAt: 'never' }],
    });
    for (const text of [
      'SIMULATED',
      'It was interrupted.',
      'Go on with it.',
      'not recorded',
      'not ended',
    ]) {
      expect(html).toContain(text);
    }
  });

  test('count what has consequences', async () => {
    const { html } = await written([
      { ...sampleRow(0), changes: [{ field: 'companyName', from: 'a', to: 'b' }] },
      { ...sampleRow(1), changes: [{ field: 'country', from: 'GB', to: 'IE' }] },
      { ...sampleRow(2), changes: [{ field: 'region', from: 'x', to: '' }] },
      // Not made, so it is no consequence.
      { ...sampleRow(3), status: 'conflict', changes: [{ field: 'country', from: 'GB', to: '' }] },
    ]);
    const list = /<ul class="callouts">([^]*?)<\/ul>/.exec(html)![1]!.replace(/<[^>]+>/g, ' ');
    expect(list.replace(/\s+/g, ' ').trim()).toBe('1 company name 1 country 1 field emptied');
  });
});

describe('differences', () => {
  const show = (from: string, to: string): [string, string] => {
    const difference = diffParts(from, to);
    const marked = (parts: typeof difference.from): string =>
      parts.map(({ text, changed }) => (changed ? `[${text}]` : text)).join('');
    return [marked(difference.from), marked(difference.to)];
  };
  test.for([
    ['billing@a.example', 'invoices@a.example', '[billing]@a.example', '[invoices]@a.example'],
    ['12 Meadow Row', '14 Meadow Row', '[12] Meadow Row', '[14] Meadow Row'],
    ['Meadw Row', 'Meadow Row', 'Meadw Row', 'Mead[o]w Row'],
    ['Suite 4', 'Suite 4, floor 2', 'Suite 4', 'Suite 4[, floor 2]'],
    ['a a', 'a a a', 'a a', 'a a[ a]'],
    ['', 'new', '', '[new]'],
    ['old', '', '[old]', ''],
    ['same', 'same', 'same', 'same'],
    ['Cafe\u0301', 'Café', '[Cafe\u0301]', '[Café]'].map((text) => text),
    ['x😀y', 'x😁y', 'x[😀]y', 'x[😁]y'],
  ] as [string, string, string, string][])('%s → %s', ([from, to, old, now]) => {
    const [first, second] = show(from, to);
    expect([first.replaceAll(/[[\]]/g, ''), second.replaceAll(/[[\]]/g, '')]).toEqual([from, to]);
    if (!from.startsWith('Cafe')) expect([first, second]).toEqual([old, now]);
    else expect(first).toContain('e\u0301]');
  });

  test('what cannot be seen is written out', () => {
    expect(visibleParts('a\u202Eb\u00A0c d')).toEqual([
      { text: 'a', mark: false },
      { text: 'U+202E', mark: true },
      { text: 'b', mark: false },
      { text: 'U+00A0', mark: true },
      { text: 'c d', mark: false },
    ]);
    expect(visibleParts('')).toEqual([]);
    expect(valueHtml('<\u0000>')).toBe('<bdi>&lt;<span class="mark">U+0000</span>&gt;</bdi>');
    expect(jsonHtml('<!--\u2029&')).toBe(String.raw`"\u003c!--\u2029\u0026"`);
  });

  test('long values are cut around what differs', () => {
    const { from } = diffParts(
      `${'a '.repeat(500)}one ${'b '.repeat(500)}`,
      `${'a '.repeat(500)}two ${'b '.repeat(500)}`,
    );
    const text = shortParts(from, 300)
      .map((part) => part.text)
      .join('');
    expect(text.length).toBeLessThan(300);
    expect(text).toMatch(/^….*a one b.*…$/);
    expect(shortParts(from, 5000)).toBe(from);
    const whole = shortParts([{ text: '😀'.repeat(400), changed: true }], 301);
    expect(whole[0]!.text.isWellFormed()).toBe(true);
  });
});

describe('choosing rows', () => {
  const all: Query = {
    statuses: [],
    field: '',
    words: [],
    lines: undefined,
    sort: 'line',
    descending: false,
    statusOrder: ['rejected', 'conflict', 'invalid', 'planned', 'unchanged'],
  };
  const rows = sampleRows(60);
  const chosen = (query: Partial<Query>): number[] =>
    selectRows(rows, { ...all, ...query }, ({ company }) => foldText(company)).map(
      ({ line }) => line,
    );

  test('by status, field, words, lines, all at once', () => {
    expect(chosen({})).toEqual(rows.map(({ line }) => line));
    expect(chosen({ statuses: ['rejected', 'conflict'] })).toEqual([7, 24, 35, 41, 58]);
    expect(chosen({ field: 'country' })).toEqual([22]);
    expect(chosen({ field: '(emptied)', lines: new Set([6, 7, 17]) })).toEqual([6, 17]);
    expect(chosen({ words: [foldText('MÜLLER'), 'ochre'], statuses: ['planned'] })).toEqual([18]);
  });
  test('in any order, lines deciding between equals', () => {
    expect(chosen({ descending: true })[0]).toBe(61);
    expect(chosen({ sort: 'status' }).slice(0, 3)).toEqual([35, 7, 24]);
    const first = rows.find(({ line }) => line === chosen({ sort: 'changes' })[0])!;
    expect(first.changes.length).toBe(Math.max(...rows.map(({ changes }) => changes.length)));
    const names = chosen({ sort: 'customer' }).map((line) => rows[line - 2]!.company);
    expect(names[0]! < names.at(-1)!).toBe(true);
  });
});
