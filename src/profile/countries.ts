/** Which country codes there are, and which one a text that is none was meant to be. Pure. */

/** Source: ISO 3166-1 alpha-2, officially assigned (2026); XK, for Kosovo, is in use without being so. */
export const COUNTRY_CODES: ReadonlySet<string> = new Set(
  (
    'AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS ' +
    'BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE ' +
    'EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM ' +
    'HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC ' +
    'LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA ' +
    'NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW ' +
    'SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO ' +
    'TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW XK'
  ).split(' '),
);

/** What people write instead, next to the names of the countries. */
const OTHER_WORDS: Readonly<Record<string, string>> = {
  uk: 'GB',
  gbr: 'GB',
  england: 'GB',
  scotland: 'GB',
  wales: 'GB',
  'great britain': 'GB',
  usa: 'US',
  'u.s.': 'US',
  'u.s.a.': 'US',
  'united states of america': 'US',
  el: 'GR',
  deu: 'DE',
  deutschland: 'DE',
  fra: 'FR',
  can: 'CA',
  holland: 'NL',
  uae: 'AE',
  korea: 'KR',
  'czech republic': 'CZ',
  turkey: 'TR',
};

/**
 * Looked up, not searched: a column that slipped may ask for every row of a large file. Made at the
 * first question, since it takes a good part of a start-up to name all countries, and most files ask
 * for none.
 */
const codesByName = (() => {
  let codes: ReadonlyMap<string, string> | undefined;
  return () => (codes ??= nameCountries());
})();

function nameCountries(): ReadonlyMap<string, string> {
  const nameOf = new Intl.DisplayNames(['en'], { type: 'region' });
  return new Map([
    ...[...COUNTRY_CODES].map((code) => [(nameOf.of(code) ?? code).toLowerCase(), code] as const),
    ...Object.entries(OTHER_WORDS),
  ]);
}

/** The code that a text which is none was probably meant to be. */
export function suggestCountry(text: string): string | undefined {
  const upper = text.toUpperCase();
  if (text !== upper && COUNTRY_CODES.has(upper)) return upper;
  return codesByName().get(text.toLowerCase().replace(/\s+/g, ' '));
}
