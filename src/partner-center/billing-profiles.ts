/**
 * GET and PUT /v1/customers/{customer-tenant-id}/profiles/billing, with what belongs to each: the
 * identity headers, the tag in both its places, and the check that an answer is what it should be.
 */
import { bodyEtag, isObject, ownerOf, type Json } from '../profile/billing-profile.js';
import type {
  LiveProfile,
  ProfileCall,
  ProfileResult,
  ProfileService,
} from '../run/profile-service.js';
import { ask, identity, unreadable, type Asked, type AskPorts, type ReadResult } from './ask.js';
import type { Answer, Request } from './client.js';
import type { Failure } from './failure.js';

/** A profile that was read, with the JSON that it came as. */
export interface ReadProfile extends LiveProfile {
  /** Without a byte order mark; otherwise byte for byte. */
  readonly json: string;
}

/** One profile, for somebody who asks for nothing else. */
export const getProfile = (call: ProfileCall, ports: AskPorts): Promise<Asked<ReadProfile>> =>
  ask(toGet(call), call, (answer) => readProfile(answer, call.tenantId), ports);

export function createBillingProfiles(ports: AskPorts): ProfileService {
  return {
    get: (call) => askForProfile(toGet(call), call, ports),
    put: (call, { profile, etag }) =>
      askForProfile(
        {
          method: 'PUT',
          path: pathOf(call),
          headers: {
            ...identity(call),
            'Content-Type': 'application/json',
            'If-Match': quoteEtag(etag),
          },
          body: JSON.stringify(profile),
        },
        call,
        ports,
      ),
  };
}

const toGet = (call: ProfileCall): Request => ({
  method: 'GET',
  path: pathOf(call),
  headers: identity(call),
});

const pathOf = ({ tenantId }: ProfileCall): string =>
  `/v1/customers/${encodeURIComponent(tenantId)}/profiles/billing`;

/** The tag in the body has no quotes, a header needs them (RFC 9110, 8.8.3); given ones are kept. */
export const quoteEtag = (etag: string): string =>
  etag.startsWith('"') || etag.startsWith('W/') ? etag : `"${etag}"`;

async function askForProfile(
  request: Request,
  call: ProfileCall,
  ports: AskPorts,
): Promise<ProfileResult> {
  const { result, trace } = await ask(
    request,
    call,
    (answer) => readProfile(answer, call.tenantId),
    ports,
  );
  return result.kind === 'failure'
    ? { ...result, trace }
    : { kind: 'profile', live: { profile: result.value.profile, etag: result.value.etag }, trace };
}

/** A success status → the profile, or why it is none. */
function readProfile(answer: Answer, tenantId: string): ReadResult<ReadProfile> {
  if (answer.body === '') return unreadable('is empty');
  let profile: Json;
  try {
    profile = JSON.parse(answer.body) as Json;
  } catch {
    return unreadable('is no JSON');
  }
  if (!isObject(profile)) return unreadable('is no object');
  const owner = ownerOf(profile);
  if (owner !== undefined && owner !== tenantId) return unreadable("is another customer's profile");
  if (holdsInexactNumber(answer.body)) return { kind: 'failure', failure: INEXACT };
  const etag = bodyEtag(profile) ?? answer.headers.etag;
  if (etag === undefined) return { kind: 'failure', failure: NO_ETAG };
  if (!/^[\x21-\x7e]+$/.test(etag)) return unreadable('has a tag that cannot be sent back');
  return { kind: 'value', value: { profile, etag, json: answer.body } };
}

const NO_ETAG: Failure = {
  code: 'no-etag',
  message:
    'The service sent the profile without an ETag, so an update could not be protected against changes by others.',
  hint: 'Run the row again later; change it in the portal if it goes on.',
  scope: 'row',
  again: 'never',
  carriedOut: 'maybe',
};

const INEXACT: Failure = {
  code: 'inexact-number',
  message:
    'The profile holds a number that JavaScript cannot keep exactly, so sending it back would change it.',
  hint: 'Change this customer in the portal.',
  scope: 'row',
  again: 'never',
  carriedOut: 'maybe',
};

/** Whether a number in the text would come back from JSON.parse as another number. */
function holdsInexactNumber(body: string): boolean {
  // Only long literals can: a double keeps 15 significant digits.
  // Nearly every tag has more digits, but stands in quotation marks.
  if (!/[:,[]\s*-?(?:\d[\d.]{15}|[\d.]+[eE])/.test(body)) return false;
  for (const [token] of body.matchAll(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g)) {
    if (token.startsWith('"') || (token.length < 16 && !/e/i.test(token))) continue;
    if (String(Number(token)) !== token) return true;
  }
  return false;
}
