/** Country rules, damaged values and the check of addresses, driven through the built program. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';

import { fieldValue, type Field } from '../../src/profile/billing-profile.js';
import type { ProfileFields } from '../../src/simulator/simulated-customer.js';
import {
  startSimulator,
  type Simulator,
  type SimulatorOptions,
} from '../../src/simulator/start-simulator.js';
import { billpatch, newFolder, readCsv, writeInput, type Ran } from './billpatch.js';

const tenant = (row: number): string => `33333333-0000-4000-8000-${String(row).padStart(12, '0')}`;

const REDMOND: ProfileFields = {
  country: 'US',
  state: 'WA',
  city: 'Redmond',
  postalCode: '98052',
  addressLine1: '1 Microsoft Way',
  phoneNumber: '4255550100',
  culture: 'en-US',
  language: 'en',
};

interface World {
  readonly simulator: Simulator;
  readonly cwd: string;
  readonly run: (...words: string[]) => Promise<Ran>;
  readonly live: (row: number, field: Field) => string;
}

interface WorldOptions extends SimulatorOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly profiles?: readonly ProfileFields[];
}

async function world(
  text: string,
  { env = {}, profiles = [], ...options }: WorldOptions = {},
): Promise<World> {
  const simulator = await startSimulator({ anyTenant: true, ...options });
  onTestFinished(simulator.close);
  for (let row = 0; row < 12; row += 1)
    simulator.edit(tenant(row), { ...REDMOND, ...profiles[row] });
  const cwd = newFolder();
  writeInput(cwd, text);
  return {
    simulator,
    cwd,
    run: (...words) => billpatch(words, { cwd, env }),
    live: (row, field) => fieldValue(simulator.profile(tenant(row)) ?? {}, field),
  };
}

const rows = (header: string, ...lines: string[]): string =>
  `customerTenantId,${header}\n${lines.map((line, row) => `${tenant(row)},${line}\n`).join('')}`;

const act = (given: World, command: string, ...words: string[]): Promise<Ran> =>
  given.run(
    ...[command, 'in.csv', '--base-url', given.simulator.url, '--run-dir', 'run', '--json'],
    ...(command === 'apply' ? ['--yes'] : []),
    ...words,
  );
const results = ({ cwd }: World, run = 'run') => readCsv(join(cwd, run, 'results.csv'));
const endings = (given: World, run?: string): string[] =>
  results(given, run).map(({ result_status, result_error_code }) =>
    [result_status, result_error_code].filter(Boolean).join(' '),
  );
interface Json {
  readonly warnings: readonly { readonly code: string; readonly lines: readonly number[] }[];
}
const warned = (ran: Ran): string[] =>
  (JSON.parse(ran.stdout) as Json).warnings.map(({ code, lines }) => `${code} ${lines.join(' ')}`);

describe('the rules of the service', () => {
  const FILE = rows(
    'state,postalCode,phoneNumber,culture,email,region',
    'Washington,,,,,',
    ',ABCDE,,,,',
    ',,+1 425 555 0100,,,',
    ',,,de-DE,,',
    ',98101,,,,',
    ',,,,only@mail.example,',
    ',,,,,West',
  );

  test('are asked for once; what breaks them is not sent', async () => {
    const given = await world(FILE, { latencyMs: 10 });
    const ran = await act(given, 'apply');
    expect(ran.exitCode, ran.stderr).toBe(1);
    expect(endings(given)).toEqual([
      'invalid state-not-listed',
      'invalid postal-code-malformed',
      'invalid phone-malformed',
      'invalid culture-not-listed',
      'updated',
      'updated',
      'invalid region-not-empty',
    ]);
    expect(given.simulator.counts()).toMatchObject({ rules: 1, get: 7, put: 2 });
    const [first] = results(given);
    expect(first?.result_error).toContain('state would be "Washington" (did you mean "WA"?)');
    expect(first?.result_hint).toContain('Did you mean WA?');
    // Blocked rows are done: going on asks nothing.
    await given.run('resume', 'run');
    expect(given.simulator.counts()).toMatchObject({ get: 7, put: 2 });
  });

  test('are not asked for where no row changes what they speak of', async () => {
    const given = await world(rows('email,addressLine2', 'a@new.example,Suite 4', ',Suite 5'));
    expect((await act(given, 'apply')).exitCode).toBe(0);
    expect(given.simulator.counts()).toMatchObject({ rules: 0, get: 2, put: 2, other: 0 });
  });

  test('win over those that billpatch brings along, in both directions', async () => {
    const countryRules = { US: { postalCodeRegex: '^[A-Z]{3}$', supportedStatesList: ['XX'] } };
    const given = await world(rows('postalCode,state', 'ABC,', '98101,', ',XX', ',OR'), {
      countryRules,
    });
    await act(given, 'plan');
    expect(endings(given)).toEqual([
      'planned',
      'invalid postal-code-malformed',
      'planned',
      'invalid state-not-listed',
    ]);
  });

  test('that were broken before, in a field that the row leaves alone, are only said', async () => {
    const given = await world(rows('city', 'Seattle', 'Seattle'), {
      profiles: [{ phoneNumber: 'by mail only' }],
    });
    const ran = await act(given, 'apply');
    expect(endings(given)).toEqual(['updated', 'updated']);
    expect(warned(ran)).toEqual(['standing-violation 2']);
    expect(results(given)[0]?.result_hint).toContain('phoneNumber of the live profile');
    // Personal data stays off the screen.
    expect(ran.stdout + ran.stderr).not.toContain('by mail only');
  });

  test.for([
    ['html', 'html@GET'],
    ['503', '503@GET'],
    ['array', 'array@GET'],
    ['mid-answer', 'mid-answer@GET'],
  ] as const)('that cannot be had (%s): the bundled ones, and it is said', async ([kind]) => {
    const given = await world(
      rows('state,postalCode,city', 'ZZ,,', ',ABCDE,', ',,Seattle', ',98101,'),
      { faults: [{ kind, route: 'rules' }] },
    );
    const ran = await act(given, 'plan');
    expect(ran.exitCode, ran.stderr).toBe(1);
    // Of the bundled ones only what is certain stops a row.
    expect(endings(given)).toEqual(['invalid state-not-listed', 'planned', 'planned', 'planned']);
    expect(warned(ran)).toEqual(
      expect.arrayContaining(['country-rules-bundled 2 3 4 5', 'postal-code-malformed 3']),
    );
  });

  test('of a country that it does not know: the rows are not sent', async () => {
    const given = await world(rows('country,city', 'KE,Nairobi', ',Seattle'));
    await act(given, 'apply');
    expect(endings(given)).toEqual(['invalid country-unknown', 'updated']);
  });

  test('with a pattern that would run for ever: the run does not', async () => {
    const given = await world(rows('phoneNumber', `${'1'.repeat(14)}x`, '1'), {
      countryRules: { US: { phoneNumberRegex: '^(\\d+)+(\\d+)+(\\d+)+$' } },
    });
    expect((await act(given, 'plan')).exitCode).toBeLessThan(2);
    const hostile = await world(rows('phoneNumber', `${'1'.repeat(60)}x`), {
      countryRules: { US: { phoneNumberRegex: '^(\\d+)+$' } },
    });
    const ran = await act(hostile, 'plan');
    expect(ran.exitCode, ran.stderr).toBe(0);
  });

  test('can be left away, or taken from billpatch; resume goes by the same', async () => {
    const text = rows('postalCode,state', 'ABCDE,', ',ZZ');
    const off = await world(text, {
      countryRules: { US: { postalCodeRegex: '.', supportedStatesList: ['WA', 'ZZ'] } },
    });
    expect((await act(off, 'apply', '--country-rules', 'off')).exitCode).toBe(0);
    expect(off.simulator.counts()).toMatchObject({ rules: 0, put: 2 });

    const bundled = await world(text);
    await act(bundled, 'apply', '--country-rules', 'bundled', '--limit', '1');
    expect(endings(bundled)).toEqual(['rejected address-refused', 'invalid state-not-listed']);
    expect(bundled.simulator.counts().rules).toBe(0);
  });

  test('are kept on disk for the next run, where a place for them is named', async () => {
    const env = { BILLPATCH_CACHE_DIR: join(newFolder(), 'cache') };
    const given = await world(rows('city', 'Seattle'), { env });
    await act(given, 'plan');
    await act(given, 'plan', '--run-dir', 'second');
    expect(given.simulator.counts().rules).toBe(1);
    const kept = readdirSync(join(env.BILLPATCH_CACHE_DIR, 'country-rules'));
    expect(kept).toHaveLength(1);
    const text = readFileSync(
      join(env.BILLPATCH_CACHE_DIR, 'country-rules', kept[0] ?? ''),
      'utf8',
    );
    expect(text).not.toContain('canary');
  });

  test('are not asked again for a plan that was reviewed, nor for an undo', async () => {
    const given = await world(rows('state', 'OR'), { profiles: [{ state: 'WA' }] });
    await act(given, 'plan');
    given.simulator.script({ kind: 'html', route: 'rules' });
    const before = given.simulator.counts().rules;
    const applied = await given.run('apply', 'run', '--yes', '--json');
    expect(applied.exitCode, applied.stderr).toBe(0);
    const undone = await given.run('undo', 'run', '--yes', '--json');
    expect(undone.exitCode, undone.stderr).toBe(0);
    expect(given.live(0, 'state')).toBe('WA');
    expect(given.simulator.counts().rules).toBe(before);
  });
});

describe('numbers that a spreadsheet ate', () => {
  const ZEROS = rows('postalCode,email', '2139,', '501,', '2139,same@live.example', '98101,');
  const BOSTON = [{}, {}, { postalCode: '02139', email: 'same@live.example' }];

  test('are refused with a proposal, and nothing is changed that only lost its zeros', async () => {
    const given = await world(ZEROS, { profiles: BOSTON });
    await act(given, 'apply');
    expect(endings(given)).toEqual([
      'invalid postal-code-damaged',
      'invalid postal-code-damaged',
      'unchanged',
      'updated',
    ]);
    const [first, , third] = results(given);
    expect(first?.result_hint).toContain('Did you mean 02139? --repair applies this.');
    expect(third?.result_hint).toBe('postalCode 2139 is the live 02139 without its leading zeros.');
    expect(given.live(2, 'postalCode')).toBe('02139');
  });

  test('--repair gives them back, and says where', async () => {
    const given = await world(ZEROS, { profiles: BOSTON });
    const planned = await act(given, 'plan', '--repair');
    expect(planned.exitCode, planned.stderr).toBe(0);
    expect(warned(planned)).toEqual(['repaired 2 3']);
    const [first] = results(given);
    expect(first).toMatchObject({
      result_changes: 'postalCode: 98052 → 02139',
      result_hint: 'postalCode repaired: 2139 → 02139.',
    });
    const applied = await given.run('apply', 'run', '--yes', '--json');
    expect(applied.exitCode, applied.stderr).toBe(0);
    expect([0, 1, 2].map((row) => given.live(row, 'postalCode'))).toEqual([
      '02139',
      '00501',
      '02139',
    ]);
  });

  test('with --repair, an update that is cut off is settled with the repaired value', async () => {
    const given = await world(ZEROS, {
      profiles: BOSTON,
      faults: [{ kind: '504-after', on: 'PUT', tenantId: tenant(0), times: 1 }],
    });
    // The first answer is lost; reading again shows the value that was repaired.
    const ran = await act(given, 'apply', '--repair', '--concurrency', '1');
    expect(ran.exitCode, ran.stderr).toBe(0);
    expect(endings(given)).toEqual(['updated', 'updated', 'unchanged', 'updated']);
    expect(given.simulator.history(tenant(0))).toBe(1);
    expect(results(given)[0]?.result_changes).toBe('postalCode: 98052 → 02139');
  });

  test('resume gives them back too', async () => {
    const given = await world(ZEROS, { profiles: BOSTON });
    const cut = await act(given, 'apply', '--repair', '--concurrency', '1', '--limit', '1');
    expect(cut.exitCode, cut.stderr).toBe(3);
    const ran = await given.run('resume', 'run', '--json');
    expect(ran.exitCode, ran.stderr).toBe(0);
    expect(given.live(1, 'postalCode')).toBe('00501');
    // Said once for the run, of both of its stages.
    expect(warned(ran)).toEqual(['repaired 2 3']);
  });

  test('are errors of the file where the row names its country', async () => {
    const given = await world(rows('country,postalCode,region', 'US,2139,', 'US,98101,West'));
    const ran = await act(given, 'apply');
    expect(ran.exitCode).toBe(2);
    expect(given.simulator.counts()).toMatchObject({ get: 0, rules: 0 });
    const errors = readCsv(join(given.cwd, 'run/errors.csv'));
    expect(errors.map(({ line, column, code }) => `${line} ${column} ${code}`)).toEqual([
      '2 C postal-code-damaged',
      '3 D region-not-empty',
    ]);
    const checked = await given.run('check', 'in.csv', '--repair', '--json');
    expect(JSON.parse(checked.stdout)).toMatchObject({ errorCount: 1 });
    expect(warned(checked)).toEqual(['postal-code-damaged 2']);
  });

  test('that are lost are refused; a plan shows what is live', async () => {
    const given = await world(
      rows('phoneNumber,addressLine1', '4.25556E+09,', ',03/04/2026', '#N/A,', ',9 Elm Street'),
    );
    const refused = await act(given, 'plan');
    expect(refused.exitCode).toBe(2);
    expect(given.simulator.counts().get).toBe(0);
    const ran = await act(given, 'plan', '--skip-invalid', '--run-dir', 'second');
    expect(ran.exitCode).toBe(1);
    expect(endings(given, 'second')).toEqual([
      'invalid damaged-number',
      'invalid damaged-date',
      'invalid damaged-error',
      'planned',
    ]);
    const shown = results(given, 'second').map((row) => row.result_error);
    expect(shown[0]).toContain('The live profile holds phoneNumber "4255550100".');
    expect(shown[1]).toContain('addressLine1 "1 Microsoft Way"');
    // A phone number belongs into the file, not onto the screen.
    expect(ran.stdout + ran.stderr).not.toContain('4255550100');
    const applied = await act(given, 'apply', '--skip-invalid', '--run-dir', 'third');
    expect(applied.exitCode).toBe(1);
    expect(given.simulator.counts()).toMatchObject({ get: 4 + 1, put: 1 });
  });
});

describe('--check-addresses', () => {
  const FILE = rows(
    'addressLine1,city,email',
    'Microsoft Way,,',
    ',Seattle,',
    '2 Microsoft Way,,',
    ',,only@mail.example',
  );

  test('asks once for each address that changes; what is not confirmed is not written', async () => {
    const given = await world(FILE);
    await act(given, 'apply', '--check-addresses');
    expect(endings(given)).toEqual([
      'invalid address-doubtful',
      'invalid address-doubtful',
      'updated',
      'updated',
    ]);
    expect(given.simulator.counts()).toMatchObject({ address: 3, put: 2 });
    expect(results(given)[1]?.result_error).toContain(
      'The service calls it InteractionRequired. It suggests: 1 Microsoft Way, Redmond, WA 98052-8300, US.',
    );
    expect(results(given)[1]?.result_hint).toContain('without --check-addresses');
    expect(results(given)[2]?.result_attempts).toBe('3');
  });

  test('understands the old form of the answer', async () => {
    const given = await world(FILE, { addressForm: 'empty' });
    await act(given, 'plan', '--check-addresses');
    expect(endings(given)).toEqual([
      'invalid address-doubtful',
      'invalid address-doubtful',
      'planned',
      'planned',
    ]);
  });

  test('that fails stops nobody, and is said', async () => {
    const given = await world(FILE, { faults: [{ kind: '403', route: 'address' }] });
    const ran = await act(given, 'plan', '--check-addresses');
    expect(ran.exitCode, ran.stderr).toBe(0);
    expect(warned(ran)).toEqual(['address-not-checked 2 3 4']);
  });

  test('is not asked for without the option', async () => {
    const given = await world(FILE);
    await act(given, 'plan');
    expect(given.simulator.counts().address).toBe(0);
  });
});
