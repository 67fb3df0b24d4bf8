/** Puts the talking parts together: one client, one throttle, one retry policy for a whole run. */
import { setTimeout as delay } from 'node:timers/promises';

import { createBillingProfiles } from '../partner-center/billing-profiles.js';
import { createClient } from '../partner-center/client.js';
import { createServiceHealth } from '../partner-center/service-health.js';
import { createThrottle } from '../partner-center/throttle.js';
import type { ProfileService } from '../run/profile-service.js';

export interface Connection {
  readonly service: ProfileService;
  /** Nobody but rows that wait for a retry is left: one of them may go. */
  readonly onIdle: () => void;
  readonly close: () => void;
}

export interface ConnectOptions {
  readonly baseUrl: string;
  readonly token: string;
  readonly concurrency: number;
  readonly timeoutMs: number;
  readonly maxWaitMs: number;
  readonly version: string;
  readonly random: () => number;
  readonly stop: AbortSignal;
}

export function connect(options: ConnectOptions): Connection {
  const sleep = async (ms: number, signal: AbortSignal): Promise<void> => {
    await delay(ms, undefined, { signal });
  };
  const client = createClient({
    baseUrl: options.baseUrl,
    getToken: () => Promise.resolve(options.token),
    timeoutMs: options.timeoutMs,
    connections: options.concurrency,
    userAgent: `billpatch/${options.version}`,
  });
  const health = createServiceHealth();
  const service = createBillingProfiles({
    client,
    health,
    throttle: createThrottle({ now: () => performance.now(), sleep }),
    sleep,
    random: options.random,
    stop: options.stop,
    maxWaitMs: options.maxWaitMs,
  });
  return { service, onIdle: health.lend, close: client.close };
}
