/** Old and encrypted workbooks come in the same container; the names in its directory tell them apart. Pure. */
import { FileProblem } from './file-problem.js';
import { encrypted } from './zip-parts.js';

/** What refuses such a file. */
export function compoundProblem(bytes: Buffer): FileProblem {
  const has = (name: string): boolean => bytes.includes(Buffer.from(`${name}\0`, 'utf16le'));
  if (has('EncryptedPackage')) return encrypted();
  if (has('WordDocument')) return unsupported('a Word document');
  if (has('Workbook') || has('Book')) {
    return new FileProblem(
      'workbook-too-old',
      'The file is a workbook of an old Excel (.xls), whatever its name says.',
      'Save it as an Excel workbook (.xlsx) or as "CSV UTF-8 (comma delimited)".',
    );
  }
  return unsupported('of an old Microsoft Office format');
}

const unsupported = (what: string): FileProblem =>
  new FileProblem(
    'workbook-unsupported',
    `The file is ${what}, whatever its name says.`,
    'Save the table as an Excel workbook (.xlsx) or as "CSV UTF-8 (comma delimited)".',
  );
