/** Where invented companies live: `#` in a street is a house number, `##` in a phone two digits. */
export interface Place {
  readonly country: string;
  readonly culture: string;
  readonly language: string;
  readonly state?: string;
  readonly city: string;
  readonly postalCode: string;
  readonly street: string;
  readonly phone: string;
  /** What a company there has behind its name. */
  readonly company: string;
}

const US = { country: 'US', culture: 'en-US', language: 'en', company: 'Inc.' };
const GB = { country: 'GB', culture: 'en-GB', language: 'en', company: 'Ltd' };
const DE = { country: 'DE', culture: 'de-DE', language: 'de', company: 'GmbH' };
const FR = { country: 'FR', culture: 'fr-FR', language: 'fr', company: 'SARL' };
const CA = { country: 'CA', culture: 'en-CA', language: 'en', company: 'Corp.' };
const JP = { country: 'JP', culture: 'ja-JP', language: 'ja', company: '株式会社' };
const BR = { country: 'BR', culture: 'pt-BR', language: 'pt', company: 'Ltda.' };
const PT = { country: 'PT', culture: 'pt-PT', language: 'pt-PT', company: 'Lda.' };

/** US twice as often as the others, as in most partners' lists. Streets are invented. */
export const PLACES: readonly Place[] = [
  us('Portland', 'OR', '97201', '503'),
  us('Austin', 'TX', '78701', '512'),
  us('Boston', 'MA', '02108', '617'),
  us('Holtsville', 'NY', '00501', '631'),
  {
    ...GB,
    city: 'London',
    postalCode: 'EC1A 1BB',
    street: '# Foxglove Row',
    phone: '020 7946 01##',
  },
  {
    ...GB,
    city: 'Leeds',
    postalCode: 'LS1 4DY',
    street: '# Old Mill Lane',
    phone: '0113 496 01##',
  },
  { ...DE, city: 'München', postalCode: '80331', street: 'Erlenweg #', phone: '089 555 01##' },
  { ...DE, city: 'Köln', postalCode: '50667', street: 'Große Gasse #', phone: '0221 555 01##' },
  {
    ...FR,
    city: 'Lyon',
    postalCode: '69002',
    street: '# rue de l’Écluse',
    phone: '01 99 00 01 ##',
  },
  { ...FR, city: 'Orléans', postalCode: '45000', street: '# quai Rosé', phone: '02 61 91 01 ##' },
  ca('Ottawa', 'ON', 'K1A 0B1', '613', '# Larch Street'),
  {
    ...ca('Québec', 'QC', 'G1R 4P5', '418', '#, rue des Érables'),
    culture: 'fr-CA',
    language: 'fr',
  },
  { ...JP, city: '千代田区', postalCode: '100-0001', street: '架空町 #', phone: '03-5550-01##' },
  { ...JP, city: 'Kobe', postalCode: '650-0001', street: '# Kakuu-dori', phone: '078-555-01##' },
  br('São Paulo', 'SP', '01001-000', '11'),
  br('Curitiba', 'PR', '80010-000', '41'),
  { ...PT, city: 'Lisboa', postalCode: '1100-148', street: 'Rua da Maçã #', phone: '215 550 1##' },
  { ...PT, city: 'Évora', postalCode: '7000-508', street: 'Largo do Pão #', phone: '266 550 1##' },
];

function us(city: string, state: string, postalCode: string, area: string): Place {
  return { ...US, city, state, postalCode, street: '# Alder Way', phone: `${area}-555-01##` };
}

function ca(city: string, state: string, postalCode: string, area: string, street: string): Place {
  return { ...CA, city, state, postalCode, street, phone: `${area}-555-01##` };
}

function br(city: string, state: string, postalCode: string, area: string): Place {
  return { ...BR, city, state, postalCode, street: 'Rua do Ipê, #', phone: `${area} 5550-01##` };
}
