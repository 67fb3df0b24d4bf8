/** Puts the talking parts together: one client, one throttle, one retry policy for a whole run. */
import { setTimeout as delay } from 'node:timers/promises';

import type { TokenProvider } from '../partner-center/auth/token-provider.js';
import { createBillingProfiles } from '../partner-center/billing-profiles.js';
import { createClient } from '../partner-center/client.js';
import { listCustomers, type Customer, type CustomersPorts } from '../partner-center/customers.js';
import { createServiceHealth } from '../partner-center/service-health.js';
import { timeExchanges, type ConflictWindow } from '../partner-center/exchange-times.js';
import { createPaces } from '../partner-center/pacing/paces.js';
import { createThrottle } from '../partner-center/pacing/throttle.js';
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
  /** False while enough requests wait for their turn: another row would only wait as well. */
  readonly mayBegin: () => boolean;
  /** Mean time of an exchange, in milliseconds; 0 before the first. */
  readonly latencyMs: () => number;
  readonly conflictWindow: () => ConflictWindow | undefined;
  readonly close: () => void;
}

export interface ConnectOptions {
  readonly baseUrl: string;
  readonly tokens: TokenProvider;
  readonly concurrency: number;
  readonly timeoutMs: number;
  readonly maxWaitMs: number;
  /** Requests per minute at the most; absent: as many as the service takes. */
  readonly maxRate?: number;
  /** Requests that this will take, about; absent: as many as a short run. */
  readonly expectedRequests?: number;
  /** Runs that share the allowance, this one included. */
  readonly shards?: number;
  readonly version: string;
  readonly random: () => number;
  readonly newId: () => string;
  readonly stop: AbortSignal;
  /** Where the rules of countries are kept from one run to the next. */
  readonly rulesCache?: RulesCache;
}

const SHORT_RUN = 400;
const MOST_WAITING = 4;

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
  const times = timeExchanges(client, () => performance.now());
  const paces = createPaces({
    concurrency: options.concurrency,
    expected: options.expectedRequests ?? SHORT_RUN,
    shards: options.shards ?? 1,
    ...(options.maxRate !== undefined && { maxRate: options.maxRate }),
  });
  const throttle = createThrottle({ now: () => performance.now(), sleep, paces });
  const ports = {
    client: times.client,
    tokens: options.tokens,
    health,
    throttle,
    sleep,
    random: options.random,
    stop: options.stop,
    maxWaitMs: options.maxWaitMs,
    newId: options.newId,
  };
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
    mayBegin: () => throttle.waiting() <= MOST_WAITING,
    latencyMs: times.latencyMs,
    conflictWindow: times.conflictWindow,
    close: client.close,
  };
}
