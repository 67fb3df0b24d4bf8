/** One harmless question to the service: does it answer, and what may we do? */
import { createClient } from '../partner-center/client.js';
import { toFailure } from '../partner-center/error-map.js';
import type { Problem } from '../problem.js';
import type { Host } from './host.js';

export interface Probe {
  /** Absent: no answer. */
  readonly status?: number;
  /** The service's clock less ours, in seconds; absent where it did not say. */
  readonly skewSeconds?: number;
  /** Why it was not answered with success. */
  readonly problem?: Problem;
}

const TIMEOUT_MS = 30_000;

/** The first customer of the list: nothing is changed, and hardly anything read. */
export const FIRST_CUSTOMER = '/v1/customers?size=1';

/** @param token absent: the question is asked as nobody, and refused where anybody is there */
export async function probe(
  baseUrl: string,
  path: string,
  token: string | undefined,
  { now, newId, version }: Pick<Host, 'now' | 'newId' | 'version'>,
): Promise<Probe> {
  const client = createClient({
    baseUrl,
    timeoutMs: TIMEOUT_MS,
    connections: 1,
    userAgent: `billpatch/${version}`,
  });
  try {
    const headers = { 'MS-RequestId': newId(), 'MS-CorrelationId': newId() };
    const result = await client.exchange({ method: 'GET', path, headers }, token);
    if (result.kind === 'failure') return { problem: problemOf(result.failure) };
    const { status, headers: said, body } = result.answer;
    const date = Date.parse(said.date ?? '');
    return {
      status,
      ...(!Number.isNaN(date) && { skewSeconds: Math.round((date - now().getTime()) / 1000) }),
      ...(status >= 300 && { problem: problemOf(toFailure(status, said, body)) }),
    };
  } finally {
    client.close();
  }
}

const problemOf = ({ code, message, hint }: Problem): Problem => ({ code, message, hint });
