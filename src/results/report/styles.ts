/** How the report looks: on a screen of any width, by day and by night, and on paper. */
export const STYLES = `
:root {
  color-scheme: light dark;
  --ground: #fbfaf7; --sheet: #ffffff; --line: #dcdad3; --text: #1d2325; --quiet: #596366;
  --accent: #0b5c62; --accent-soft: #cfe3e3;
  --warn: #8a3b12; --warn-ground: #fdf2e6; --warn-line: #d8a273;
  --old: #8c1d18; --old-ground: #fbe4e0; --new: #0f5438; --new-ground: #dcefe4;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14181a; --sheet: #1b2022; --line: #363d40; --text: #e6e8e6; --quiet: #a5afb1;
    --accent: #72c7cb; --accent-soft: #24484b;
    --warn: #f3b885; --warn-ground: #2a2018; --warn-line: #8a5a32;
    --old: #ffb4ab; --old-ground: #42211f; --new: #97dab8; --new-ground: #17392b;
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
html { scroll-behavior: smooth; -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body {
  margin: 0; background: var(--ground); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "Liberation Sans", sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: break-word;
}
.page { max-width: 76rem; margin: 0 auto; padding: 2.5rem 1.5rem 3rem; }
h1, h2 { font-family: Charter, "Iowan Old Style", Georgia, "Liberation Serif", serif; line-height: 1.2; font-weight: 600; }
h1 { font-size: 2.25rem; margin: 0 0 .5rem; }
h2 { font-size: 1.4rem; margin: 0 0 .75rem; }
p { margin: 0 0 .75rem; }
section { margin-top: 2.75rem; scroll-margin-top: 1rem; }
section:focus, table:focus { outline: none; }
a { color: var(--accent); text-underline-offset: .18em; }
code, pre, .value, .customer b, .facts dd, h1 { overflow-wrap: anywhere; }
code, pre { font-family: ui-monospace, "Cascadia Mono", Menlo, Consolas, "Liberation Mono", monospace; font-size: .86em; }
:is(a, button, input, select, summary, .value):focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
button, input, select { font: inherit; color: inherit; }
button {
  background: var(--sheet); border: 1px solid var(--quiet); border-radius: 5px; padding: .3rem .75rem; cursor: pointer;
}
button:hover:enabled { border-color: var(--accent); color: var(--accent); }
button:disabled { color: var(--quiet); border-color: var(--line); cursor: default; }
.skip { position: absolute; left: -100rem; top: .5rem; background: var(--sheet); padding: .5rem 1rem; z-index: 1; }
.skip:focus { left: .5rem; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.paper, .narrow, .every-page { display: none; }
.quiet { color: var(--quiet); }
.hint { margin-bottom: .4rem; }

.kind { color: var(--accent); font-weight: 600; margin: 0 0 .25rem; }
.lead { font-size: 1.2rem; max-width: 48rem; margin-bottom: 0; }
.simulated { border: 2px solid var(--warn); background: var(--warn-ground); color: var(--warn); padding: .75rem 1rem; margin: 1rem 0; border-radius: 5px; }
.simulated strong { font-size: 1.5rem; letter-spacing: .12em; margin-right: .75rem; vertical-align: -.1em; }

.warnings, .stopped { background: var(--warn-ground); border-left: 4px solid var(--warn-line); padding: 1.25rem 1.5rem .75rem; margin-top: 1.75rem; border-radius: 0 5px 5px 0; }
.warnings h2, .stopped h2 { color: var(--warn); margin-bottom: .4rem; }
.warnings ol { margin: 0; padding-left: 1.4rem; }
.warnings li { margin-bottom: .9rem; }
.warnings li p, .stopped p { margin: 0 0 .15rem; }
.warnings .message, .stopped .message { font-weight: 600; }

.first { margin-top: 1.75rem; }
.label { color: var(--quiet); margin-bottom: .35rem; }
.callouts { list-style: none; display: flex; flex-wrap: wrap; gap: .75rem 2.5rem; padding: 0; margin: 0 0 1.5rem; }
.callouts a { text-decoration: none; border-bottom: 1px solid; padding-bottom: .1rem; }
.callouts strong { font-size: 1.75rem; font-weight: 600; margin-right: .15rem; font-family: Charter, "Iowan Old Style", Georgia, "Liberation Serif", serif; }
.callouts .none { color: var(--quiet); }
.facts, .provenance dl { margin: 0; display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: .9rem 2rem; border-top: 1px solid var(--line); padding-top: 1rem; }
dt { color: var(--quiet); font-size: .875rem; }
dd { margin: 0; }

table { border-collapse: collapse; width: 100%; }
caption { text-align: left; font-weight: 600; padding-bottom: .4rem; }
th { text-align: left; font-weight: 600; }
th, td { padding: .4rem .75rem .4rem 0; vertical-align: top; border-bottom: 1px solid var(--line); }
.counts thead :is(th, td) { color: var(--quiet); font-size: .875rem; font-weight: 400; vertical-align: bottom; }
.counts tbody th { font-weight: 400; }
.number { text-align: right; width: 1%; }
.counts tbody .number { white-space: nowrap; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 27rem), 1fr)); gap: 2rem 3rem; align-items: start; }
.chart { width: 34%; min-width: 4rem; padding-top: .8rem; }
.meaning { color: var(--quiet); font-size: .875rem; }
.bar { display: block; width: 100%; height: .65rem; background: var(--line); border-radius: 2px; }
.bar rect { fill: var(--accent); }
.bar.open rect { fill: var(--warn); }
.counts a:has(.status) { text-decoration: none; }
.counts a:has(.status):hover { text-decoration: underline; }
.status { border: 1px solid currentColor; border-radius: 4px; padding: .02rem .45rem; font-size: .875rem; white-space: nowrap; }
.status:is(.planned, .updated) { color: var(--accent); }
.status:is(.unchanged, .skipped) { color: var(--quiet); }
.status:is(.invalid, .conflict, .rejected, .failed, .unknown) { color: var(--warn); background: var(--warn-ground); font-weight: 600; }

.sign { border-top: 3px solid var(--accent); padding-top: 1.25rem; }
.sign > p { max-width: 48rem; }
.digest dd { display: flex; flex-wrap: wrap; gap: .4rem 1rem; align-items: center; }
.digest { margin: 0 0 1rem; }
.digest code { font-size: 1rem; }
.answer p, .next p { margin-bottom: .5rem; }
.answer { margin-bottom: 1.25rem; }
pre { background: var(--sheet); border: 1px solid var(--line); border-radius: 5px; padding: .7rem 1rem; margin: 0 0 .5rem; white-space: pre-wrap; }

.held { background: var(--warn-ground); border-left: 4px solid var(--warn-line); padding: .75rem 1rem; max-width: 60rem; }
form { display: flex; flex-wrap: wrap; gap: .75rem 1.25rem; align-items: end; margin-bottom: 1rem; }
form p { margin: 0; display: grid; gap: .2rem; }
form p:first-child { flex: 1 1 16rem; }
label { color: var(--quiet); font-size: .875rem; }
input, select { background: var(--sheet); border: 1px solid var(--quiet); border-radius: 5px; padding: .4rem .6rem; min-width: 0; width: 100%; height: 2.6rem; }
::placeholder { color: var(--quiet); opacity: 1; }
.found { display: flex; flex-wrap: wrap; gap: .25rem .75rem; align-items: center; min-height: 2.2rem; margin-bottom: .5rem; }
#count { margin-right: auto; font-weight: 600; }
.pager { display: flex; gap: .75rem; align-items: center; }
.rows > div > .pager { margin-top: 1rem; justify-content: flex-end; }
.list { table-layout: fixed; }
.list thead th { border-bottom: 2px solid var(--text); padding-top: 0; }
.list thead button { border: 0; background: none; padding: .2rem 0; font-weight: 600; text-align: left; }
.list thead button::after { content: "\\2195"; color: var(--quiet); font-weight: 400; margin-left: .35rem; }
[aria-sort=ascending] button::after { content: "\\2191" !important; color: var(--accent) !important; }
[aria-sort=descending] button::after { content: "\\2193" !important; color: var(--accent) !important; }
.list th:nth-child(1) { width: 4.75rem; }
.list th:nth-child(2) { width: 21%; }
.list th:nth-child(3) { width: 7.5rem; }
.list tbody th { font-weight: 400; color: var(--quiet); }
.list tbody tr > * { padding-top: .7rem; padding-bottom: .7rem; }
.customer b { display: block; font-weight: 600; }
.customer code { color: var(--quiet); font-size: .75rem; }
.what > :last-child { margin-bottom: 0; }
.what p { margin-bottom: .3rem; }
.changes { list-style: none; margin: 0 0 .4rem; padding: 0; }
.change { display: grid; grid-template-columns: 8.5rem 1fr 1.08fr; gap: 0 .75rem; padding: .1rem 0; }
.field { color: var(--quiet); }
.new { position: relative; padding-left: 1.4rem; }
.new::before { content: "\\2192"; content: "\\2192" / ""; position: absolute; left: 0; color: var(--quiet); }
.value { white-space: pre-wrap; }
.remark { grid-column: 2 / -1; color: var(--warn); font-size: .875rem; }
del { color: var(--old); background: var(--old-ground); border-radius: 2px; text-decoration-thickness: 1px; }
ins { color: var(--new); background: var(--new-ground); border-radius: 2px; text-decoration-thickness: 1px; text-underline-offset: .15em; }
.empty { color: var(--quiet); font-style: italic; }
.emptied .new .empty { color: var(--warn); font-weight: 600; font-style: normal; }
.mark { font: .7em/1 ui-monospace, "Liberation Mono", monospace; border: 1px solid currentColor; border-radius: 3px; padding: 0 .2em; margin: 0 .1em; vertical-align: .1em; }
.more, .copy { font-size: .8125rem; padding: .05rem .5rem; }
.sign .copy { font-size: .9375rem; padding: .3rem .75rem; }
.digest .copy { font-size: .8125rem; padding: .1rem .5rem; }
.problem { border-left: 3px solid var(--warn-line); padding-left: .75rem; margin-bottom: .4rem; }
.problem .message { color: var(--warn); font-weight: 600; }
.detail { color: var(--quiet); }
.ids summary { color: var(--accent); cursor: pointer; font-size: .875rem; width: fit-content; }
.ids dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; margin: .5rem 0; }
.ids dd { display: flex; flex-wrap: wrap; gap: .2rem .75rem; align-items: center; justify-content: space-between; }
.provenance .counts { margin-top: 1.5rem; max-width: 48rem; }
footer { margin-top: 3rem; border-top: 1px solid var(--line); padding-top: .75rem; color: var(--quiet); font-size: .875rem; }

@media screen and (max-width: 46rem) {
  .page { padding: 1.5rem 1rem 2rem; }
  h1 { font-size: 1.7rem; }
  .lead { font-size: 1.05rem; }
  .narrow { display: inline; }
  .meaning, .counts:nth-child(2) .chart, .counts:nth-child(2) thead td { display: none; }
  .overview .counts:first-child th:last-child { display: none; }
  .chart { width: auto; min-width: 3rem; }
  .list, .list tbody { display: block; }
  .list thead { display: block; border-bottom: 2px solid var(--text); }
  .list thead tr { display: flex; flex-wrap: wrap; gap: 0 1.1rem; }
  .list thead th { width: auto !important; border: 0; padding: 0; }
  .list tbody tr { display: grid; grid-template-columns: 1fr auto; border-bottom: 1px solid var(--line); padding: .75rem 0; }
  .list tbody tr > * { border: 0; padding: 0; width: auto !important; }
  .list .line { grid-area: 1 / 1; }
  .list .state { grid-area: 1 / 2; }
  .list .customer, .list .what { grid-column: 1 / -1; margin-top: .35rem; }
  .change { grid-template-columns: 1fr; padding-bottom: .45rem; }
  .remark { grid-column: 1; }
  .ids dl { grid-template-columns: 1fr; gap: 0; }
  .ids dd { margin-bottom: .4rem; }
  form p { flex: 1 1 8rem; }
}

@media print {
  :root {
    color-scheme: light;
    --ground: #fff; --sheet: #fff; --line: #bbb; --text: #000; --quiet: #444; --accent: #0b4a4f; --warn: #7a2f0a; --warn-ground: #fff; --warn-line: #7a2f0a;
    --old: #7a1512; --old-ground: #fff; --new: #0b4430; --new-ground: #fff;
  }
  @page { margin: 14mm 12mm; }
  html { font-size: 9.5pt; }
  body { font-size: 1rem; line-height: 1.35; }
  .page { max-width: none; padding: 0; }
  h1 { font-size: 20pt; }
  h2 { font-size: 13pt; break-after: avoid; }
  section { margin-top: 18pt; }
  a { color: inherit; text-decoration: none; }
  .skip, form, button:not(.list thead button), .pager, .answer, .warnings a, .more, .ids summary { display: none !important; }
  /* A control would not be painted again on the next page. */
  .list thead button { display: contents; }
  .every-page { display: inline; float: right; font-weight: 400; font-size: 7pt; }
  .list thead button::after { content: none !important; }
  .paper { display: block; }
  .warnings, .stopped, .held { border: 1px solid var(--warn-line); border-left-width: 4px; break-inside: avoid; }
  .bar { border: 1px solid #444; background: none; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .sign, .list tr, .counts tr, .charts > table { break-inside: avoid; }
  thead { display: table-header-group; break-inside: avoid; }
  ins { text-decoration-thickness: 1.5pt; font-weight: 600; }
  .change { grid-template-columns: 8rem 1fr 1fr; gap: 0 .6rem; }
  .customer code { font-size: 6.5pt; }
  .list th:nth-child(1) { width: 3.2rem; }
  .list th:nth-child(2) { width: 21%; }
  .list th:nth-child(3) { width: 6.9rem; }
  .list tbody tr > * { padding-top: .4rem; padding-bottom: .4rem; }
  .boxes { display: flex; gap: .6rem; align-items: center; margin: 1rem 0 3.5rem; }
  .box { display: inline-block; width: 4mm; height: 4mm; border: 1px solid #000; }
  .box + .box, .box:nth-child(n + 2) { margin-left: 1.5rem; }
  .signature { display: grid; grid-template-columns: 2fr 1fr 2fr; gap: 1.5rem; margin: 0; }
  .signature dd { border-bottom: 1px solid #000; height: 2.2rem; }
}
`;
