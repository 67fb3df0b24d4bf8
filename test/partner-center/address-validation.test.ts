import { describe, expect, it, onTestFinished } from 'vitest';

import { createAddressValidation, toVerdict } from '../../src/partner-center/address-validation.js';
import type { PostalAddress } from '../../src/run/review-service.js';
import { startSimulator, type SimulatorOptions } from '../../src/simulator/start-simulator.js';
import { askPortsAt } from '../helpers/ask-ports.js';
import { rawServer } from '../helpers/raw-server.js';

const REDMOND: PostalAddress = {
  addressLine1: '1 Microsoft Way',
  addressLine2: '',
  city: 'Redmond',
  state: 'WA',
  postalCode: '98052',
  country: 'US',
};
const CALL = { requestId: 'r-1', correlationId: 'c-1' };

async function checkAt(url: string, ...addresses: Partial<PostalAddress>[]) {
  const ports = askPortsAt(url);
  const check = createAddressValidation(ports);
  // Nobody else pays for a retry.
  const aside = (wait: () => Promise<void>): Promise<void> => {
    ports.health.lend();
    return wait();
  };
  const results = [];
  for (const address of addresses)
    results.push(await check({ ...REDMOND, ...address }, { ...CALL, aside }));
  return { results, verdicts: results.map(({ verdict }) => verdict), ports };
}

async function simulated(address: Partial<PostalAddress>, options: SimulatorOptions = {}) {
  const simulator = await startSimulator(options);
  onTestFinished(simulator.close);
  const { verdicts, results } = await checkAt(simulator.url, address);
  return { verdict: verdicts[0]!, trace: results[0]!.trace, simulator };
}

const SEATTLE = { city: 'Seattle', postalCode: '98055' };
const BULBOAC = {
  addressLine1: '1 Strada Dacia',
  city: 'Bulboac',
  state: 'Anenii Noi',
  postalCode: '6512',
  country: 'MD',
};

describe('the check of an address, in the new form', () => {
  it.each<[string, Partial<PostalAddress>, string, string | undefined, number]>([
    ['VerifiedShippable', {}, 'valid', undefined, 1],
    ['Verified', { postalCode: '98052-8300' }, 'valid', undefined, 1],
    ['InteractionRequired', { city: 'Seattle' }, 'doubtful', 'InteractionRequired', 1],
    ['StreetPartial', { addressLine1: 'Microsoft Way' }, 'doubtful', 'StreetPartial', 3],
    ['PremisesPartial', { addressLine1: '3 Microsoft Way' }, 'doubtful', 'PremisesPartial', 1],
    ['Multiple', BULBOAC, 'doubtful', 'Multiple', 2],
    ['None', SEATTLE, 'doubtful', 'None', 0],
  ])('%s', async (_, address, kind, status, suggestions) => {
    const { verdict, trace, simulator } = await simulated(address);
    expect(verdict).toMatchObject({ kind, ...(status !== undefined && { status }) });
    expect('suggestions' in verdict && verdict.suggestions).toHaveLength(suggestions);
    expect(trace).toMatchObject({ requestId: 'r-1', attempts: 1, httpStatus: 200 });
    expect(simulator.counts()).toMatchObject({ address: 1, put: 0, other: 0 });
  });

  it('NotValidated: no verdict', async () => {
    const { verdict } = await simulated({ country: '' });
    expect(verdict).toMatchObject({ kind: 'not-checked' });
  });

  it('shows suggestions on one line each, and sends ids and no empty member', async () => {
    const { verdict, simulator } = await simulated({ city: 'Seattle' });
    expect(verdict).toMatchObject({
      suggestions: ['1 Microsoft Way, Redmond, WA 98052-8300, US'],
    });
    const [request] = simulator.requests;
    expect(JSON.parse(request?.body ?? '')).toEqual({
      addressLine1: '1 Microsoft Way',
      city: 'Seattle',
      state: 'WA',
      postalCode: '98052',
      country: 'US',
    });
    expect(request?.headers).toMatchObject({
      'ms-requestid': 'r-1',
      'ms-correlationid': 'c-1',
      'content-type': 'application/json',
    });
  });
});

describe('the check of an address, in the old form', () => {
  it('200 without a body: valid', async () => {
    const { verdict } = await simulated({}, { addressForm: 'empty' });
    expect(verdict).toEqual({ kind: 'valid', suggestions: [] });
  });
  it('400 with code 2007: not', async () => {
    const { verdict } = await simulated(SEATTLE, { addressForm: 'empty' });
    expect(verdict).toMatchObject({ kind: 'doubtful', suggestions: [] });
    expect('said' in verdict && verdict.said).toContain('60071');
  });
});

describe('an answer', () => {
  it.each([
    ['', 'valid'],
    ['true', 'valid'],
    ['false', 'doubtful'],
    ['{"status":"verified shippable"}', 'valid'],
    ['{"status":"VERIFIED"}', 'valid'],
    ['{"status":"Interaction Required","suggestedAddresses":[null,1,{}]}', 'doubtful'],
    ['{"status":"None","suggestedAddresses":"x"}', 'doubtful'],
    ['{"status":"NotValidated"}', 'not-checked'],
    ['{"status":"SomethingNew"}', 'not-checked'],
    ['{"status":"constructor"}', 'not-checked'],
    ['{"status":1}', 'not-checked'],
    ['{}', 'not-checked'],
    ['[]', 'not-checked'],
    ['<html>', 'not-checked'],
  ])('%j is %s', (body, kind) => {
    expect(toVerdict(body).kind).toBe(kind);
  });

  it('that is long or on several lines is cut', () => {
    const verdict = toVerdict(
      JSON.stringify({ status: 'None', validationMessage: `a\r\nb${'x'.repeat(5000)}` }),
    );
    expect('said' in verdict && verdict.said).toMatch(/^a bx{200,300}$/);
  });
});

describe('a check that fails', () => {
  it('stops nobody, and is not asked for a fourth row', async () => {
    const server = await rawServer((_, response) => {
      response.writeHead(503).end();
    });
    const { verdicts, results, ports } = await checkAt(server.url, {}, {}, {}, {}, {});
    expect(verdicts.map(({ kind }) => kind)).toEqual(Array(5).fill('not-checked'));
    expect(results.map(({ trace }) => trace.attempts).slice(3)).toEqual([0, 0]);
    expect(ports.health.circuit()).toBeUndefined();
  });

  it('now and then is asked again', async () => {
    const server = await rawServer((_, response, number) => {
      response.writeHead(number % 3 === 0 ? 200 : 403).end();
    });
    const { verdicts } = await checkAt(server.url, {}, {}, {}, {}, {}, {});
    const kinds = verdicts.map(({ kind }) => kind).join(' ');
    expect(kinds).toBe('not-checked not-checked valid not-checked not-checked valid');
  });
});
