/** What the suites about disks and signals share: a service, an input, and how a run is judged. */
import { spawn, spawnSync, type ChildProcess, type StdioOptions } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterEach } from 'vitest';

import { decodeEntry } from '../../src/journal/entry.js';
import { generateCustomers } from '../../src/simulator/generate-customers.js';
import { createRandom } from '../../src/simulator/random.js';
import {
  startSimulator,
  type Simulator,
  type SimulatorOptions,
} from '../../src/simulator/start-simulator.js';
import { MAIN, newFolder, readCsv, TOKEN, writeInput } from '../e2e/billpatch.js';

export const FULL = process.env.BILLPATCH_TEST_LEVEL === 'full';
export const SUITE_MS = FULL ? 1_800_000 : 90_000;
/** Of every row's e-mail address after a run. */
const NEW = 'new.example';

const simulators = new Set<Simulator>();
const children = new Set<ChildProcess>();
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
  await Promise.all([...simulators].map((simulator) => simulator.close()));
  simulators.clear();
});

export interface World {
  readonly simulator: Simulator;
  readonly tenants: readonly string[];
  /** With in.csv in it; the run folder will be `run`. */
  readonly cwd: string;
  readonly run: string;
}

export async function newWorld(
  rows: number,
  seed: number,
  options: SimulatorOptions = {},
): Promise<World> {
  const simulator = await startSimulator({ anyTenant: true, seed, ...options });
  simulators.add(simulator);
  const tenants = generateCustomers(rows, seed).map(({ tenantId }) => tenantId);
  const cwd = newFolder();
  const lines = tenants.map((tenant, row) => `${tenant},new${row}@${NEW}\n`);
  writeInput(cwd, `customerTenantId,email\n${lines.join('')}`);
  return { simulator, tenants, cwd, run: join(cwd, 'run') };
}

/** Before the test ends, where many worlds would be open together. */
export async function closeWorld({ simulator }: World): Promise<void> {
  simulators.delete(simulator);
  await simulator.close();
}

export const applyWords = ({ simulator }: World, ...more: readonly string[]): string[] => [
  ...['apply', 'in.csv', '--base-url', simulator.url, '--yes', '--run-dir', 'run'],
  ...more,
];

export const RESUME = ['resume', 'run', '--quiet'] as const;

export interface Ended {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Begun {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

export interface CommandOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdio?: StdioOptions;
}

/** Any command, by its words. */
export function begin(
  [command = '', ...words]: readonly string[],
  { cwd, env, stdio = ['ignore', 'pipe', 'pipe'] }: CommandOptions,
): Begun {
  const child = spawn(command, words, {
    cwd,
    env: { PATH: process.env.PATH, PARTNER_CENTER_ACCESS_TOKEN: TOKEN, ...env },
    stdio,
  });
  children.add(child);
  const said = { stdout: '', stderr: '' };
  const listen = (name: 'stdout' | 'stderr', stream: Readable | null): void => {
    stream?.setEncoding('utf8').on('data', (text: string) => (said[name] += text));
  };
  listen('stdout', child.stdout);
  listen('stderr', child.stderr);
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (exitCode, signal) => {
      children.delete(child);
      resolve({ exitCode, signal, ...said });
    });
  });
  return { child, ended };
}

/** The built program, behind the words of another that starts it. */
export const billpatchWords = (
  words: readonly string[],
  ...before: readonly string[]
): string[] => [...before, process.execPath, MAIN, ...words];

/** The built program from a shell that has done something first. */
export const afterShell = (first: string, words: readonly string[]): string[] =>
  billpatchWords(words, 'bash', '-c', `${first}; exec "$0" "$@"`);

export const run = (words: readonly string[], options: CommandOptions): Promise<Ended> =>
  begin(billpatchWords(words), options).ended;

/** Why a tool cannot be used here, or undefined. */
export function cannot(...words: readonly [string, ...string[]]): string | undefined {
  const [command, ...rest] = words;
  const { status, error, stderr } = spawnSync(command, rest, { encoding: 'utf8' });
  if (error) return `${command} is missing (${error.message})`;
  return status === 0 ? undefined : `${words.join(' ')} is not allowed here: ${stderr.trim()}`;
}

export const hasTrace = ({ stdout, stderr }: Ended): boolean =>
  /\n\s+at |bug in billpatch/.test(stdout + stderr);

/** Tenants that a PUT arrived for. */
export const tenantsPut = ({ simulator }: World): string[] =>
  simulator.requests.flatMap(({ method, tenantId }) => (method === 'PUT' ? [tenantId ?? ''] : []));

/** Tenants of whom the journal holds an intact intent. */
export function tenantsIntended(folder: string): Set<string> {
  const path = join(folder, 'journal.jsonl');
  const lines = existsSync(path) ? readFileSync(path, 'latin1').split('\n') : [];
  return new Set(
    lines.flatMap((line) => {
      const entry = decodeEntry(Buffer.from(line, 'latin1'));
      return entry?.type === 'intent' ? [entry.tenantId] : [];
    }),
  );
}

/** PUTs that nothing on disk knows of. */
export const unrecorded = (world: World, folder = world.run): string[] => {
  const intended = tenantsIntended(folder);
  return tenantsPut(world).filter((tenant) => !intended.has(tenant));
};

/** What is not as it must be once a run has come to its end: nothing. */
export function unsettled({ simulator, tenants, run: folder }: World, at = folder): string[] {
  const path = join(at, 'results.csv');
  if (!existsSync(path)) return ['no results.csv'];
  const results = readCsv(path);
  const wrong = tenants.flatMap((tenant, row) => {
    const { customerTenantId, result_status: status } = results[row] ?? {};
    const puts = simulator.history(tenant);
    const isRight =
      customerTenantId === tenant &&
      status === 'updated' &&
      puts === 1 &&
      simulator.profile(tenant)?.email === `new${row}@${NEW}`;
    return isRight ? [] : [`row ${row}: ${customerTenantId} ${status}, ${puts} PUTs`];
  });
  if (results.length !== tenants.length) wrong.push(`${results.length} results`);
  const left = readdirSync(at).filter((name) => name.endsWith('.tmp') || name.startsWith('lock'));
  return [...wrong, ...left];
}

export const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));

/** At most so many at the same time: they mostly wait. */
export async function inParallel<Item>(
  items: readonly Item[],
  work: (item: Item, index: number) => Promise<void>,
  atOnce = 4,
): Promise<void> {
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) await work(item, index);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

/** Between 0 and `below`, in the same order for the same seed. */
export function dice(seed: number): (below: number) => number {
  const random = createRandom(seed);
  return (below) => Math.floor(random() * below);
}

export function say(text: string): void {
  // eslint-disable-next-line no-console -- the counts are what these suites are for
  console.log(text);
}
