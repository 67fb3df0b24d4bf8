/**
 * How long exchanges take, and how much time lies between the reading of a profile and the update
 * that was decided on it: in that time somebody else may change it. In memory that does not grow.
 */
import type { Client, ExchangeResult, Request } from './client.js';

/** In milliseconds, to a twentieth. */
export interface ConflictWindow {
  readonly medianMs: number;
  /** 99 of 100 are not longer. */
  readonly p99Ms: number;
}

export interface ExchangeTimes {
  /** The client, with its exchanges timed. */
  readonly client: Client;
  /** Mean time of an exchange, in milliseconds; 0 before the first. */
  readonly latencyMs: () => number;
  /** Undefined before the first update of a profile that was read. */
  readonly conflictWindow: () => ConflictWindow | undefined;
}

/** Rows between reading and writing that are remembered; older ones had nothing to write. */
const MOST_OPEN = 2_000;
const STEP = Math.log(1.05);

export function timeExchanges(client: Client, now: () => number): ExchangeTimes {
  let exchanges = 0;
  let elapsedMs = 0;
  /** Correlation id → when the profile was read. The longest unread first. */
  const readAt = new Map<string, number>();
  /** Windows by the logarithm of their length. */
  const windows = new Map<number, number>();
  let updates = 0;

  const correlationOf = ({ headers }: Request): string => headers['MS-CorrelationId'] ?? '';
  const noteRead = (request: Request, at: number): void => {
    const id = correlationOf(request);
    readAt.delete(id);
    readAt.set(id, at);
    if (readAt.size > MOST_OPEN) for (const [oldest] of readAt) return void readAt.delete(oldest);
  };
  const noteUpdate = (request: Request, at: number): void => {
    const id = correlationOf(request);
    const read = readAt.get(id);
    if (read === undefined) return;
    readAt.delete(id);
    updates += 1;
    const bin = Math.ceil(Math.log(Math.max(at - read, 0.01)) / STEP);
    windows.set(bin, (windows.get(bin) ?? 0) + 1);
  };
  const quantile = (share: number): number => {
    let seen = 0;
    for (const bin of [...windows.keys()].sort((a, b) => a - b)) {
      seen += windows.get(bin) ?? 0;
      if (seen >= share * updates) return Math.round(Math.exp(bin * STEP) * 10) / 10;
    }
    return 0;
  };

  return {
    client: {
      ...client,
      async exchange(request, token): Promise<ExchangeResult> {
        const begun = now();
        if (request.method === 'PUT') noteUpdate(request, begun);
        const result = await client.exchange(request, token);
        const ended = now();
        if (request.method === 'GET') noteRead(request, ended);
        exchanges += 1;
        elapsedMs += ended - begun;
        return result;
      },
    },
    latencyMs: () => (exchanges === 0 ? 0 : elapsedMs / exchanges),
    conflictWindow: () =>
      updates === 0 ? undefined : { medianMs: quantile(0.5), p99Ms: quantile(0.99) },
  };
}
