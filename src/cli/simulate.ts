/** `billpatch simulate`: a local Partner Center on a loopback port, until it is stopped. */
import { UsageError } from '../problem.js';
import type { SignInError } from '../simulator/sign-in-error.js';
import type { SimulatedCustomer } from '../simulator/simulated-customer.js';
import type { SimulatorOptions } from '../simulator/start-simulator.js';
import type { CommandFactory } from './command.js';
import { count, type Given } from './given.js';
import { withOptions } from './options.js';

const OPTIONS = {
  port: {
    type: 'number',
    requiresArg: true,
    default: 8700,
    describe: 'On 127.0.0.1; 0 for any that is free',
  },
  customers: {
    type: 'string',
    requiresArg: true,
    default: '40',
    describe: 'How many invented customers, or a JSON file of customers',
  },
  'any-tenant': {
    type: 'boolean',
    default: false,
    describe: 'Every tenant id is a customer, with an invented profile',
  },
  state: {
    type: 'string',
    requiresArg: true,
    describe: 'A file in which changes outlast the process',
  },
  latency: {
    type: 'number',
    requiresArg: true,
    default: 0,
    describe: 'Milliseconds before each answer',
  },
  jitter: {
    type: 'number',
    requiresArg: true,
    default: 0,
    describe: 'Up to so many milliseconds more',
  },
  'rate-per-minute': {
    type: 'number',
    requiresArg: true,
    describe: 'Requests allowed; more are answered with 429',
  },
  burst: {
    type: 'number',
    requiresArg: true,
    describe: 'Requests allowed at once (default: the rate)',
  },
  window: {
    type: 'number',
    requiresArg: true,
    conflicts: 'burst',
    implies: 'rate-per-minute',
    describe: 'Count in fixed windows of so many seconds, not in a token bucket',
  },
  'count-refused': {
    type: 'boolean',
    default: false,
    describe: 'Refused requests count against the rate as well',
  },
  etags: {
    choices: ['either', 'header', 'body', 'ignore'],
    default: 'either',
    describe: 'Where the tag of a PUT is looked for',
  },
  stale: {
    choices: ['400-2055', '412', '412-odata', '409'],
    default: '400-2055',
    describe: 'How a stale tag is answered',
  },
  'missing-tag': {
    choices: ['accept', 'refuse'],
    default: 'accept',
    describe: 'A PUT without a tag',
  },
  update: {
    choices: ['replace', 'merge'],
    default: 'replace',
    describe: 'What becomes of members that a PUT leaves out',
  },
  tokens: {
    choices: ['any', 'issued'],
    default: 'any',
    describe: 'Which access tokens are accepted: any, or those given out here and still good',
  },
  'token-seconds': {
    type: 'number',
    requiresArg: true,
    default: 3600,
    describe: 'How long an access token is good that is given out here',
  },
  rotation: {
    choices: ['keep', 'refuse'],
    default: 'keep',
    describe: 'What becomes of a refresh token that was used',
  },
  'mfa-claim': {
    type: 'boolean',
    default: true,
    describe: 'Whether the tokens of users say that there was a second factor',
  },
  'require-mfa': {
    type: 'boolean',
    default: false,
    describe: 'Refuse tokens of users that do not (with --tokens issued)',
  },
  'sign-in-error': {
    type: 'string',
    array: true,
    nargs: 1,
    describe: 'CODE[@GRANT][,OPTION=N]…, for example 70008@refresh_token,after=2; may be repeated',
  },
  fault: {
    type: 'string',
    array: true,
    nargs: 1,
    describe: 'KIND[@GET|@PUT][:RATE][,OPTION=VALUE]…, for example 503@GET:0.1; may be repeated',
  },
  seed: {
    type: 'number',
    requiresArg: true,
    default: 1,
    describe: 'For everything that looks like chance',
  },
} as const;

export const simulateCommand: CommandFactory = ({ terminal }) => ({
  command: 'simulate',
  describe: 'Run a local Partner Center to try things out, on a loopback port',
  builder: (args) =>
    withOptions(args.options(OPTIONS), ['quiet'], terminal.env).epilogue(
      'Kinds of --fault are listed in src/simulator/README.md; a wrong one is answered with all of them.',
    ),
  async handler(given) {
    const interrupt = terminal.takeInterrupts();
    const { startSimulator } = await import('../simulator/start-simulator.js');
    const options = await toOptions(given);
    const simulator = await startSimulator({
      ...options,
      ...(given.quiet === true
        ? {}
        : {
            log: ({ method, path, status }) => {
              terminal.err(`${method} ${path} ${status}\n`);
            },
          }),
    }).catch((error: unknown) => {
      throw new UsageError(
        'simulator-not-started',
        `The simulator could not start: ${error instanceof Error ? error.message : String(error)}`,
        'Choose another port with --port, or another file with --state.',
      );
    });
    const customers = options.customers?.length ?? 0;
    terminal.out(`${simulator.url}\n`);
    terminal.err(
      `A simulated Partner Center with ${customers} customers listens there. In another terminal:\n` +
        `  PARTNER_CENTER_ACCESS_TOKEN=anything billpatch apply FILE --base-url ${simulator.url}\n` +
        'Ctrl-C ends it.\n',
    );
    await new Promise<void>((resolve) => {
      interrupt.addEventListener('abort', () => {
        resolve();
      });
    });
    await simulator.close();
  },
});

async function toOptions(given: Given): Promise<SimulatorOptions> {
  const { parseFault } = await import('../simulator/fault.js');
  const fault = given.fault;
  const faults = (Array.isArray(fault) ? fault.map(String) : []).map((words) => {
    const parsed = parseFault(words);
    if ('error' in parsed)
      throw new UsageError('fault-unknown', parsed.error, 'Write it like 503@GET:0.1,times=5');
    return parsed.fault;
  });
  const optional = (name: string, least: number): number | undefined =>
    given[name] === undefined ? undefined : count(given, name, least, Number.MAX_SAFE_INTEGER);
  const rate = optional('rate-per-minute', 0.001);
  const burst = optional('burst', 1);
  const window = optional('window', 0.001);
  const state = given.state;
  return {
    port: count(given, 'port', 0, 65_535),
    customers: await toCustomers(String(given.customers), count(given, 'seed', 0, 2 ** 32)),
    anyTenant: given['any-tenant'] === true,
    ...(typeof state === 'string' ? { stateFile: state } : {}),
    latencyMs: count(given, 'latency', 0, 600_000),
    jitterMs: count(given, 'jitter', 0, 600_000),
    ...(rate === undefined ? {} : { ratePerMinute: rate }),
    ...(burst === undefined ? {} : { burst }),
    ...(window === undefined ? {} : { windowSeconds: window }),
    countRefused: given['count-refused'] === true,
    etags: given.etags as NonNullable<SimulatorOptions['etags']>,
    stale: given.stale as NonNullable<SimulatorOptions['stale']>,
    missingTag: given['missing-tag'] as NonNullable<SimulatorOptions['missingTag']>,
    update: given.update as NonNullable<SimulatorOptions['update']>,
    tokens: given.tokens as NonNullable<SimulatorOptions['tokens']>,
    tokenSeconds: count(given, 'token-seconds', 1, 86_400),
    rotation: given.rotation as NonNullable<SimulatorOptions['rotation']>,
    mfaClaim: given['mfa-claim'] === true,
    requireMfa: given['require-mfa'] === true,
    signInErrors: await toSignInErrors(given['sign-in-error']),
    faults,
    seed: count(given, 'seed', 0, 2 ** 32),
    keepRequests: 0,
  };
}

async function toSignInErrors(given: unknown): Promise<readonly SignInError[]> {
  const { parseSignInError } = await import('../simulator/sign-in-error.js');
  return (Array.isArray(given) ? given.map(String) : []).map((words) => {
    const parsed = parseSignInError(words);
    if ('error' in parsed)
      throw new UsageError(
        'sign-in-error-unknown',
        parsed.error,
        'Write it like 70008@refresh_token,after=2',
      );
    return parsed.signInError;
  });
}

async function toCustomers(wanted: string, seed: number): Promise<readonly SimulatedCustomer[]> {
  if (/^\d+$/.test(wanted)) {
    const { generateCustomers } = await import('../simulator/generate-customers.js');
    return generateCustomers(Number(wanted), seed);
  }
  const { readCustomers } = await import('../simulator/read-customers.js');
  return readCustomers(wanted).catch((error: unknown) => {
    throw new UsageError(
      'customers-unreadable',
      `The customers cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      'Name a number, or a JSON file as described in src/simulator/README.md.',
    );
  });
}
