import type { IncomingHttpHeaders } from 'node:http';
import type { Answer, Content } from './answer.js';
import type { Payload } from './delivery.js';
import { randomGuid } from './derived-ids.js';
import type { Random } from './random.js';

const CONTENT_TYPES = {
  json: 'application/json; charset=utf-8',
  text: 'text/plain; charset=utf-8',
  html: 'text/html',
} as const satisfies Partial<Record<Content['type'], string>>;

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

export interface PayloadOptions {
  readonly bom: boolean;
  readonly otherRequestId: boolean;
  readonly nowMs: number;
  readonly random: Random;
}

/** An answer with the headers that every answer has. Source: recorded sessions. */
export function toPayload(
  answer: Answer,
  sent: IncomingHttpHeaders,
  { bom, otherRequestId, nowMs, random }: PayloadOptions,
): Payload {
  const { content } = answer;
  const requestId = otherRequestId ? undefined : sent['ms-requestid']?.toString();
  const locale = sent['x-locale']?.toString();
  return {
    status: answer.status,
    headers: {
      ...(content.type === 'none' ? {} : { 'Content-Type': CONTENT_TYPES[content.type] }),
      'MS-RequestId': requestId ?? randomGuid(random),
      'MS-CorrelationId': sent['ms-correlationid']?.toString() ?? randomGuid(random),
      'MS-CV': `${correlationVector(random)}.0`,
      'MS-ServerId': '201022015',
      'Request-Context': 'appId=cid-v1:00000000-0000-4000-8000-000000000001',
      ...(locale === undefined ? {} : { 'X-Locale': locale }),
      Date: new Date(nowMs).toUTCString(),
      ...answer.headers,
    },
    body: toText(content, bom),
  };
}

function toText(content: Content, bom: boolean): string {
  switch (content.type) {
    case 'json':
      return (bom ? '\uFEFF' : '') + JSON.stringify(content.value);
    case 'text':
    case 'html':
      return content.text;
    case 'none':
      return '';
  }
}

function correlationVector(random: Random): string {
  let vector = '';
  for (let index = 0; index < 16; index++) vector += BASE64.charAt(Math.floor(random() * 64));
  return vector;
}
