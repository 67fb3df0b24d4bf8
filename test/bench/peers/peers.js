/** The peers, where each one's runtime is found, and how one is run. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const works = (command, args) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;

const inNode = (script) => () => ({ command: process.execPath, args: [here(script)] });

/** Debian's packages belong to Debian's interpreter, which need not be the first one on the PATH. */
const inPython = (script, module) => () => {
  const command = ['python3', '/usr/bin/python3'].find((name) =>
    works(name, ['-c', `import ${module}`]),
  );
  if (command === undefined) return { missing: `no python3 that imports ${module}` };
  // No compiled files beside the scripts.
  return { command, args: ['-B', here(script)] };
};

const inShell = (script, tools) => () => {
  const missing = tools.filter((tool) => !works(tool, ['--version']));
  if (missing.length > 0) return { missing: `no ${missing.join(', ')}` };
  return { command: 'bash', args: [here(script)] };
};

export const PEERS = [
  { name: 'aiohttp', find: inPython('aiohttp_peer.py', 'aiohttp') },
  { name: 'httpx', find: inPython('httpx_peer.py', 'httpx') },
  { name: 'axios + p-limit', find: inNode('axios-p-limit.js') },
  { name: 'curl by xargs', find: inShell('curl.sh', ['bash', 'xargs', 'curl', 'jq']) },
  { name: 'sequential', find: inNode('sequential.js') },
];

/** Runs a peer that was found, to its end: the line that it prints. */
export async function runPeer({ command, args }, { url, file, concurrency }) {
  const child = spawn(command, [...args, url, file, String(concurrency)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PARTNER_CENTER_ACCESS_TOKEN: 'x' },
  });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
  const [exitCode] = await once(child, 'close');
  if (exitCode !== 0) throw new Error(`${args.join(' ')} ended with ${exitCode}.\n${stdout}`);
  return JSON.parse(stdout);
}
