/** `get TENANT-ID…`: live profiles, in the order asked for. No run folder, and no PUT, ever. */
import { getProfile, type ReadProfile } from '../partner-center/billing-profiles.js';
import type { SimulatorSetup } from '../journal/run-folder.js';
import type { Failure } from '../partner-center/failure.js';
import { EXIT } from '../results/exit-code.js';
import { createTurns } from '../run/turns.js';
import type { CallTrace } from '../run/profile-service.js';
import { newTarget, type NewRunOptions } from './begin-run.js';
import type { Host } from './host.js';
import type { Pace } from './pace.js';
import { openConnection } from './with-connection.js';

export interface GetOptions extends Pace, Pick<NewRunOptions, 'signIn'> {
  /** Each once; see parseTenantId. */
  readonly tenantIds: readonly string[];
  readonly baseUrl: string;
  /** Rehearse: against a simulator in this process, set up like this. */
  readonly simulate?: SimulatorSetup;
}

/** What came of one question. */
export type Found = { readonly tenantId: string } & (
  | { readonly kind: 'profile'; readonly read: ReadProfile }
  | {
      readonly kind: 'failure';
      readonly failure: Failure;
      readonly trace: CallTrace;
      readonly correlationId: string;
    }
  /** Not asked: what failed before would have failed for this one too. */
  | { readonly kind: 'skipped' }
);

export type GetHost = Pick<
  Host,
  'env' | 'now' | 'tokens' | 'random' | 'newId' | 'version' | 'interrupt'
> & {
  /** Called for each, in the order asked for. */
  readonly onFound: (found: Found) => void;
};

/** @returns the exit code */
export async function getProfiles(options: GetOptions, host: GetHost): Promise<number> {
  const target = await newTarget(options, host);
  const { connection, stopped, close } = await openConnection(target, options, host);
  const onInterrupt = (): void => {
    stopped.abort();
  };
  host.interrupt.addEventListener('abort', onInterrupt);
  try {
    const turns = createTurns(options.concurrency, connection.onIdle);
    let exitCode: number = EXIT.fine;
    const ask = (tenantId: string): Promise<Found> =>
      turns.take(async (aside) => {
        if (stopped.signal.aborted) return { tenantId, kind: 'skipped' };
        const correlationId = host.newId();
        const call = { tenantId, requestId: host.newId(), correlationId, aside };
        const { result, trace } = await getProfile(call, connection.ports);
        if (result.kind === 'value') return { tenantId, kind: 'profile', read: result.value };
        const { failure } = result;
        // What fails for everybody is not asked once more for each.
        if (failure.scope === 'run') stopped.abort();
        return { tenantId, kind: 'failure', failure, trace, correlationId };
      });
    // All of them wait in line; a name on the command line is small beside its profile.
    for (const answer of options.tenantIds.map(ask)) {
      const found = await answer;
      if (found.kind === 'skipped' || (found.kind === 'failure' && found.failure.scope === 'run'))
        exitCode = EXIT.stopped;
      else if (found.kind === 'failure' && exitCode === EXIT.fine) exitCode = EXIT.attention;
      host.onFound(found);
    }
    return host.interrupt.aborted ? EXIT.interrupted : exitCode;
  } finally {
    host.interrupt.removeEventListener('abort', onInterrupt);
    await close();
  }
}
