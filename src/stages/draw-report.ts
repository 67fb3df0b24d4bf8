/** report.html of a run: who did what, and every row, for somebody who approves or audits. */
import { basename } from 'node:path';

import { warningsOf, type Manifest, type RunPaths } from '../journal/run-folder.js';
import { writeReport, type ReportRow, type ReportView } from '../results/report-html.js';
import { applyCommand, expectedOf } from '../results/summary.js';
import { toResultRow } from '../results/result-row.js';
import { recordedOf, type RecordedOutcomes } from '../results/write-results.js';
import { createRowParser, type ParsedRow } from '../rows/parse-row.js';
import { readRows, type Table } from '../rows/read-rows.js';
import { createRowChoice } from '../rows/row-choice.js';
import { shardName } from '../rows/shard.js';
import { guardsOf, type CustomerList } from '../run/row-task.js';
import { customerListOf } from './customer-list.js';
import type { Outcomes, Results } from './draw-results.js';
import { checksOf } from './review.js';

export async function drawReport(
  paths: RunPaths,
  manifest: Manifest,
  table: Table,
  results: Results,
  outcomes: Outcomes,
): Promise<void> {
  await writeReport(
    paths.report,
    viewOf(paths, manifest, results, outcomes.isApplied),
    reportRows({ paths, table, manifest }, outcomes, await customerListOf(paths, manifest)),
  );
}

function viewOf(
  paths: RunPaths,
  manifest: Manifest,
  { rows, totals, stop }: Results,
  isApplied: boolean,
): ReportView {
  const { input, plan, simulated, baseUrl, partnerTenant, tool, stages } = manifest;
  const { concurrency, shard } = manifest.options;
  const people = [...new Set(stages.flatMap(({ by }) => by ?? []))];
  const toApprove = plan && !isApplied && !stop ? plan : undefined;
  const expected = toApprove && expectedOf(toApprove, concurrency);
  return {
    kind: !isApplied ? 'plan' : manifest.undoes === undefined ? 'apply' : 'undo',
    title: `${basename(input.name)}${shard ? `, ${shardName(shard)}` : ''}`,
    simulated,
    target: baseUrl,
    ...(partnerTenant === undefined ? {} : { partnerTenant }),
    tool: `${tool.name} ${tool.version}`,
    stages,
    ...(people.length === 0 ? {} : { by: people.join(', ') }),
    inputSha256: input.sha256,
    ...(plan && { digest: plan.digest }),
    ...(toApprove && { applyCommand: applyCommand(paths.folder, toApprove) }),
    ...(expected && {
      expected: { ...expected, seconds: Math.ceil(expected.seconds) },
    }),
    warnings: warningsOf(manifest),
    ...(stop && { stop }),
    totals,
    rows,
    ...(shard && { fileRows: input.rows }),
  };
}

interface ReportedInput {
  readonly paths: RunPaths;
  readonly table: Table;
  readonly manifest: Manifest;
}

async function* reportRows(
  { paths, table, manifest }: ReportedInput,
  outcomes: RecordedOutcomes,
  customers: CustomerList | undefined,
): AsyncGenerator<ReportRow> {
  const { columns } = table.header;
  const parse = createRowParser(columns, checksOf(manifest.options));
  const companyAt = columns.findIndex(
    ({ role }) => role.kind === 'field' && role.field === 'companyName',
  );
  const isGuarded = customers !== undefined || columns.some(({ role }) => role.kind === 'guard');
  const isOwn = createRowChoice(table, manifest.options.shard);
  for await (const read of readRows(paths.input, table)) {
    if (read.kind === 'blank' || !isOwn(read.raw)) continue;
    const { raw } = read;
    const recorded = await recordedOf(raw.ordinal, outcomes);
    const entry = recorded.kind === 'outcome' ? recorded.entry : undefined;
    const { line, status, problem } = toResultRow(raw.line, recorded);
    const parsed = isGuarded || !entry ? parse(raw) : undefined;
    const guards = parsed?.kind === 'row' ? [...(guardsOf(parsed.row, customers) ?? [])] : [];
    yield {
      line,
      tenantId: entry?.tenantId ?? tenantOf(parsed) ?? '',
      company: entry?.trace?.companyName ?? raw.cells[companyAt] ?? '',
      status,
      changes: entry && 'changes' in entry ? entry.changes : [],
      ...(guards.length > 0 && {
        guards: guards.map(([field, expected]) => ({ field, expected })),
      }),
      ...(problem && { problem }),
      ...(entry && 'note' in entry && { note: entry.note }),
      ...(entry?.trace && { trace: entry.trace }),
    };
  }
}

const tenantOf = (parsed: ParsedRow | undefined): string | undefined =>
  parsed?.kind === 'row' ? parsed.row.tenantId : parsed?.tenantId;
