#!/usr/bin/env node
/**
 * The program. The only file that touches the process. What it imports here is loaded at every start:
 * a lone `--version` or `--help` needs no more.
 */
import { closeSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Terminal } from './cli/terminal.js';

const packageFolder = join(import.meta.dirname, '..');
const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as {
  version: string;
};

// `| head` closes the pipe early; the run goes on, and its results are in its folder.
process.stdout.on('error', () => undefined);

/**
 * What these words are answered with, where that is known without the command line, whose loading
 * takes longer than all else. Undefined where they are for the command line: in every other spelling,
 * and on a screen that is narrower than what it writes elsewhere.
 */
function knownAnswer(words: readonly string[]): string | undefined {
  const [word, ...others] = words;
  if (others.length > 0) return undefined;
  if (word === '--version') return `${version}\n`;
  // Undefined where it is no screen.
  if (word === '--help' && !(process.stdout.columns < 80)) return builtHelp();
  return undefined;
}

/** What `billpatch help` said when the program was built; a build by the compiler alone has none. */
function builtHelp(): string | undefined {
  try {
    return readFileSync(join(import.meta.dirname, 'help.txt'), 'utf8');
  } catch {
    return undefined;
  }
}

/** The first signal fires `interrupts` where a command has taken it; else it ends the process. */
function takeSignals(): { readonly interrupts: AbortController; readonly take: () => AbortSignal } {
  const interrupts = new AbortController();
  let areTaken = false;
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
      if (!areTaken || interrupts.signal.aborted) process.exit(130);
      interrupts.abort();
      process.stderr.write(
        '\nStopping: what is in flight is finished first. Once more to leave at once.\n',
      );
    });
  }
  return {
    interrupts,
    take: () => {
      areTaken = true;
      return interrupts.signal;
    },
  };
}

async function createTerminal(): Promise<Terminal> {
  const { randomUUID } = await import('node:crypto');
  const { userInfo } = await import('node:os');
  process.stderr.on('error', () => undefined);
  const { interrupts, take } = takeSignals();

  /** A machine may know no name for a number. */
  const userName = (): string => {
    try {
      return userInfo().username;
    } catch {
      return 'unknown';
    }
  };

  return {
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
    takeInterrupts: take,
    packageFolder,
    version,
    user: userName(),
    now: () => new Date(),
    random: Math.random,
    newId: randomUUID,
  };
}

const words = process.argv.slice(2);
const answer = knownAnswer(words);
if (answer === undefined) {
  const terminal = await createTerminal();
  const { runProgram } = await import('./cli/program.js');
  // Not process.exit(): it would cut off what is still on its way through a pipe.
  process.exitCode = await runProgram(words, terminal);
} else {
  process.stdout.write(answer);
}
