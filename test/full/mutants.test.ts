/** M1: what is broken on purpose is noticed; see test/mutants. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const RUNNER = join(import.meta.dirname, '..', 'mutants', 'run.js');
const TIMEOUT = 30 * 60_000;

test.runIf(process.env.BILLPATCH_TEST_LEVEL === 'full')(
  'M1: every mutant is caught',
  { timeout: TIMEOUT },
  async () => {
    const ran = await new Promise<{ code: number | null; output: string }>((resolve) => {
      const child = spawn(process.execPath, [RUNNER], { stdio: ['ignore', 'pipe', 'pipe'] });
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
      child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
      child.on('close', (code) => {
        resolve({ code, output });
      });
    });
    expect(ran.code, ran.output).toBe(0);
    const counts = /^M1: (\d+) mutants, caught \1,.*$/m.exec(ran.output)?.[0];
    expect(counts, ran.output).toBeDefined();
    process.stdout.write(`${String(counts)}\n`);
  },
);
