#!/usr/bin/env node
/** The program. The only file that touches the process. */
import { randomUUID } from 'node:crypto';
import { closeSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { runProgram } from './cli/program.js';
import type { Terminal } from './cli/terminal.js';

const packageFolder = join(dirname(fileURLToPath(import.meta.url)), '..');
const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as {
  version: string;
};

// `| head` closes the pipe early; the run goes on, and its results are in its folder.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);

const interrupts = new AbortController();
let interruptsTaken = false;
// Node puts the modes of a terminal back when it ends, and aborts (134) where that is gone.
process.once('SIGHUP', () => {
  process.once('exit', () => {
    for (const descriptor of [0, 1, 2]) {
      try {
        closeSync(descriptor);
      } catch {
        // Closed already.
      }
    }
  });
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // The second one leaves at once: what is in flight is in the journal as an intent.
    if (!interruptsTaken || interrupts.signal.aborted) process.exit(130);
    interrupts.abort();
    process.stderr.write(
      '\nStopping: what is in flight is finished first. Once more to leave at once.\n',
    );
  });
}

/** A machine may know no name for a number. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}

const terminal: Terminal = {
  env: process.env,
  stdin: process.stdin,
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  interactive: process.stdin.isTTY && process.stderr.isTTY,
  errIsScreen: process.stderr.isTTY,
  async ask(question) {
    const { createInterface } = await import('node:readline/promises');
    const line = createInterface({ input: process.stdin, output: process.stderr });
    // At a prompt the terminal is in raw mode: Ctrl-C comes as a key, not as a signal.
    line.on('SIGINT', () => {
      interrupts.abort();
    });
    try {
      return await line.question(question, { signal: interrupts.signal });
    } catch {
      return '';
    } finally {
      line.close();
    }
  },
  takeInterrupts() {
    interruptsTaken = true;
    return interrupts.signal;
  },
  packageFolder,
  version,
  user: userName(),
  now: () => new Date(),
  random: Math.random,
  newId: randomUUID,
};

// Not process.exit(): it would cut off what is still on its way through a pipe.
process.exitCode = await runProgram(process.argv.slice(2), terminal);
