// Addresses the invoices of every customer of the partner to its accounts department, and shows how far it is.
// The run folder has the journal: Ctrl-C stops cleanly, and `billpatch resume` goes on.
//   node samples/library/update-many.js RUN-FOLDER
import { apply, createPartnerCenter } from 'billpatch';

const connection = {
  getToken: () => process.env.PARTNER_CENTER_ACCESS_TOKEN ?? '',
  baseUrl: process.env.BILLPATCH_BASE_URL,
};
const [, , runDir] = process.argv;

// Rows are taken one by one while the input is written down: memory does not grow with their number.
async function* rows() {
  for await (const { tenantId, companyName } of createPartnerCenter(connection).customers.list())
    yield {
      customerTenantId: tenantId,
      firstName: 'Accounts',
      lastName: 'Payable',
      note: companyName,
    };
}

const interrupt = new AbortController();
process.once('SIGINT', () => interrupt.abort());

const run = apply(
  { rows: rows(), runDir },
  {
    ...connection,
    signal: interrupt.signal,
    maxClears: 0,
    onProgress: ({ done, total }) => {
      if (done % 10 === 0 || done === total) console.error(`${done} of ${total}`);
    },
  },
);
for await (const { line, status, problem } of run)
  if (problem) console.log(`line ${line} ${status}: ${problem.message} → ${problem.hint}`);

const { exitCode, totals, files } = await run.result;
console.log(`${totals.updated} updated, ${totals.unchanged} as they were; see ${files.results}`);
process.exitCode = exitCode;
