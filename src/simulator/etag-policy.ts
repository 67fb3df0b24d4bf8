import { faultAnswer, emptyAnswer, jsonAnswer } from './answer.js';
import type { Answer } from './answer.js';

/** Which tag the service reads; `ignore`: none, the last writer wins. */
export type EtagMode = 'either' | 'header' | 'body' | 'ignore';
/** How the service says that a tag is stale. */
export type StaleDialect = '400-2055' | '412' | '412-odata' | '409';
/** What becomes of a PUT without a tag. */
export type MissingTag = 'accept' | 'refuse';

export interface EtagPolicy {
  readonly etags: EtagMode;
  readonly stale: StaleDialect;
  readonly missingTag: MissingTag;
}

export interface SentTags {
  readonly header: string | undefined;
  readonly body: string | undefined;
}

/**
 * Whether a PUT may go on: the refusal, or undefined. Nobody has shown which tag the real service
 * reads on this endpoint, so each reading is a mode, and a client has to be right under all.
 */
export function decideTag(sent: SentTags, live: string, policy: EtagPolicy): Answer | undefined {
  if (policy.etags === 'ignore') return undefined;
  const header = sent.header === undefined ? undefined : unquote(sent.header);
  const tags = { header: [header], body: [sent.body], either: [header, sent.body] }[policy.etags];
  const given = tags.filter((tag) => tag !== undefined && tag !== '');
  if (given.length === 0) return policy.missingTag === 'accept' ? undefined : missingAnswer();
  return given.every((tag) => tag === live || tag === '*') ? undefined : staleAnswer(policy.stale);
}

export function staleAnswer(dialect: StaleDialect): Answer {
  switch (dialect) {
    case '400-2055':
      return faultAnswer(400, 2055, 'Etag is no longer valid.');
    case '412':
      return emptyAnswer(412);
    case '412-odata':
      return jsonAnswer(412, {
        error: {
          code: 'preconditionFailed',
          message: 'The ETag does not match the current version of the resource.',
          innerError: { code: '99918' },
        },
      });
    case '409':
      return faultAnswer(409, 409, 'The resource was changed by another request.');
  }
}

function missingAnswer(): Answer {
  return faultAnswer(400, 2000, 'Value cannot be null. Parameter name: IfMatch');
}

/** `"x"` and `W/"x"` both name x; what has no quotes is taken as it is. */
function unquote(tag: string): string {
  const strong = tag.startsWith('W/') ? tag.slice(2) : tag;
  const quoted = strong.length >= 2 && strong.startsWith('"') && strong.endsWith('"');
  return quoted ? strong.slice(1, -1) : strong;
}
