/** Shows an address in the user's browser, where there is one. It is shown as text in any case. */
import { spawn } from 'node:child_process';

export function openBrowser(address: string): void {
  const [command, ...words]: readonly [string, ...string[]] =
    process.platform === 'win32'
      ? ['rundll32', 'url.dll,FileProtocolHandler', address]
      : process.platform === 'darwin'
        ? ['open', address]
        : ['xdg-open', address];
  const child = spawn(command, words, { stdio: 'ignore', detached: true });
  // No browser, no desktop: the person has the address.
  child.on('error', () => undefined);
  child.unref();
}
