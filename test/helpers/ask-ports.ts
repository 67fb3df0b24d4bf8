/** What it takes to ask a live loopback server, with a clock that sleeping moves on. */
import { onTestFinished } from 'vitest';

import type { AskPorts } from '../../src/partner-center/ask.js';
import { createClient } from '../../src/partner-center/client.js';
import {
  createServiceHealth,
  type ServiceHealth,
} from '../../src/partner-center/service-health.js';
import { givenToken } from './given-token.js';
import { throttleOn } from './throttle-on.js';

export const TOKEN = 'canary-token-value';

export interface TestPorts extends AskPorts {
  readonly newId: () => string;
  readonly health: ServiceHealth;
}

export interface TestPortsOptions {
  readonly stop?: AbortSignal;
  readonly maxWaitMs?: number;
  readonly onSleep?: (ms: number) => void;
}

export function askPortsAt(
  url: string,
  {
    stop = new AbortController().signal,
    maxWaitMs = 600_000,
    onSleep = () => undefined,
  }: TestPortsOptions = {},
): TestPorts {
  let clock = 0;
  let ids = 0;
  const client = createClient({
    baseUrl: url,
    timeoutMs: 2000,
    connections: 4,
    userAgent: 'billpatch/test',
  });
  onTestFinished(client.close);
  const sleep = (ms: number, signal: AbortSignal): Promise<void> => {
    if (signal.aborted) return Promise.reject(new Error('stopped'));
    onSleep(ms);
    clock += ms;
    return Promise.resolve();
  };
  return {
    client,
    tokens: givenToken(TOKEN),
    health: createServiceHealth(),
    throttle: throttleOn({ now: () => clock, sleep }),
    sleep,
    random: () => 0.5,
    newId: () => `id-${(ids += 1)}`,
    stop,
    maxWaitMs,
  };
}
