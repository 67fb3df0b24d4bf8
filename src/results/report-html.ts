/**
 * report.html: one file that a person in finance opens, reads, prints and approves from. It asks
 * for nothing from anywhere, and its only styles and script are the ones whose hashes it names.
 */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { writeWholeFile } from '../journal/whole-file.js';
import type { Problem } from '../problem.js';
import type { Change } from '../profile/decide.js';
import { STATUSES, type RowTrace, type Status } from '../run/outcome.js';
import { jsonHtml } from './report/html.js';
import { pageScript } from './report/page-script.js';
import { pageFacts } from './report/rows-section.js';
import { bodyEnd, bodyStart, headTitle } from './report/sections.js';
import { STYLES } from './report/styles.js';
import { addRow, createChoice, createTally } from './report/tally.js';

/** Everything the report says apart from its rows. Times are ISO 8601 in UTC. */
export interface ReportView {
  readonly kind: 'plan' | 'apply' | 'undo';
  /** The input's name, `november.csv`; of a shard, which one as well. */
  readonly title: string;
  /** True: nothing of this run went to Partner Center. */
  readonly simulated: boolean;
  /** The base URL. */
  readonly target: string;
  readonly partnerTenant?: string;
  /** `billpatch 0.1.0` */
  readonly tool: string;
  readonly stages: readonly {
    readonly stage: string;
    /** Of a merged run: of which shard. */
    readonly shard?: number;
    readonly startedAt: string;
    readonly endedAt?: string;
    readonly exitCode?: number;
  }[];
  /** Who ran it, where known. */
  readonly by?: string;
  readonly inputSha256: string;
  /** Of a plan: what is approved. */
  readonly digest?: string;
  /** How to go on, to copy. */
  readonly applyCommand?: string;
  /** Of a plan: what applying it would take. */
  readonly expected?: { readonly requests: number; readonly seconds: number };
  /** What looks like an accident in the spreadsheet; shown before everything else. */
  readonly warnings: readonly {
    readonly message: string;
    readonly hint: string;
    /** All of them, or the first of `lineCount`. */
    readonly lines: readonly number[];
    readonly lineCount?: number;
  }[];
  /** Why the run stopped early. */
  readonly stop?: Problem;
  readonly totals: Readonly<Record<Status, number>>;
  readonly rows: number;
  /** How many rows the file has, where the run is a shard and these are not all of them. */
  readonly fileRows?: number;
}

export interface ReportRow {
  readonly line: number;
  readonly tenantId: string;
  /** The company's name, '' where it is not known. */
  readonly company: string;
  readonly status: Status;
  readonly changes: readonly Change[];
  readonly guards?: readonly { readonly field: string; readonly expected: string }[];
  readonly problem?: Problem;
  readonly note?: string;
  readonly trace?: RowTrace;
}

/**
 * Writes the report, whole or not at all, readable by its owner alone. The rows are read once and
 * not kept. Of more than 20,000, those that need attention and then those with changes are shown.
 *
 * @throws where the rows are not the ones that `totals` and `rows` count: a bug, and nothing that
 * anybody should approve.
 */
export async function writeReport(
  path: string,
  view: ReportView,
  rows: AsyncIterable<ReportRow>,
): Promise<void> {
  await writeWholeFile(path, async (file) => {
    await pipeline(Readable.from(inBlocks(pageText(view, rows))), file);
  });
}

async function* pageText(view: ReportView, rows: AsyncIterable<ReportRow>): AsyncGenerator<string> {
  const script = pageScript();
  yield [
    '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n',
    `<meta http-equiv="Content-Security-Policy" content="${policy(STYLES, script)}">\n`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">\n',
    '<meta name="referrer" content="no-referrer">\n<meta name="color-scheme" content="light dark">\n',
    `<title>${headTitle(view)}</title>\n<style>${STYLES}</style>\n</head>\n<body>\n`,
    bodyStart(),
  ].join('');

  const tally = createTally();
  const isHeld = createChoice(view.totals);
  // The rows come before what is counted of them, so that they need to be read only once.
  yield '<script type="application/json" id="rows">[';
  for await (const row of rows) {
    addRow(tally, row);
    if (!isHeld(row)) continue;
    yield `${tally.held === 0 ? '' : ','}\n${jsonHtml(row)}`;
    tally.held += 1;
  }
  yield '\n]</script>\n';

  const wrong = STATUSES.filter((status) => tally.statuses[status] !== view.totals[status]);
  if (tally.rows !== view.rows || wrong.length > 0) {
    throw new Error(
      `The report counts ${tally.rows} rows of ${view.rows}${wrong.length > 0 ? `, and others than expected are ${wrong.join(', ')}` : ''}.`,
    );
  }
  yield bodyEnd(view, tally);
  yield `<script type="application/json" id="facts">${jsonHtml(pageFacts(view))}</script>\n`;
  yield `<script>${script}</script>\n</body>\n</html>\n`;
}

/** Nothing may be loaded or run but the styles and the script that stand in the file. */
function policy(...inline: readonly [styles: string, script: string]): string {
  const [styles, script] = inline.map(
    (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`,
  );
  return [
    "default-src 'none'",
    `style-src ${styles}`,
    `script-src ${script}`,
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ');
}

/** One write for many rows. */
async function* inBlocks(texts: AsyncIterable<string>): AsyncGenerator<string> {
  let block = '';
  for await (const text of texts) {
    block += text;
    if (block.length < 65_536) continue;
    yield block;
    block = '';
  }
  yield block;
}
