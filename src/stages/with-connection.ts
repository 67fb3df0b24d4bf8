/** A connection for as long as it is needed: to the service, or to a simulator in this process. */
import { setMaxListeners } from 'node:events';

import type { Manifest, RunPaths, SimulatorSetup } from '../journal/run-folder.js';
import { createRulesCache, rulesCacheFolder } from '../partner-center/rules-cache.js';
import type { Simulator } from '../simulator/start-simulator.js';
import type { TokenProvider } from '../partner-center/auth/token-provider.js';
import { connect, type Connection } from './connect.js';
import type { Host } from './host.js';

/** Where requests go. */
export type Target =
  | { readonly kind: 'service'; readonly baseUrl: string; readonly tokens: TokenProvider }
  /** A rehearsal: to a simulator in this process. */
  | { readonly kind: 'simulator'; readonly setup: SimulatorSetup };

export async function withConnection<T>(
  target: Target,
  { paths, manifest }: { readonly paths: RunPaths; readonly manifest: Manifest },
  host: Pick<Host, 'random' | 'newId' | 'version' | 'env' | 'now'>,
  work: (connection: Connection, stopped: AbortController) => Promise<T>,
): Promise<T> {
  const { concurrency, timeoutSeconds, maxWaitSeconds } = manifest.options;
  const simulator =
    target.kind === 'simulator' ? await startRehearsal(target.setup, paths.simulator) : undefined;
  const cacheFolder =
    target.kind === 'service' ? rulesCacheFolder(target.baseUrl, host.env) : undefined;
  const rulesCache =
    cacheFolder === undefined
      ? undefined
      : createRulesCache(cacheFolder, manifest.baseUrl, host.now);
  const stopped = new AbortController();
  // Every row that waits listens; Node warns of a leak at eleven.
  setMaxListeners(0, stopped.signal);
  const connection = connect({
    baseUrl: target.kind === 'service' ? target.baseUrl : (simulator?.url ?? ''),
    tokens: target.kind === 'service' ? target.tokens : SIMULATED,
    concurrency,
    timeoutMs: timeoutSeconds * 1000,
    maxWaitMs: maxWaitSeconds * 1000,
    version: host.version,
    random: host.random,
    newId: host.newId,
    stop: stopped.signal,
    ...(rulesCache && { rulesCache }),
  });
  try {
    return await work(connection, stopped);
  } finally {
    connection.close();
    await simulator?.close();
  }
}

const SIMULATED: TokenProvider = {
  getToken: () => Promise.resolve({ value: 'simulated' }),
  refresh: (rejected) => Promise.resolve(rejected),
};

async function startRehearsal(
  { customersFile, customerCount = 0, ...setup }: SimulatorSetup,
  ownState: string,
): Promise<Simulator> {
  const { startSimulator } = await import('../simulator/start-simulator.js');
  const { generateCustomers } = await import('../simulator/generate-customers.js');
  const { readCustomers } = await import('../simulator/read-customers.js');
  const customers =
    customersFile === undefined
      ? generateCustomers(customerCount)
      : await readCustomers(customersFile);
  return startSimulator({ stateFile: ownState, ...setup, customers, keepRequests: 0 });
}
