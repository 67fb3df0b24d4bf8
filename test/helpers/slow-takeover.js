/**
 * Preloaded with --import: the process is held up while it takes a lock, as the scheduler may do it.
 * SLOW_AT names the place: `making` before its lock file is made, `made` after it. There it makes a
 * file `at-PLACE` in the working folder and waits for `go-PLACE`.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const { open } = fs.promises;
const isLock = (path) => /[\\/]lock\.[^\\/]+$/.test(String(path));

async function pause(place) {
  if (process.env.SLOW_AT !== place) return;
  fs.writeFileSync(`at-${place}`, '');
  while (!fs.existsSync(`go-${place}`)) await new Promise((resolve) => setTimeout(resolve, 2));
}

fs.promises.open = async (path, ...rest) => {
  if (isLock(path)) await pause('making');
  const file = await open(path, ...rest);
  if (isLock(path)) await pause('made');
  return file;
};

syncBuiltinESMExports();
