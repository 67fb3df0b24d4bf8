/** Who gives out tokens. A secret is only ever sent to a host that this file lets through. */
import { UsageError } from '../../problem.js';
import { isLoopback, type Cloud } from '../base-url.js';

/** Source: national clouds of the Microsoft identity platform; Partner Center for 21Vianet. */
export const AUTHORITIES = {
  global: 'https://login.microsoftonline.com',
  'us-gov': 'https://login.microsoftonline.us',
  china: 'https://login.partner.microsoftonline.cn',
} as const satisfies Record<Cloud, string>;

const KNOWN: readonly string[] = [
  ...Object.values(AUTHORITIES),
  'https://login.windows.net',
  'https://login.chinacloudapi.cn',
];

/** The origin of an authority, or a UsageError that says why it is not used. */
export function parseAuthority(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isBare =
    url?.username === '' &&
    url.password === '' &&
    url.pathname === '/' &&
    url.search === '' &&
    url.hash === '';
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:';
  if (url && isBare && isHttp && (isLoopback(url.origin) || KNOWN.includes(url.origin)))
    return url.origin;
  throw new UsageError(
    'authority-refused',
    'The authority is not an address of Microsoft Entra ID: secrets would be sent there.',
    `Leave it away, or name one of ${KNOWN.join(', ')}; http only on this machine (127.0.0.1).`,
  );
}
