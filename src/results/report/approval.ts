/** Where a plan is approved or refused, and where a run is checked off. Pure. */
import { duration } from '../progress.js';
import type { ReportView } from '../report-html.js';
import { codeHtml, count, counted, escapeHtml, valueHtml } from './html.js';
import type { Tally } from './tally.js';

export function approval(view: ReportView, tally: Tally): string {
  const { kind, digest, applyCommand, expected, simulated, totals } = view;
  if (kind !== 'plan' || digest === undefined) {
    return `<section class="sign paper" aria-labelledby="sign-title"><h2 id="sign-title">Checked</h2>${signature()}</section>`;
  }
  const what = `the plan for ${view.title} (${counted(totals.planned, 'row')} to change of ${count(view.rows)}), digest ${digest}`;
  const scope =
    tally.held < tally.rows
      ? `Your approval is for all ${counted(tally.rows, 'row')}, also for those that this page does not show.`
      : 'Your approval is for exactly the changes on this page.';
  const took =
    expected === undefined
      ? ''
      : `<p>Applying it takes about ${duration(expected.seconds * 1000)} (${counted(expected.requests, 'request')}).</p>`;
  return `<section class="sign" aria-labelledby="sign-title">
<h2 id="sign-title">Approve or refuse</h2>
${simulated ? '<p><strong>This is a rehearsal.</strong> Approving it changes nothing at Partner Center.</p>' : ''}
<p>${scope} The digest below stands for them: the plan is applied only if it still has this digest, and each customer only if the profile is still the one shown here.</p>
<dl class="digest"><dt>Digest of the plan</dt><dd>${codeHtml(digest)} ${copyButton(digest, 'Copy', 'the digest')}</dd></dl>
<div class="answer with-script" hidden>
<p>Answer whoever sent you this report:</p>
<p>${copyButton(`I approve ${what}.`, 'Copy approval', '')} ${copyButton(`I refuse ${what}. Reason: `, 'Copy refusal', '')}</p>
</div>
${
  applyCommand === undefined
    ? ''
    : `<div class="next"><p>Once it is approved, whoever runs billpatch applies it with:</p>
<pre><code>${valueHtml(applyCommand)}</code></pre><p>${copyButton(applyCommand, 'Copy command', '')}</p>${took}</div>`
}
<div class="paper"><p class="boxes"><span class="box"></span> Approved <span class="box"></span> Refused, because:</p>${signature()}</div>
</section>`;
}

const signature = (): string =>
  '<dl class="signature"><div><dt>Name</dt><dd></dd></div><div><dt>Date</dt><dd></dd></div><div><dt>Signature</dt><dd></dd></div></dl>';

const copyButton = (text: string, label: string, about: string): string =>
  `<button type="button" class="copy with-script" hidden data-copy="${escapeHtml(text)}"${about === '' ? '' : ` aria-label="${label} ${about}"`}>${label}</button>`;
