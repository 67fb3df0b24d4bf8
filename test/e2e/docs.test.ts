/** What the README and the samples say is what the program does. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';

import { FIELDS } from '../../src/profile/billing-profile.js';
import { EXIT } from '../../src/results/exit-code.js';
import { RESULT_COLUMNS } from '../../src/results/result-row.js';
import { FIELD_ALIASES, TENANT_ALIASES, TENANT_COLUMN } from '../../src/rows/column-names.js';
import { STATUSES } from '../../src/run/outcome.js';
import { startSimulator } from '../../src/simulator/start-simulator.js';
import { billpatch, MAIN, newFolder, readCsv, ROOT, writeInput } from './billpatch.js';

const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
const SAMPLES = readFileSync(join(ROOT, 'samples', 'README.md'), 'utf8');

const cellsOf = (line: string): string[] =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());

/** The cells of a table, by the words of its header. */
function tableOf(text: string, header: string): string[][] {
  const lines = text.split('\n');
  const at = lines.findIndex((line) => cellsOf(line).join(' | ') === header);
  expect(at, `a table with the header ${header}`).toBeGreaterThan(-1);
  const rows: string[][] = [];
  for (const line of lines.slice(at + 2)) {
    if (!line.startsWith('|')) break;
    rows.push(cellsOf(line));
  }
  return rows;
}

const code = (cell: string | undefined): string => /`([^`]+)`/.exec(cell ?? '')?.[1] ?? '';

/** As a shell splits them. */
const wordsOf = (line: string): string[] =>
  (line.match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? []).map((word) => word.replace(/["']/g, ''));

/** Lines of its shell blocks that call billpatch, without what stands before the name. */
const COMMANDS = README.split('\n').flatMap((line) => {
  const words =
    /^ *(?:PARTNER_CENTER_ACCESS_TOKEN=… )?billpatch ((?:check|plan|apply|undo|export|get|set|resume)\b.*)$/.exec(
      line,
    )?.[1];
  return words === undefined ? [] : [wordsOf(words)];
});

describe('README', () => {
  test('names every input column with every other spelling', () => {
    const rows = tableOf(README, 'column | also accepted | what it is').map(([column, also]) => [
      code(column),
      (also ?? '').split(', ').filter((name) => name !== ''),
    ]);
    expect(rows).toEqual([
      [TENANT_COLUMN, [...TENANT_ALIASES]],
      ...FIELDS.map((field) => [field, [...FIELD_ALIASES[field]]]),
    ]);
  });

  test('names every status, result column and exit code, in order', () => {
    expect(
      tableOf(README, 'status | what it means | what to do').map(([name]) => code(name)),
    ).toEqual([...STATUSES]);
    expect(tableOf(README, 'column | holds').map(([name]) => code(name))).toEqual([
      ...RESULT_COLUMNS,
    ]);
    expect(tableOf(README, 'code | meaning').map(([number]) => Number(number))).toEqual(
      Object.values(EXIT),
    );
  });

  test('names every command that --help names, and no other', async () => {
    const { stdout } = await billpatch(['--help'], { cwd: newFolder() });
    const shown = [...stdout.matchAll(/^ {2}(billpatch \S+(?: <\S+>)*)/gm)].map(([, name]) => name);
    expect(
      tableOf(README, 'command | does | changes customers').map(([name]) => code(name)),
    ).toEqual(shown);
  });

  test('shows commands that do what it says, in its order', async () => {
    const cwd = newFolder();
    const [, block = ''] = /```csv\n([^`]*)```/.exec(README) ?? [];
    const csv = block.replace(/^ +/gm, '');
    writeInput(cwd, csv, 'november.csv');
    const [tenantId = '', companyName = ''] = csv.split('\n')[1]?.split(',') ?? [];
    const customers = [{ tenantId, profile: { companyName } }];
    const simulator = await startSimulator({ customers });
    onTestFinished(simulator.close);
    const env = { BILLPATCH_BASE_URL: simulator.url, BILLPATCH_YES: 'true' };
    const ran: string[] = [];
    let run = '';
    let digest = '';
    for (const words of COMMANDS) {
      const [command = ''] = words;
      // It is about one month after the other: each has something to change.
      if (command === 'plan') simulator.edit(tenantId, { email: 'before@the-month.example' });
      // The page has one name for the run folder, and one digest.
      const given = words.map((word) =>
        word.endsWith('.run') ? run : /^[0-9a-f]{12}$/.test(word) ? digest : word,
      );
      const { exitCode, stdout, stderr } = await billpatch(given, { cwd, env });
      expect([words.join(' '), exitCode, stderr.includes('Error')]).toEqual([
        words.join(' '),
        0,
        false,
      ]);
      const folder = /^Run folder {2}(.*)$/m.exec(stdout)?.[1];
      if (folder !== undefined && ['apply', 'plan'].includes(command)) run = folder;
      digest = /^Digest {6}([0-9a-f]{12})/m.exec(stdout)?.[1] ?? digest;
      ran.push(command);
    }
    expect(ran).toEqual([
      ...['check', 'apply', 'plan', 'apply', 'plan'],
      ...['plan', 'apply', 'undo', 'export', 'get', 'set', 'resume'],
    ]);
  }, 60_000);

  test('names every option of apply with its default, and each can come from the environment', async () => {
    const cwd = newFolder();
    const help = async (env: Record<string, string> = {}) =>
      (await billpatch(['apply', '--help'], { cwd, env })).stdout.replace(/\n {16,}/g, ' ');
    const plain = await help();
    const options = [...plain.matchAll(/^ {2}(--[a-z-]+) /gm)]
      .map(([, name]) => name ?? '')
      .filter((name) => !/--(help|version)$/.test(name));
    const rows = tableOf(README, 'option | default | what it does');
    expect(rows.map(([name]) => code(name))).toEqual(options);
    for (const [name, fallback] of rows) {
      const line = plain.split('\n').find((text) => text.startsWith(`  ${code(name)} `));
      const shown = /\[default: "?([^\]"]+)"?\]/.exec(line ?? '')?.[1] ?? '';
      if (code(name) !== '--run-dir') expect([name, shown]).toEqual([name, fallback]);
    }
    const set = await help({
      BILLPATCH_MAX_WAIT: '17',
      BILLPATCH_SKIP_INVALID: 'true',
      BILLPATCH_UNRELATED: 'x',
    });
    expect(set).toContain('[default: 17]');
    expect(/--skip-invalid .*\[default: true\]/.exec(set)).not.toBeNull();
  });

  test('shows what the demo really prints', async () => {
    const shown = /\$ npm run demo\n([\s\S]*?)```/.exec(README)?.[1] ?? '';
    const { stdout, exitCode } = await billpatch(['demo'], { cwd: newFolder() });
    const settled = (text: string): string =>
      text.replace(/\.\d{8}-\d{6}\.run/g, '.TIME.run').replace(/in \d+ s\b/, 'in N s');
    expect(settled(stdout)).toBe(settled(shown));
    expect(exitCode).toBe(0);
  });

  test('links to files that are there', () => {
    const files = [...`${README}${SAMPLES}`.matchAll(/\]\(([^)#:]+)\)/g)].map(
      ([, path]) => path ?? '',
    );
    expect(files.length).toBeGreaterThan(8);
    for (const file of files) {
      const near = [join(ROOT, file), join(ROOT, 'samples', file)];
      expect([file, near.some((path) => readable(path))]).toEqual([file, true]);
    }
  });
});

describe('jobs without a person', () => {
  const folder = join(ROOT, 'samples', 'unattended');

  test('use commands and options that there are', async () => {
    const calls = readdirSync(folder).flatMap((name) =>
      [
        ...readFileSync(join(folder, name), 'utf8').matchAll(
          /^(?! *#).*?\bbillpatch (apply|resume|doctor)\b([^;}\n]*)/gm,
        ),
      ].map(([, command = '', rest = '']) => [command, rest.match(/--[a-z-]+/g) ?? []] as const),
    );
    expect(calls.length).toBeGreaterThan(4);
    for (const [command, options] of calls) {
      const { stdout } = await billpatch([command, '--help'], { cwd: newFolder() });
      expect(options.filter((option) => !stdout.includes(` ${option} `))).toEqual([]);
    }
  });

  test('apply the file of a month, and go on where that stopped', async () => {
    const cwd = newFolder();
    const simulator = await startSimulator({
      anyTenant: true,
      tokens: 'issued',
      signInErrors: [{ code: '7000222', times: 1 }],
    });
    onTestFinished(simulator.close);
    const tenant = '11111111-2222-4333-8444-555555555555';
    const file = writeInput(cwd, `customerTenantId,email\n${tenant},a@new.example\n`);
    const shim = join(cwd, 'billpatch');
    writeFileSync(shim, `#!/bin/sh\nexec ${process.execPath} ${MAIN} "$@"\n`, { mode: 0o755 });
    const job = () =>
      new Promise<readonly [number | null, string]>((resolve) => {
        const env = {
          PATH: `${cwd}:${process.env.PATH ?? ''}`,
          AZURE_TENANT_ID: tenant,
          AZURE_CLIENT_ID: tenant,
          AZURE_CLIENT_SECRET: 'x',
          BILLPATCH_BASE_URL: simulator.url,
          BILLPATCH_AUTHORITY: simulator.url,
        };
        const child = spawn(join(folder, 'monthly.sh'), [file, 'month.run'], { cwd, env });
        let said = '';
        child.stderr.on('data', (text: Buffer) => (said += text.toString()));
        child.on('close', (code) => {
          resolve([code, said]);
        });
      });
    expect(await job()).toEqual([3, expect.stringContaining('run this again')]);
    expect(await job()).toEqual([0, '']);
    expect(await job()).toEqual([0, '']);
    expect(simulator.history(tenant)).toBe(1);
  });
});

describe('samples', () => {
  /** With the options that the page gives it. */
  const rows = tableOf(SAMPLES, 'file | shows | ends with').map(
    ([file, shows = '', end = '']) =>
      [
        /\[([^\]]+)\]/.exec(file ?? '')?.[1] ?? '',
        end,
        [...(/`(--map .*)`/.exec(shows)?.[1] ?? '').matchAll(/"([^"]*)"|\S+/g)].map(
          ([word, quoted]) => quoted ?? word,
        ),
      ] as const,
  );

  test('README names every CSV and workbook', () => {
    const files = readdirSync(join(ROOT, 'samples')).filter(
      (name) => /\.(csv|xlsx)$/.test(name) && name !== 'mistakes-errors.csv',
    );
    expect(rows.map(([file]) => file).sort()).toEqual(files.sort());
  });

  test.for(rows.filter(([file]) => file !== 'customers.csv'))(
    '%s: %s',
    async ([file, end, options]) => {
      const cwd = newFolder();
      const ran = await billpatch(
        ['apply', join(ROOT, 'samples', file), ...options, '--simulate', '--run-dir', 'run'],
        { cwd },
      );
      expect(ran.exitCode).toBe(Number(/exit (\d)/.exec(end)?.[1]));
      for (const [, number, status] of end.matchAll(/(\d+) (updated|conflict)/g)) {
        const results = readCsv(join(cwd, 'run/results.csv'));
        expect(results.filter((row) => row.result_status === status)).toHaveLength(Number(number));
      }
      if (file === 'mistakes.csv') {
        expect(readFileSync(join(cwd, 'run/errors.csv'), 'utf8')).toBe(
          readFileSync(join(ROOT, 'samples/mistakes-errors.csv'), 'utf8'),
        );
      }
    },
  );
});

function readable(path: string): boolean {
  try {
    readFileSync(path);
    return true;
  } catch {
    return false;
  }
}
