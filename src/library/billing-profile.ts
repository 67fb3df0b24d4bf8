/** The billing profile as a program sees it: the service's JSON, with the names of the service. */

/**
 * `CustomerBillingProfile` of the Partner Center REST API, as the service sent it. Members that are
 * not named here are in the object all the same, and survive an update.
 *
 * To change a field, set it; `''` or `null` empties it; a member that is absent or `undefined` is left
 * alone. `id`, `links` and `attributes` are the service's.
 *
 * Source: GET /v1/customers/{customer-tenant-id}/profiles/billing.
 */
export interface CustomerBillingProfile {
  /** Of the profile, not of the customer. A GUID. */
  readonly id?: string;
  /** Who gets the invoices. */
  firstName?: string | null;
  lastName?: string | null;
  /** Where invoices go: one address. */
  email?: string | null;
  /** For example `en-US`; the service may answer with other letter case. */
  culture?: string | null;
  /** For example `en`. */
  language?: string | null;
  /** The name on the invoice. */
  companyName?: string | null;
  defaultAddress?: CustomerBillingAddress;
  readonly links?: { readonly self?: { readonly uri?: string } };
  readonly attributes: ProfileAttributes;
}

/** Where the invoices' customer is, and who is to be asked for there. */
export interface CustomerBillingAddress {
  /** ISO 3166-1 alpha-2, two capitals: `US`, `DE`, `GB`. */
  country?: string | null;
  /** Empty in the US. */
  region?: string | null;
  /** The code where the country has a list, for example `WA`. */
  state?: string | null;
  city?: string | null;
  district?: string | null;
  /** At most 200 characters, as addressLine2. */
  addressLine1?: string | null;
  addressLine2?: string | null;
  addressLine3?: string | null;
  postalCode?: string | null;
  phoneNumber?: string | null;
  /** The contact at the address; at most 50 characters each. */
  firstName?: string | null;
  middleName?: string | null;
  lastName?: string | null;
}

export interface ProfileAttributes {
  /**
   * The ETag under which the profile was read: a signed 64-bit integer as text. Never a number: that
   * could not hold it. An update is refused where the profile has another by now.
   */
  readonly etag: string;
  readonly objectType?: string;
}
