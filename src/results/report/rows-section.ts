/** The list of rows: its filters and its table, which the page's script fills. Pure. */
import { FIELDS } from '../../profile/billing-profile.js';
import { isFine, STATUSES } from '../../run/outcome.js';
import type { ReportView } from '../report-html.js';
import { FIELD_LABELS } from './field-labels.js';
import { count, valueHtml } from './html.js';
import type { PageFacts } from './page.js';
import type { Tally } from './tally.js';
import { attentionOf, STATUS_ORDER } from './words.js';

export const pageFacts = ({ warnings }: ReportView): PageFacts => ({
  labels: Object.fromEntries(FIELDS.map((field) => [field, FIELD_LABELS[field][0]])),
  attention: STATUSES.filter((status) => !isFine(status)),
  statusOrder: STATUS_ORDER,
  warnings: warnings.map(({ lines }) => lines),
  pageSize: 200,
  printed: 2000,
});

export function rowsSection(view: ReportView, tally: Tally): string {
  const { totals } = view;
  const statuses = STATUS_ORDER.filter((status) => totals[status] > 0);
  const fields = FIELDS.filter((field) => tally.fields.has(field));
  const open = attentionOf(totals);
  const emptied = [...tally.fields.values()].some((field) => field.emptied > 0);
  const option = (value: string, text: string): string =>
    `<option value="${value}">${text}</option>`;
  const cut =
    tally.held < tally.rows
      ? `<p class="held"><strong>This page shows ${count(tally.held)} of ${count(tally.rows)} rows:</strong> first those that need attention, then those with changes, as many as a browser bears. The counts above are of all rows, and results.csv, beside this file, lists every row.</p>`
      : '';
  const head = (column: string, text: string, more = ''): string =>
    `<th scope="col" role="columnheader" data-column="${column}" aria-sort="${column === 'line' ? 'ascending' : 'none'}"><button type="button" data-sort="${column}">${text}</button>${more}</th>`;
  const pager = (label: string): string =>
    `<nav class="pager" aria-label="${label}" hidden><button type="button" data-turn="-1">Previous</button> <span class="place"></span> <button type="button" data-turn="1">Next</button></nav>`;
  return `<section class="rows" id="rows-section" aria-labelledby="rows-title" tabindex="-1">
<h2 id="rows-title">Row by row</h2>
${cut}
<noscript><p class="held">The list of rows needs JavaScript, which is switched off here. All counts on this page are complete without it, and results.csv, beside this file, lists every row.</p></noscript>
<div class="with-script" hidden>
<form id="filters" role="search" autocomplete="off">
<p><label for="search">Search</label><input id="search" type="search" placeholder="Company, value, id, line…"></p>
<p><label for="status">Status</label><select id="status">${option('', 'All')}${open > 0 && open < view.rows ? option('(attention)', `Needs attention (${count(open)})`) : ''}${statuses.map((status) => option(status, `${status} (${count(totals[status])})`)).join('')}</select></p>
<p><label for="field">Field</label><select id="field">${option('', 'All')}${emptied ? option('(emptied)', 'Any, emptied') : ''}${fields.map((field) => option(field, FIELD_LABELS[field][0])).join('')}</select></p>
<p><button type="button" id="clear" hidden>Clear filters</button></p>
</form>
<div class="found"><span id="of-warning" hidden></span> <span id="count" role="status" aria-live="polite"></span> ${pager('Pages')}</div>
<p class="unseen" id="said" role="status" aria-live="polite"></p>
<table class="list" id="table" role="table" tabindex="-1" aria-labelledby="rows-title">
<thead role="rowgroup"><tr role="row">${head('line', 'Line')}${head('customer', 'Customer')}${head('status', 'Status')}${head('changes', 'Changes, old → new', everyPage(view))}</tr></thead>
<tbody id="rows-here" role="rowgroup"></tbody>
</table>
<p id="cut"></p>
${pager('Pages, below the rows')}
</div>
</section>`;
}

/** On paper the table's head stands on every page, and so does what the page belongs to. */
function everyPage({ title, digest, simulated }: ReportView): string {
  const parts = [
    valueHtml(title),
    ...(digest === undefined ? [] : [valueHtml(digest.slice(0, 24))]),
    ...(simulated ? ['SIMULATED'] : []),
  ];
  return `<span class="every-page">${parts.join(' · ')}</span>`;
}
