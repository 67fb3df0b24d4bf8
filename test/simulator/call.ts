import { request } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { afterEach } from 'vitest';
import type { BillingProfile, JsonObject } from '../../src/profile/billing-profile.js';
import { startSimulator } from '../../src/simulator/start-simulator.js';
import type { Simulator, SimulatorOptions } from '../../src/simulator/start-simulator.js';

export const TENANT = '11111111-2222-4333-8444-555555555555';
export const OTHER = '66666666-7777-4888-8999-000000000000';

export interface Called {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
  readonly json: JsonObject;
}

export interface CallOptions {
  readonly headers?: Record<string, string>;
  readonly body?: string | object;
}

/** One request as bytes, so that marks, lengths and resets can be seen. Rejects where none came. */
export function call(
  simulator: Simulator,
  method: string,
  path: string,
  { headers = {}, body }: CallOptions = {},
): Promise<Called> {
  const text = typeof body === 'object' ? JSON.stringify(body) : body;
  return new Promise((resolve, reject) => {
    const sent = request(
      `${simulator.url}${path}`,
      { method, agent: false, headers: { authorization: 'Bearer any', ...headers } },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          const bytes = Buffer.concat(chunks);
          const content = bytes.toString();
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            bytes,
            text: content,
            get json() {
              return JSON.parse(content.replace(/^\uFEFF/, '')) as JsonObject;
            },
          });
        });
      },
    );
    sent.on('error', reject);
    sent.end(text);
  });
}

export const billingPath = (tenantId = TENANT) => `/v1/customers/${tenantId}/profiles/billing`;

export const getProfile = (simulator: Simulator, tenantId = TENANT) =>
  call(simulator, 'GET', billingPath(tenantId));

/** As a careful client does: the tag in both places. */
export function putProfile(
  simulator: Simulator,
  profile: BillingProfile,
  headers: Record<string, string> = {},
  tenantId = TENANT,
): Promise<Called> {
  const tag = (profile.attributes as JsonObject | undefined)?.etag;
  const ifMatch = typeof tag === 'string' ? { 'if-match': `"${tag}"` } : {};
  return call(simulator, 'PUT', billingPath(tenantId), {
    headers: { ...ifMatch, ...headers },
    body: profile,
  });
}

const running: Simulator[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((simulator) => simulator.close()));
});

/** A simulator that ends with the test; its world is one customer in Germany unless told. */
export async function simulate(options: SimulatorOptions = {}): Promise<Simulator> {
  const customers = [{ tenantId: TENANT, profile: { country: 'DE' } }];
  const simulator = await startSimulator({ customers, ...options });
  running.push(simulator);
  return simulator;
}
