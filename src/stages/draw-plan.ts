/** What a plan came to: plan.csv, the digest, and the counts that a person approves. */
import { createHash } from 'node:crypto';

import type { PlannedEntry } from '../journal/entry.js';
import type { JournalIndex } from '../journal/read-journal.js';
import type { Manifest, PlanRecord, RunPaths } from '../journal/run-folder.js';
import { createChangeCounter } from '../profile/change-totals.js';
import { createSwapWatch } from '../profile/swapped-names.js';
import { sheetDelimiter, writeCsv } from '../results/write-results.js';

/** Every row that a plan would change, in input order. */
export async function* plannedRows(
  index: JournalIndex,
  rows: number,
): AsyncGenerator<PlannedEntry> {
  for (let row = 0; row < rows; row += 1) {
    const entry = await index.reviewed(row);
    if (entry) yield entry;
  }
}

interface PlanDigest {
  /** The rows that the plan would change, in input order. */
  readonly add: (planned: PlannedEntry) => void;
  /** SHA-256 (hexadecimal). */
  readonly end: () => string;
}

/**
 * Stands for all that is approved with a plan: the input, where it goes, and for each row the
 * profile as reviewed and the changes.
 */
export function createPlanDigest({ input, baseUrl, partnerTenant }: Manifest): PlanDigest {
  const digest = createHash('sha256');
  digest.update(JSON.stringify([input.sha256, baseUrl, partnerTenant ?? '']));
  return {
    add({ row, tenantId, changes, reviewed }) {
      digest.update(`\n${JSON.stringify([row, tenantId, changes, reviewed])}`);
    },
    end: () => digest.digest('hex'),
  };
}

/** Writes plan.csv. */
export async function drawPlan(
  paths: RunPaths,
  manifest: Manifest,
  index: JournalIndex,
  latencyMs: number,
): Promise<PlanRecord> {
  const digest = createPlanDigest(manifest);
  const counter = createChangeCounter();
  const swaps = createSwapWatch();
  let customers = 0;
  const cells = async function* () {
    for await (const planned of plannedRows(index, manifest.input.rows)) {
      const { line, tenantId, trace, changes } = planned;
      digest.add(planned);
      customers += 1;
      swaps.add(line, changes);
      for (const { field, from, to } of changes) {
        counter.add(field, to);
        yield [String(line), tenantId, trace?.companyName ?? '', field, from, to];
      }
    }
  };
  const header = ['line', 'tenant', 'company', 'field', 'from', 'to'];
  await writeCsv(paths.plan, header, cells(), sheetDelimiter(manifest));
  // Taking a swap back is what an undo is asked for.
  const warnings = manifest.undoes === undefined ? swaps.warnings() : [];
  return {
    digest: digest.end(),
    customers,
    totals: counter.totals(),
    latencyMs,
    ...(warnings.length > 0 && { warnings }),
  };
}
