/** plan, apply RUN, undo and the brakes, driven through the built program. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';

import { fieldValue, type Field } from '../../src/profile/billing-profile.js';
import type { ProfileFields } from '../../src/simulator/simulated-customer.js';
import {
  startSimulator,
  type Simulator,
  type SimulatorOptions,
} from '../../src/simulator/start-simulator.js';
import { billpatch, newFolder, readCsv, start, writeInput, type Ran } from './billpatch.js';

const tenant = (row: number): string => `22222222-0000-4000-8000-${String(row).padStart(12, '0')}`;

interface World {
  readonly simulator: Simulator;
  readonly cwd: string;
  readonly run: (...words: string[]) => Promise<Ran>;
  /** One field of a customer, as the service holds it. */
  readonly live: (row: number, field: Field) => string;
  /** Everything of a customer but the tag. */
  readonly profile: (row: number) => string;
}

async function world(text: string, options: SimulatorOptions = {}): Promise<World> {
  const simulator = await startSimulator({ anyTenant: true, ...options });
  onTestFinished(simulator.close);
  const cwd = newFolder();
  writeInput(cwd, text);
  const known = (row: number) => simulator.profile(tenant(row)) ?? {};
  return {
    simulator,
    cwd,
    run: (...words) => billpatch(words, { cwd }),
    live: (row, field) => fieldValue(known(row), field),
    profile: (row) => JSON.stringify({ ...known(row), attributes: null, links: null }),
  };
}

const at = ({ simulator }: World): string[] => ['--base-url', simulator.url];
const plan = (given: World, ...words: string[]): Promise<Ran> =>
  given.run('plan', 'in.csv', ...at(given), '--run-dir', 'run', '--json', ...words);
const results = ({ cwd }: World, run = 'run') => readCsv(join(cwd, run, 'results.csv'));
const statuses = (given: World, run?: string) =>
  results(given, run).map(({ result_status }) => result_status);
const json = (ran: Ran) => JSON.parse(ran.stdout) as Record<string, never>;

const rows = (count: number): string =>
  `customerTenantId,email,companyName,addressLine2\n${Array.from(
    { length: count },
    (_, row) => `${tenant(row)},new${row}@new.example,New ${row} Ltd,\n`,
  ).join('')}`;

const PLAIN: ProfileFields = { email: 'old@old.example', companyName: 'Old Ltd' };

describe('plan', () => {
  test('shows every change and sends no update', async () => {
    const given = await world(
      `customerTenantId,email,addressLine2,expect:companyName\n` +
        `${tenant(0)},a@new.example,,\n${tenant(1)},,<clear>,\n${tenant(2)},c@new.example,,Another Ltd\n` +
        `${tenant(3)},old@old.example,,\n`,
    );
    for (const row of [0, 1, 2, 3]) given.simulator.edit(tenant(row), PLAIN);
    given.simulator.edit(tenant(1), { addressLine2: 'Suite 4' });
    const ran = await plan(given);
    expect(ran.exitCode).toBe(1);
    expect(statuses(given)).toEqual(['planned', 'planned', 'conflict', 'unchanged']);
    expect(given.simulator.counts()).toMatchObject({ get: 4, put: 0 });
    expect(readCsv(join(given.cwd, 'run/plan.csv'))).toEqual([
      {
        line: '2',
        tenant: tenant(0),
        company: 'Old Ltd',
        field: 'email',
        from: 'old@old.example',
        to: 'a@new.example',
      },
      {
        line: '3',
        tenant: tenant(1),
        company: 'Old Ltd',
        field: 'addressLine2',
        from: 'Suite 4',
        to: '',
      },
    ]);
    expect(json(ran)).toMatchObject({
      plan: { customers: 2, totals: { changes: 2, emptied: 1, byField: { email: 1 } } },
    });
  });

  test('does not hinder applying the file, and is not gone on with', async () => {
    const given = await world(rows(2));
    await given.run('plan', 'in.csv', ...at(given));
    const applied = await given.run('apply', 'in.csv', ...at(given), '--yes', '--run-dir', 'other');
    expect(applied.exitCode).toBe(0);
    await plan(given);
    const resumed = await given.run('resume', 'run');
    expect(resumed).toMatchObject({ exitCode: 2 });
    expect(resumed.stderr).toContain('is a plan');
  });
});

describe('--customers', () => {
  const LIST = `Microsoft ID,Company name,Primary domain name\n${tenant(0).toUpperCase()},Old Ltd,a.example\n{${tenant(1)}},Wrong Ltd,b.example\n${tenant(3)},Wrong Ltd,d.example\n`;

  async function listed(): Promise<World> {
    const given = await world(
      `customerTenantId,email,expect:companyName\n${[0, 1, 2].map((row) => `${tenant(row)},n@new.example,\n`).join('')}${tenant(3)},n@new.example,Old Ltd\n`,
      { latencyMs: 5 },
    );
    for (const row of [0, 1, 2, 3]) given.simulator.edit(tenant(row), PLAIN);
    writeInput(given.cwd, LIST, 'list.csv');
    return given;
  }

  test('guards every row by the listed name, unless the row has a guard of its own', async () => {
    const given = await listed();
    const words = [...at(given), '--yes', '--run-dir', 'run', '--customers', 'list.csv'];
    expect((await given.run('apply', 'in.csv', ...words, '--limit', '1')).exitCode).toBe(3);
    expect(statuses(given)).toEqual(['updated', 'skipped', 'skipped', 'skipped']);
    // The list is part of the run: going on needs no option, and refuses another list.
    const kept = join(given.cwd, 'run/customer-list.csv');
    writeFileSync(kept, LIST.replaceAll('Wrong Ltd', 'Old Ltd'));
    expect((await given.run('resume', 'run')).stderr).toContain('was changed');
    writeFileSync(kept, LIST);
    expect((await given.run('resume', 'run')).exitCode).toBe(1);
    expect(statuses(given)).toEqual(['updated', 'conflict', 'conflict', 'updated']);
    expect(results(given).map((row) => row.result_error_code)).toEqual([
      '',
      'guard-mismatch',
      'not-in-customer-list',
      '',
    ]);
  });

  test('that is no list: nothing is sent, nothing is left behind', async () => {
    const given = await listed();
    for (const text of ['a,b\n1,2\n', 'Microsoft ID\nx\n', '']) {
      writeInput(given.cwd, text, 'list.csv');
      const ran = await plan(given, '--customers', 'list.csv');
      expect(ran).toMatchObject({ exitCode: 2 });
      expect(existsSync(join(given.cwd, 'run'))).toBe(false);
    }
    expect((await plan(given, '--customers', 'missing.csv')).exitCode).toBe(2);
    expect(given.simulator.counts().get).toBe(0);
  });
});

describe('apply RUN', () => {
  test('applies exactly what was reviewed, once', async () => {
    const given = await world(rows(5));
    await plan(given);
    const applied = await given.run('apply', 'run', '--yes');
    expect(applied.exitCode).toBe(0);
    expect(statuses(given)).toEqual(Array(5).fill('updated'));
    expect(given.simulator.counts()).toMatchObject({ get: 10, put: 5 });
    const again = await given.run('apply', 'run', '--yes');
    expect(again).toMatchObject({ exitCode: 2 });
    expect(again.stderr).toContain('a plan is applied once');
    expect(given.simulator.counts()).toMatchObject({ put: 5 });
  });

  test('leaves a profile alone that is not the reviewed one, and names what moved', async () => {
    const given = await world(rows(4));
    for (const row of [0, 1, 2, 3]) given.simulator.edit(tenant(row), PLAIN);
    await plan(given);
    given.simulator.edit(tenant(0), { email: 'theirs@their.example', city: 'Ulm' });
    given.simulator.edit(tenant(1), { city: 'Ulm' });
    given.simulator.edit(tenant(2), { email: 'new2@new.example', companyName: 'New 2 Ltd' });
    expect((await given.run('apply', 'run', '--yes')).exitCode).toBe(1);
    const [both, other, done, fine] = results(given);
    expect(both).toMatchObject({ result_status: 'conflict', result_error_code: 'field-moved' });
    expect(both?.result_error).toContain(
      'email: expected "old@old.example", found "theirs@their.example", wanted "new0@new.example"',
    );
    expect(both?.result_error).toContain('found "Ulm"');
    expect(other).toMatchObject({ result_status: 'conflict', result_error_code: 'profile-moved' });
    expect(done?.result_status).toBe('unchanged');
    expect(fine?.result_status).toBe('updated');
    expect(given.live(0, 'email')).toBe('theirs@their.example');
    expect(given.simulator.counts().put).toBe(1);
  });

  test('demands the digest that was approved', async () => {
    const given = await world(rows(2));
    const { digest } = json(await plan(given)).plan as unknown as { digest: string };
    for (const wrong of ['0'.repeat(64), digest.slice(0, 11), `${digest.slice(0, 20)}x`]) {
      const refused = await given.run('apply', 'run', '--yes', '--digest', wrong);
      expect(refused.exitCode).toBe(2);
      expect(refused.stderr).toContain(digest);
    }
    expect(given.simulator.counts().put).toBe(0);
    const short = digest.slice(0, 12).toUpperCase();
    expect((await given.run('apply', 'run', '--yes', '--digest', short)).exitCode).toBe(0);
  });

  test('refuses a plan that was tampered with, even where its lines are sealed again', async () => {
    const given = await world(rows(2));
    await plan(given);
    const { encodeEntry } = await import('../../src/journal/entry.js');
    const { readJournal } = await import('../../src/journal/read-journal.js');
    const path = join(given.cwd, 'run/journal.jsonl');
    let text = '';
    for await (const entry of readJournal(path)) {
      const changed =
        entry.type === 'outcome' && entry.status === 'planned' && entry.row === 1
          ? { ...entry, changes: entry.changes.map((each) => ({ ...each, to: 'evil@e.example' })) }
          : entry;
      text += encodeEntry(changed);
    }
    writeFileSync(path, text);
    const refused = await given.run('apply', 'run', '--yes');
    expect(refused).toMatchObject({ exitCode: 2 });
    expect(refused.stderr).toContain('not the one that was made');
    expect(given.simulator.counts().put).toBe(0);
  });

  test('refuses another address, and a plan that did not come to its end', async () => {
    const given = await world(rows(2));
    await plan(given);
    const other = await given.run('apply', 'run', '--yes', '--base-url', 'http://127.0.0.1:9');
    expect(other).toMatchObject({ exitCode: 2 });
    for (const url of [given.simulator.url, 'http://127.0.0.1:9'])
      expect(other.stderr).toContain(url);

    const slow = await world(rows(40), { latencyMs: 100 });
    const started = start(['plan', 'in.csv', ...at(slow), '--run-dir', 'run'], { cwd: slow.cwd });
    while (slow.simulator.counts().get < 10) await new Promise((go) => setTimeout(go, 20));
    started.child.kill('SIGINT');
    expect((await started.ended).exitCode).toBe(130);
    const refused = await slow.run('apply', 'run', '--yes');
    expect(refused).toMatchObject({ exitCode: 2 });
    expect(refused.stderr).toContain('did not come to its end');
    expect(slow.simulator.counts().put).toBe(0);
  });

  test('takes another pace, and a run that is complete gets its files again', async () => {
    const given = await world(rows(2));
    await plan(given);
    const pace = ['--concurrency', '3', '--timeout', '7', '--max-wait', '9'];
    expect((await given.run('apply', 'run', '--yes', ...pace)).exitCode).toBe(0);
    const file = (name: string): string => readFileSync(join(given.cwd, name), 'utf8');
    expect(JSON.parse(file('run/run.json'))).toMatchObject({
      options: { concurrency: 3, timeoutSeconds: 7, maxWaitSeconds: 9 },
    });
    for (const name of ['results.csv', 'failed.csv', 'report.html'])
      rmSync(join(given.cwd, 'run', name));
    const { get } = given.simulator.counts();
    expect((await given.run('resume', 'run', '--out', 'copy.csv')).exitCode).toBe(0);
    expect(given.simulator.counts().get).toBe(get);
    for (const name of ['failed.csv', 'report.html'])
      expect(existsSync(join(given.cwd, 'run', name))).toBe(true);
    expect(file('copy.csv')).toBe(file('run/results.csv'));
  });

  test('asks before it writes, and options of a file do not belong to it', async () => {
    const given = await world(rows(2));
    await plan(given);
    expect((await given.run('apply', 'run')).stderr).toContain('nobody to ask');
    for (const option of ['--strict', '--skip-invalid', '--new', '--simulate'])
      expect((await given.run('apply', 'run', '--yes', option)).exitCode).toBe(2);
    expect((await given.run('apply', 'in.csv', '--yes', '--digest', 'x')).exitCode).toBe(2);
    expect(given.simulator.counts().put).toBe(0);
  });

  test('that was killed is gone on with, on the profiles that were reviewed', async () => {
    const given = await world(rows(40), { latencyMs: 20 });
    await plan(given);
    const { child, ended } = start(['apply', 'run', '--yes'], { cwd: given.cwd });
    while (given.simulator.counts().put < 12) await new Promise((go) => setTimeout(go, 10));
    child.kill('SIGKILL');
    await ended;
    given.simulator.edit(tenant(39), { city: 'Ulm' });
    const refused = await given.run('apply', 'run', '--yes');
    expect(refused.stderr).toContain('billpatch resume');
    expect((await given.run('resume', 'run')).exitCode).toBe(1);
    expect(statuses(given)).toEqual([...Array<string>(39).fill('updated'), 'conflict']);
    for (let row = 0; row < 39; row += 1) expect(given.simulator.history(tenant(row))).toBe(1);
  });
});

describe('brakes', () => {
  test.for([
    [['--max-changes', '7'], 'There are 8 fields to change'],
    [['--max-clears', '1'], 'There are 2 fields to empty'],
  ] as const)('%s sends nothing, for a file and for a plan', async ([words, message]) => {
    const given = await world(
      `customerTenantId,email,addressLine2,city\n` +
        `${tenant(0)},a@new.example,<clear>,Bonn\n${tenant(1)},b@new.example,<clear>,Bonn\n` +
        `${tenant(2)},c@new.example,,Bonn\n`,
    );
    for (const row of [0, 1, 2]) given.simulator.edit(tenant(row), { addressLine2: 'Suite 4' });
    const file = await given.run('apply', 'in.csv', ...at(given), '--yes', ...words);
    expect(file).toMatchObject({ exitCode: 3 });
    expect(file.stderr).toContain(message);
    expect(given.simulator.counts()).toMatchObject({ get: 0, put: 0 });
    await plan(given);
    const planned = await given.run('apply', 'run', '--yes', ...words);
    expect(planned).toMatchObject({ exitCode: 3 });
    expect(planned.stderr).toContain(message);
    expect(given.simulator.counts()).toMatchObject({ put: 0 });
    expect((await given.run('apply', 'run', '--yes', '--max-changes', '8')).exitCode).toBe(0);
  });

  test.for([1, 8])('--limit changes the first rows that need it, %i at once', async (at1) => {
    const given = await world(rows(30), { jitterMs: 30 });
    // Every third has its values already: it does not count.
    for (let row = 0; row < 30; row += 3)
      given.simulator.edit(tenant(row), {
        email: `new${row}@new.example`,
        companyName: `New ${row} Ltd`,
      });
    const words = ['--limit', '5', '--concurrency', String(at1), '--run-dir', 'run', '--yes'];
    const ran = await given.run('apply', 'in.csv', ...at(given), ...words);
    expect(ran.exitCode).toBe(3);
    expect(ran.stdout).toContain('--limit 5');
    const first = [0, 1, 2, 3, 4, 5, 6, 7].map((row) => (row % 3 === 0 ? 'unchanged' : 'updated'));
    expect(statuses(given).slice(0, 8)).toEqual(first);
    expect(statuses(given).slice(9)).toEqual(Array(21).fill('skipped'));
    expect(given.simulator.counts().put).toBe(5);
    expect((await given.run('resume', 'run')).exitCode).toBe(0);
    expect(given.simulator.counts().put).toBe(20);
  });

  test('--limit that is not reached stops nothing; rows that wait for a retry do not block it', async () => {
    const given = await world(rows(6), { faults: [{ kind: '503', on: 'GET', times: 5 }] });
    const words = ['--limit', '6', '--run-dir', 'run', '--yes'];
    expect((await given.run('apply', 'in.csv', ...at(given), ...words)).exitCode).toBe(0);
    expect(given.simulator.counts().put).toBe(6);
  });
});

describe('undo', () => {
  const apply = (given: World): Promise<Ran> =>
    given.run('apply', 'in.csv', ...at(given), '--yes', '--run-dir', 'run');
  const undo = (given: World, run: string, to: string, ...words: string[]): Promise<Ran> =>
    given.run('undo', run, '--run-dir', to, '--yes', ...words);

  test('puts everything back as it was, and an undo can be undone', async () => {
    const given = await world(
      `customerTenantId,email,addressLine2,city,middle name\n` +
        `${tenant(0)},a@new.example,<clear>,,Q.\n${tenant(1)},b@new.example,,"Sankt ""X"", Ort",\n`,
    );
    given.simulator.edit(tenant(0), { addressLine2: ' =1+1 "Suite"\n4 ', email: 'not an e-mail' });
    const before = [0, 1].map(given.profile);
    expect((await apply(given)).exitCode).toBe(0);
    const changed = [0, 1].map(given.profile);
    expect(changed).not.toEqual(before);
    expect((await undo(given, 'run', 'undone')).exitCode).toBe(0);
    expect([0, 1].map((row) => JSON.parse(given.profile(row)) as object)).toEqual(
      before.map((text) => JSON.parse(text) as object),
    );
    expect(statuses(given, 'undone')).toEqual(['updated', 'updated']);
    expect((await undo(given, 'undone', 'redone')).exitCode).toBe(0);
    expect([0, 1].map((row) => JSON.parse(given.profile(row)) as object)).toEqual(
      changed.map((text) => JSON.parse(text) as object),
    );
  });

  test('leaves alone what was changed since, with a plan and without', async () => {
    const given = await world(rows(4));
    await apply(given);
    given.simulator.edit(tenant(1), { email: 'theirs@their.example' });
    given.simulator.edit(tenant(2), { city: 'Ulm' });
    const kept = [1, 2].map(given.profile);
    const planned = await given.run('undo', 'run', '--plan', '--run-dir', 'plan');
    expect(planned.exitCode).toBe(1);
    const expected = ['planned', 'conflict', 'conflict', 'planned'];
    expect(statuses(given, 'plan')).toEqual(expected);
    expect(given.simulator.counts().put).toBe(4);
    given.simulator.edit(tenant(3), { city: 'Trier' });
    expect((await given.run('apply', 'plan', '--yes')).exitCode).toBe(1);
    expect(statuses(given, 'plan')).toEqual(['updated', 'conflict', 'conflict', 'conflict']);
    expect((await undo(given, 'run', 'undone')).exitCode).toBe(1);
    expect(statuses(given, 'undone')).toEqual(['unchanged', 'conflict', 'conflict', 'conflict']);
    expect([1, 2].map(given.profile)).toEqual(kept);
  });

  test('takes back only what was written', async () => {
    const given = await world(
      `${rows(2)}33333333-0000-4000-8000-000000000000,x@new.example,,\n${tenant(7)},old@old.example,,\n`,
      { faults: [{ kind: '404', tenantId: '33333333-0000-4000-8000-000000000000' }] },
    );
    given.simulator.edit(tenant(7), PLAIN);
    await apply(given);
    expect((await undo(given, 'run', 'undone')).exitCode).toBe(0);
    expect(results(given, 'undone').map((row) => row.customerTenantId)).toEqual([
      tenant(0),
      tenant(1),
    ]);
    const nothing = await undo(given, 'undone', 'x', '--limit', '1');
    expect(nothing.exitCode).toBe(3);
  });

  test('of a run that was killed asks to resume first, then takes everything back', async () => {
    const given = await world(rows(40), { latencyMs: 20 });
    const before = Array.from({ length: 40 }, (_, row) => given.live(row, 'email'));
    const words = ['apply', 'in.csv', ...at(given), '--yes', '--run-dir', 'run'];
    for (const least of [8, 20]) {
      const { child, ended } = start(least === 8 ? words : ['resume', 'run'], { cwd: given.cwd });
      while (given.simulator.counts().put < least) await new Promise((go) => setTimeout(go, 10));
      child.kill('SIGKILL');
      await ended;
    }
    const early = await undo(given, 'run', 'early');
    expect(early).toMatchObject({ exitCode: 2 });
    expect(early.stderr).toContain('billpatch resume run');
    expect(existsSync(join(given.cwd, 'early'))).toBe(false);
    expect((await given.run('resume', 'run')).exitCode).toBe(0);
    const { child, ended } = start(['undo', 'run', '--run-dir', 'undone', '--yes'], {
      cwd: given.cwd,
    });
    while (given.simulator.counts().put < 55) await new Promise((go) => setTimeout(go, 10));
    child.kill('SIGKILL');
    await ended;
    expect((await given.run('resume', 'undone')).exitCode).toBe(0);
    expect(Array.from({ length: 40 }, (_, row) => given.live(row, 'email'))).toEqual(before);
    for (let row = 0; row < 40; row += 1) expect(given.simulator.history(tenant(row))).toBe(2);
  });

  test('leaves nothing behind where the answer is no, and asks where it can', async () => {
    const given = await world(rows(1));
    await apply(given);
    const refused = await given.run('undo', 'run', '--run-dir', 'undone');
    expect(refused).toMatchObject({ exitCode: 2 });
    expect(existsSync(join(given.cwd, 'undone'))).toBe(false);
    expect(readFileSync(join(given.cwd, 'run/run.json'), 'utf8')).toContain('"stage": "apply"');
  });
});
