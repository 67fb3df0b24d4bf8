import type { JsonObject } from '../profile/billing-profile.js';
import { faultAnswer, jsonAnswer } from './answer.js';
import type { Answer } from './answer.js';
import { customerItem, listedNames } from './customer-item.js';
import type { SimulatedCustomer } from './simulated-customer.js';

export interface PageRules {
  /** Customers on a page, where the client asks for more or for no number. */
  readonly pageSize: number;
  /** Whether the link to the next page begins with the version of the API. Both have been seen. */
  readonly nextLinks: 'plain' | 'v1';
  /** How the list ends: a page without a link, or a link whose page is 400 with code 2000. */
  readonly pagingEnd: 'no-link' | '400-2000';
}

/** The rest of a list: where it goes on, and the filter it was asked for with. */
interface Position {
  readonly offset: number;
  readonly filter: string;
}

/** Source: documentation of GET /customers; the link and the end of the list from clients' code. */
export function decidePage(
  customers: readonly SimulatedCustomer[],
  query: string,
  token: string | undefined,
  rules: PageRules,
): Answer {
  const asked = new URLSearchParams(query);
  const goesOn = asked.get('seekOperation') === 'Next';
  const position = goesOn ? parseToken(token) : { offset: 0, filter: asked.get('filter') ?? '' };
  const matches = position && parseFilter(position.filter);
  if (position === undefined || matches === undefined)
    return inputError('The continuation token or filter is invalid.');

  const size = pageSize(asked.get('size'), rules.pageSize);
  const page: SimulatedCustomer[] = [];
  let next = position.offset;
  for (; next < customers.length; next++) {
    const customer = customers[next];
    if (customer === undefined || !matches(customer)) continue;
    if (page.length === size) break;
    page.push(customer);
  }
  if (page.length === 0 && goesOn) return inputError('There are no more pages.');

  const more = next < customers.length || (rules.pagingEnd === '400-2000' && page.length > 0);
  const continuation = more ? toToken({ ...position, offset: next }) : undefined;
  return jsonAnswer(200, toCollection(page, query, size, continuation, rules.nextLinks));
}

function toCollection(
  page: readonly SimulatedCustomer[],
  query: string,
  size: number,
  continuation: string | undefined,
  nextLinks: PageRules['nextLinks'],
): JsonObject {
  const self = { uri: query === '' ? '/customers' : `/customers?${query}`, method: 'GET' };
  const base = { self: { ...self, headers: [] } };
  const prefix = nextLinks === 'v1' ? '/v1' : '';
  const next = {
    uri: `${prefix}/customers?size=${size}&seekOperation=Next`,
    method: 'GET',
    headers: [{ key: 'MS-ContinuationToken', value: continuation ?? '' }],
  };
  return {
    totalCount: page.length,
    items: page.map(customerItem),
    ...(continuation === undefined
      ? { links: base }
      : { continuationToken: continuation, links: { ...base, next } }),
    attributes: { objectType: 'Collection' },
  };
}

/** 0 stands for as many as go on a page: clients send it along with a filter. */
function pageSize(asked: string | null, largest: number): number {
  const size = Number(asked ?? 0);
  return size >= 1 ? Math.min(Math.floor(size), largest) : largest;
}

type Filter = (customer: SimulatedCustomer) => boolean;

/** `{"Field":"CompanyName","Value":"Con","Operator":"starts_with"}`; no other operator exists. */
function parseFilter(text: string): Filter | undefined {
  if (text === '') return () => true;
  const filter = parseJson(text);
  const [field, value, operator] = [filter?.Field, filter?.Value, filter?.Operator];
  if (typeof value !== 'string' || operator !== 'starts_with') return undefined;
  const start = value.toLowerCase();
  if (field === 'CompanyName') {
    return (customer) => listedNames(customer).companyName.toLowerCase().startsWith(start);
  }
  if (field === 'Domain') {
    return (customer) => listedNames(customer).domain.toLowerCase().startsWith(start);
  }
  return undefined;
}

function toToken(position: Position): string {
  return Buffer.from(JSON.stringify(position)).toString('base64');
}

function parseToken(token = ''): Position | undefined {
  const { offset, filter } = parseJson(Buffer.from(token, 'base64').toString()) ?? {};
  return typeof offset === 'number' && offset >= 0 && typeof filter === 'string'
    ? { offset, filter }
    : undefined;
}

function parseJson(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? ((value ?? undefined) as JsonObject | undefined) : undefined;
  } catch {
    return undefined;
  }
}

function inputError(description: string): Answer {
  return faultAnswer(400, 2000, description);
}
