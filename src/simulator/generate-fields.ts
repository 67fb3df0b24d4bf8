import type { Field } from '../profile/billing-profile.js';
import { hashText } from './derived-ids.js';
import { PLACES } from './places.js';
import type { Place } from './places.js';

export type GeneratedFields = Readonly<Partial<Record<Field, string>>>;

const COLOURS = 'Amber Azure Copper Coral Crimson Indigo Ivory Jade Lilac Ochre Olive Plum'.split(
  ' ',
);
const ANIMALS =
  'Badger Curlew Dormouse Finch Gecko Heron Ibex Lemur Marmot Newt Otter Puffin Quokka Stoat Tapir Wombat'.split(
    ' ',
  );
const TRADES = 'Bakery Books Bicycles Cheese Clocks Kites Lanterns Maps Pianos Tea'.split(' ');
const FIRST_NAMES = 'Ada Björn Chloé Dinis Emeka Fatima Grete Hiro Inês Jürgen Katya Luz'.split(
  ' ',
);
const LAST_NAMES =
  'Abernathy Bosch Carvalho Dubois Eriksen Fontaine Grünwald Hayashi Iversen Jansen Koch Leblanc'.split(
    ' ',
  );

/**
 * An invented company: a name nobody has, a domain that can never exist, a phone number of those set
 * aside for fiction where there are such. The same tenant id always gives the same company.
 * `country` limits the choice of places; a country without any gives a profile without a place.
 */
export function generateFields(tenantId: string, country?: string): GeneratedFields {
  const among =
    country === undefined
      ? PLACES
      : PLACES.filter((place) => place.country === country.toUpperCase());
  const pick = <T>(list: readonly T[], salt: number): T | undefined =>
    list[hashText(tenantId, salt) % list.length];

  const company = companyWords(tenantId);
  const place = pick(among, 14);
  const [firstName = '', lastName = ''] = [pick(FIRST_NAMES, 15), pick(LAST_NAMES, 16)];
  return {
    firstName,
    lastName,
    email: `billing@${company.domain}`,
    companyName: [company.name, place?.company].filter(Boolean).join(' '),
    addressFirstName: firstName,
    addressLastName: lastName,
    ...(place === undefined ? {} : placeFields(place, hashText(tenantId, 17))),
  };
}

/** A name without its legal form, and the domain that goes with it. */
export function companyWords(tenantId: string): { readonly name: string; readonly domain: string } {
  const pick = (list: readonly string[], salt: number) =>
    list[hashText(tenantId, salt) % list.length] ?? '';
  const words = [pick(COLOURS, 11), pick(ANIMALS, 12), pick(TRADES, 13)];
  // Two words and the id: 1,920 names would soon name two customers alike.
  const mark = tenantId.slice(0, 8).toLowerCase();
  return {
    name: words.join(' '),
    domain: `${words.slice(0, 2).join('-').toLowerCase()}-${mark}.example`,
  };
}

function placeFields(place: Place, number: number): GeneratedFields {
  const { country, culture, language, state, city, postalCode } = place;
  return {
    culture,
    language,
    country,
    ...(state === undefined ? {} : { state }),
    city,
    addressLine1: place.street.replace('#', String(1 + (number % 98))),
    postalCode,
    phoneNumber: place.phone.replace('##', String(number % 100).padStart(2, '0')),
  };
}
