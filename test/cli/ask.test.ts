import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';

import { confirmHost } from '../../src/cli/ask.js';
import type { Given } from '../../src/cli/given.js';
import type { Terminal } from '../../src/cli/terminal.js';
import { createChangeCounter } from '../../src/profile/change-totals.js';

const PRODUCTION = 'https://api.partnercenter.microsoft.com';
const TENANT = '11111111-2222-4333-8444-555555555555';

/** What is asked, and whether the answer lets the run go on. */
async function asked(
  customers: number,
  answer: string,
  { given = {}, target = PRODUCTION }: { readonly given?: Given; readonly target?: string } = {},
) {
  const questions: string[] = [];
  const terminal: Terminal = {
    env: {},
    stdin: Readable.from([]),
    out: () => undefined,
    err: () => undefined,
    interactive: true,
    errIsScreen: false,
    ask: (question) => {
      questions.push(question);
      return Promise.resolve(answer);
    },
    takeInterrupts: () => new AbortController().signal,
    packageFolder: '',
    version: '0',
    user: 'ada',
    now: () => new Date(0),
    random: () => 0,
    newId: () => '',
  };
  const host = confirmHost(given, terminal, { show: () => undefined, end: () => undefined });
  const goesOn = await host.confirm({
    customers,
    totals: createChangeCounter().totals(),
    target,
    partnerTenant: TENANT,
    cloud: 'global',
    simulated: false,
  });
  return { goesOn, question: questions.join('\n') };
}

describe('the question before anything is written', () => {
  it('names address, cloud and partner tenant', async () => {
    expect(await asked(100, 'y')).toEqual({
      goesOn: true,
      question: `Update 100 customers at ${PRODUCTION} (cloud global, partner tenant ${TENANT}) ? [y/N] `,
    });
    expect((await asked(100, '')).goesOn).toBe(false);
  });

  it('of more customers than --confirm-above wants their number', async () => {
    expect((await asked(101, 'y')).goesOn).toBe(false);
    expect((await asked(101, '100')).goesOn).toBe(false);
    expect(await asked(101, ' 101 ')).toMatchObject({
      goesOn: true,
      question: expect.stringContaining('Type 101 to go on: ') as string,
    });
    const given = { 'confirm-above': 5 };
    expect((await asked(6, 'y', { given })).goesOn).toBe(false);
    expect((await asked(5, 'y', { given })).goesOn).toBe(true);
  });

  it('wants none on this machine, and is not asked with --yes', async () => {
    expect((await asked(5000, 'y', { target: 'http://127.0.0.1:8700' })).goesOn).toBe(true);
    expect(await asked(5000, '', { given: { yes: true } })).toEqual({ goesOn: true, question: '' });
  });
});
