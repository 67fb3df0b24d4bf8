/** The command line: words → one command → an exit code. The door to yargs. */
import yargs, { type Argv } from 'yargs';

import { BillpatchError, StoppedError, UsageError, type Problem } from '../problem.js';
import { applyCommand } from './apply.js';
import { checkCommand } from './check.js';
import type { Context } from './command.js';
import { demoCommand } from './demo.js';
import { doctorCommand } from './doctor.js';
import { exportCommand } from './export.js';
import { getCommand } from './get.js';
import { loginCommand } from './login.js';
import { logoutCommand } from './logout.js';
import { STDIN_WORD } from './options.js';
import { mergeCommand } from './merge.js';
import { planCommand } from './plan.js';
import { reportCommand } from './report.js';
import { resumeCommand } from './resume.js';
import { setCommand } from './set.js';
import { simulateCommand } from './simulate.js';
import { templateCommand } from './template.js';
import type { Terminal } from './terminal.js';
import { undoCommand } from './undo.js';
import { whoamiCommand } from './whoami.js';

const COMMANDS = [
  checkCommand,
  planCommand,
  applyCommand,
  resumeCommand,
  undoCommand,
  reportCommand,
  mergeCommand,
  exportCommand,
  getCommand,
  setCommand,
  templateCommand,
  loginCommand,
  logoutCommand,
  whoamiCommand,
  doctorCommand,
  simulateCommand,
  demoCommand,
];

/**
 * The command that was understood. Thrown, since of a handler that returns yargs draws the help, for
 * nobody: that takes longer than to check a small file.
 */
class Understood extends Error {
  constructor(readonly run: () => void | Promise<void>) {
    super();
  }
}

/** @returns the exit code. Never rejects. */
export async function runProgram(words: readonly string[], terminal: Terminal): Promise<number> {
  let exitCode = 0;
  const context: Context = {
    terminal,
    setExitCode: (code) => {
      exitCode = code;
    },
  };
  const program = yargs()
    .scriptName('billpatch')
    .usage(
      'Change the billing profiles of Partner Center customers in bulk, from a CSV.\n\n$0 <command>',
    )
    .locale('en')
    .version(terminal.version)
    .strict()
    .demandCommand(1, 'Name a command.')
    .recommendCommands()
    .parserConfiguration({
      'dot-notation': false,
      'parse-positional-numbers': false,
      'camel-case-expansion': false,
      'populate--': false,
    })
    .exitProcess(false)
    .showHelpOnFail(false)
    .fail((message: string | null, error: Error | undefined) => {
      throw (
        error ??
        new UsageError(
          'usage',
          message ?? 'The command cannot be understood.',
          'See billpatch --help, or billpatch COMMAND --help.',
        )
      );
    })
    .epilogue('Start with: billpatch demo');
  for (const createCommand of COMMANDS) {
    const command = createCommand(context);
    const handler: typeof command.handler = (given) => {
      throw new Understood(() => command.handler(given));
    };
    program.command({ ...command, handler });
  }

  try {
    const understood = await understand(program, words, terminal);
    await understood?.run();
    return exitCode;
  } catch (error) {
    return showError(error, words, terminal);
  }
}

/** Undefined where that was all: help or the version was asked for, and shown. */
async function understand(
  program: Argv,
  words: readonly string[],
  terminal: Terminal,
): Promise<Understood | undefined> {
  try {
    // With a callback yargs prints and exits nothing by itself.
    await program.parseAsync(
      words.map((word) => (word === '-' ? STDIN_WORD : word)),
      {},
      (_error, _argv, output) => {
        if (output !== '') terminal.out(`${output}\n`);
      },
    );
    return undefined;
  } catch (error) {
    if (error instanceof Understood) return error;
    throw error;
  }
}

async function showError(
  error: unknown,
  words: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const { problemText } = await import('../results/summary.js');
  const { EXIT } = await import('../results/exit-code.js');
  const known = error instanceof BillpatchError;
  const problem: Problem = known
    ? error
    : {
        code: 'bug',
        message: `This is a bug in billpatch: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
        hint: 'Please report it with the lines above; the run folder, if there is one, is safe.',
      };
  const stopped = known && error.code === 'interrupted' ? EXIT.interrupted : EXIT.stopped;
  const exitCode = error instanceof StoppedError ? stopped : known ? EXIT.refused : EXIT.bug;
  terminal.err(problemText(problem));
  if (words.includes('--json')) {
    const { code, message, hint } = problem;
    terminal.out(`${JSON.stringify({ exitCode, error: { code, message, hint } })}\n`);
  }
  return exitCode;
}
