/** A connection for as long as it is needed: to the service, or to a simulator in this process. */
import { setMaxListeners } from 'node:events';

import type { Manifest, RunPaths, SimulatorSetup } from '../journal/run-folder.js';
import { createRulesCache, rulesCacheFolder } from '../partner-center/rules-cache.js';
import type { Simulator } from '../simulator/start-simulator.js';
import type { TokenProvider } from '../partner-center/auth/token-provider.js';
import { connect, type Connection, type ConnectOptions } from './connect.js';
import type { Host } from './host.js';
import { paceOfRun, type Pace } from './pace.js';

/** Where requests go. */
export type Target =
  | { readonly kind: 'service'; readonly baseUrl: string; readonly tokens: TokenProvider }
  /** A rehearsal: to a simulator in this process. */
  | { readonly kind: 'simulator'; readonly setup: SimulatorSetup };

export interface OpenConnection {
  readonly connection: Connection;
  /** Ends all waiting; requests under way go on. */
  readonly stopped: AbortController;
  readonly close: () => Promise<void>;
}

export type ConnectionHost = Pick<Host, 'random' | 'newId' | 'version' | 'env' | 'now'>;

interface ConnectedRun {
  readonly paths: RunPaths;
  readonly manifest: Manifest;
  readonly expectedRequests?: number;
}

/** A connection of a run: what its simulator stores is in the run folder. */
export async function withConnection<T>(
  target: Target,
  { paths, manifest, expectedRequests }: ConnectedRun,
  host: ConnectionHost,
  work: (connection: Connection, stopped: AbortController) => Promise<T>,
): Promise<T> {
  const { shard } = manifest.options;
  const { connection, stopped, close } = await openConnection(
    target,
    {
      ...paceOfRun(manifest),
      ...(expectedRequests !== undefined && { expectedRequests }),
      ...(shard && { shards: shard.count }),
    },
    host,
    paths.simulator,
  );
  try {
    return await work(connection, stopped);
  } finally {
    await close();
  }
}

/** @param stateFile where a simulator keeps what it stores; absent: it forgets */
export async function openConnection(
  target: Target,
  pace: Pace & Pick<ConnectOptions, 'expectedRequests' | 'shards'>,
  { version, random, newId, env, now }: ConnectionHost,
  stateFile?: string,
): Promise<OpenConnection> {
  const simulator =
    target.kind === 'simulator' ? await startRehearsal(target.setup, stateFile) : undefined;
  const { kind } = target;
  const cacheFolder = kind === 'service' ? rulesCacheFolder(target.baseUrl, env) : undefined;
  const stopped = new AbortController();
  // Every row that waits listens; Node warns of a leak at eleven.
  setMaxListeners(0, stopped.signal);
  const connection = connect({
    baseUrl: target.kind === 'service' ? target.baseUrl : (simulator?.url ?? ''),
    tokens: target.kind === 'service' ? target.tokens : SIMULATED,
    // By name: what is given may have more members than its type, an address among them.
    concurrency: pace.concurrency,
    timeoutMs: pace.timeoutMs,
    maxWaitMs: pace.maxWaitMs,
    ...(pace.maxRate !== undefined && { maxRate: pace.maxRate }),
    ...(pace.expectedRequests !== undefined && { expectedRequests: pace.expectedRequests }),
    ...(pace.shards !== undefined && { shards: pace.shards }),
    version,
    random,
    newId,
    stop: stopped.signal,
    ...(kind === 'service' &&
      cacheFolder !== undefined && {
        rulesCache: createRulesCache(cacheFolder, target.baseUrl, now),
      }),
  });
  return {
    connection,
    stopped,
    async close() {
      connection.close();
      await simulator?.close();
    },
  };
}

const SIMULATED: TokenProvider = {
  getToken: () => Promise.resolve({ value: 'simulated' }),
  refresh: (rejected) => Promise.resolve(rejected),
};

async function startRehearsal(
  { customersFile, customerCount = 0, ...setup }: SimulatorSetup,
  ownState: string | undefined,
): Promise<Simulator> {
  const { startSimulator } = await import('../simulator/start-simulator.js');
  const { generateCustomers } = await import('../simulator/generate-customers.js');
  const { readCustomers } = await import('../simulator/read-customers.js');
  const customers =
    customersFile === undefined
      ? generateCustomers(customerCount)
      : await readCustomers(customersFile);
  const state = ownState === undefined ? {} : { stateFile: ownState };
  return startSimulator({ ...state, ...setup, customers, keepRequests: 0 });
}
