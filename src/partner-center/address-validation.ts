/**
 * POST /v1/validations/address: what the service makes of an address. Two forms of its answer are
 * known (partner-center-api.md, 5.1): the old one, 200 without a body or 400 with code 2007, and since
 * 2021 a status with suggestions. The suggestions are for a person: they may be another place.
 */
import { isObject, type Json } from '../profile/billing-profile.js';
import type {
  AddressCall,
  AddressResult,
  AddressVerdict,
  PostalAddress,
} from '../run/review-service.js';
import { ask, identity, type AskPorts, type ReadResult } from './ask.js';
import type { Answer } from './client.js';

/** What each status says of the address as it was given. */
const STATUSES = {
  verifiedshippable: 'valid',
  verified: 'valid',
  interactionrequired: 'doubtful',
  streetpartial: 'doubtful',
  premisespartial: 'doubtful',
  multiple: 'doubtful',
  none: 'doubtful',
  notvalidated: 'not-checked',
} as const satisfies Record<string, AddressVerdict['kind']>;

/** So many checks that fail one after the other are enough: the rest of the run goes without. */
const FAILURES_BEFORE_REST = 3;
/** The service sends three at most. */
const SUGGESTIONS_SHOWN = 3;
const LONGEST_TEXT = 300;

/** One request for each address. Never rejects. */
export function createAddressValidation(
  ports: AskPorts,
): (address: PostalAddress, call: AddressCall) => Promise<AddressResult> {
  let failuresInARow = 0;
  const noteVerdict = (): void => {
    failuresInARow = 0;
  };
  const noteFailure = (): void => {
    failuresInARow += 1;
  };
  return async (address, call) => {
    if (failuresInARow >= FAILURES_BEFORE_REST) {
      const why = `the check failed for ${FAILURES_BEFORE_REST} rows one after the other`;
      return {
        verdict: { kind: 'not-checked', why },
        trace: { requestId: call.requestId, attempts: 0 },
      };
    }
    const { result, trace } = await ask(
      {
        method: 'POST',
        path: '/v1/validations/address',
        headers: { ...identity(call), 'Content-Type': 'application/json' },
        body: JSON.stringify(withoutEmpty(address)),
      },
      call,
      readVerdict,
      // A check that cannot be had must not be what stops the run.
      { ...ports, health: { ...ports.health, noteFailure: () => undefined } },
    );
    if (result.kind === 'value') {
      noteVerdict();
      return { verdict: result.value, trace };
    }
    const { failure } = result;
    if (failure.code === 'address-refused') {
      noteVerdict();
      const said = failure.detail ?? failure.message;
      return { verdict: { kind: 'doubtful', said, suggestions: [] }, trace };
    }
    noteFailure();
    return { verdict: { kind: 'not-checked', why: failure.message }, trace };
  };
}

const withoutEmpty = (address: PostalAddress): Partial<PostalAddress> =>
  Object.fromEntries(Object.entries(address).filter(([, value]) => value !== ''));

function readVerdict(answer: Answer): ReadResult<AddressVerdict> {
  const verdict = toVerdict(answer.body);
  return { kind: 'value', value: verdict };
}

export function toVerdict(body: string): AddressVerdict {
  if (body.trim() === '') return { kind: 'valid', suggestions: [] };
  let json: Json;
  try {
    json = JSON.parse(body) as Json;
  } catch {
    return notUnderstood('its answer is no JSON');
  }
  // What a client of the old form expects.
  if (json === true) return { kind: 'valid', suggestions: [] };
  if (json === false) return { kind: 'doubtful', said: '', suggestions: [] };
  if (!isObject(json) || typeof json.status !== 'string')
    return notUnderstood('its answer has no status');
  const status = oneLine(json.status);
  const token = status.toLowerCase().replace(/[\s_-]/g, '');
  const kind = Object.hasOwn(STATUSES, token)
    ? STATUSES[token as keyof typeof STATUSES]
    : undefined;
  const said = typeof json.validationMessage === 'string' ? oneLine(json.validationMessage) : '';
  const suggestions = toSuggestions(json.suggestedAddresses);
  switch (kind) {
    case 'valid':
      return { kind, suggestions };
    case 'doubtful':
      return { kind, status, said, suggestions };
    case 'not-checked':
      return notUnderstood(`the service did not check it (${status})${said && `: ${said}`}`);
    case undefined:
      return notUnderstood(`its answer has a status that billpatch does not know (${status})`);
  }
}

const notUnderstood = (why: string): AddressVerdict => ({ kind: 'not-checked', why });

function toSuggestions(json: Json | undefined): readonly string[] {
  if (!Array.isArray(json)) return [];
  return (json as readonly Json[])
    .map(addressLine)
    .filter((line) => line !== '')
    .slice(0, SUGGESTIONS_SHOWN);
}

/** `1 Microsoft Way, Redmond, WA 98052-8300, US` */
function addressLine(json: Json): string {
  if (!isObject(json)) return '';
  const part = (name: string): string => {
    const value = json[name];
    return typeof value === 'string' ? oneLine(value) : '';
  };
  const place = [part('state'), part('postalCode')].filter(Boolean).join(' ');
  return [
    part('addressLine1'),
    part('addressLine2'),
    part('addressLine3'),
    part('district'),
    part('city'),
    part('region'),
    place,
    part('country'),
  ]
    .filter(Boolean)
    .join(', ');
}

const oneLine = (text: string): string =>
  text
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, LONGEST_TEXT);
