/** `billpatch login`: somebody signs in once, in the browser or with a code. */
import type { CommandFactory } from './command.js';
import { count, isSet, signInOf } from './given.js';
import { withOptions } from './options.js';

const OPTIONS = {
  'device-code': {
    type: 'boolean',
    default: false,
    describe: 'With a code to be entered on another device: for machines without a browser',
  },
  open: {
    type: 'boolean',
    default: true,
    describe: 'Open the browser; the address is shown in any case',
  },
  wait: {
    type: 'number',
    requiresArg: true,
    default: 300,
    describe: 'Seconds in which to sign in',
  },
} as const;

export const loginCommand: CommandFactory = ({ terminal }) => ({
  command: 'login',
  describe: 'Sign in as a user of the partner, once; kept encrypted on this machine',
  builder: (args) =>
    withOptions(args.options(OPTIONS), ['cloud', 'authority', 'json'], terminal.env),
  async handler(given) {
    const { logIn } = await import('../stages/login.js');
    const { openBrowser } = await import('./open-browser.js');
    const options = {
      ...signInOf(given),
      byDeviceCode: given['device-code'] === true,
      waitMs: count(given, 'wait', 1, 3600) * 1000,
    };
    const { login, path, key } = await logIn(options, {
      ...terminal,
      interrupt: terminal.takeInterrupts(),
      onAddress: (address) => {
        terminal.err(`Sign in here:\n  ${address}\nWaiting for the browser …\n`);
        if (given.open === true) openBrowser(address);
      },
      onDeviceCode: (message) => {
        terminal.err(`${message}\n`);
      },
    });
    const { tenant, username, cloud, clientId } = login;
    if (isSet(given, 'json')) {
      terminal.out(
        `${JSON.stringify({ exitCode: 0, tenantId: tenant, user: username, clientId, cloud, path, key })}\n`,
      );
      return;
    }
    terminal.out(
      `Signed in as ${username ?? 'a user'} in the tenant ${tenant} (cloud ${cloud}).\n` +
        `Kept encrypted in ${path}, with a key from the ${key}. billpatch logout removes it.\n`,
    );
  },
});
