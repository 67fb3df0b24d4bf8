/** Puts the talking parts together: one client, one throttle, one retry policy for a whole run. */
import { setTimeout as delay } from 'node:timers/promises';

import type { TokenProvider } from '../partner-center/auth/token-provider.js';
import { createBillingProfiles } from '../partner-center/billing-profiles.js';
import { createClient, type Client } from '../partner-center/client.js';
import { listCustomers, type Customer, type CustomersPorts } from '../partner-center/customers.js';
import { createServiceHealth } from '../partner-center/service-health.js';
import { createThrottle } from '../partner-center/throttle.js';
import type { RulesCache } from '../partner-center/rules-cache.js';
import type { ProfileService } from '../run/profile-service.js';
import type { ReviewService } from '../run/review-service.js';
import { createReviewService, type ReviewOptions } from './review.js';

export interface Connection {
  readonly service: ProfileService;
  readonly review: (options: ReviewOptions) => ReviewService;
  /** For other questions, and for those with a signal of their own. */
  readonly ports: CustomersPorts;
  /** Every customer of the partner; see listCustomers. */
  readonly customers: () => AsyncGenerator<Customer>;
  /** Nobody but rows that wait for a retry is left: one of them may go. */
  readonly onIdle: () => void;
  /** Mean time of an exchange, in milliseconds; 0 before the first. */
  readonly latencyMs: () => number;
  readonly close: () => void;
}

export interface ConnectOptions {
  readonly baseUrl: string;
  readonly tokens: TokenProvider;
  readonly concurrency: number;
  readonly timeoutMs: number;
  readonly maxWaitMs: number;
  readonly version: string;
  readonly random: () => number;
  readonly newId: () => string;
  readonly stop: AbortSignal;
  /** Where the rules of countries are kept from one run to the next. */
  readonly rulesCache?: RulesCache;
}

export function connect(options: ConnectOptions): Connection {
  const sleep = async (ms: number, signal: AbortSignal): Promise<void> => {
    await delay(ms, undefined, { signal });
  };
  const client = createClient({
    baseUrl: options.baseUrl,
    timeoutMs: options.timeoutMs,
    connections: options.concurrency,
    userAgent: `billpatch/${options.version}`,
  });
  const health = createServiceHealth();
  let exchanges = 0;
  let elapsedMs = 0;
  const timed: Client = {
    ...client,
    async exchange(request, token) {
      const begun = performance.now();
      const result = await client.exchange(request, token);
      exchanges += 1;
      elapsedMs += performance.now() - begun;
      return result;
    },
  };
  const ports = {
    client: timed,
    tokens: options.tokens,
    health,
    throttle: createThrottle({ now: () => performance.now(), sleep }),
    sleep,
    random: options.random,
    stop: options.stop,
    maxWaitMs: options.maxWaitMs,
    newId: options.newId,
  };
  const latencyMs = (): number => (exchanges === 0 ? 0 : elapsedMs / exchanges);
  return {
    service: createBillingProfiles(ports),
    review: (wanted) =>
      createReviewService(wanted, {
        ...ports,
        ...(options.rulesCache && { cache: options.rulesCache }),
      }),
    ports,
    customers: () => listCustomers(ports),
    onIdle: health.lend,
    latencyMs,
    close: client.close,
  };
}
