/** Starts what is measured, each in a process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
export const PROGRAM = here('../../dist/main.js');

/** Runs work with the URL and the counts of a new simulator, which is ended in any case. */
export async function withSimulator(options, work) {
  const child = spawn(process.execPath, [here('simulator.js'), JSON.stringify(options)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error('The simulator ended by itself.');
    return value;
  };
  try {
    const url = await nextLine();
    const counts = async () => {
      process.kill(child.pid, 'SIGUSR2');
      return JSON.parse(await nextLine());
    };
    const firstRequest = async () => {
      process.kill(child.pid, 'SIGUSR1');
      return Number(await nextLine());
    };
    return await work({ url, counts, firstRequest });
  } finally {
    if (child.exitCode === null) {
      const ended = once(child, 'exit');
      process.kill(child.pid);
      await ended;
    }
  }
}

/** A node process to its end: wall clock, CPU, peak memory and what it wrote to stdout. */
export async function runNode(args, { folder, preload = [], env = {}, exitCodes = [0] } = {}) {
  const usageFile = folder && join(folder, 'usage.json');
  const imports = [...(usageFile ? ['./report-usage.js'] : []), ...preload];
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      ...env,
      ...(imports.length > 0 && {
        NODE_OPTIONS: imports.map((name) => `--import=${new URL(name, import.meta.url)}`).join(' '),
      }),
      ...(usageFile && { BENCH_USAGE_FILE: usageFile }),
    },
  });
  let stdout = '';
  child.stdout.on('data', (chunk) => (stdout += chunk));
  const [exitCode] = await once(child, 'close');
  const wallMs = performance.now() - startedAt;
  if (!exitCodes.includes(exitCode))
    throw new Error(`node ${args.join(' ')} ended with ${exitCode}.\n${stdout}`);
  if (!usageFile) return { wallMs, stdout };
  const usage = JSON.parse(readFileSync(usageFile, 'utf8'));
  return {
    wallMs,
    stdout,
    cpuMs: (usage.userCPUTime + usage.systemCPUTime) / 1000,
    peakMb: usage.maxRSS / 1024,
  };
}

export const TOKEN = { PARTNER_CENTER_ACCESS_TOKEN: 'x' };
let inputs = 0;

/** A file of that many rows, every one of which changes something; no tenant in two files. */
export function writeInput(folder, rows) {
  inputs += 1;
  const mark = inputs.toString(16).padStart(4, '0');
  const lines = ['customerTenantId,email,companyName'];
  for (let row = 1; row <= rows; row += 1) {
    const id = row.toString(16).padStart(12, '0');
    lines.push(
      `${id.slice(4)}-${mark}-4000-8000-${id},invoices@c${row}-${mark}.example,Bench ${mark} ${row} Ltd`,
    );
  }
  const file = join(folder, `input-${mark}.csv`);
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

/** The words of an `apply` that asks nothing, and where its run is. */
export function applyArgs({ url, file, concurrency }) {
  const runDir = file.replace(/csv$/, 'run');
  const options = ['--base-url', url, '--yes', '--quiet', '--json', '--run-dir', runDir];
  return { runDir, args: ['apply', file, ...options, '--concurrency', String(concurrency)] };
}

/** `billpatch apply` on new rows. Throws where a row did not end as updated, unless it may. */
export async function runApply({ url, folder, rows, concurrency = 8, preload, mayFail = false }) {
  const file = writeInput(folder, rows);
  const { runDir, args } = applyArgs({ url, file, concurrency });
  const run = await runNode([PROGRAM, ...args], {
    folder,
    preload,
    env: TOKEN,
    ...(mayFail && { exitCodes: [0, 1, 3, 4] }),
  });
  const { stages, totals } = JSON.parse(readFileSync(join(runDir, 'run.json'), 'utf8'));
  const { updated } = totals;
  if (updated !== rows && !mayFail) throw new Error(`${updated} of ${rows} rows were updated.`);
  const [{ startedAt, endedAt }] = stages;
  return { ...run, runDir, updated, stageMs: Date.parse(endedAt) - Date.parse(startedAt) };
}

/** billpatch itself, with a token. */
export const runProgram = (args, options) =>
  runNode([PROGRAM, ...args], { ...options, env: TOKEN });

/** `billpatch resume`, and when the simulator saw its first request. */
export async function runResume({ firstRequest, folder, runDir }) {
  const startedAt = Date.now();
  const [run, at] = await Promise.all([
    runProgram(['resume', runDir, '--quiet', '--json'], { folder }),
    firstRequest(),
  ]);
  return { ...run, firstRequestMs: at - startedAt };
}

export async function runBareLoop({ url, folder, rows, concurrency = 8 }) {
  const file = writeInput(folder, rows);
  const run = await runNode([here('bare-loop.js'), url, file, String(concurrency)], {
    folder,
    env: TOKEN,
  });
  return { ...run, ...JSON.parse(run.stdout) };
}

/** A file as a large customer list is: fifteen columns, no two rows alike, in no order. */
export async function writeWideInput(folder, rows) {
  const file = join(folder, `wide-${rows}.csv`);
  const out = createWriteStream(file);
  out.write(
    'customerTenantId,expect:companyName,firstName,lastName,email,culture,language,companyName,country,state,city,addressLine1,postalCode,phoneNumber,Account\n',
  );
  const digits = (number, length) => String(number % 10 ** length).padStart(length, '0');
  for (let row = 1; row <= rows; row += 1) {
    // Odd, so that every row has another.
    const mixed = Math.imul(row, 0x9e3779b1) >>> 0;
    const other = Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b) >>> 0;
    const id = mixed.toString(16).padStart(8, '0');
    const name = `Bench ${other.toString(36)}`;
    const line = `${id}-0000-4000-8000-${id}0000,"${name}, Ltd",Ada ${digits(other, 2)}th,Meyer,invoices@${other.toString(36)}.example,en-US,en,"${name}, Ltd",US,WA,Redmond,${digits(other, 4)} Meadow Row,${digits(mixed, 5)},+1 425 555 ${digits(other, 4)},A-${mixed}\n`;
    if (!out.write(line)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'close');
  return file;
}

/** What reading the journal of a run costs at least. Throws where it has another number of entries. */
export async function runBareJournal({ folder, runDir, entries }) {
  const bare = await runNode([here('bare-journal.js'), join(runDir, 'journal.jsonl')], { folder });
  const read = JSON.parse(bare.stdout);
  if (read.entries !== entries) throw new Error(`${read.entries} entries, not ${entries}.`);
  return bare;
}

/** `billpatch check`, and bare csv-parse on the same file. Throws where either counts other rows. */
export async function runCheck({ folder, file, rows }) {
  const bare = await runNode([here('bare-parse.js'), file], { folder });
  const checked = await runNode([PROGRAM, 'check', file, '--json'], { folder });
  const counts = [JSON.parse(bare.stdout).records - 1, JSON.parse(checked.stdout).validRows];
  if (counts.some((count) => count !== rows)) throw new Error(`${counts} of ${rows} rows.`);
  return { bare, checked };
}
