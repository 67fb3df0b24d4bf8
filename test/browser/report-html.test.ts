/** report.html as a person meets it: in a browser, from a file. */
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import { writeReport, type ReportRow, type ReportView } from '../../src/results/report-html.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';
import { SAMPLE_WARNINGS, sampleRow, sampleRows, sampleView, stream } from './report-sample.js';

const CHROMIUM = '/usr/bin/chromium';
const playwright = await import('playwright-core').catch(() => undefined);
const missing =
  playwright === undefined
    ? 'playwright-core is not installed'
    : existsSync(CHROMIUM)
      ? ''
      : `there is no ${CHROMIUM}`;

const HOSTILE = [
  '<img src=x onerror="window.broken=1">',
  '</script><script>window.broken=2</script>',
  '"><svg onload=window.broken=3>',
  "'-alert(4)-'",
  '<!--<script>',
  '\u202Egpj.exe\u202C and \u0000\u200B',
  'long '.repeat(2048),
] as const;

describe.skipIf(missing !== '')(
  `report.html in Chromium${missing === '' ? '' : ` (skipped: ${missing})`}`,
  { timeout: 90_000 },
  () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await playwright!.chromium.launch({
        executablePath: CHROMIUM,
        args: [
          '--headless',
          '--no-sandbox',
          '--disable-gpu',
          '--disable-quic',
          '--no-first-run',
          '--disable-background-networking',
          '--disable-component-update',
          '--disable-sync',
        ],
      });
    }, 90_000);
    afterAll(() => browser.close());

    /** Opens a report; when the test ends, it must have asked for nothing and said nothing. */
    async function open(
      rows: readonly ReportRow[],
      more: Partial<ReportView> = {},
      options: BrowserContextOptions = {},
      prepare: (page: Page) => Promise<unknown> = () => Promise.resolve(),
    ): Promise<Page> {
      const file = join(await temporaryFolder(), 'report.html');
      await writeReport(file, sampleView(rows, more), stream(rows));
      const context = await browser.newContext({
        viewport: { width: 1280, height: 900 },
        ...options,
      });
      const page = await context.newPage();
      const requests: string[] = [];
      const said: string[] = [];
      page.on('request', (request) => requests.push(request.url()));
      page.on('console', (message) => said.push(message.text()));
      page.on('pageerror', (error) => said.push(error.message));
      page.on('dialog', (dialog) => {
        said.push(`dialog: ${dialog.message()}`);
        void dialog.dismiss();
      });
      onTestFinished(async () => {
        await context.close();
        expect(requests).toEqual([pathToFileURL(file).href]);
        expect(said).toEqual([]);
      });
      await prepare(page);
      await page.goto(pathToFileURL(file).href);
      return page;
    }

    const lines = (page: Page): Promise<number[]> =>
      page
        .locator('#rows-here tr th')
        .allTextContents()
        .then((texts) => texts.map((text) => Number(text.replace(/\D/g, ''))));
    const count = (page: Page) => page.locator('#count').textContent();

    test('says what, when, by whom, against what, and what it comes to', async () => {
      const page = await open(sampleRows(60), { warnings: SAMPLE_WARNINGS });
      expect(await page.title()).toBe('Plan – november.csv');
      const text = await page.locator('body').innerText();
      for (const part of [
        '47 of 60 rows would be changed. Nothing has been changed yet.',
        'Look at this before you approve',
        '9 company names',
        '1 country',
        '5 fields emptied',
        '23 Nov 2026, 07:30 UTC',
        'a.linden@partner.example',
        'https://api.partnercenter.microsoft.com',
        'billpatch apply november.20261123-073000.run --digest k7m2-49qd-x3vt-81hp',
        '60 = 5 unchanged + 47 planned + 3 invalid + 4 conflict + 1 rejected',
      ]) {
        expect(text.replace(/\s+/g, ' ')).toContain(part);
      }
      expect(text).not.toContain('SIMULATED');
      expect(await page.locator('main > section').first().getAttribute('class')).toBe('warnings');
      expect(await count(page)).toBe('60 rows');
    });

    test('shows what differs within a value, and what is emptied', async () => {
      const page = await open(sampleRows(60));
      const row = page.locator('#rows-here tr').nth(1);
      expect(await row.locator('del').allTextContents()).toEqual(['billing', 'KG']);
      expect(await row.locator('ins').allTextContents()).toEqual(['invoices', 'GmbH']);
      const emptied = page.locator('.change.emptied').first();
      expect(await emptied.locator('.new').innerText()).toContain('(empty)');
    });

    test('a rehearsal says so', async () => {
      const page = await open(sampleRows(3), { simulated: true, target: 'http://127.0.0.1:4000' });
      expect(await page.locator('.simulated').innerText()).toContain('SIMULATED');
      expect(await page.title()).toContain('SIMULATED');
      expect(await page.locator('.sign').innerText()).toContain('This is a rehearsal.');
    });

    test('filters by status, field, warning and words, and clears', async () => {
      const page = await open(sampleRows(60), { warnings: SAMPLE_WARNINGS });
      await page.getByLabel('Status').selectOption('conflict');
      expect(await lines(page)).toEqual([7, 24, 41, 58]);
      expect(await count(page)).toBe('4 rows (of 60)');
      await page.getByLabel('Status').selectOption('(attention)');
      expect(await count(page)).toBe('8 rows (of 60)');
      await page.getByRole('button', { name: 'Clear filters' }).click();
      expect(await count(page)).toBe('60 rows');

      await page.getByLabel('Field').selectOption('country');
      expect(await lines(page)).toEqual([22]);
      await page.getByRole('link', { name: '5 fields emptied' }).click();
      expect(await lines(page)).toEqual([6, 17, 39, 50, 61]);
      await page.getByRole('link', { name: 'Show these 6 rows' }).click();
      expect(await lines(page)).toEqual([14, 15, 16, 17, 18, 19]);
      expect(await page.locator('#of-warning').innerText()).toBe('Only the rows of warning 1.');
      await page.getByRole('link', { name: '8 cannot be changed' }).click();
      expect(await page.getByLabel('Status').inputValue()).toBe('(attention)');

      await page.getByRole('button', { name: 'Clear filters' }).click();
      await page.getByLabel('Search').fill('muller FINCH ochre');
      await page.getByText('(of 60)').waitFor();
      expect(await lines(page)).toEqual([18]);
      await page.getByLabel('Search').fill('nowhere');
      await page.getByText('No row fits (of 60).').waitFor();
    });

    test('sorts, and says how', async () => {
      const page = await open(sampleRows(60));
      const by = (name: RegExp) => page.getByRole('columnheader', { name });
      expect(await by(/Line/).getAttribute('aria-sort')).toBe('ascending');
      await by(/Customer/)
        .getByRole('button')
        .click();
      const names = await page.locator('.customer b').allTextContents();
      expect(names).toEqual([...names].sort(new Intl.Collator('en').compare));
      expect(await by(/Customer/).getAttribute('aria-sort')).toBe('ascending');
      expect(await by(/Line/).getAttribute('aria-sort')).toBe('none');
      await by(/Line/).getByRole('button').click();
      await by(/Line/).getByRole('button').click();
      expect((await lines(page)).slice(0, 2)).toEqual([61, 60]);
      await by(/Status/)
        .getByRole('button')
        .click();
      expect((await page.locator('.list .status').allTextContents())[0]).toBe('rejected');
    });

    test('pages, with the keyboard alone', async () => {
      const page = await open(sampleRows(450));
      expect(await count(page)).toBe('Rows 1 to 200 of 450');
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the rows');
      await page.keyboard.press('Enter');
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement.id')).toBe('search');
      for (let i = 0; i < 10; i += 1) {
        if ((await page.evaluate('document.activeElement.dataset.turn')) === '1') break;
        await page.keyboard.press('Tab');
      }
      await page.keyboard.press('Enter');
      expect(await count(page)).toBe('Rows 201 to 400 of 450');
      expect((await lines(page))[0]).toBe(202);
      await page.getByRole('button', { name: 'Next' }).last().press('Enter');
      expect(await count(page)).toBe('Rows 401 to 450 of 450');
      expect(await page.getByRole('button', { name: 'Next' }).last().isDisabled()).toBe(true);
      await page.getByRole('columnheader', { name: /Line/ }).getByRole('button').press(' ');
      expect((await lines(page))[0]).toBe(451);
    });

    test('copies the digest, the command, an answer and ids', async () => {
      const page = await open(sampleRows(20), {}, {}, (empty) =>
        empty.addInitScript(
          'Object.defineProperty(navigator, "clipboard", { value: { writeText: async (text) => { window.copied = text; } } })',
        ),
      );
      const copied = () => page.evaluate<string>('window.copied');
      await page.getByRole('button', { name: 'Copy the digest' }).click();
      expect(await copied()).toBe('k7m2-49qd-x3vt-81hp');
      expect(await page.locator('#said').textContent()).toBe('Copied');
      await page.getByRole('button', { name: 'Copy command' }).click();
      expect(await copied()).toMatch(/^billpatch apply .* --digest k7m2-49qd-x3vt-81hp$/);
      await page.getByRole('button', { name: 'Copy approval' }).click();
      expect(await copied()).toMatch(
        /^I approve the plan for november.csv \(\d+ rows to change of 20\), digest k7m2-49qd-x3vt-81hp\.$/,
      );
      const conflict = page.locator('#rows-here tr').nth(5);
      await conflict.getByText('Ids for Microsoft support').click();
      const { tenantId, trace } = sampleRow(5);
      await conflict.getByRole('button', { name: 'Copy Correlation id of line 7' }).click();
      expect(await copied()).toBe(trace!.correlationId);
      await conflict.getByRole('button', { name: 'Copy all ids of line 7' }).click();
      expect(await copied()).toContain(
        `Customer id: ${tenantId}\nCorrelation id: ${trace!.correlationId}`,
      );
    });

    test('copies where the browser lends no clipboard', async () => {
      const page = await open(sampleRows(2), {}, {}, (empty) =>
        empty.addInitScript(
          'Object.defineProperty(navigator, "clipboard", { value: undefined }); document.addEventListener("copy", () => { window.copied = document.activeElement.value; })',
        ),
      );
      await page.getByRole('button', { name: 'Copy the digest' }).click();
      expect(await page.evaluate('window.copied')).toBe('k7m2-49qd-x3vt-81hp');
    });

    test('hostile values are values', async () => {
      const rows = HOSTILE.map((value, i): ReportRow => {
        const problem = { code: value, message: value, hint: value, detail: value };
        return {
          ...sampleRow(0),
          line: i + 2,
          status: 'conflict',
          tenantId: value,
          company: value,
          changes: [
            { field: 'companyName', from: value, to: `${value}!` },
            { field: 'email', from: '', to: value },
            { field: 'city', from: value, to: '' },
          ],
          guards: [{ field: 'city', expected: value }],
          problem,
          note: value,
          trace: { correlationId: value, getRequestId: value, etagBefore: value, attempts: 1 },
        };
      });
      const all = HOSTILE.join(' ');
      const page = await open(rows, {
        title: all,
        target: all,
        partnerTenant: all,
        tool: all,
        by: all,
        digest: all,
        applyCommand: all,
        inputSha256: all,
        stages: [{ stage: all, startedAt: all }],
        stop: { code: all, message: all, hint: all, detail: all },
        warnings: [{ message: all, hint: all, lines: [2] }],
      });
      expect(await page.locator('#rows-here tr').count()).toBe(HOSTILE.length);
      for (const summary of await page.locator('.ids summary').all()) await summary.click();
      expect(await page.evaluate('window.broken')).toBeUndefined();
      expect(await page.locator('script').count()).toBe(3);
      expect(await page.locator('img, iframe, svg:not(.bar), [onerror], [onload]').count()).toBe(0);
      expect(await page.locator('.customer b').first().innerText()).toBe(HOSTILE[0]);
      expect(await page.locator('.customer b').nth(1).innerText()).toBe(HOSTILE[1]);
      // What turns or hides text is written out instead.
      const turned = page.locator('.customer b').nth(5);
      expect(await turned.innerText()).toBe('U+202Egpj.exeU+202C and U+0000U+200B');
      const bare = await page.evaluate<boolean>(
        `/[\\u202E\\u200B]/.test(document.querySelector('.page').innerText)`,
      );
      expect(bare).toBe(false);
      // What is long is cut, and can be had whole.
      const long = page.locator('#rows-here tr').nth(6).locator('.change').nth(1);
      expect((await long.innerText()).length).toBeLessThan(500);
      await long.getByRole('button', { name: 'Show all 10,240 characters' }).click();
      expect((await long.innerText()).length).toBeGreaterThan(10_000);
      expect(await overflow(page)).toBeLessThanOrEqual(0);
    });

    const overflow = (page: Page): Promise<number> =>
      page.evaluate<number>(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );

    test('fits a screen of 360 pixels', async () => {
      const page = await open(
        sampleRows(60),
        { warnings: SAMPLE_WARNINGS, simulated: true },
        { viewport: { width: 360, height: 740 } },
      );
      await page.locator('.ids summary').nth(5).click();
      expect(await overflow(page)).toBeLessThanOrEqual(0);
    });

    test('paper shows all rows of the filter, places to sign, and nothing to press', async () => {
      const page = await open(sampleRows(450));
      await page.emulateMedia({ media: 'print' });
      await page.getByText('450 rows', { exact: true }).waitFor();
      expect(await page.locator('#rows-here tr').count()).toBe(450);
      expect(await page.locator('.signature').isVisible()).toBe(true);
      expect(await page.getByText('Refused, because:').isVisible()).toBe(true);
      expect(await page.locator('#search').isVisible()).toBe(false);
      expect(await page.locator('.copy').filter({ visible: true }).count()).toBe(0);
      // The ids of the rows that somebody must ask about.
      expect(await page.locator('.attention details[open]').count()).toBeGreaterThan(10);
      expect(await page.locator('tr:not(.attention) details').count()).toBe(0);
      await page.emulateMedia({ media: 'screen' });
      await page.getByText('Rows 1 to 200 of 450').waitFor();
    });

    test('paper has its bound, and says so', async () => {
      const page = await open(sampleRows(2100));
      await page.emulateMedia({ media: 'print' });
      await page.getByText('Only the first 2,000 of 2,100 rows are printed.').waitFor();
    });

    test('without JavaScript: all but the rows, and why', async () => {
      const page = await open(sampleRows(60), {}, { javaScriptEnabled: false });
      const text = await page.locator('body').innerText();
      expect(text).toContain('The list of rows needs JavaScript');
      expect(text).toContain('47 of 60 rows would be changed');
      expect(text).toContain('5 fields emptied');
      expect(await page.locator('.with-script').filter({ visible: true }).count()).toBe(0);
    });

    test.for([
      ['light', 1280, 'plan'],
      ['dark', 1280, 'plan'],
      ['dark', 360, 'plan'],
      ['light', 360, 'apply'],
    ] as const)('axe finds nothing: %s, %i px, %s', async ([colorScheme, width, kind]) => {
      const page = await open(
        sampleRows(60),
        {
          kind,
          warnings: SAMPLE_WARNINGS,
          simulated: true,
          stop: { code: 'stopped', message: 'It stopped.', hint: 'Go on.' },
        },
        { colorScheme, viewport: { width, height: 900 } },
      );
      await page.locator('.ids summary').nth(5).click();
      await page.evaluate(
        await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'),
      );
      const violations = await page.evaluate<{ id: string; nodes: { html: string }[] }[]>(
        'axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }).then(({ violations }) => violations.map(({ id, nodes }) => ({ id, nodes: nodes.slice(0, 3).map(({ html }) => ({ html })) })))',
      );
      expect(violations).toEqual([]);
      expect(await page.evaluate('axe.version')).toMatch(/^4\./);
    });

    test('10,000 rows stay usable', async () => {
      const rows = sampleRows(10_000);
      const page = await open(rows);
      await page.getByText('Rows 1 to 200 of 10,000').waitFor({ timeout: 10_000 });
      const ready = await page.evaluate<number>(
        'performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd',
      );
      const timed = async (act: () => Promise<unknown>): Promise<number> => {
        const start = performance.now();
        await act();
        return Math.round(performance.now() - start);
      };
      const search = await timed(async () => {
        await page.getByLabel('Search').fill('finch clocks');
        await page.getByText('(of 10,000)').waitFor({ timeout: 10_000 });
      });
      const sort = await timed(() =>
        page
          .getByRole('columnheader', { name: /Customer/ })
          .getByRole('button')
          .click(),
      );
      const path = new URL(page.url());
      const { size } = await stat(path);
      process.stdout.write(
        `report.html of 10,000 rows, ${(size / 1e6).toFixed(1)} MB: ready after ${Math.round(ready)} ms, first search ${search} ms, sort ${sort} ms\n`,
      );
    });
  },
);
