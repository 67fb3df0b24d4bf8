/** The report's text, apart from its rows. Pure: values in, HTML out. */
import { FIELDS } from '../../profile/billing-profile.js';
import { isFine, STATUSES } from '../../run/outcome.js';
import { EXIT } from '../exit-code.js';
import type { ReportView } from '../report-html.js';
import { visibleParts } from './diff-parts.js';
import { FIELD_LABELS } from './field-labels.js';
import { approval } from './approval.js';
import { codeHtml, count, counted, escapeHtml, valueHtml } from './html.js';
import { rowsSection } from './rows-section.js';
import type { Tally } from './tally.js';
import { MEANINGS } from '../summary.js';
import { attentionOf, KINDS } from './words.js';

/** Plain text: a title has no elements. */
export const headTitle = ({ kind, title, simulated }: ReportView): string =>
  escapeHtml(
    `${simulated ? 'SIMULATED: ' : ''}${KINDS[kind].name} – ${visibleParts(title)
      .map(({ text }) => text)
      .join('')}`,
  );

export const bodyStart = (): string =>
  '<a class="skip" href="#rows-section">Skip to the rows</a>\n';

/** What follows the rows' data. */
export const bodyEnd = (view: ReportView, tally: Tally): string =>
  [
    '<div class="page">',
    header(view),
    '<main>',
    warnings(view),
    stopped(view),
    first(view, tally),
    overview(view, tally),
    approval(view, tally),
    rowsSection(view, tally),
    provenance(view, tally),
    '</main>',
    `<footer><p>${valueHtml(view.tool)}. This file holds customers’ data; treat it as you treat the spreadsheet. It loads nothing from anywhere.</p></footer>`,
    '</div>',
    '',
  ].join('\n');

function header(view: ReportView): string {
  const { kind, title, simulated } = view;
  return `<header>
<p class="kind">billpatch · ${KINDS[kind].name}</p>
<h1>${valueHtml(title)}</h1>
${simulated ? '<p class="simulated"><strong>SIMULATED</strong> A rehearsal: nothing of this was sent to Partner Center.</p>' : ''}
<p class="lead">${lead(view)}</p>
</header>`;
}

/** What it comes to, in two or three sentences. */
function lead({ kind, totals, rows, fileRows }: ReportView): string {
  const made = kind === 'plan' ? totals.planned : totals.updated;
  const open = attentionOf(totals);
  const part = fileRows === undefined ? '' : ` (the shard’s part of ${count(fileRows)})`;
  const of = `of ${counted(rows, 'row')}${part}`;
  const done = {
    plan: `<strong>${count(made)}</strong> ${of} would be changed. Nothing has been changed yet.`,
    apply: `<strong>${count(made)}</strong> ${of} ${made === 1 ? 'was' : 'were'} changed, and Partner Center confirmed the new values.`,
    undo: `<strong>${count(made)}</strong> ${of} ${made === 1 ? 'was' : 'were'} put back, and Partner Center confirmed the earlier values.`,
  }[kind];
  const left = kind === 'plan' ? 'cannot be changed as it stands' : 'needs attention';
  const leftMany = kind === 'plan' ? 'cannot be changed as they stand' : 'need attention';
  return [
    done,
    ...(totals.unchanged > 0
      ? [`${count(totals.unchanged)} ${totals.unchanged === 1 ? 'needs' : 'need'} no change.`]
      : []),
    ...(open > 0
      ? [
          `<a href="#rows-section" data-status="(attention)">${count(open)} ${open === 1 ? left : leftMany}</a>.`,
        ]
      : []),
  ].join(' ');
}

/** The changes with consequences (who is invoiced, under which law, what is lost), and whose run this is. */
function first(view: ReportView, { fields }: Tally): string {
  const { kind, simulated, target, partnerTenant, by, stages } = view;
  const emptied = [...fields.values()].reduce((sum, field) => sum + field.emptied, 0);
  const callouts: [number, string, string, string][] = [
    [fields.get('companyName')?.made ?? 0, 'company name', 'company names', 'companyName'],
    [fields.get('country')?.made ?? 0, 'country', 'countries', 'country'],
    [emptied, 'field emptied', 'fields emptied', '(emptied)'],
  ];
  const items = callouts.map(([number, one, several, field]) => {
    const text = `<strong>${count(number)}</strong> ${number === 1 ? one : several}`;
    return number === 0
      ? `<li class="none">${text}</li>`
      : `<li><a href="#rows-section" data-field="${field}" data-status="${kind === 'plan' ? 'planned' : 'updated'}">${text}</a></li>`;
  });
  const facts: [string, string][] = [
    ['When', moment(stages[0]?.startedAt)],
    ['By', by === undefined ? 'not recorded' : valueHtml(by)],
    ['Partner tenant', partnerTenant === undefined ? 'not recorded' : codeHtml(partnerTenant)],
    ['Address', `${simulated ? 'the simulator, ' : ''}${codeHtml(target)}`],
  ];
  return `<section class="first" aria-label="In short">
<p class="label">${KINDS[kind].made}, with consequences:</p>
<ul class="callouts">${items.join('')}</ul>
<dl class="facts">${facts.map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`).join('')}</dl>
</section>`;
}

function warnings({ warnings: all, kind }: ReportView): string {
  if (all.length === 0) return '';
  const items = all.map(
    ({ message, hint, lines, lineCount = lines.length }, i) =>
      `<li><p class="message">${valueHtml(message)}</p><p class="hint">${valueHtml(hint)}</p>${
        lines.length === 0
          ? ''
          : `<p class="quiet">${lineList(lines, lineCount)} <a class="with-script" hidden href="#rows-section" data-warning="${i}">Show ${lines.length === 1 ? 'this row' : `${lineCount > lines.length ? 'the first' : 'these'} ${count(lines.length)} rows`}</a></p>`
      }</li>`,
  );
  return `<section class="warnings" aria-labelledby="warnings-title">
<h2 id="warnings-title">${kind === 'plan' ? 'Look at this before you approve' : 'Warnings about the file'}</h2>
<p>${all.length === 1 ? 'Something in the spreadsheet looks' : `${count(all.length)} things in the spreadsheet look`} like an accident.</p>
<ol>${items.join('')}</ol>
</section>`;
}

function lineList(lines: readonly number[], lineCount: number): string {
  const shown = lines.slice(0, 12);
  const more = lineCount > shown.length ? ` and ${count(lineCount - shown.length)} more` : '';
  return `${lines.length === 1 ? 'Line' : 'Lines'} ${shown.map(count).join(', ')}${more}.`;
}

const stopped = ({ stop }: ReportView): string =>
  stop === undefined
    ? ''
    : `<section class="stopped" aria-labelledby="stopped-title">
<h2 id="stopped-title">The run stopped before its end</h2>
<p class="message">${valueHtml(stop.message)}</p>
${stop.detail === undefined ? '' : `<p class="quiet">${valueHtml(stop.detail)}</p>`}
<p class="hint"><b>What to do:</b> ${valueHtml(stop.hint)}</p>
</section>`;

function overview(view: ReportView, tally: Tally): string {
  const { totals, rows } = view;
  const present = STATUSES.filter((status) => totals[status] > 0);
  const statuses = present.map(
    (status) =>
      `<tr><th scope="row"><a href="#rows-section" data-status="${status}"><span class="status ${status}">${status}</span></a></th><td class="number">${count(totals[status])}</td><td class="chart">${bar(totals[status], rows, isFine(status) ? 'fine' : 'open')}</td><td class="meaning">${MEANINGS[status]}</td></tr>`,
  );
  const fields = FIELDS.flatMap((field) => {
    const known = tally.fields.get(field);
    return known === undefined ? [] : [{ field, ...known }];
  });
  const most = Math.max(1, ...fields.map(({ made, open }) => Math.max(made, open)));
  const fieldRows = fields.map(
    ({ field, made, emptied, open }) =>
      `<tr><th scope="row"><a href="#rows-section" data-field="${field}">${FIELD_LABELS[field][0]}</a></th><td class="number">${count(made)}</td><td class="chart">${bar(made, most, 'fine')}</td><td class="number">${emptied === 0 ? '–' : count(emptied)}</td><td class="number">${open === 0 ? '–' : count(open)}</td></tr>`,
  );
  return `<section class="overview" aria-labelledby="overview-title">
<h2 id="overview-title">At a glance</h2>
<div class="charts">
<table class="counts"><caption>Rows by status</caption>
<thead><tr><th scope="col">Status</th><th scope="col" class="number">Rows</th><td></td><th scope="col">What it means</th></tr></thead>
<tbody>${statuses.join('')}</tbody></table>
${
  fields.length === 0
    ? '<p class="quiet">No field changes.</p>'
    : `<table class="counts"><caption>Changes by field</caption>
<thead><tr><th scope="col">Field</th><th scope="col" class="number">${KINDS[view.kind].made}</th><td></td><th scope="col" class="number">Emptied</th><th scope="col" class="number">${KINDS[view.kind].open}</th></tr></thead>
<tbody>${fieldRows.join('')}</tbody></table>`
}
</div>
</section>`;
}

/** An attribute, not a style: the page's policy allows no inline styles. */
const bar = (value: number, whole: number, kind: 'fine' | 'open'): string =>
  `<svg class="bar ${kind}" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false"><rect width="${whole === 0 ? 0 : Math.max(value === 0 ? 0 : 1, (100 * value) / whole).toFixed(2)}" height="10"/></svg>`;

/** Where the figures come from, for whoever audits them. */
function provenance(view: ReportView, tally: Tally): string {
  const { totals, stages } = view;
  const fields = [...tally.fields.values()];
  const made = fields.reduce((sum, field) => sum + field.made, 0);
  const open = fields.reduce((sum, field) => sum + field.open, 0);
  const sum = STATUSES.filter((status) => totals[status] > 0).map(
    (status) => `${count(totals[status])} ${status}`,
  );
  const controls: [string, string][] = [
    ['Rows in the file', count(view.fileRows ?? view.rows)],
    ...(view.fileRows === undefined
      ? []
      : ([['Rows of this shard', count(view.rows)]] satisfies [string, string][])),
    ['Rows with an ending', `${count(tally.rows)} = ${sum.join(' + ')}`],
    [
      'Changes',
      `${count(made)} ${view.kind === 'plan' ? 'to be made' : 'made'}, ${count(open)} ${KINDS[view.kind].open.toLowerCase()}`,
    ],
    ['Input (SHA-256)', codeHtml(view.inputSha256)],
    ...(view.digest === undefined
      ? []
      : ([['Digest of the plan', codeHtml(view.digest)]] satisfies [string, string][])),
  ];
  const stageRows = stages.map(
    ({ stage, shard, startedAt, endedAt, exitCode }) =>
      `<tr><th scope="row">${valueHtml(stage)}${shard === undefined ? '' : `, shard ${count(shard)}`}</th><td>${moment(startedAt)}</td><td>${endedAt === undefined ? 'not ended' : moment(endedAt)}</td><td>${exitCode === undefined ? '–' : `${ending(exitCode)} (${exitCode})`}</td></tr>`,
  );
  return `<section class="provenance" aria-labelledby="provenance-title">
<h2 id="provenance-title">Control totals and origin</h2>
<dl>${controls.map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`).join('')}</dl>
<table class="counts"><caption>Stages</caption><thead><tr><th scope="col">Stage</th><th scope="col">Began</th><th scope="col">Ended</th><th scope="col">How it ended</th></tr></thead><tbody>${stageRows.join('')}</tbody></table>
</section>`;
}

const ENDINGS: Readonly<Record<number, string>> = {
  [EXIT.fine]: 'complete',
  [EXIT.attention]: 'complete; some rows need attention',
  [EXIT.refused]: 'refused; nothing was sent',
  [EXIT.stopped]: 'stopped early',
  [EXIT.unknown]: 'complete; some rows are unknown',
  [EXIT.bug]: 'a fault in billpatch',
  [EXIT.interrupted]: 'interrupted',
};

const ending = (exitCode: number): string => ENDINGS[exitCode] ?? 'ended';

/** `23 Nov 2026, 07:30 UTC` */
function moment(iso: string | undefined): string {
  const time = iso === undefined ? NaN : Date.parse(iso);
  if (Number.isNaN(time)) return 'not recorded';
  const [, day, month, year, clock] =
    /, (\d+) (\w+) (\d+) (\d+:\d+)/.exec(new Date(time).toUTCString()) ?? [];
  return `<time datetime="${new Date(time).toISOString()}">${Number(day)} ${month ?? ''} ${year ?? ''}, ${clock ?? ''} UTC</time>`;
}
