/** Starts what is measured, each in a process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
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
    return await work({ url, counts });
  } finally {
    if (child.exitCode === null) {
      const ended = once(child, 'exit');
      process.kill(child.pid);
      await ended;
    }
  }
}

/** A node process to its end: wall clock, CPU, peak memory and what it wrote to stdout. */
export async function runNode(args, { folder, preload = [], env = {} } = {}) {
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
  if (exitCode !== 0) throw new Error(`node ${args.join(' ')} ended with ${exitCode}.\n${stdout}`);
  if (!usageFile) return { wallMs, stdout };
  const usage = JSON.parse(readFileSync(usageFile, 'utf8'));
  return {
    wallMs,
    stdout,
    cpuMs: (usage.userCPUTime + usage.systemCPUTime) / 1000,
    peakMb: usage.maxRSS / 1024,
  };
}

const TOKEN = { PARTNER_CENTER_ACCESS_TOKEN: 'x' };
let inputs = 0;

/** A file of that many rows, every one of which changes something; no tenant in two files. */
function writeInput(folder, rows) {
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

/** `billpatch apply` on new rows. Throws where a row did not end as updated. */
export async function runApply({ url, folder, rows, concurrency = 8, preload }) {
  const file = writeInput(folder, rows);
  const runDir = file.replace(/csv$/, 'run');
  const options = ['--base-url', url, '--yes', '--quiet', '--json', '--run-dir', runDir];
  const run = await runNode(
    [PROGRAM, 'apply', file, ...options, '--concurrency', String(concurrency)],
    { folder, preload, env: TOKEN },
  );
  const { stages, totals } = JSON.parse(readFileSync(join(runDir, 'run.json'), 'utf8'));
  if (totals.updated !== rows) throw new Error(`${totals.updated} of ${rows} rows were updated.`);
  const [{ startedAt, endedAt }] = stages;
  return { ...run, stageMs: Date.parse(endedAt) - Date.parse(startedAt) };
}

export async function runBareLoop({ url, folder, rows, concurrency = 8 }) {
  const file = writeInput(folder, rows);
  const run = await runNode([here('bare-loop.js'), url, file, String(concurrency)], {
    folder,
    env: TOKEN,
  });
  return { ...run, ...JSON.parse(run.stdout) };
}
