/** One customer at a time, from code: the shape that the SDKs of Partner Center have. */
import { randomUUID } from 'node:crypto';

import { getProfile } from '../partner-center/billing-profiles.js';
import { listCustomers, type Customer } from '../partner-center/customers.js';
import { UsageError } from '../problem.js';
import { parseTenantId } from '../rows/parse-row.js';
import { createTurns } from '../run/turns.js';
import { connect } from '../stages/connect.js';
import { USUAL_REVIEW } from '../stages/review.js';
import type { CustomerBillingProfile } from './billing-profile.js';
import { getCountryRules, type CountryValidationRules } from './country-rules.js';
import { toServiceError } from './service-error.js';
import {
  baseUrlOf,
  paceOf,
  tokensOf,
  type ConnectionSettings,
  type TokenSettings,
} from './settings.js';
import { interrupted, stopSignal, unlessAborted } from './unless-aborted.js';
import { toPublic, updateProfile } from './update-profile.js';
import { packageVersion } from './version.js';

export interface PartnerCenterOptions extends ConnectionSettings, TokenSettings {
  /**
   * What an update is looked at by before it is sent, where it changes an address, a phone number, the
   * culture or the language: the rules of the service, asked for once for each country; those that
   * billpatch knows; or none. What breaks one rejects with ServiceError. Default: `service`.
   */
  readonly countryRules?: 'service' | 'bundled' | 'off';
  /** Have the service check each address that changes: one request more for each. Default: false. */
  readonly checkAddresses?: boolean;
}

export interface CallOptions {
  /**
   * Stops waiting. A question that only reads rejects at once with StoppedError (`interrupted`). An
   * update that has left is not cut off: it is settled first, so it resolves, or rejects with
   * UnknownOutcomeError where that cannot be done.
   */
  readonly signal?: AbortSignal;
}

export interface PartnerCenter {
  readonly customers: Customers;
  /**
   * What the service asks of addresses in a country, as it says it.
   * @param iso2 ISO 3166-1 alpha-2, two letters: `US`
   * @throws ServiceError where the service does not know the country, or refuses
   * Source: GET /v1/countryvalidationrules/{iso2}.
   */
  readonly countryValidationRules: (
    iso2: string,
    options?: CallOptions,
  ) => Promise<CountryValidationRules>;
  /** Ends connections that are kept open. A process ends without it as well. */
  readonly close: () => void;
}

export interface Customers {
  /**
   * @param tenantId the customer's Entra tenant id ("Microsoft ID"): a GUID; braces and case do not matter
   * @throws UsageError (`tenant-malformed`), before any request
   */
  readonly byId: (tenantId: string) => CustomerOperations;
  /**
   * Every customer of the partner, each once, page after page.
   * @throws StoppedError, in the loop, where the list cannot be read to its end
   * Source: GET /v1/customers.
   */
  readonly list: (options?: CallOptions) => AsyncIterable<Customer>;
}

export interface CustomerOperations {
  readonly profiles: { readonly billing: BillingProfileOperations };
}

export interface BillingProfileOperations {
  /**
   * The live profile. Its tag is in `attributes.etag`.
   * @throws ServiceError: `customer-not-found`, `no-relationship`, `forbidden` …
   * Source: GET /v1/customers/{customer-tenant-id}/profiles/billing.
   */
  readonly get: (options?: CallOptions) => Promise<CustomerBillingProfile>;
  /**
   * Writes what differs between this profile, which `get` or `update` returned and the program has
   * edited, and the live one. By the rules of a run: the live profile is read first, the tag goes
   * along, an answer that is lost is settled by reading, and the values are compared in the end. It
   * needs no run folder, so there is no undo. Nothing differs: nothing is sent.
   * @returns the profile as the service now holds it, with its new tag
   * @throws UsageError, with nothing sent: `other-customer`, `no-etag`, `unknown-field`,
   *   `read-only-member`, `not-a-text`, `no-address`, or what `check` says of a value
   * @throws ConflictError where somebody changed the profile since it was read
   * @throws ServiceError where it was refused, or certainly not written
   * @throws UnknownOutcomeError where nobody knows
   * Source: PUT /v1/customers/{customer-tenant-id}/profiles/billing.
   */
  readonly update: (
    profile: CustomerBillingProfile,
    options?: CallOptions,
  ) => Promise<CustomerBillingProfile>;
}

/**
 * A connection to Partner Center: one pace, one retry policy and one circuit breaker for everything
 * that is asked through it, so make one and keep it. No request is sent before the first question.
 * Where the circuit has opened (`circuit-open`: 20 failures in a row), it stays so: make another one to
 * try again.
 * @throws UsageError where an option is wrong, or the token must not go to that host
 */
export function createPartnerCenter(options: PartnerCenterOptions): PartnerCenter {
  const pace = paceOf(options);
  const connection = connect({
    baseUrl: baseUrlOf(options),
    tokens: tokensOf(options),
    ...pace,
    version: packageVersion(),
    random: Math.random,
    newId: randomUUID,
    stop: stopSignal(),
  });
  const turns = createTurns(pace.concurrency, () => {
    // Everything that was begun waits aside: nobody else pays for a retry.
    if (turns.begun() > 0 && turns.aside() === turns.begun()) connection.onIdle();
  });
  const review = connection.review({
    countryRules: options.countryRules ?? USUAL_REVIEW.countryRules,
    checkAddresses: options.checkAddresses ?? USUAL_REVIEW.checkAddresses,
    // One value that a program gives has been through no spreadsheet.
    repair: false,
  });

  const billingOf = (tenantId: string): BillingProfileOperations => ({
    get({ signal } = {}) {
      const stop = stopSignal(signal);
      return unlessAborted(
        turns.take(async (aside) => {
          if (stop.aborted) throw interrupted();
          const correlationId = randomUUID();
          const call = { tenantId, requestId: randomUUID(), correlationId, aside };
          const { result, trace } = await getProfile(call, { ...connection.ports, stop });
          if (result.kind === 'value') return toPublic(result.value);
          throw toServiceError(result.failure, trace, correlationId);
        }),
        stop,
      );
    },
    update: (profile, { signal } = {}) =>
      turns.take((aside) =>
        updateProfile(
          { tenantId, profile },
          { ports: { ...connection.ports, stop: stopSignal(signal) }, review, aside },
        ),
      ),
  });

  return {
    customers: {
      byId(text) {
        const tenantId = typeof text === 'string' ? parseTenantId(text) : undefined;
        if (tenantId === undefined) throw TENANT_MALFORMED;
        return { profiles: { billing: billingOf(tenantId) } };
      },
      list: ({ signal } = {}) => listCustomers({ ...connection.ports, stop: stopSignal(signal) }),
    },
    countryValidationRules(iso2, { signal } = {}) {
      const stop = stopSignal(signal);
      return unlessAborted(
        turns.take((aside) => getCountryRules(iso2, aside, { ...connection.ports, stop })),
        stop,
      );
    },
    close: connection.close,
  };
}

const TENANT_MALFORMED = new UsageError(
  'tenant-malformed',
  'This is not a tenant id.',
  'A tenant id looks like 01234567-89ab-cdef-0123-456789abcdef; it is the "Microsoft ID" in Partner Center.',
);
