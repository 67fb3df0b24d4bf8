import {
  appendFileSync,
  closeSync,
  fchmodSync,
  ftruncateSync,
  openSync,
  readFileSync,
  statSync,
} from 'node:fs';
import type { BillingProfile } from '../profile/billing-profile.js';
import type { CommittedProfile, WorldOptions, Writer } from './world.js';

/** One commit: `{"tenantId", "profile"}`, with `"writer": "edit"` where it was no PUT. */
interface SavedCommit {
  readonly tenantId: string;
  readonly profile: BillingProfile;
  readonly writer?: Writer;
}

export interface StateFile {
  readonly committed: Map<string, CommittedProfile>;
  readonly append: WorldOptions['save'];
  readonly close: () => void;
}

/**
 * Opens the file that carries a simulated world from one start to the next, one commit a line. A
 * last line that was torn is cut off; a damaged line before it is an error. Mode 0600, since people
 * rehearse with real addresses.
 *
 * Synchronous on purpose: a commit is in the file before its answer leaves.
 */
export function openStateFile(path: string): StateFile {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found !== undefined && !found.isFile()) throw new Error(`${path} is no file.`);
  const bytes = found === undefined ? Buffer.alloc(0) : readFileSync(path);
  const whole = bytes.lastIndexOf(0x0a) + 1;
  const committed = replay(bytes.subarray(0, whole), path);
  const file = openSync(path, 'a', 0o600);
  fchmodSync(file, 0o600);
  if (whole < bytes.length) ftruncateSync(file, whole);
  return {
    committed,
    append: (tenantId, profile, writer) => {
      const by = writer === 'edit' ? { writer } : {};
      appendFileSync(file, `${JSON.stringify({ tenantId, profile, ...by })}\n`);
    },
    close: () => {
      closeSync(file);
    },
  };
}

function replay(bytes: Buffer, path: string): Map<string, CommittedProfile> {
  const committed = new Map<string, CommittedProfile>();
  for (let start = 0, line = 1; start < bytes.length; line++) {
    const end = bytes.indexOf(0x0a, start);
    const commit = parseCommit(bytes.toString('utf8', start, end));
    if (commit === undefined) throw new Error(`${path}: line ${line} is damaged.`);
    const before = committed.get(commit.tenantId) ?? { version: 0, puts: 0 };
    committed.set(commit.tenantId, {
      json: JSON.stringify(commit.profile),
      version: before.version + 1,
      puts: before.puts + (commit.writer === 'edit' ? 0 : 1),
    });
    start = end + 1;
  }
  return committed;
}

function parseCommit(text: string): SavedCommit | undefined {
  try {
    const { tenantId, profile, writer } = JSON.parse(text) as Partial<SavedCommit>;
    if (typeof tenantId !== 'string' || typeof profile !== 'object') return undefined;
    return { tenantId: tenantId.toLowerCase(), profile, ...(writer && { writer }) };
  } catch {
    return undefined;
  }
}
