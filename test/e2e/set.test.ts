import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';

import { fieldValue } from '../../src/profile/billing-profile.js';
import { movedMembers } from '../../src/profile/decide.js';
import { generateCustomers } from '../../src/simulator/generate-customers.js';
import {
  startSimulator,
  type Simulator,
  type SimulatorOptions,
} from '../../src/simulator/start-simulator.js';
import { billpatch, newFolder, readCsv, TOKEN } from './billpatch.js';

const CUSTOMERS = generateCustomers(3, 12);
const [FIRST = ''] = CUSTOMERS.map(({ tenantId }) => tenantId);
const NOBODY = '00000000-0000-4000-8000-00000000ffff';

async function simulate(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await startSimulator({ customers: CUSTOMERS, ...options });
  onTestFinished(simulator.close);
  return simulator;
}

const set = (url: string, words: readonly string[], cwd = newFolder()) =>
  billpatch(['set', ...words, '--base-url', url], { cwd });

const runsIn = (cwd: string): string[] => {
  const folder = join(cwd, 'billpatch-runs');
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
};

test('shows old and new, writes, and leaves a run that report, undo and resume take', async () => {
  const simulator = await simulate();
  const cwd = newFolder();
  const before = simulator.profile(FIRST) ?? {};
  const ran = await set(
    simulator.url,
    [FIRST, 'email=ap@set.example', 'Street=1 A=B Road', 'addressLine2=c/o Zoë', '--yes'],
    cwd,
  );
  expect(ran.exitCode, ran.stderr).toBe(0);
  expect(ran.stderr).toContain(`${fieldValue(before, 'companyName')}  ${FIRST}\n`);
  expect(ran.stderr).toContain(`  email         ${fieldValue(before, 'email')} → ap@set.example\n`);
  expect(ran.stderr).toContain('→ 1 A=B Road\n');
  expect(ran.stdout).toContain('  1  updated');
  expect(simulator.profile(FIRST)).toMatchObject({
    email: 'ap@set.example',
    defaultAddress: { addressLine1: '1 A=B Road', addressLine2: 'c/o Zoë' },
  });
  const [run = '', ...others] = runsIn(cwd);
  expect(others).toEqual([]);
  expect(run).toMatch(new RegExp(`${FIRST}\\.\\d{8}-\\d{6}\\.run$`));
  expect(statSync(run).mode & 0o777).toBe(0o700);
  expect(readCsv(join(run, 'results.csv'))[0]).toMatchObject({
    customerTenantId: FIRST,
    email: 'ap@set.example',
    result_status: 'updated',
  });
  for (const name of readdirSync(run))
    expect(readFileSync(join(run, name), 'utf8')).not.toContain(TOKEN);

  const at = ['--base-url', simulator.url];
  expect((await billpatch(['report', run], { cwd })).exitCode).toBe(0);
  expect((await billpatch(['resume', run, ...at], { cwd })).exitCode).toBe(0);
  expect((await billpatch(['undo', run, '--yes', ...at], { cwd })).exitCode).toBe(0);
  expect(movedMembers(before, simulator.profile(FIRST) ?? {})).toEqual([]);
});

test('<clear> empties; a guard that does not hold is a conflict', async () => {
  const simulator = await simulate();
  const cleared = await set(simulator.url, [FIRST, 'phone=<clear>', '--yes']);
  expect(cleared.exitCode, cleared.stderr).toBe(0);
  expect(cleared.stderr).toContain('→ (empty)\n');
  expect(JSON.stringify(simulator.profile(FIRST))).not.toMatch(/"phoneNumber":"[^"]/);
  const guarded = await set(simulator.url, [
    ...[FIRST, 'email=a@set.example', 'expect:companyName=Somebody Else', '--yes'],
  ]);
  expect(guarded.exitCode).toBe(1);
  expect(guarded.stdout).toContain('The profile is not the one that the row expects (companyName)');
  const right = fieldValue(simulator.profile(FIRST) ?? {}, 'companyName');
  const met = await set(simulator.url, [
    ...[FIRST, 'email=a@set.example', `current company name=${right}`, '--yes'],
  ]);
  expect(met.exitCode, met.stderr).toBe(0);
});

test('what was shown is what is written: a profile that moves meanwhile is a conflict', async () => {
  const simulator = await simulate({
    faults: [{ kind: 'edited', on: 'GET', times: 1, fields: { companyName: 'Theirs Ltd' } }],
  });
  const ran = await set(simulator.url, [FIRST, 'email=a@set.example', '--yes']);
  expect(ran.exitCode).toBe(1);
  expect(ran.stdout).toContain('no longer the one that the change was decided on (companyName)');
  expect(simulator.counts().put).toBe(0);
});

test('--dry-run shows, and neither sends nor leaves anything', async () => {
  const simulator = await simulate();
  const cwd = newFolder();
  const ran = await set(simulator.url, [FIRST, 'email=a@set.example', '--dry-run'], cwd);
  expect([ran.exitCode, ran.stdout]).toEqual([0, 'Only shown; nothing was sent.\n']);
  expect(ran.stderr).toContain('→ a@set.example\n');
  const asJson = await set(
    simulator.url,
    [FIRST, 'email=a@set.example', '--dry-run', '--json'],
    cwd,
  );
  expect(JSON.parse(asJson.stdout)).toMatchObject({
    exitCode: 0,
    dryRun: true,
    status: 'planned',
    changes: [{ field: 'email', to: 'a@set.example' }],
  });
  const unknown = await set(simulator.url, [NOBODY, 'email=a@set.example', '--dry-run'], cwd);
  expect([unknown.exitCode, unknown.stdout]).toEqual([
    1,
    expect.stringContaining('rejected: Partner Center does not know this customer.') as string,
  ]);
  expect(readdirSync(cwd)).toEqual([]);
  expect(simulator.counts().put).toBe(0);
});

test('holds it already: unchanged, and nothing sent', async () => {
  const simulator = await simulate();
  const email = fieldValue(simulator.profile(FIRST) ?? {}, 'email');
  const ran = await set(simulator.url, [FIRST, `email=${email}`, '--yes', '--json']);
  expect(ran.exitCode, ran.stderr).toBe(0);
  expect(JSON.parse(ran.stdout)).toMatchObject({
    command: 'set',
    rows: 1,
    totals: { unchanged: 1 },
  });
  expect(simulator.counts().put).toBe(0);
});

test('into --run-dir, and against a simulator without asking', async () => {
  const cwd = newFolder();
  const ran = await billpatch(
    ['set', NOBODY, 'email=a@set.example', '--simulate', '--run-dir', 'mine'],
    { cwd, env: { PARTNER_CENTER_ACCESS_TOKEN: '' } },
  );
  expect(ran.exitCode, ran.stderr).toBe(0);
  expect(ran.stdout).toContain('SIMULATED');
  expect(readdirSync(cwd)).toEqual(['mine']);
  expect((await billpatch(['undo', 'mine', '--run-dir', 'back'], { cwd })).exitCode).toBe(0);
});

test('unknown customer: exit 1, with a run folder to look at', async () => {
  const simulator = await simulate();
  const cwd = newFolder();
  const ran = await set(simulator.url, [NOBODY, 'email=a@set.example', '--yes'], cwd);
  expect(ran.exitCode).toBe(1);
  expect(ran.stdout).toContain('rejected: Partner Center does not know this customer.');
  expect(runsIn(cwd)).toHaveLength(1);
});

test('a token that is refused: exit 3, nothing sent, nothing left behind', async () => {
  const simulator = await simulate({ token: 'another' });
  const cwd = newFolder();
  const ran = await set(simulator.url, [FIRST, 'email=a@set.example', '--yes'], cwd);
  expect(ran.exitCode).toBe(3);
  expect(ran.stderr).toContain('Nothing was sent. Run the command again.');
  expect(readdirSync(cwd)).toEqual([]);
});

test('an update that is lost is settled as in a run; unknown is exit 4', async () => {
  const simulator = await simulate({ faults: [{ kind: 'lost-after', on: 'PUT', times: 1 }] });
  const settled = await set(simulator.url, [FIRST, 'email=lost@set.example', '--yes']);
  expect(settled.exitCode, settled.stderr).toBe(0);
  expect(simulator.history(FIRST)).toBe(1);
  simulator.clearFaults();
  simulator.script({ kind: 'lost-after', on: 'PUT' });
  simulator.script({ kind: '403', on: 'GET', after: 2 });
  const cwd = newFolder();
  const lost = await set(simulator.url, [FIRST, 'email=lost2@set.example', '--yes'], cwd);
  expect(lost.exitCode).toBe(4);
  simulator.clearFaults();
  const [run = ''] = runsIn(cwd);
  const resumed = await billpatch(['resume', run, '--base-url', simulator.url], { cwd });
  expect(resumed.exitCode, resumed.stderr).toBe(0);
  expect(simulator.history(FIRST)).toBe(2);
});

describe('refused before any request', () => {
  const cases: readonly (readonly [readonly string[], string])[] = [
    [[FIRST], 'Not enough'],
    [['x', 'email=a@set.example'], 'is no tenant id'],
    [['email=a@set.example', FIRST], 'is no tenant id'],
    [[FIRST, 'email'], 'is not of the form FIELD=VALUE'],
    [[FIRST, '=x'], 'is not of the form FIELD=VALUE'],
    [[FIRST, 'email='], "email= has no value.\n  → Write a value, or email='<clear>'"],
    [[FIRST, 'email= \u200b'], 'email= has no value'],
    [[FIRST, 'expect:city='], 'has no value'],
    [[FIRST, 'emial=a@set.example'], '"email" is nearly the same'],
    [[FIRST, 'expect:emial=a@set.example', 'city=x'], '"expect:email" is nearly the same'],
    [[FIRST, 'colour=red'], 'There is no field "colour".\n  → Fields: firstName, '],
    [[FIRST, 'result_status=x'], 'There is no field "result_status"'],
    [[FIRST, `tenant id=${FIRST}`], 'is the customer, who stands in front'],
    [[FIRST, 'email=a@set.example', 'E-Mail=b@set.example'], 'names a field that was named before'],
    [[FIRST, 'expect:city=Leeds'], 'Only guards are named'],
    [[FIRST, 'email=nobody'], 'email: This is not one e-mail address.'],
    [[FIRST, 'country=UK'], 'Did you mean GB?'],
    [[FIRST, 'city=x', '--dry-run', '--run-dir', 'r'], '--dry-run leaves nothing behind'],
  ];
  test.each(cases)('%j', async (words, message) => {
    const simulator = await simulate();
    const cwd = newFolder();
    const ran = await set(simulator.url, [...words, '--yes'], cwd);
    expect([ran.exitCode, ran.stderr]).toEqual([2, expect.stringContaining(message) as string]);
    expect(simulator.requests).toEqual([]);
    expect(readdirSync(cwd)).toEqual([]);
  });

  test('nobody to ask, and no --yes', async () => {
    const simulator = await simulate();
    const cwd = newFolder();
    const ran = await set(simulator.url, [FIRST, 'email=a@set.example'], cwd);
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain('set asks before it writes, and there is nobody to ask.');
    expect(simulator.requests).toEqual([]);
    expect(readdirSync(cwd)).toEqual([]);
  });
});
