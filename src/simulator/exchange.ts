import { isObject } from '../profile/billing-profile.js';
import type { BillingProfile, Json } from '../profile/billing-profile.js';
import { emptyAnswer, jsonAnswer, throttledAnswer } from './answer.js';
import type { Answer } from './answer.js';
import type { Delivery } from './delivery.js';
import { deriveGuid } from './derived-ids.js';
import { staleAnswer } from './etag-policy.js';
import type { StaleDialect } from './etag-policy.js';
import { FAULT_EFFECTS } from './fault-effects.js';
import type { Fault, FaultKind } from './fault.js';
import type { FaultPlan } from './fault-plan.js';
import { generateProfile } from './generate-customers.js';
import { routeTenant } from './route.js';
import type { Route } from './route.js';
import { checkToken } from './service.js';
import type { Service, ServiceRequest } from './service.js';
import type { Throttle } from './throttle.js';
import type { World } from './world.js';

/** What comes of one request: the answer, and what becomes of it on its way. */
export interface Reply {
  readonly answer: Answer;
  readonly delivery: Delivery;
  /** Milliseconds by which a fault holds the answer back. */
  readonly holdMs: number;
  readonly fault: FaultKind | undefined;
  /** Refused by the throttle, before anything else looked at it. */
  readonly throttled: boolean;
  /** Answered under another request id than it was sent with. */
  readonly otherRequestId: boolean;
}

export interface ExchangePorts {
  readonly world: World;
  readonly service: Service;
  readonly faults: FaultPlan;
  readonly throttle: Throttle;
  readonly token: string | undefined;
  /** The refusal of an access token that was given out, or should have been, by the simulator. */
  readonly checkIssued: (token: string, nowMs: number) => Answer | undefined;
  readonly stale: StaleDialect;
}

/** One request through the throttle, the door, the faults and the service, in this order. */
export function exchange(
  ports: ExchangePorts,
  request: ServiceRequest,
  route: Route,
  nowMs: number,
): Reply {
  const wait = ports.throttle(request.method, nowMs);
  if (wait > 0) {
    const answer = throttledAnswer(`in ${wait} seconds`, String(wait));
    return { ...asIs(answer), throttled: true };
  }
  const { authorization } = request.headers;
  const denied =
    checkToken(authorization, ports.token) ??
    ports.checkIssued(authorization?.slice(7).trim() ?? '', nowMs);
  if (denied !== undefined) return asIs(denied);

  const fault = ports.faults.pick(request.method, route);
  if (fault === undefined) return asIs(ports.service(request, route));
  return { ...withFault(ports, request, route, fault, nowMs), fault: fault.kind };
}

/** An answer that nothing befalls. */
export function asIs(answer: Answer): Reply {
  return {
    answer,
    delivery: 'whole',
    holdMs: 0,
    fault: undefined,
    throttled: false,
    otherRequestId: false,
  };
}

function withFault(
  ports: ExchangePorts,
  request: ServiceRequest,
  route: Route,
  fault: Fault,
  nowMs: number,
): Reply {
  const handled = () => ports.service(request, route);
  const effect = FAULT_EFFECTS[fault.kind];
  switch (effect.type) {
    case 'answer':
      if (effect.when === 'after') handled();
      return asIs(effect.answer(fault, nowMs));
    case 'delivery': {
      const answer = effect.when === 'after' ? handled() : emptyAnswer(200);
      return { ...asIs(answer), delivery: effect.delivery };
    }
    case 'slow':
      return { ...asIs(handled()), holdMs: (fault.seconds ?? 1) * 1000 };
    case 'request-id':
      return { ...asIs(handled()), otherRequestId: true };
    case 'profile':
    case 'put':
      return asIs(withProfileFault(ports, request, route, effect.change, fault));
  }
}

function withProfileFault(
  { world, service, stale }: ExchangePorts,
  request: ServiceRequest,
  route: Route,
  change: ProfileChange,
  fault: Fault,
): Answer {
  const tenantId = routeTenant(route) ?? '';
  switch (change) {
    case 'edited': {
      const edit = () => {
        const floor = `Floor ${world.version(tenantId) + 1}`;
        world.edit(tenantId, fault.fields ?? { addressLine2: floor });
      };
      if (request.method === 'PUT') edit();
      const answer = service(request, route);
      if (request.method !== 'PUT') edit();
      return answer;
    }
    case 'stale':
      return staleAnswer(stale);
    case 'ignored':
      return service({ ...request, method: 'GET' }, route);
    case 'normalised':
      return service(request, route, withLoudCity);
    case 'no-etag':
      return overProfile(service(request, route), withoutEtag);
    case 'other-customer':
      return overProfile(service(request, route), () =>
        generateProfile(deriveGuid(`somebody other than ${tenantId}`)),
      );
  }
}

type ProfileChange = Extract<(typeof FAULT_EFFECTS)[FaultKind], { change: unknown }>['change'];

/** Changes the profile in a 200; an error stays what it is. */
function overProfile(answer: Answer, change: (profile: BillingProfile) => Json): Answer {
  const { status, content } = answer;
  if (status !== 200 || content.type !== 'json' || !isObject(content.value)) return answer;
  return jsonAnswer(200, change(content.value));
}

function withoutEtag(profile: BillingProfile): BillingProfile {
  return { ...profile, attributes: { objectType: 'CustomerBillingProfile' } };
}

function withLoudCity(profile: BillingProfile): BillingProfile {
  const address = profile.defaultAddress;
  const city = isObject(address) ? address.city : undefined;
  if (!isObject(address) || typeof city !== 'string') return profile;
  return { ...profile, defaultAddress: { ...address, city: city.trim().toUpperCase() } };
}
