/** The question before anything is written. */
import type { Manifest } from '../journal/run-folder.js';
import type { Cloud } from '../partner-center/base-url.js';
import type { Warning } from '../problem.js';
import type { ChangeTotals } from '../profile/change-totals.js';
import { EXIT } from '../results/exit-code.js';
import type { Shard } from '../rows/shard.js';
import type { Host } from './host.js';

export interface Confirmation {
  readonly customers: number;
  /** Of a file, what it asks for; of a plan, what it changes. */
  readonly totals: ChangeTotals;
  readonly target: string;
  /** Whose customers they are, as far as the access token or the settings say. */
  readonly partnerTenant?: string;
  readonly cloud?: Cloud;
  /** The customers are those of a shard. */
  readonly shard?: Shard;
  readonly simulated: boolean;
  /** Of a plan: what was to be looked at when it was reviewed. */
  readonly warnings?: readonly Warning[];
}

export interface ConfirmHost extends Host {
  /** True to go on. */
  readonly confirm: (question: Confirmation) => Promise<boolean>;
}

export interface Declined {
  readonly kind: 'declined';
  readonly exitCode: number;
}

export const declined = ({ interrupt }: Host): Declined => ({
  kind: 'declined',
  exitCode: interrupt.aborted ? EXIT.interrupted : EXIT.refused,
});

export const ownerOf = ({
  partnerTenant,
  cloud,
  options: { shard },
}: Manifest): Pick<Confirmation, 'partnerTenant' | 'cloud' | 'shard'> => ({
  ...(partnerTenant !== undefined && { partnerTenant }),
  ...(cloud !== undefined && { cloud }),
  ...(shard && { shard }),
});
