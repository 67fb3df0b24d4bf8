/** Where a run goes, and the refusal to let a later stage of it go anywhere else. */
import type { Manifest } from '../journal/run-folder.js';
import type { SignInMode } from '../partner-center/auth/mode.js';
import { ofTenant, tenantOf, tokenProblem } from '../partner-center/auth/token-provider.js';
import { parseBaseUrl, type Cloud } from '../partner-center/base-url.js';
import { StoppedError, UsageError } from '../problem.js';
import type { Host } from './host.js';
import { signIn } from './sign-in.js';
import type { Target } from './with-connection.js';

/** What the user says of the target when a run that exists is taken up again. */
export interface TargetOptions {
  /** Where the user believes that the run goes: refused where it went elsewhere. */
  readonly baseUrl?: string;
  /** Refused where the run belongs to another one. */
  readonly cloud?: Cloud;
  /** See SignInOptions. */
  readonly authority?: string;
  readonly auth?: SignInMode;
  /** Hosts that the access token may be sent to, next to Partner Center's. */
  readonly allowedHosts: readonly string[];
}

export function refuseOtherTarget({ baseUrl, cloud }: Manifest, options: TargetOptions): void {
  if (options.baseUrl !== undefined && options.baseUrl !== baseUrl) {
    throw new UsageError(
      'other-target',
      `This run belongs to ${baseUrl}; it cannot go on at ${options.baseUrl}.`,
      'Leave --base-url and --cloud (and their environment variables) away: the run knows where it goes.',
    );
  }
  // Two clouds may share an address.
  if (options.cloud !== undefined && cloud !== undefined && options.cloud !== cloud) {
    throw new UsageError(
      'other-target',
      `This run belongs to the cloud ${cloud}; it cannot go on in ${options.cloud}.`,
      'Leave --cloud (and BILLPATCH_CLOUD) away: the run knows where it goes.',
    );
  }
}

/** Throws UsageError where the token is of another partner than the run. */
export async function targetOf(
  manifest: Manifest,
  { allowedHosts, authority, auth, ...options }: TargetOptions,
  host: Host,
): Promise<Target> {
  if (manifest.simulated) return { kind: 'simulator', setup: manifest.simulator ?? {} };
  // Checked again: run.json may have come from somebody else, and the token goes there.
  const baseUrl = parseBaseUrl(manifest.baseUrl, allowedHosts);
  const target: Target = {
    kind: 'service',
    baseUrl,
    tokens: await signIn(
      {
        cloud: manifest.cloud ?? options.cloud ?? 'global',
        ...(authority !== undefined && { authority }),
        ...(auth !== undefined && { auth }),
      },
      host,
      manifest.options.maxWaitSeconds * 1000,
    ),
  };
  const tenant = await partnerTenantOf(target, host);
  if (
    tenant !== undefined &&
    manifest.partnerTenant !== undefined &&
    tenant !== manifest.partnerTenant
  ) {
    throw new UsageError(
      'other-tenant',
      `This run belongs to the partner tenant ${manifest.partnerTenant}; the access token is for ${tenant}.`,
      'Get an access token for the tenant of the run.',
    );
  }
  return forTenant(manifest.partnerTenant, target);
}

/** The partner tenant, as far as anybody says; the first token is fetched for it. */
export async function partnerTenantOf(
  target: Target,
  { interrupt }: Pick<Host, 'interrupt'>,
): Promise<string | undefined> {
  if (target.kind === 'simulator') return undefined;
  try {
    return await tenantOf(target.tokens, interrupt);
  } catch (error) {
    if (interrupt.aborted)
      throw new StoppedError(
        'interrupted',
        'Interrupted before the first request.',
        'Begin again when it suits.',
      );
    if (error instanceof UsageError) throw error;
    const { code, message, hint } = tokenProblem(error);
    throw new StoppedError(code, message, hint);
  }
}

export const forTenant = (tenantId: string | undefined, target: Target): Target =>
  target.kind === 'simulator' ? target : { ...target, tokens: ofTenant(tenantId, target.tokens) };
