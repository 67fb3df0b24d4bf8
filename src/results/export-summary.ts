/** What a person reads at the end of an export. Pure: values in, text out. */
import type { ExportRecord } from '../journal/run-folder.js';
import { attentionSection, plural, type SummaryView } from './summary.js';

export interface ExportView extends SummaryView {
  readonly exported: ExportRecord;
  readonly customersFile: string;
}

export function exportSummary({
  results,
  simulated,
  target,
  resultsFile,
  failedFile,
  runFolder,
  verbose,
  took,
  exported,
  customersFile,
}: ExportView): string {
  const { totals, rows, stop } = results;
  const { drawn } = exported;
  const failed = failedOf(totals);
  const width = String(rows).length;
  const line = (count: number, words: string): string =>
    `  ${String(count).padStart(width)}  ${words}`;
  const lines = [
    ...(simulated ? ['SIMULATED: these customers are invented.', ''] : []),
    `${plural(rows, exported.ofList ? 'customer' : 'row')} at ${simulated ? 'the simulator' : target}${took ? `, in ${took}` : ''}`,
  ];
  if (drawn) {
    lines.push(line(drawn.customers, 'exported'));
    const twice = totals.unchanged - drawn.customers;
    if (twice > 0) lines.push(line(twice, 'named again; in the file once'));
  } else lines.push(line(totals.unchanged, 'read; the file is written once all are'));
  if (failed > 0) lines.push(line(failed, 'could not be read'));
  if (totals.skipped > 0) lines.push(line(totals.skipped, 'not begun'));
  if (drawn && drawn.leftOut > 0) {
    lines.push(
      '',
      `${plural(drawn.leftOut, 'value')} left out, since a cell cannot hold them as they are; export_note names them.`,
    );
  }
  if (stop) lines.push('', `The export stopped early. ${stop.message}`, `  → ${stop.hint}`);
  lines.push(...attentionSection(results, verbose), '');
  if (drawn) lines.push(`Customers   ${customersFile}`);
  lines.push(`Results     ${resultsFile}`);
  if (failed > 0) lines.push(`Not read    ${failedFile}`);
  lines.push(`Run folder  ${runFolder}`);
  if (!drawn || totals.failed > 0) lines.push('', `To go on    billpatch resume ${runFolder}`);
  return `${lines.join('\n')}\n`;
}

/** The same for programs. */
export const exportJson = (
  { drawn }: ExportRecord,
  { rows, totals }: SummaryView['results'],
  file: string,
): object => ({
  export: {
    customers: drawn ? drawn.customers + failedOf(totals) : rows,
    exported: drawn?.customers ?? 0,
    failed: failedOf(totals),
    leftOut: drawn?.leftOut ?? 0,
    file: drawn ? file : null,
  },
});

const failedOf = ({ rejected, failed, invalid }: SummaryView['results']['totals']): number =>
  rejected + failed + invalid;
