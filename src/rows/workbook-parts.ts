/** Which parts of a package make up its workbook: the sheets by name, the texts and the formats. Pure. */
import { posix } from 'node:path';

import { FileProblem } from './file-problem.js';
import { damaged, type ZipPart } from './zip-parts.js';

export type Parts = ReadonlyMap<string, ZipPart>;

export interface WorkbookParts {
  /** In the order of their tabs. */
  readonly sheets: readonly SheetPart[];
  /** Absent where the workbook holds no text. */
  readonly strings: string | undefined;
  /** What is needed to read any sheet; sheets aside. */
  readonly common: readonly string[];
}

export interface SheetPart {
  readonly name: string;
  readonly isHidden: boolean;
  /** Absent: a chart that has a tab of its own, or a part that is missing. */
  readonly part: string | undefined;
}

const TYPES = '[Content_Types].xml';
const ROOT_RELATIONS = '_rels/.rels';

/** Throws FileProblem where the package is none of a workbook. */
export function workbookParts(parts: Parts): WorkbookParts {
  refuseOtherPackage(parts);
  const workbook = relationsOf(parts, ROOT_RELATIONS, '').find(({ type }) =>
    type.endsWith('/officeDocument'),
  )?.target;
  if (workbook === undefined || !parts.has(workbook)) throw damaged('its workbook is missing');
  const at = workbook.lastIndexOf('/') + 1;
  const folder = workbook.slice(0, at);
  const relationsName = `${folder}_rels/${workbook.slice(at)}.rels`;
  const relations = relationsOf(parts, relationsName, folder);
  const partOf = (type: string): string | undefined =>
    relations.find((relation) => relation.type.endsWith(`/${type}`) && parts.has(relation.target))
      ?.target;
  const sheets = elementsOf(textOf(parts, workbook), 'sheet').map((sheet): SheetPart => {
    const id = Object.entries(sheet).find(([name]) => /:id$/i.test(name))?.[1];
    const relation = relations.find((found) => found.id === id);
    const isSheet = relation?.type.endsWith('/worksheet') === true && parts.has(relation.target);
    return {
      name: sheet.name ?? '',
      isHidden: sheet.state === 'hidden' || sheet.state === 'veryHidden',
      part: isSheet ? relation.target : undefined,
    };
  });
  if (sheets.length === 0) throw damaged('it has no sheets');
  const strings = partOf('sharedStrings');
  const common = [TYPES, ROOT_RELATIONS, workbook, relationsName, strings, partOf('styles')];
  return { sheets, strings, common: common.filter((name) => name !== undefined) };
}

export const textOf = (parts: Parts, name: string): string =>
  parts.get(name)?.read().toString('utf8') ?? '';

interface Relation {
  readonly id: string | undefined;
  readonly type: string;
  readonly target: string;
}

function relationsOf(parts: Parts, name: string, folder: string): readonly Relation[] {
  return elementsOf(textOf(parts, name), 'Relationship').map(({ Id, Type = '', Target = '' }) => ({
    id: Id,
    type: Type,
    target: Target.startsWith('/') ? Target.slice(1) : posix.join(folder, Target),
  }));
}

type Attributes = Readonly<Partial<Record<string, string>>>;

/** The attributes of every element of a name, whatever its prefix is. */
function elementsOf(xml: string, name: string): readonly Attributes[] {
  const element = new RegExp(
    `<(?:\\w+:)?${name}((?:\\s+[\\w:]+\\s*=\\s*(?:"[^"]*"|'[^']*'))*)\\s*/?>`,
    'g',
  );
  return [...xml.matchAll(element)].map(([, attributes = '']) =>
    Object.fromEntries(
      [...attributes.matchAll(/([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)].map(
        ([, key = '', quoted, apostrophed]) => [key, unescaped(quoted ?? apostrophed ?? '')],
      ),
    ),
  );
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
};

const unescaped = (text: string): string =>
  text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w+));/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return ENTITIES[String(name)] ?? whole;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(String(hex), 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });

function refuseOtherPackage(parts: Parts): void {
  const names = [...parts.keys()];
  const has = (start: string): boolean => names.some((name) => name.startsWith(start));
  const kind = parts.get('mimetype')?.read().toString('latin1').trim() ?? '';
  const what = parts.has('xl/workbook.bin')
    ? 'a binary Excel workbook (.xlsb)'
    : kind.endsWith('opendocument.spreadsheet')
      ? 'an OpenDocument spreadsheet (.ods)'
      : has('Index/') || has('Index.zip')
        ? 'a Numbers spreadsheet'
        : has('word/')
          ? 'a Word document'
          : has('ppt/')
            ? 'a PowerPoint presentation'
            : parts.has(TYPES)
              ? undefined
              : 'a zip file that holds no workbook';
  if (what === undefined) return;
  throw new FileProblem(
    'workbook-unsupported',
    `The file is ${what}, whatever its name says.`,
    'Save it as an Excel workbook (.xlsx) or as "CSV UTF-8 (comma delimited)".',
  );
}
