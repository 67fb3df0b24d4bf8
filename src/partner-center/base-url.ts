/** Where requests may go. A token is only ever sent to a host that this file lets through. */
import { UsageError } from '../problem.js';

/** Source: Partner Center REST URLs. US Gov shares the global host; 21Vianet has its own. */
export const CLOUDS = {
  global: 'https://api.partnercenter.microsoft.com',
  'us-gov': 'https://api.partnercenter.microsoft.com',
  china: 'https://partner.partnercenterapi.microsoftonline.cn',
} as const;

export type Cloud = keyof typeof CLOUDS;

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

export const isLoopback = (origin: string): boolean => LOOPBACK.has(new URL(origin).hostname);

/** The origin of a base URL, or a UsageError that says why it is not used. */
export function parseBaseUrl(text: string, allowedHosts: readonly string[]): string {
  const refuse = (message: string, hint: string): never => {
    throw new UsageError('base-url-refused', message, hint);
  };
  if (!URL.canParse(text))
    return refuse('The base URL is not a URL.', `Write it like ${CLOUDS.global}.`);
  const url = new URL(text);
  // The text itself is not repeated: it may hold a password.
  if (url.username !== '' || url.password !== '') {
    return refuse(
      'The base URL holds a user name or password.',
      'Leave it away; credentials come from the environment.',
    );
  }
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    return refuse(
      'The base URL holds more than a host.',
      `Write only ${url.protocol}//${url.host}; billpatch adds /v1 and the path.`,
    );
  }
  if (LOOPBACK.has(url.hostname) && (url.protocol === 'http:' || url.protocol === 'https:'))
    return url.origin;
  if (url.protocol !== 'https:') {
    return refuse(
      `${url.protocol}//${url.host} is not encrypted; the access token could be read on the way.`,
      'Use https; http is only allowed on this machine (127.0.0.1).',
    );
  }
  const known = Object.values(CLOUDS).some((origin) => origin === url.origin);
  if (!known && !allowedHosts.includes(url.host) && !allowedHosts.includes(url.hostname)) {
    return refuse(
      `${url.host} is not a Partner Center host; the access token would be sent there.`,
      `Check the base URL. If it is meant, add --allow-host ${url.host}.`,
    );
  }
  return url.origin;
}
