// Plans a file, looks at every change in code, and applies exactly that plan if all are allowed.
//   node samples/library/plan-and-review.js FILE
import { apply, InputRefusedError, plan } from 'billpatch';

const connection = {
  getToken: () => process.env.PARTNER_CENTER_ACCESS_TOKEN ?? '',
  baseUrl: process.env.BILLPATCH_BASE_URL,
};
const ALLOWED = new Set(['email', 'phoneNumber']);
const [, , file] = process.argv;

try {
  const planned = plan({ file }, connection);
  const refused = [];
  for await (const { line, changes } of planned)
    for (const { field, from, to } of changes)
      if (!ALLOWED.has(field) || to === '') refused.push(`line ${line}: ${field} ${from} → ${to}`);

  const { files, plan: made, exitCode } = await planned.result;
  if (refused.length > 0 || exitCode !== 0) {
    console.log(`Not applied.\n${refused.join('\n')}`);
    process.exitCode = 1;
  } else {
    // The digest stands for everything that was looked at: another plan is refused.
    const applied = await apply({ plan: files.folder, digest: made.digest }, connection).result;
    console.log(`${applied.totals.updated} of ${made.customers} updated`);
    process.exitCode = applied.exitCode;
  }
} catch (error) {
  if (!(error instanceof InputRefusedError)) throw error;
  for (const { line, message } of error.inputErrors) console.log(`line ${line}: ${message}`);
  process.exitCode = 2;
}
