/** `billpatch logout`: forgets who signed in. */
import type { CommandFactory } from './command.js';
import { isSet } from './given.js';
import { withOptions } from './options.js';

export const logoutCommand: CommandFactory = ({ terminal }) => ({
  command: 'logout',
  describe: 'Forget the sign-in on this machine',
  builder: (args) => withOptions(args, ['json'], terminal.env),
  async handler(given) {
    const { logOut } = await import('../stages/login.js');
    const { wasSignedIn, path } = await logOut(terminal);
    terminal.out(
      isSet(given, 'json')
        ? `${JSON.stringify({ exitCode: 0, wasSignedIn })}\n`
        : wasSignedIn
          ? `Signed out: ${path} and its key are removed.\nTo end it everywhere, revoke the user's sessions in Entra ID.\n`
          : 'Nobody was signed in.\n',
    );
  },
});
