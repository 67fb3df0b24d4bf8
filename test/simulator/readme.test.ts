import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { FAULT_KINDS } from '../../src/simulator/fault.js';
import { parseCustomers } from '../../src/simulator/read-customers.js';

const folder = new URL('../../src/simulator/', import.meta.url);
const readme = await readFile(new URL('README.md', folder), 'utf8');

/** The rows of the table under a heading, as trimmed cells, its own two header lines left out. */
function tableUnder(heading: string): string[][] {
  const section = readme.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const lines = section.split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

it('has every kind of fault, with its own sentence', () => {
  const rows = tableUnder('Faults').map(([kind = '', text]) => [kind.replaceAll('`', ''), text]);
  expect(Object.fromEntries(rows)).toEqual(FAULT_KINDS);
  expect(rows).toHaveLength(Object.keys(FAULT_KINDS).length);
});

it('has every option of the simulator', async () => {
  const files = [
    'start-simulator',
    'etag-policy',
    'decide-put',
    'customer-page',
    'throttle',
    'identity',
    'issued-tokens',
    'client-assertion',
  ];
  const sources = await Promise.all(
    files.map((name) => readFile(new URL(`${name}.ts`, folder), 'utf8')),
  );
  const bodies = sources.flatMap((source) => [
    ...source.matchAll(
      /interface (?:SimulatorOptions|EtagPolicy|PutPolicy|PageRules|ThrottleOptions|IdentityOptions|TokenPolicy|ProofPolicy)[^{]*\{([^}]*)\}/g,
    ),
  ]);
  const options = bodies.flatMap(([, body = '']) =>
    [...body.matchAll(/readonly (\w+)\??:/g)].map(([, name]) => name),
  );
  const rows = [...tableUnder('Options'), ...tableUnder('Signing in')];
  const documented = rows.flatMap(([names = '']) => names.replaceAll('`', '').split(', '));
  expect(documented.sort()).toEqual(options.sort());
});

it('shows a file of customers that can be read', () => {
  const json = /```json\n([^]*?)```/.exec(readme)?.[1] ?? '';
  expect(parseCustomers(json)).toHaveLength(3);
});
