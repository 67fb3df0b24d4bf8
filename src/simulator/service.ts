import type { IncomingHttpHeaders } from 'node:http';
import type { BillingProfile } from '../profile/billing-profile.js';
import {
  accessDenied,
  faultAnswer,
  jsonAnswer,
  noRelationship,
  tenantNotFound,
  tokenMissing,
} from './answer.js';
import type { Answer } from './answer.js';
import { unknownCountry } from './check-profile.js';
import { checkAddress, type AddressForm } from './check-address.js';
import { createRuleBook, type RuleChanges } from './rule-book.js';
import { customerDetails } from './customer-item.js';
import { decidePage } from './customer-page.js';
import type { PageRules } from './customer-page.js';
import { decidePut } from './decide-put.js';
import type { PutPolicy } from './decide-put.js';
import type { Route } from './route.js';
import type { World } from './world.js';

export interface ServiceRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface ServicePolicy extends PutPolicy, PageRules {
  /** What the same MS-RequestId again does to a PUT: the first answer again, or nothing special. */
  readonly idempotency: 'replay' | 'ignore';
  readonly addressForm?: AddressForm;
  readonly countryRules?: RuleChanges | undefined;
}

/** What becomes of an accepted profile on its way into the store. */
export type ToStored = (profile: BillingProfile) => BillingProfile;

/** The service without its network and its faults: a request in, an answer out. */
export type Service = (request: ServiceRequest, route: Route, toStored?: ToStored) => Answer;

/** Answers kept for replay: a service forgets as well, and memory must not grow with requests. */
const REMEMBERED = 10_000;

export function createService(world: World, policy: ServicePolicy): Service {
  const rulesOf = createRuleBook(policy.countryRules);
  const replays = new Map<string, Answer>();

  const put = (request: ServiceRequest, tenantId: string, toStored: ToStored): Answer => {
    const live = world.profile(tenantId);
    if (live === undefined) return tenantNotFound();
    const ifMatch = request.headers['if-match'];
    const decision = decidePut(live, { ifMatch, body: request.body }, policy, rulesOf);
    if (decision.type === 'refused') return decision.answer;
    return jsonAnswer(200, world.commit(tenantId, toStored(decision.profile)));
  };

  const putOnce = (request: ServiceRequest, tenantId: string, toStored: ToStored): Answer => {
    const requestId = request.headers['ms-requestid'];
    if (policy.idempotency === 'ignore' || typeof requestId !== 'string') {
      return put(request, tenantId, toStored);
    }
    const key = `${tenantId} ${requestId.toLowerCase()}`;
    const answer = replays.get(key) ?? put(request, tenantId, toStored);
    replays.set(key, answer);
    if (replays.size > REMEMBERED) replays.delete(replays.keys().next().value ?? '');
    return answer;
  };

  return (request, route, toStored = (profile) => profile) => {
    const { method, headers } = request;
    switch (route.name) {
      case 'not-a-guid':
        return notAGuid();
      case 'other':
        return faultAnswer(404, 1000, 'The resource was not found.');
      case 'billing':
      case 'customer': {
        if (method !== 'GET' && !(method === 'PUT' && route.name === 'billing')) break;
        const customer = world.customer(route.tenantId);
        const profile = world.profile(route.tenantId);
        if (customer === undefined || profile === undefined) return tenantNotFound();
        if (customer.relationship === 'none') return noRelationship();
        if (method === 'PUT') return putOnce(request, route.tenantId, toStored);
        const billing = route.name === 'billing';
        return jsonAnswer(200, billing ? profile : customerDetails(customer, profile));
      }
      case 'customers': {
        if (method !== 'GET') break;
        const token = headers['ms-continuationtoken'];
        return decidePage(world.customers, route.query, token?.toString(), policy);
      }
      case 'address':
        if (method !== 'POST') break;
        return checkAddress(request.body, policy.addressForm ?? 'status', rulesOf);
      case 'rules': {
        if (method !== 'GET') break;
        const rules = rulesOf(route.country);
        return rules === undefined ? unknownCountry(route.country) : jsonAnswer(200, { ...rules });
      }
    }
    return faultAnswer(405, 405, `The method ${method} is not allowed here.`);
  };
}

/** The refusal of a request's token, or undefined. */
export function checkToken(
  sent: string | undefined,
  expected: string | undefined,
): Answer | undefined {
  const token = sent?.slice(0, 7).toLowerCase() === 'bearer ' ? sent.slice(7).trim() : '';
  if (token === '') return tokenMissing();
  return expected === undefined || token === expected ? undefined : accessDenied();
}

function notAGuid(): Answer {
  const source = 'PartnerApiServiceControllers';
  return faultAnswer(400, 2000, 'Tenant Id must be a GUID.', [], source);
}
