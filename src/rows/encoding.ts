/** The encodings a file may be in, by name, and what the first bytes of a file say about its own. Pure. */

/** As they are said to the user, kept in run.json, and known to iconv-lite. */
export const ENCODINGS = [
  'UTF-8',
  'UTF-16LE',
  'UTF-16BE',
  'windows-1250',
  'windows-1251',
  'windows-1252',
  'windows-1253',
  'windows-1254',
  'windows-1255',
  'windows-1256',
  'windows-1257',
  'windows-1258',
  'windows-874',
  'ISO-8859-1',
  'ISO-8859-2',
  'ISO-8859-3',
  'ISO-8859-4',
  'ISO-8859-5',
  'ISO-8859-6',
  'ISO-8859-7',
  'ISO-8859-8',
  'ISO-8859-9',
  'ISO-8859-10',
  'ISO-8859-11',
  'ISO-8859-13',
  'ISO-8859-14',
  'ISO-8859-15',
  'ISO-8859-16',
  'macintosh',
  'CP437',
  'CP850',
  'CP852',
  'CP866',
  'KOI8-R',
  'KOI8-U',
  'Shift_JIS',
  'EUC-JP',
  'GB18030',
  'Big5',
  'EUC-KR',
] as const;

export type Encoding = (typeof ENCODINGS)[number];

/** What else people and programs call them. */
const ALIASES: Readonly<Record<string, Encoding>> = {
  utf16: 'UTF-16LE',
  unicode: 'UTF-16LE',
  ansi: 'windows-1252',
  latin1: 'ISO-8859-1',
  latin2: 'ISO-8859-2',
  latin9: 'ISO-8859-15',
  mac: 'macintosh',
  macroman: 'macintosh',
  sjis: 'Shift_JIS',
  cp932: 'Shift_JIS',
  gbk: 'GB18030',
  gb2312: 'GB18030',
  cp936: 'GB18030',
  cp950: 'Big5',
  cp949: 'EUC-KR',
};

const plain = (name: string): string => name.toLowerCase().replace(/[\s\-_]/g, '');

const BY_NAME: ReadonlyMap<string, Encoding> = new Map([
  ...Object.entries(ALIASES),
  ...ENCODINGS.flatMap((encoding): [string, Encoding][] => {
    const name = plain(encoding);
    return [
      [name, encoding],
      [name.replace(/^windows/, 'cp'), encoding],
    ];
  }),
]);

/** The encoding of that name, however it is spelt; undefined where there is none. */
export const parseEncoding = (name: string): Encoding | undefined => BY_NAME.get(plain(name));

export interface Mark {
  readonly encoding: Encoding;
  /** Its length in bytes. */
  readonly bytes: number;
}

/** The byte order mark that a file begins with. */
export function markOf(head: Buffer): Mark | undefined {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf)
    return { encoding: 'UTF-8', bytes: 3 };
  if (head[0] === 0xff && head[1] === 0xfe) return { encoding: 'UTF-16LE', bytes: 2 };
  if (head[0] === 0xfe && head[1] === 0xff) return { encoding: 'UTF-16BE', bytes: 2 };
  return undefined;
}

/** Column names are mostly of the Latin alphabet: each of their letters has a NUL beside it in UTF-16. */
const LOOKED_AT = 128;

/** UTF-16 without a mark, by its NULs. */
export function utf16Of(head: Buffer): Encoding | undefined {
  const units = Math.min(LOOKED_AT, Math.floor(head.length / 2));
  let low = 0;
  let high = 0;
  for (let unit = 0; unit < units; unit += 1) {
    if (head[unit * 2] === 0) high += 1;
    if (head[unit * 2 + 1] === 0) low += 1;
  }
  // A few letters, such as Ā, have their NUL on the other side.
  if (low > units / 2 && low > high * 4) return 'UTF-16LE';
  if (high > units / 2 && high > low * 4) return 'UTF-16BE';
  return undefined;
}
