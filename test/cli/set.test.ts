/** The question of `set`, which needs a terminal: here one that answers as told. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';

import { runProgram } from '../../src/cli/program.js';
import type { Terminal } from '../../src/cli/terminal.js';
import { fieldValue } from '../../src/profile/billing-profile.js';
import { generateCustomers } from '../../src/simulator/generate-customers.js';
import { startSimulator } from '../../src/simulator/start-simulator.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const CUSTOMERS = generateCustomers(1, 21);
const [{ tenantId } = { tenantId: '' }] = CUSTOMERS;

async function ask(answer: (shown: string, edit: () => void) => string) {
  const simulator = await startSimulator({ customers: CUSTOMERS });
  onTestFinished(simulator.close);
  const folder = await temporaryFolder();
  let out = '';
  let err = '';
  const questions: string[] = [];
  let ids = 0;
  const terminal: Terminal = {
    env: { PARTNER_CENTER_ACCESS_TOKEN: 'a-token', BILLPATCH_BASE_URL: simulator.url },
    stdin: Readable.from([]),
    out: (text) => (out += text),
    err: (text) => (err += text),
    interactive: true,
    errIsScreen: false,
    ask: (question) => {
      questions.push(question);
      const edit = (): void => {
        simulator.edit(tenantId, { companyName: 'Theirs Ltd' });
      };
      return Promise.resolve(answer(err, edit));
    },
    takeInterrupts: () => new AbortController().signal,
    packageFolder: folder,
    version: '0.0.0',
    user: 'tester',
    now: () => new Date(2026, 10, 23, 7, 30),
    random: () => 0.5,
    newId: () => `00000000-0000-4000-8000-${String((ids += 1)).padStart(12, '0')}`,
  };
  const before = simulator.profile(tenantId) ?? {};
  const words = ['set', tenantId, 'email=ap@asked.example', '--run-dir', join(folder, 'run')];
  const exitCode = await runProgram(words, terminal);
  return { exitCode, out, err, questions, simulator, folder, before };
}

test('asks once, with the old and the new value on the screen; yes writes', async () => {
  let seen = '';
  const { exitCode, questions, simulator, before, out } = await ask((shown) => {
    seen = shown;
    return 'y';
  });
  expect(questions).toEqual([expect.stringMatching(/ \? \[y\/N\] $/)]);
  expect(questions[0]).toContain(`Update 1 customer at ${simulator.url} `);
  expect(seen).toContain(`  email  ${fieldValue(before, 'email')} → ap@asked.example\n`);
  expect([exitCode, simulator.profile(tenantId)?.email]).toEqual([0, 'ap@asked.example']);
  expect(out).toContain('  1  updated');
});

test.each(['', 'n', 'nope', 'yep'])(
  'answered with %j: nothing is sent, nothing stays',
  async (no) => {
    const { exitCode, err, simulator, folder } = await ask(() => no);
    expect([exitCode, simulator.counts().put]).toEqual([2, 0]);
    expect(err).toContain('Nothing was sent.\n');
    expect(readdirSync(folder)).toEqual([]);
  },
);

test('what changes while somebody thinks is a conflict', async () => {
  const { exitCode, out, simulator } = await ask((_shown, edit) => {
    edit();
    return 'y';
  });
  expect([exitCode, simulator.counts().put]).toEqual([1, 0]);
  expect(out).toContain('no longer the one that the change was decided on (companyName)');
});
