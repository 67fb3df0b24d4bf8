/** A ProfileService that answers from a script, and keeps what it was asked. */
import type { Failure } from '../../src/partner-center/failure.js';
import { withFields, type BillingProfile, type Field } from '../../src/profile/billing-profile.js';
import type {
  LiveProfile,
  ProfileCall,
  ProfileResult,
  ProfileService,
} from '../../src/run/profile-service.js';

export const TENANT = '11111111-2222-4333-8444-555555555555';

export const BASE: BillingProfile = {
  id: 'aaaaaaaa-0000-4000-8000-000000000001',
  firstName: 'Ada',
  email: 'ada@contoso.example',
  companyName: 'Contoso',
  culture: 'en-US',
  custom: { kept: [1, null, 'x'] },
  defaultAddress: { country: 'US', city: 'Redmond', phoneNumber: '' },
  attributes: { etag: '-1', objectType: 'CustomerBillingProfile' },
};

export const liveOf = (
  fields: Partial<Record<Field, string>> = {},
  etag = '-1',
  base: BillingProfile = BASE,
): LiveProfile => ({
  profile: {
    ...withFields(base, Object.entries(fields) as [Field, string][]),
    attributes: { etag, objectType: 'CustomerBillingProfile' },
  },
  etag,
});

export const failureOf = (over: Partial<Failure> = {}): Failure => ({
  code: 'made-up',
  message: 'It went wrong.',
  hint: 'Do something.',
  scope: 'row',
  again: 'never',
  carriedOut: 'no',
  ...over,
});

export const LOST = failureOf({ code: 'connection-lost', again: 'retry', carriedOut: 'maybe' });
export const STALE = failureOf({ code: 'stale-etag', again: 'reread', httpStatus: 412 });
export const TOKEN = failureOf({ code: 'token-refused', scope: 'run', httpStatus: 401 });
export const REFUSED = failureOf({ code: 'value-refused', httpStatus: 400 });

export interface Asked {
  readonly method: 'get' | 'put';
  readonly call: ProfileCall;
  readonly update?: LiveProfile;
}

type Step = readonly ['get' | 'put', LiveProfile | Failure];

export interface ScriptedService extends ProfileService {
  readonly asked: readonly Asked[];
  /** Steps that were not asked for. */
  readonly left: () => number;
}

/** Throws where the next step is another one than the script says. */
export function scriptedService(
  steps: readonly Step[],
  onAsked: (asked: Asked) => void = () => undefined,
): ScriptedService {
  const asked: Asked[] = [];
  let next = 0;
  const answer = (now: Asked): Promise<ProfileResult> => {
    asked.push(now);
    onAsked(now);
    const [method, value] = steps[next++] ?? [];
    if (method !== now.method || value === undefined) {
      throw new Error(`step ${next}: asked for ${now.method}, the script has ${String(method)}`);
    }
    const trace = { requestId: now.call.requestId, attempts: 1 };
    return Promise.resolve(
      'profile' in value
        ? { kind: 'profile', live: value, trace: { ...trace, httpStatus: 200 } }
        : {
            kind: 'failure',
            failure: value,
            trace: {
              ...trace,
              ...(value.httpStatus === undefined ? {} : { httpStatus: value.httpStatus }),
            },
          },
    );
  };
  return {
    asked,
    left: () => steps.length - next,
    get: (call) => answer({ method: 'get', call }),
    put: (call, update) => answer({ method: 'put', call, update }),
  };
}
