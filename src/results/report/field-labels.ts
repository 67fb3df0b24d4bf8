/** The fields as a person in finance calls them: one, and several. */
import type { Field } from '../../profile/billing-profile.js';

export const FIELD_LABELS: Readonly<Record<Field, readonly [string, string]>> = {
  firstName: ['First name', 'first names'],
  lastName: ['Last name', 'last names'],
  email: ['E-mail', 'e-mail addresses'],
  culture: ['Culture', 'cultures'],
  language: ['Language', 'languages'],
  companyName: ['Company name', 'company names'],
  country: ['Country', 'countries'],
  region: ['Region', 'regions'],
  state: ['State', 'states'],
  city: ['City', 'cities'],
  district: ['District', 'districts'],
  addressLine1: ['Address line 1', 'first address lines'],
  addressLine2: ['Address line 2', 'second address lines'],
  addressLine3: ['Address line 3', 'third address lines'],
  postalCode: ['Postal code', 'postal codes'],
  phoneNumber: ['Phone number', 'phone numbers'],
  addressFirstName: ['Contact first name', 'contact first names'],
  addressMiddleName: ['Contact middle name', 'contact middle names'],
  addressLastName: ['Contact last name', 'contact last names'],
};
