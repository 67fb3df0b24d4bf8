/**
 * GET /v1/customers: every customer of the partner, page after page. The list has been seen to end
 * in three ways and to go on in two (partner-center-api.md, 6); all of them are understood.
 */
import { isObject, type Json, type JsonObject } from '../profile/billing-profile.js';
import { StoppedError } from '../problem.js';
import { parseTenantId } from '../rows/parse-row.js';
import { ask, identity, unreadable, type AskPorts, type ReadResult } from './ask.js';
import type { Answer, Request } from './client.js';
import type { Failure } from './failure.js';

/** As the list shows a customer: its names need not be those of the billing profile. */
export interface Customer {
  readonly tenantId: string;
  readonly companyName: string;
  readonly domain: string;
}

export interface CustomersPorts extends AskPorts {
  readonly newId: () => string;
}

/** Larger pages are cut to 500 (observed). */
const PAGE_SIZE = 500;
/** A list may repeat a page's customers, but one that goes on and on with nobody new has no end. */
const PAGES_WITHOUT_NEWS = 10;

/** Each customer once. Throws StoppedError where the list could not be read to its end. */
export async function* listCustomers(ports: CustomersPorts): AsyncGenerator<Customer> {
  const correlationId = ports.newId();
  const seen = new Set<string>();
  const asked = new Set<string>();
  let withoutNews = 0;
  for (let at: Position | undefined = { query: `size=${PAGE_SIZE}` }; at !== undefined;) {
    asked.add(keyOf(at));
    const call = {
      requestId: ports.newId(),
      correlationId,
      // Nobody else asks while the list is read: a retry is not paid for by anybody, so it is lent.
      aside: (wait: () => Promise<void>) => {
        ports.health.lend();
        return wait();
      },
    };
    const { result }: { readonly result: ReadResult<Page> } = await ask(
      toRequest(at, identity(call)),
      call,
      readPage,
      ports,
    );
    if (result.kind === 'failure') {
      // Beyond the last page some answers are 400 with code 2000: the end, and no mistake of ours.
      if (at.token !== undefined && result.failure.code === 'request-invalid') return;
      throw toError(result.failure);
    }
    const { customers, next, hasLink }: Page = result.value;
    withoutNews += 1;
    for (const customer of customers) {
      if (seen.has(customer.tenantId)) continue;
      seen.add(customer.tenantId);
      withoutNews = 0;
      yield customer;
    }
    if (next !== undefined && asked.has(keyOf(next))) {
      // A token that is only repeated, without a link, is no invitation to go on.
      if (!hasLink) return;
      throw toError(ENDLESS);
    }
    if (withoutNews >= PAGES_WITHOUT_NEWS) throw toError(ENDLESS);
    at = next;
  }
}

/** Where a page begins. */
interface Position {
  readonly query: string;
  readonly token?: string;
}

const keyOf = ({ query, token }: Position): string => (token === undefined ? query : `>${token}`);

const toRequest = ({ query, token }: Position, headers: Record<string, string>): Request => ({
  method: 'GET',
  path: `/v1/customers?${query}`,
  headers: token === undefined ? headers : { ...headers, 'MS-ContinuationToken': token },
});

interface Page {
  readonly customers: readonly Customer[];
  /** Undefined: this page was the last. */
  readonly next: Position | undefined;
  readonly hasLink: boolean;
}

function readPage(answer: Answer): ReadResult<Page> {
  let page: Json;
  try {
    page = JSON.parse(answer.body) as Json;
  } catch {
    return unreadable('is no JSON');
  }
  if (!isObject(page) || !Array.isArray(page.items)) return unreadable('is no list of customers');
  const customers: Customer[] = [];
  for (const item of page.items as readonly Json[]) {
    const customer = toCustomer(item);
    // Left out it would be missing from the list without anybody knowing.
    if (!customer) return unreadable('names a customer without a tenant id');
    customers.push(customer);
  }
  const links = isObject(page.links) ? page.links : {};
  const link = isObject(links.next) ? links.next : undefined;
  const token = (link && tokenOfLink(link)) ?? nonEmpty(page.continuationToken);
  const query = link && queryOfLink(link);
  const isSendable = token === undefined || /^[\x21-\x7e]+$/.test(token);
  if (!isSendable || (link && token === undefined && query === undefined))
    return unreadable('does not say where the list goes on');
  const hasLink = link !== undefined;
  if (token !== undefined) {
    const next = { query: query ?? `size=${PAGE_SIZE}&seekOperation=Next`, token };
    return { kind: 'value', value: { customers, next, hasLink } };
  }
  const next = query === undefined ? undefined : { query };
  return { kind: 'value', value: { customers, next, hasLink } };
}

function toCustomer(item: Json): Customer | undefined {
  if (!isObject(item)) return undefined;
  const company = isObject(item.companyProfile) ? item.companyProfile : {};
  const tenantId = parseTenantId(nonEmpty(item.id) ?? nonEmpty(company.tenantId) ?? '');
  if (tenantId === undefined) return undefined;
  return {
    tenantId,
    companyName: nonEmpty(company.companyName) ?? '',
    domain: nonEmpty(company.domain) ?? '',
  };
}

function tokenOfLink({ headers }: JsonObject): string | undefined {
  if (!Array.isArray(headers)) return undefined;
  for (const header of headers as readonly Json[]) {
    if (!isObject(header) || typeof header.key !== 'string') continue;
    if (header.key.toLowerCase() === 'ms-continuationtoken') return nonEmpty(header.value);
  }
  return undefined;
}

/**
 * Only what follows the question mark is taken from a link. It has been seen with and without /v1,
 * and the token may go to no other host and to no other path, whatever a link says.
 */
function queryOfLink({ uri }: JsonObject): string | undefined {
  const text = nonEmpty(uri);
  if (text === undefined || !URL.canParse(text, 'https://list.invalid')) return undefined;
  const { pathname, search } = new URL(text, 'https://list.invalid');
  return /\/customers\/?$/i.test(pathname) && search.length > 1 ? search.slice(1) : undefined;
}

const nonEmpty = (value: Json | undefined): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

const ENDLESS: Pick<Failure, 'code' | 'message' | 'hint'> = {
  code: 'list-endless',
  message: "The service's list of customers goes round in a circle.",
  hint: 'Try again later; if it goes on, export the customers that a file names, with --from.',
};

/** The words of a failure are those of a row, and here there is none. */
function toError({ code, message, hint, again }: Partial<Failure> & typeof ENDLESS): StoppedError {
  if (code === 'run-stopped')
    return new StoppedError('interrupted', 'The list of customers was not read to its end.', hint);
  const words = again === 'retry' ? 'Try again later.' : hint;
  return new StoppedError(code, `The list of customers could not be read. ${message}`, words);
}
