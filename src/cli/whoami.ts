/** `billpatch whoami`: as whom it would work. */
import type { WhoAmI } from '../stages/whoami.js';
import type { CommandFactory } from './command.js';
import { baseUrlOf, isSet, signInOf } from './given.js';
import { WHERE, withOptions } from './options.js';

const OPTIONS = {
  check: {
    type: 'boolean',
    default: false,
    describe: 'Ask Partner Center for one customer, to see whether it accepts this',
  },
} as const;

export const whoamiCommand: CommandFactory = ({ terminal, setExitCode }) => ({
  command: 'whoami',
  describe: 'Show as whom, and for which partner, billpatch would work',
  builder: (args) => withOptions(args.options(OPTIONS), [...WHERE, 'json'], terminal.env),
  async handler(given) {
    const { whoAmI } = await import('../stages/whoami.js');
    const options = {
      ...signInOf(given),
      baseUrl: baseUrlOf(given),
      check: given.check === true,
    };
    const found = await whoAmI(options, {
      ...terminal,
      interrupt: terminal.takeInterrupts(),
      onProgress: () => undefined,
    });
    const exitCode = found.check?.ok === false ? 3 : 0;
    setExitCode(exitCode);
    terminal.out(
      isSet(given, 'json')
        ? `${JSON.stringify({ exitCode, ...found })}\n`
        : `${linesOf(found).join('\n')}\n`,
    );
  },
});

function linesOf(found: WhoAmI): readonly string[] {
  const { mode, because, unused, tenantId, subject, cloud, authority, baseUrl } = found;
  const line = (name: string, value: string | undefined): string =>
    `${name.padEnd(14)}${value ?? 'the token does not say'}`;
  return [
    line('Signed in as', subject && `${subject.name} (${subject.kind})`),
    line('Tenant', tenantId),
    line('Cloud', `${cloud}, ${baseUrl}${authority === undefined ? '' : `, ${authority}`}`),
    line('By', `${mode}, because ${because}`),
    ...(unused.length === 0 ? [] : [line('Not used', unused.join(', '))]),
    line('Good until', found.expiresAt),
    line('Second factor', found.mfa),
    ...(found.check === undefined
      ? []
      : found.check.ok
        ? [line('Check', 'Partner Center accepts it')]
        : [line('Check', found.check.problem.message), line('', `→ ${found.check.problem.hint}`)]),
  ];
}
