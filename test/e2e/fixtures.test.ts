/** Files with one defect each: nothing is sent, and the place is named. And odd ones that are read right. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';

import { errorsSummary, problemText } from '../../src/results/summary.js';
import { FileProblem } from '../../src/rows/file-problem.js';
import { startSimulator } from '../../src/simulator/start-simulator.js';
import { checkFile } from '../../src/stages/check-file.js';
import { billpatch, newFolder, ROOT, writeInput } from './billpatch.js';

const FIXTURES = join(ROOT, 'test', 'fixtures');
const contentOf = (file: string): Buffer => readFileSync(join(FIXTURES, file));

const DEFECTS: Readonly<Record<string, RegExp>> = {
  'empty.csv': /The file is empty/,
  'blank-lines.csv': /no text in the first 20 rows/,
  'header-only.csv': /line 1: .*no rows/,
  'no-tenant-column.csv': /line 1: There is no column that names the customer/,
  'no-field-column.csv': /line 1: No column names a field/,
  'misspelt-column.csv': /line 1, column B \(emial\).*"email"/s,
  'duplicate-column.csv': /line 1, column C \(postcode\).*mean the same/s,
  'unknown-guard.csv': /line 1, column C .*does not name a field/s,
  'ragged-short.csv': /line 3: The row has 2 cells; the header has 3/,
  'ragged-long.csv': /line 3: The row has 4 cells; the header has 3/,
  'unclosed-quote.csv': /opens at line 3 in column B is never closed/,
  'stray-quote.csv': /in the middle of a cell at line 3 in column C/,
  'text-after-quote.csv': /in the middle of a cell at line 3 in column C/,
  'nul.csv': /line 3, column C .*control character/s,
  'nul-in-header.csv': /The first row holds characters that no column name has/,
  'undefined-byte-windows-1252.csv': /line 3, column C .*was damaged/s,
  'replacement-character.csv': /line 3, column C .*was damaged/s,
  'c1-control.csv': /line 3, column C .*was damaged/s,
  'mixed-encodings.csv': /is UTF-8, but for a byte at line 3/,
  'utf-8-mark-and-other-bytes.csv': /not UTF-8: a character at line 3/,
  'utf-16-cut-off.csv': /half a character at its end/,
  'sep-unknown.csv': /divided by "\^"/,
  'zero-width-in-id.csv': /line 3, column A .*cannot be seen \(U\+200B\)/s,
  'dash-in-id.csv': /line 3, column A .*"–" \(U\+2013\)/s,
  'fullwidth-digit-in-id.csv': /line 3, column A .*"１" \(U\+FF11\)/s,
  'same-tenant-twice.csv': /line 2, column A .*Line 3 names the same customer/s,
  'web-page.xls': /a web page or XML/,
  'sylk-like.csv': /There is no column that names the customer/,
  'pdf.csv': /The file is a PDF/,
};

/** How it is read, and the city that arrives in the first row. */
const ODD: Readonly<Record<string, readonly [readAs: string, city: string]>> = {
  'ok-windows-1252-semicolon.csv': ['windows-1252, semicolon', 'Köln – „Süd“'],
  'ok-utf-16-tabs.txt': ['UTF-16LE, tab', 'Köln 北京'],
  'ok-utf-16be-no-mark.csv': ['UTF-16BE, comma', 'Köln'],
  'ok-sep-line.csv': ['UTF-8, semicolon', 'Ely'],
  'ok-carriage-returns.csv': ['UTF-8, comma', 'Ely'],
  'ok-mixed-line-ends.csv': ['UTF-8, comma', 'Ely'],
  'ok-vertical-bars.csv': ['UTF-8, vertical bar', 'Ely'],
  'ok-quoted-line-breaks.csv': ['UTF-8, comma', 'El\ny'],
  'ok-invisible-edges.csv': ['UTF-8, comma', 'Ely'],
  'ok-braces-and-capitals.csv': ['UTF-8, comma', 'Ely'],
  'ok-object-names.csv': ['UTF-8, comma', 'Ely'],
};

test('every fixture is named here', () => {
  expect(
    readdirSync(FIXTURES)
      .filter((name) => name.includes('.'))
      .sort(),
  ).toEqual([...Object.keys(DEFECTS), ...Object.keys(ODD)].sort());
});

describe('one defect', () => {
  // In this process: that what fails its check sends nothing is shown by apply.test.ts.
  test.for(Object.entries(DEFECTS))('%s', async ([file, says]) => {
    const path = join(FIXTURES, file);
    const said = await checkFile(path, Readable.from([])).then(
      ({ errors, errorCount, exitCode }) => {
        expect(exitCode).toBe(2);
        return errorsSummary({ errors, errorCount, errorsFile: undefined, verbose: true });
      },
      (error: unknown) => {
        expect(error).toBeInstanceOf(FileProblem);
        return problemText(error as FileProblem);
      },
    );
    expect(said).toMatch(says);
    expect(said).toContain('→');
  });
});

describe('odd, but right', () => {
  const tenantId = '01234567-89ab-cdef-0123-456789abcdef';
  test.for(Object.entries(ODD))('%s', async ([file, [readAs, city]]) => {
    const simulator = await startSimulator({ anyTenant: true });
    onTestFinished(simulator.close);
    const cwd = newFolder();
    writeInput(cwd, contentOf(file), file);
    const options = ['--base-url', simulator.url, '--yes', '--run-dir', 'run'];
    const ran = await billpatch(['apply', file, ...options], { cwd });
    expect(ran.exitCode, ran.stderr).toBe(0);
    expect(ran.stderr).toContain(`read as ${readAs}\n`);
    const profile = simulator.profile(tenantId) as { defaultAddress: { city: string } };
    expect(profile.defaultAddress.city).toBe(city);
    // Reread in the same way, whatever becomes of it.
    const before = readFileSync(join(cwd, 'run/results.csv'));
    const report = await billpatch(['report', 'run', '--json'], { cwd });
    expect(report.exitCode, report.stderr).toBe(0);
    expect(readFileSync(join(cwd, 'run/results.csv'))).toEqual(before);
    const [encoding, delimiter] = readAs.split(', ');
    const { input } = JSON.parse(report.stdout) as { input: Record<string, string> };
    expect(input.encoding).toBe(encoding);
    expect({ comma: ',', semicolon: ';', tab: '\t', 'vertical bar': '|' }[delimiter ?? '']).toBe(
      input.delimiter,
    );
  });
});
