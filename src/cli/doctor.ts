/** `billpatch doctor`: what works, what does not, and what to do. */
import type { CommandFactory } from './command.js';
import { baseUrlOf, isSet, signInOf } from './given.js';
import { WHERE, withOptions } from './options.js';

export const doctorCommand: CommandFactory = ({ terminal, setExitCode }) => ({
  command: 'doctor',
  describe: 'Check settings, network and permissions, and say what to do',
  builder: (args) => withOptions(args, [...WHERE, 'json'], terminal.env),
  async handler(given) {
    const { examine } = await import('../stages/doctor.js');
    const findings = await examine(
      { ...signInOf(given), baseUrl: baseUrlOf(given) },
      { ...terminal, interrupt: terminal.takeInterrupts(), onProgress: () => undefined },
    );
    const exitCode = findings.some(({ state }) => state === 'problem') ? 1 : 0;
    setExitCode(exitCode);
    if (isSet(given, 'json')) {
      terminal.out(`${JSON.stringify({ exitCode, findings })}\n`);
      return;
    }
    const lines = findings.flatMap(({ about, state, what, hint }) => [
      `${state.padEnd(12)}${about}: ${what}`,
      ...(hint === undefined ? [] : [`${' '.repeat(12)}→ ${hint}`]),
    ]);
    terminal.out(`${lines.join('\n')}\n`);
  },
});
