/** States as people write them, and as the service lists them. Pure. */

/** Source: ISO 3166-2:US; the service lists these 50 and DC, and no territory (recorded answer). */
const US_STATE_NAMES: Readonly<Record<string, string>> = {
  AK: 'Alaska',
  AL: 'Alabama',
  AR: 'Arkansas',
  AZ: 'Arizona',
  CA: 'California',
  CO: 'Colorado',
  CT: 'Connecticut',
  DC: 'District of Columbia',
  DE: 'Delaware',
  FL: 'Florida',
  GA: 'Georgia',
  HI: 'Hawaii',
  IA: 'Iowa',
  ID: 'Idaho',
  IL: 'Illinois',
  IN: 'Indiana',
  KS: 'Kansas',
  KY: 'Kentucky',
  LA: 'Louisiana',
  MA: 'Massachusetts',
  MD: 'Maryland',
  ME: 'Maine',
  MI: 'Michigan',
  MN: 'Minnesota',
  MO: 'Missouri',
  MS: 'Mississippi',
  MT: 'Montana',
  NC: 'North Carolina',
  ND: 'North Dakota',
  NE: 'Nebraska',
  NH: 'New Hampshire',
  NJ: 'New Jersey',
  NM: 'New Mexico',
  NV: 'Nevada',
  NY: 'New York',
  OH: 'Ohio',
  OK: 'Oklahoma',
  OR: 'Oregon',
  PA: 'Pennsylvania',
  RI: 'Rhode Island',
  SC: 'South Carolina',
  SD: 'South Dakota',
  TN: 'Tennessee',
  TX: 'Texas',
  UT: 'Utah',
  VA: 'Virginia',
  VT: 'Vermont',
  WA: 'Washington',
  WI: 'Wisconsin',
  WV: 'West Virginia',
  WY: 'Wyoming',
};

/** Source: ISO 3166-2:CA. */
const CA_STATE_NAMES: Readonly<Record<string, string>> = {
  AB: 'Alberta',
  BC: 'British Columbia',
  MB: 'Manitoba',
  NB: 'New Brunswick',
  NL: 'Newfoundland and Labrador',
  NS: 'Nova Scotia',
  NT: 'Northwest Territories',
  NU: 'Nunavut',
  ON: 'Ontario',
  PE: 'Prince Edward Island',
  QC: 'Quebec',
  SK: 'Saskatchewan',
  YT: 'Yukon',
};

export const US_STATES: readonly string[] = Object.keys(US_STATE_NAMES);
export const CA_STATES: readonly string[] = Object.keys(CA_STATE_NAMES);

/** Without letter case, accents and dots: `Québec`, `d.c.` */
const plain = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/[\p{M}.]/gu, '')
    .replace(/\s+/g, ' ')
    .trim()
    .toLowerCase();

// Looked up, not searched: a column that slipped may ask for every row of a large file.
const codesByName = (names: Readonly<Record<string, string>>): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(names).flatMap(([code, name]) => [
      [plain(code), code],
      [plain(name), code],
    ]),
  );

const BY_NAME: Readonly<Record<string, ReadonlyMap<string, string>>> = {
  US: codesByName(US_STATE_NAMES),
  CA: codesByName(CA_STATE_NAMES),
};

/** The entry of a list that a state was meant to be: in other letters, or by its name. */
export function suggestState(
  country: string,
  state: string,
  listed: readonly string[],
): string | undefined {
  const named = BY_NAME[country]?.get(plain(state));
  if (named !== undefined && listed.includes(named)) return named;
  const lower = state.toLowerCase();
  return listed.find((entry) => entry.toLowerCase() === lower);
}
