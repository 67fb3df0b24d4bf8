/**
 * What a sheet's XML holds, before it is read: its extent, and the references to shared strings that
 * point nowhere, since the reader would make empty cells or other cells' texts of these. Pure.
 */
export interface SheetScan {
  /** All cells, those without content too. */
  readonly cells: number;
  /** The extent of the cells with content: stray formats far below do not count. */
  readonly rows: number;
  readonly columns: number;
  /** The highest number of a shared string; -1 where there is none. */
  readonly lastString: number;
  /** `row,column` from 0 of the cells that are said to hold a shared string and name none: empty. */
  readonly nameless: ReadonlySet<string>;
  readonly isWhole: boolean;
}

const TAGS = /<(?:\w+:)?(?:(row)(\s[^>]*?)?\/?>|c(\s[^>]*?)?(?:\/>|>([\s\S]*?)<\/(?:\w+:)?c>))/g;

/** @param most stops counting beyond so many cells */
export function scanSheet(xml: string, most: number): SheetScan {
  const nameless = new Set<string>();
  let cells = 0;
  let rows = 0;
  let columns = 0;
  let lastString = -1;
  let row = -1;
  let column = -1;
  for (const [, isRow, rowAttributes = '', attributes = '', content = ''] of xml.matchAll(TAGS)) {
    if (isRow) {
      row = Number(attributeOf(rowAttributes, 'r') ?? row + 2) - 1;
      column = -1;
      continue;
    }
    cells += 1;
    if (cells > most) break;
    const place = placeOf(attributeOf(attributes, 'r')) ?? { row, column: column + 1 };
    column = place.column;
    if (attributeOf(attributes, 't') === 's') {
      const number = /<(?:\w+:)?v[^>]*>\s*(\d+)\s*</.exec(content)?.[1];
      if (number === undefined) nameless.add(`${place.row},${place.column}`);
      else lastString = Math.max(lastString, Number(number));
    }
    if (!/<(?:\w+:)?(?:v|is|f)[\s>/]/.test(content)) continue;
    rows = Math.max(rows, place.row + 1);
    columns = Math.max(columns, place.column + 1);
  }
  return {
    cells,
    rows,
    columns,
    lastString,
    nameless,
    isWhole: /<\/(?:\w+:)?worksheet\s*>\s*$/.test(xml.slice(-100)),
  };
}

function attributeOf(attributes: string, name: string): string | undefined {
  const [, quoted, apostrophed] =
    new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`).exec(attributes) ?? [];
  return quoted ?? apostrophed;
}

/** `B7` → row 6, column 1. */
function placeOf(ref: string | undefined): { row: number; column: number } | undefined {
  const [, letters = '', digits] = /^([A-Z]{1,3})(\d{1,7})$/i.exec(ref ?? '') ?? [];
  if (digits === undefined) return undefined;
  let column = 0;
  for (const letter of letters.toUpperCase()) column = column * 26 + letter.charCodeAt(0) - 64;
  return { row: Number(digits) - 1, column: column - 1 };
}

/** How many texts a table of shared strings has. */
export const countStrings = (xml: string): number => xml.match(/<(?:\w+:)?si[\s>/]/g)?.length ?? 0;
