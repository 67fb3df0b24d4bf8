/** The service's country rules on disk, for a week: they hold nothing of any customer. */
import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';

import { writeWholeFile } from '../journal/whole-file.js';
import { isObject, type Json } from '../profile/billing-profile.js';
import { isLoopback } from './base-url.js';

/** Neither of the two ever rejects: without a cache, the service is asked. */
export interface RulesCache {
  /** The answer as it was kept; undefined where there is none, or none that can be trusted. */
  readonly read: (iso2: string) => Promise<Json | undefined>;
  readonly write: (iso2: string, rules: Json) => Promise<void>;
}

const FORMAT = 1;
const KEPT_MS = 7 * 24 * 3600 * 1000;

type Env = Readonly<Record<string, string | undefined>>;

/** Undefined where nothing is to be kept: a service on this machine is a test, with rules of its own. */
export function rulesCacheFolder(baseUrl: string, env: Env): string | undefined {
  const named = env.BILLPATCH_CACHE_DIR;
  if (named) return join(named, 'country-rules');
  if (isLoopback(baseUrl)) return undefined;
  const { XDG_CACHE_HOME: caches, HOME: home, LOCALAPPDATA: local } = env;
  // A relative path is to be ignored (XDG Base Directory Specification).
  if (caches && isAbsolute(caches)) return join(caches, 'billpatch', 'country-rules');
  if (home) return join(home, '.cache', 'billpatch', 'country-rules');
  return local ? join(local, 'billpatch', 'country-rules') : undefined;
}

export function createRulesCache(folder: string, baseUrl: string, now: () => Date): RulesCache {
  const service = createHash('sha256').update(baseUrl).digest('hex').slice(0, 16);
  const fileOf = (iso2: string): string => join(folder, `${service}-${iso2}.json`);
  return {
    async read(iso2) {
      try {
        const kept = JSON.parse(await readFile(fileOf(iso2), 'utf8')) as Json;
        if (!isObject(kept)) return undefined;
        const { format, fetchedAt, rules } = kept;
        const isOurs = format === FORMAT && kept.baseUrl === baseUrl && kept.country === iso2;
        if (!isOurs || typeof fetchedAt !== 'string') return undefined;
        const ageMs = now().getTime() - Date.parse(fetchedAt);
        return ageMs >= 0 && ageMs < KEPT_MS ? rules : undefined;
      } catch {
        return undefined;
      }
    },
    async write(iso2, rules) {
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        const fetchedAt = now().toISOString();
        const kept = { format: FORMAT, baseUrl, country: iso2, fetchedAt, rules };
        await writeWholeFile(fileOf(iso2), (stream) => {
          stream.end(`${JSON.stringify(kept, null, 2)}\n`);
        });
      } catch {
        // A disk that takes nothing: the next run asks again.
      }
    },
  };
}
