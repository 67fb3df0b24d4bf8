/**
 * What is broken on purpose. `find` is exact and occurs once in `file`; `tests` are the fastest that
 * should notice, `only` picks some of them by name (a regular expression).
 */

const CLIENT = 'src/partner-center/client.ts';
const DIRECT = 'src/partner-center/direct-connection.ts';
const DECODE_BODY = 'src/partner-center/decode-body.ts';
const NETWORK_FAILURE = 'src/partner-center/network-failure.ts';
const PROFILES = 'src/partner-center/billing-profiles.ts';
const ASK = 'src/partner-center/ask.ts';
const ERROR_MAP = 'src/partner-center/error-map.ts';
const THROTTLE = 'src/partner-center/pacing/throttle.ts';
const PACE = 'src/partner-center/pacing/pace.ts';
const LIMIT_SEARCH = 'src/partner-center/pacing/limit-search.ts';
const NEXT_RATE = 'src/partner-center/pacing/next-rate.ts';
const PACES = 'src/partner-center/pacing/paces.ts';
const EVIDENCE = 'src/partner-center/pacing/limit-evidence.ts';
const BUCKET = 'src/partner-center/pacing/bucket-evidence.ts';
const WINDOW = 'src/partner-center/pacing/window-evidence.ts';
const HEALTH = 'src/partner-center/service-health.ts';
const BASE_URL = 'src/partner-center/base-url.ts';
const UPDATE = 'src/run/update-customer.ts';
const DRIVE = 'src/run/drive-rows.ts';
const ROW_TASK = 'src/run/row-task.ts';
const STOP_RULES = 'src/run/stop-rules.ts';
const DECIDE = 'src/profile/decide.ts';
const PROFILE = 'src/profile/billing-profile.ts';
const JOURNAL = 'src/journal/journal.ts';
const ENTRY = 'src/journal/entry.ts';
const READ_JOURNAL = 'src/journal/read-journal.ts';
const JOURNAL_LINES = 'src/journal/journal-lines.ts';
const ROW_LINES = 'src/journal/row-lines.ts';
const TENANT_SET = 'src/rows/tenant-set.ts';
const RUN_FOLDER = 'src/journal/run-folder.ts';
const WHOLE_FILE = 'src/journal/whole-file.ts';
const LOCK = 'src/journal/lock.ts';
const PARSE_ROW = 'src/rows/parse-row.ts';
const CHECK_ROWS = 'src/rows/check-rows.ts';
const WRITE_RESULTS = 'src/results/write-results.ts';
const EXIT_CODE = 'src/results/exit-code.ts';
const APPLY_PLAN = 'src/stages/apply-plan.ts';
const BEGIN_RUN = 'src/stages/begin-run.ts';
const RESUME = 'src/stages/resume-run.ts';
const OPEN_RUN = 'src/stages/open-run.ts';
const ROW_CHOICE = 'src/rows/row-choice.ts';
const DECIDE_MERGE = 'src/run/decide-merge.ts';
const PROVE_ROWS = 'src/stages/prove-rows.ts';

const inClient = ['test/partner-center/client.test.ts'];
const inDirect = ['test/partner-center/direct-connection.test.ts'];
const inDecodeBody = ['test/partner-center/decode-body.test.ts'];
const inWayOut = ['test/partner-center/way-out.test.ts'];
const inProfiles = ['test/partner-center/billing-profiles.test.ts'];
const inAsk = ['test/partner-center/ask.test.ts'];
const inErrorMap = ['test/partner-center/error-map.test.ts'];
const inThrottle = ['test/partner-center/pacing/throttle.test.ts'];
const inPace = ['test/partner-center/pacing/pace.test.ts'];
const inHealth = ['test/partner-center/service-health.test.ts'];
const inBaseUrl = ['test/partner-center/base-url.test.ts'];
const inUpdate = ['test/run/update-customer.test.ts'];
const inApply = ['test/run/apply.test.ts'];
const inStopRules = ['test/run/stop-rules.test.ts'];
const inDecide = ['test/profile/decide.test.ts'];
const inJournal = ['test/journal/journal.test.ts'];
const inEntry = ['test/journal/entry.test.ts'];
const inReadJournal = ['test/journal/read-journal.test.ts'];
const inReadManifest = ['test/journal/read-manifest.test.ts'];
const inWholeFile = ['test/journal/whole-file.test.ts'];
const inLock = ['test/journal/lock.test.ts'];
const inParseRow = ['test/rows/parse-row.test.ts'];
const inReadRows = ['test/rows/read-rows.test.ts'];
const inWriteResults = ['test/results/write-results.test.ts'];
const inExitCode = ['test/results/exit-code.test.ts'];
const onApply = ['test/e2e/apply.test.ts'];
const onPlans = ['test/e2e/plan.test.ts'];
const inOpenRun = ['test/stages/open-run.test.ts'];
const inShard = ['test/rows/shard.test.ts'];
const inDecideMerge = ['test/run/decide-merge.test.ts'];
const inProveRows = ['test/stages/prove-rows.test.ts'];
const onShards = ['test/e2e/shards.test.ts'];

export const mutants = [
  // Signing in.
  {
    name: 'ask: a refused token is sent again',
    file: 'src/partner-center/ask.ts',
    find: `token = renewed ?? (await tokens.getToken(stop));`,
    replace: `token = await tokens.getToken(stop);`,
    tests: inAsk,
  },
  {
    name: 'ask: a token is renewed as often as it is refused',
    file: 'src/partner-center/ask.ts',
    find: `mayRenew = false;`,
    replace: `mayRenew = true;`,
    tests: inAsk,
  },
  {
    name: 'tokens: everybody asks for one of their own',
    file: 'src/partner-center/auth/renewed-tokens.ts',
    find: `pending ??= renew`,
    replace: `pending = renew`,
    tests: ['test/partner-center/auth/renewed-tokens.test.ts'],
  },
  {
    name: 'sign-in: the state is not looked at',
    file: 'src/partner-center/auth/code-receiver.ts',
    find: `!isSame(form.get('state') ?? '', state)`,
    replace: `form.get('state') === null`,
    tests: ['test/partner-center/auth/entra.test.ts'],
  },
  // The journal.
  {
    name: 'journal: nothing is synced',
    file: JOURNAL,
    find: `          await file.datasync();
          unsynced = false;`,
    replace: `          unsynced = false;`,
    tests: inJournal,
  },
  {
    name: 'journal: an intent is not synced before its update',
    file: JOURNAL,
    find: `mustSync: entry.type !== 'outcome',`,
    replace: `mustSync: entry.type === 'open',`,
    tests: inJournal,
  },
  {
    name: 'journal: the last outcomes are not synced at the end',
    file: JOURNAL,
    find: `if (unsynced && !broken) await file.datasync();`,
    replace: ``,
    tests: inJournal,
  },
  {
    name: 'journal: entries that waited together are written in reverse',
    file: JOURNAL,
    find: `const batch = waiting;`,
    replace: `const batch = waiting.reverse();`,
    tests: inJournal,
  },
  {
    name: 'journal: a torn tail is not cut off',
    file: JOURNAL,
    find: `if (wholeBytes !== undefined) await file.truncate(wholeBytes);`,
    replace: ``,
    tests: inJournal,
  },
  {
    name: 'journal: goes on after a write that failed',
    file: JOURNAL,
    find: `broken ??= { error };`,
    replace: ``,
    tests: inJournal,
  },
  {
    name: 'journal: the checksum is not looked at',
    file: ENTRY,
    find: "return line.toString('latin1', end) === `${CRC}${checksum(line.subarray(0, end))}\"}`;",
    replace: `return line.toString('latin1', end).startsWith(CRC);`,
    tests: inEntry,
  },
  {
    name: 'journal: damage in the middle is passed over',
    file: JOURNAL_LINES,
    find: `if (damagedAt !== undefined) throw damaged(damagedAt);`,
    replace: ``,
    tests: inReadJournal,
  },
  {
    name: 'journal: a newer format is read',
    file: JOURNAL_LINES,
    find: `if (format === undefined || format === JOURNAL_FORMAT) return;`,
    replace: `if (format === undefined || Number(format) >= JOURNAL_FORMAT) return;`,
    tests: inReadJournal,
  },
  {
    name: 'journal: a row is looked for in one part only',
    file: ROW_LINES,
    find: `if (parts?.at(-1) !== last) parts?.push(last);`,
    replace: `if (parts?.length === 0) parts.push(last);`,
    tests: inReadJournal,
  },
  {
    name: 'journal: another row may be read while one is looked for',
    file: ROW_LINES,
    find: `while (held !== number)`,
    replace: `if (held !== number)`,
    tests: inReadJournal,
  },
  {
    name: 'journal: a line that vanished means that a row was not begun',
    file: READ_JOURNAL,
    find: `    const entry = line && decodeEntry(line);
    if (!entry) throw CHANGED;
    return entry;`,
    replace: `    const entry = line && decodeEntry(line);
    return entry ?? ({ type: kind === 'intent' ? 'intent' : 'outcome', row, line: row + 2, tenantId: '', status: 'skipped' } as unknown as Entry);`,
    tests: inReadJournal,
  },
  {
    name: 'journal: what a plan decided is forgotten once a row was applied',
    file: READ_JOURNAL,
    find: `(before & HAS_REVIEWED) | HAS_INTENT | INTENT`,
    replace: `HAS_INTENT | INTENT`,
    tests: inReadJournal,
  },
  {
    name: 'rows: the index of tenants is slow where ids count up',
    file: TENANT_SET,
    find: `const mixed = Math.imul(joined ^ (joined >>> 16), 0x85ebca6b);
    const hash = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35) >>> 0;`,
    replace: `const hash = (joined ^ (joined >>> 16)) >>> 0;`,
    tests: ['test/rows/tenant-index.test.ts'],
  },
  {
    name: 'run.json: a newer format is read',
    file: RUN_FOLDER,
    find: `if (format !== MANIFEST_FORMAT) {`,
    replace: `if (Number(format) < MANIFEST_FORMAT) {`,
    tests: inReadManifest,
  },
  {
    name: 'journal: everybody may read it',
    file: JOURNAL,
    find: `wholeBytes === undefined ? 'ax' : 'a', 0o600`,
    replace: `wholeBytes === undefined ? 'ax' : 'a', 0o644`,
    tests: inJournal,
  },
  {
    name: 'results: everybody may read them',
    file: WHOLE_FILE,
    find: `await open(temporary, 'wx', 0o600)`,
    replace: `await open(temporary, 'wx', 0o644)`,
    tests: inWholeFile,
  },
  {
    name: 'lock: another process is not minded',
    file: LOCK,
    find: `if (other === undefined) return createLock(file);`,
    replace: `if (other === undefined || tries > 0) return createLock(file);`,
    tests: inLock,
  },

  // What is sent.
  {
    name: 'request: no If-Match',
    file: PROFILES,
    find: `            'If-Match': quoteEtag(etag),\n`,
    replace: ``,
    tests: inProfiles,
  },
  {
    name: 'request: another attributes.etag',
    file: PROFILES,
    find: `body: JSON.stringify(profile),`,
    replace: `body: JSON.stringify({ ...profile, attributes: { etag: '0' } }),`,
    tests: inProfiles,
  },
  {
    name: 'request: the tenant id is not encoded',
    file: PROFILES,
    find: '`/v1/customers/${encodeURIComponent(tenantId)}/profiles/billing`',
    replace: '`/v1/customers/${tenantId}/profiles/billing`',
    tests: inClient,
  },
  {
    name: 'request: members that nobody knows are dropped',
    file: PROFILE,
    find: `return { ...object, [name]: next };`,
    replace: `const known = Object.entries(object).filter(
    ([key]) => key in FIELD_PATHS || key === 'defaultAddress' || key === 'attributes',
  );
  return { ...Object.fromEntries(known), [name]: next };`,
    tests: inDecide,
  },
  {
    name: 'request: an emptied field is sent as an empty text',
    file: PROFILE,
    find: `value === '' ? null : value`,
    replace: `value`,
    tests: inDecide,
  },
  {
    name: 'client: redirects are followed behind a proxy',
    file: CLIENT,
    find: `maxRedirects: 0,`,
    replace: `maxRedirects: 5,`,
    tests: inWayOut,
    only: 'NODE_EXTRA_CA_CERTS',
  },
  {
    name: 'client: a path that leads elsewhere is let through',
    file: CLIENT,
    find: `if (origin !== baseUrl || pathname !== path.split('?')[0]) return undefined;`,
    replace: `if (origin === '') return undefined;`,
    tests: inClient,
  },
  {
    name: 'client: certificates are left to the environment',
    file: CLIENT,
    find: `{ ...options, rejectUnauthorized: true }`,
    replace: `options`,
    tests: inWayOut,
    only: 'NODE_TLS_REJECT_UNAUTHORIZED',
  },
  {
    name: 'client: after the first answer the proxy is left out',
    file: CLIENT,
    find: `isDirect = isSentBy(agent, response);`,
    replace: `isDirect = isSentBy(agent, response) || response.status > 0;`,
    tests: inWayOut,
    only: 'NODE_EXTRA_CA_CERTS',
  },
  {
    name: 'client: a proxy that says nothing holds a row for ever',
    file: CLIENT,
    find: `      deadline.abort();`,
    replace: ``,
    tests: inWayOut,
    only: 'a proxy that says nothing',
  },
  {
    name: 'client: the error itself is carried along',
    file: NETWORK_FAILURE,
    find: `carriedOut: notSent ? 'no' : 'maybe',`,
    replace: `carriedOut: notSent ? 'no' : 'maybe',
    ...{ cause: error },`,
    tests: inWayOut,
    only: 'a proxy that is not there',
  },
  {
    name: 'client: the error is written down raw',
    file: NETWORK_FAILURE,
    find: `carriedOut: notSent ? 'no' : 'maybe',`,
    replace: `carriedOut: notSent ? 'no' : 'maybe',
    detail: JSON.stringify(error),`,
    tests: inWayOut,
    only: 'a proxy that is not there',
  },
  {
    name: 'client: a header that cannot be sent is tried again and again',
    file: NETWORK_FAILURE,
    find: `if (code === 'ERR_INVALID_CHAR') {`,
    replace: `if (code === '') {`,
    tests: inClient,
  },
  {
    name: 'client: the proxy of the environment gets a rehearsal',
    file: CLIENT,
    find: `let isDirect = isLoopback(baseUrl);`,
    replace: `let isDirect = isLoopback(baseUrl) && baseUrl === '';`,
    tests: inWayOut,
    only: 'NO_PROXY is heard',
  },
  {
    name: 'direct: no deadline',
    file: DIRECT,
    find: `fail(new BrokenOffError('OVERDUE'));`,
    replace: ``,
    tests: inDirect,
  },
  {
    name: 'direct: the deadline is over with the first byte',
    file: DIRECT,
    find: `        const chunks: Buffer[] = [];`,
    replace: `        clearTimeout(timer);
        const chunks: Buffer[] = [];`,
    tests: inDirect,
  },
  {
    name: 'direct: an overdue connection stays open',
    file: DIRECT,
    find: `        request.destroy();`,
    replace: ``,
    tests: inDirect,
  },
  {
    name: 'direct: an answer is read without end',
    file: DIRECT,
    find: `if (length > largestBytes)`,
    replace: `if (length < 0)`,
    tests: inDirect,
  },
  {
    name: 'direct: half an answer is an answer',
    file: DIRECT,
    find: `        response.on('error', fail);`,
    replace: `        response.on('error', () => resolve({ status: 200, headers: {}, body: '{' }));`,
    tests: inDirect,
  },
  {
    name: 'direct: letters are counted instead of bytes',
    file: DIRECT,
    find: `String(Buffer.byteLength(body ?? ''))`,
    replace: `String((body ?? '').length)`,
    tests: inDirect,
  },
  {
    name: 'direct: what is packed stays packed',
    file: DECODE_BODY,
    find: `encoding === undefined ? bytes : unpack`,
    replace: `encoding === undefined || bytes.length > 0 ? bytes : unpack`,
    tests: inDecodeBody,
  },
  {
    name: 'direct: a small answer may unpack to any size',
    file: DECODE_BODY,
    find: `      return unzipSync(bytes, { maxOutputLength, finishFlush: Z_SYNC_FLUSH });
    case 'deflate'`,
    replace: `      return unzipSync(bytes, { finishFlush: Z_SYNC_FLUSH });
    case 'deflate'`,
    tests: inDecodeBody,
  },
  {
    name: 'direct: the byte order mark stays',
    file: DECODE_BODY,
    find: `.equals(MARK) ? MARK.length : 0`,
    replace: `.equals(MARK) ? 0 : 0`,
    tests: inDecodeBody,
  },
  {
    name: 'base URL: a token goes out unencrypted',
    file: BASE_URL,
    find: `if (url.protocol !== 'https:') {`,
    replace: `if (url.protocol === 'ftp:') {`,
    tests: inBaseUrl,
  },
  {
    name: 'base URL: every host is known',
    file: BASE_URL,
    find: `if (!known && !allowedHosts`,
    replace: `if (!known && url.host === '' && !allowedHosts`,
    tests: inBaseUrl,
  },

  // What is asked again, and when.
  {
    name: 'retry: a new request id for each attempt',
    file: ASK,
    find: `await ports.client.exchange(request, token.value);`,
    replace: `await ports.client.exchange({
      ...request,
      headers: { ...request.headers, 'MS-RequestId': \`\${call.requestId}-\${failed}\` },
    }, token.value);`,
    tests: inProfiles,
  },
  {
    name: 'retry: an update that may have been carried out is sent blindly',
    file: ASK,
    find: `const safe = request.method !== 'PUT' || failure.carriedOut === 'no';`,
    replace: `const safe = true as boolean;`,
    tests: inProfiles,
  },
  {
    name: 'retry: without an end',
    file: ASK,
    find: `failed >= MAX_ATTEMPTS`,
    replace: `failed >= MAX_ATTEMPTS + 3`,
    tests: inProfiles,
  },
  {
    name: 'retry: what was refused for good is asked again',
    file: ERROR_MAP,
    find: `again: retryable ?? 'never',`,
    replace: `again: retryable ?? 'retry',`,
    tests: inErrorMap,
  },
  {
    name: 'retry: a 500 counts as not carried out',
    file: ERROR_MAP,
    find: `carriedOut: status >= 500 || status === 408 ? 'maybe' : 'no',`,
    replace: `carriedOut: status === 408 ? 'maybe' : 'no',`,
    tests: inErrorMap,
  },
  {
    name: 'Retry-After: not read',
    file: ERROR_MAP,
    find: `...(wait === undefined ? {} : { retryAfterMs: wait }),`,
    replace: ``,
    tests: inErrorMap,
  },
  {
    name: 'Retry-After: ignored by the pause of all',
    file: THROTTLE,
    find: `Math.max(retryAfterMs ?? unsaid, least)`,
    replace: `Math.max(unsaid, least)`,
    tests: inThrottle,
  },
  {
    name: 'Retry-After: ignored with a 503',
    file: ASK,
    find: `const asked = failure.retryAfterMs ?? 0;`,
    replace: `const asked = 0;`,
    tests: inProfiles,
  },
  {
    name: 'throttle: a burst after each pause',
    file: PACE,
    find: `return Math.max(0, lastSlot + gapAt(nowMs) - nowMs);`,
    replace: `return 0;`,
    tests: inPace,
  },
  {
    name: 'throttle: questions before updates',
    file: THROTTLE,
    find: `for (const urgency of URGENCIES) {`,
    replace: `for (const urgency of URGENCIES.toReversed()) {`,
    tests: inThrottle,
  },
  {
    name: 'throttle: rows are begun after the run was stopped',
    file: THROTTLE,
    find: `if (urgency === 'first' || now() < closedUntil)`,
    replace: `if (now() < closedUntil)`,
    tests: inThrottle,
  },
  {
    name: 'throttle: everybody tries again after a pause that was too short',
    file: THROTTLE,
    find: `if (refusalsInARow > 1 && underWay.question + underWay.update > 0) return Infinity;`,
    replace: ``,
    tests: inThrottle,
  },
  {
    name: 'pace: begins with everything at once',
    file: PACE,
    find: `isOpen ? Math.floor(windowAt(nowMs)) : concurrency`,
    replace: `concurrency`,
    tests: inPace,
  },
  {
    name: 'pace: --max-rate is passed',
    file: LIMIT_SEARCH,
    find: `rate: () => Math.min(rate, fastest),`,
    replace: `rate: () => rate * 1.2,`,
    tests: inPace,
  },
  {
    name: 'pace: looks for more until the run ends',
    file: LIMIT_SEARCH,
    find: `leftMs() >= PROBE_END_MS`,
    replace: `leftMs() >= 0`,
    tests: inPace,
  },
  {
    name: 'pace: a step beyond what the answers leave',
    file: NEXT_RATE,
    find: `const most = Math.min(pace, fit?.most ?? Infinity);`,
    replace: `const most = pace;`,
    tests: ['test/partner-center/pacing/next-rate.test.ts'],
  },
  {
    name: 'pace: updates never have a limit of their own',
    file: PACES,
    find: `if (belief > Math.log(9 + refusals / 10))`,
    replace: `if (refusals < 0)`,
    tests: ['test/partner-center/pacing/paces.test.ts'],
  },
  {
    name: 'pace: what was accepted says nothing about the limit',
    file: BUCKET,
    find: `if (drained > (deepestAccepted[at] ?? 0)) deepestAccepted[at] = drained;`,
    replace: ``,
    tests: ['test/partner-center/pacing/bucket-evidence.test.ts'],
  },
  {
    name: 'pace: windows fit, whatever was accepted in one',
    file: WINDOW,
    find: `if (withThis > (mostAccepted[at] ?? 0)) mostAccepted[at] = withThis;`,
    replace: ``,
    tests: ['test/partner-center/pacing/window-evidence.test.ts'],
  },
  {
    name: 'pace: windows are not looked at',
    file: EVIDENCE,
    find: `window.fit(TOLERANCE) ??`,
    replace: ``,
    tests: ['test/partner-center/pacing/limit-evidence.test.ts'],
  },
  {
    name: 'circuit: never opens after failures in a row',
    file: HEALTH,
    find: `if (inARow >= FAILURES_IN_A_ROW)`,
    replace: `if (inARow >= Infinity)`,
    tests: inHealth,
  },
  {
    name: 'circuit: never opens for many failures of the last hundred',
    file: HEALTH,
    find: `else if (failures >= FAILURES_IN_WINDOW)`,
    replace: `else if (failures >= Infinity)`,
    tests: inHealth,
  },
  {
    name: 'budget: retries without a limit',
    file: HEALTH,
    find: `while (waiting.length > 0 && (budget >= QUESTIONS_PER_RETRY || lent)) {`,
    replace: `while (waiting.length > 0) {`,
    tests: inHealth,
  },

  {
    name: 'circuit: what the last request may have done is forgotten',
    file: ASK,
    find: `return giveUp({ ...circuit, carriedOut: failure.carriedOut });`,
    replace: `return giveUp(circuit);`,
    tests: inAsk,
  },
  {
    name: 'circuit: what is open is sent through all the same',
    file: ASK,
    find: `if (before) {`,
    replace: `if (before && before.code === '') {`,
    tests: inAsk,
  },
  {
    name: 'stop: what the last request may have done is forgotten',
    file: ASK,
    find: `return giveUp({ ...STOPPED, carriedOut: failure.carriedOut });`,
    replace: `return giveUp(STOPPED);`,
    tests: inProfiles,
  },
  {
    name: "answer: another customer's profile is taken",
    file: PROFILES,
    find: `if (owner !== undefined && owner !== tenantId) return`,
    replace: `if (owner === '') return`,
    tests: inProfiles,
  },
  {
    name: 'answer: a number is taken that would come back as another',
    file: PROFILES,
    find: `if (holdsInexactNumber(answer.body)) return`,
    replace: `if (answer.body === '') return`,
    tests: inProfiles,
  },

  // One row's life.
  {
    name: 'row: the update does not wait for its intent',
    file: UPDATE,
    find: `      await ports.recordIntent(intent);`,
    replace: `      void ports.recordIntent(intent).catch(() => undefined);`,
    tests: inUpdate,
  },
  {
    name: 'row: an uncertain update is repeated under a new id',
    file: UPDATE,
    find: `const requestId: string = resent ?? ports.newId();`,
    replace: `const requestId: string = ports.newId();`,
    tests: inUpdate,
  },
  {
    name: 'row: the profile that was read again is not looked at',
    file: UPDATE,
    find: `live = again.live;`,
    replace: ``,
    tests: inUpdate,
  },
  {
    name: 'row: what is not known is called failed',
    file: UPDATE,
    find: `return end({ status: 'unknown', problem, changes: unsettled.changes }, failure);`,
    replace: `return end({ status: 'failed', problem, changes: unsettled.changes }, failure);`,
    tests: inUpdate,
  },
  {
    name: 'row: an answer of success is believed unseen',
    file: UPDATE,
    find: `if (answered.length === 0) return {`,
    replace: `if (answered.length >= 0) return {`,
    tests: inUpdate,
  },
  {
    name: 'row: a stale tag is tried without an end',
    file: UPDATE,
    find: `(round > most || last.again === 'never')`,
    replace: `(round > most + 1 || last.again === 'never')`,
    tests: inUpdate,
  },
  {
    name: 'rule: a guard is skipped',
    file: DECIDE,
    find: `if (mismatches.length > 0) {`,
    replace: `if (mismatches.length > 99) {`,
    tests: inDecide,
  },
  {
    name: 'rule: a change of letter case alone is none',
    file: DECIDE,
    find: `if (from === to) continue;`,
    replace: `if (from.toLowerCase() === to.toLowerCase()) continue;`,
    tests: inDecide,
  },
  {
    name: 'rule: a field that moved is overwritten',
    file: DECIDE,
    find: `    if (from === expected) changes.push({ field, from, to });
    else moves.push({ member: field, expected, live: from, desired: to });`,
    replace: `    changes.push({ field, from, to });`,
    tests: inDecide,
  },
  {
    name: 'rule: strict does not mind what others changed',
    file: DECIDE,
    find: `if (others.length > 0) return {`,
    replace: `if (others.length > 99) return {`,
    tests: inDecide,
  },

  // The input.
  {
    name: 'input: a blank cell clears',
    file: PARSE_ROW,
    find: `else if (cell === '') value = undefined;`,
    replace: `else if (cell === '') value = '';`,
    tests: inParseRow,
  },
  {
    name: 'input: <clear> is ignored',
    file: PARSE_ROW,
    find: `if (isClear(value)) return '';`,
    replace: `if (isClear(value)) return undefined;`,
    tests: inParseRow,
  },
  {
    name: 'input: a duplicate is sent twice',
    file: CHECK_ROWS,
    find: `  if (repetition.kind === 'same')
    return { kind: 'duplicate', row: parsed.row, ofLine: repetition.line };
`,
    replace: ``,
    tests: inReadRows,
  },
  {
    name: 'input: rows that contradict one another are sent',
    file: CHECK_ROWS,
    find: `if (repetition.kind === 'differs') {`,
    replace: `if (repetition.kind === 'differs' && index === undefined) {`,
    tests: inReadRows,
  },
  {
    name: 'input: a file with mistakes is sent all the same',
    file: BEGIN_RUN,
    find: `(checked.invalidRows > 0 && !options.skipInvalid)`,
    replace: `(checked.invalidRows > checked.survey.rows && !options.skipInvalid)`,
    tests: onApply,
    only: 'an invalid row stops the whole file',
  },

  // A run and its results.
  {
    name: 'results: in the order in which rows ended',
    file: WRITE_RESULTS,
    find: `      for await (const read of readRows(paths.input, table)) {
        if (read.kind === 'blank' || !isOwn(read.raw)) continue;
        const { raw } = read;
        const row = toResultRow(raw.line, await recordedOf(raw.ordinal, outcomes));
        rows += 1;
        totals[row.status] += 1;
        onRow(row);
        const cells = [
          ...kept.map((i) => guardCell(raw.cells[i] ?? '')),
          ...row.cells.map((cell, at) => (at === FINISHED_AT ? cell : guardCell(cell))),
        ];
        await results.write(cells);
        if (!isFine(row.status)) await failed.write(cells);
      }`,
    replace: `      const ended: { cells: string[]; isBad: boolean }[] = [];
      for await (const read of readRows(paths.input, table)) {
        if (read.kind === 'blank') continue;
        const { raw } = read;
        const row = toResultRow(raw.line, await recordedOf(raw.ordinal, outcomes));
        rows += 1;
        totals[row.status] += 1;
        onRow(row);
        const cells = [
          ...kept.map((i) => guardCell(raw.cells[i] ?? '')),
          ...row.cells.map((cell, at) => (at === FINISHED_AT ? cell : guardCell(cell))),
        ];
        ended.push({ cells, isBad: !isFine(row.status) });
      }
      ended.sort((a, b) => ((a.cells.at(-1) ?? '') < (b.cells.at(-1) ?? '') ? -1 : 1));
      for (const { cells, isBad } of ended) {
        await results.write(cells);
        if (isBad) await failed.write(cells);
      }`,
    tests: inWriteResults,
  },
  {
    name: 'results: rows that need attention are left out of failed.csv',
    file: WRITE_RESULTS,
    find: `if (!isFine(row.status)) await failed.write(cells);`,
    replace: ``,
    tests: inWriteResults,
  },
  {
    name: 'run: a failure of the run does not stop it',
    file: STOP_RULES,
    find: `if (failure?.scope === 'run') return toProblem(failure);`,
    replace: ``,
    tests: inStopRules,
  },
  {
    name: 'run: a service that ignores tags is gone on with',
    file: STOP_RULES,
    find: `if (etagCheck === 'accepted') return ETAGS_IGNORED;`,
    replace: ``,
    tests: inStopRules,
  },
  {
    name: 'run: rows are begun after the stop',
    file: DRIVE,
    find: `isStopped: () => reason !== undefined,`,
    replace: `isStopped: () => false,`,
    tests: inApply,
  },
  {
    name: 'limit: one more is begun',
    file: DRIVE,
    find: `changed + undecided < limit`,
    replace: `changed + undecided <= limit`,
    tests: onPlans,
    only: '--limit changes the first rows',
  },
  {
    name: 'limit: one more is taken',
    file: DRIVE,
    find: `if (changed >= limit) {`,
    replace: `if (changed > limit) {`,
    tests: onPlans,
    only: '--limit changes the first rows',
  },
  {
    name: 'exit code: a row that is not known needs no more attention than others',
    file: EXIT_CODE,
    find: `if (totals.unknown > 0) return EXIT.unknown;`,
    replace: ``,
    tests: inExitCode,
  },
  {
    name: 'plan: a changed one is applied',
    file: APPLY_PLAN,
    find: `if (digest !== plan.digest) {`,
    replace: `if (digest === '') {`,
    tests: onPlans,
    only: 'tampered with',
  },
  {
    name: 'plan: the digest that was approved is not compared',
    file: APPLY_PLAN,
    find: `wanted.length >= 12 && digest.startsWith(wanted.toLowerCase())`,
    replace: `wanted.length >= 12`,
    tests: onPlans,
    only: 'demands the digest',
  },
  {
    name: 'plan: applied twice',
    file: APPLY_PLAN,
    find: `if (applied !== undefined) {`,
    replace: `if (applied !== undefined && applied.at === '') {`,
    tests: onPlans,
    only: 'applies exactly what was reviewed, once',
  },
  {
    name: 'plan and undo: not on the profile that was reviewed alone',
    file: ROW_TASK,
    find: `base: reviewed, strict: true`,
    replace: `strict: true`,
    tests: onPlans,
    only: 'leaves a profile alone',
  },
  {
    name: 'undo: not strict',
    file: ROW_TASK,
    find: `base: reviewed, strict: true`,
    replace: `base: reviewed, strict: false`,
    tests: onPlans,
    only: 'leaves alone what was changed since',
  },
  {
    name: 'resume: rows that are done are sent again',
    file: RESUME,
    find: `  'updated',
  'unchanged',
  'invalid',`,
    replace: `  'unchanged',
  'invalid',`,
    tests: onPlans,
    only: 'that was killed is gone on with',
  },
  {
    name: 'resume: what may have been sent is forgotten',
    file: RESUME,
    find: `standing === 'intent' || standing === 'unknown' ?`,
    replace: `standing === 'planned' ?`,
    tests: onPlans,
    only: 'of a run that was killed asks to resume first',
  },
  {
    name: 'resume: a changed input is not noticed',
    file: OPEN_RUN,
    find: `    if (found === given) continue;
`,
    replace: `    if (found !== '') continue;
`,
    tests: inOpenRun,
  },
  // Shards.
  {
    name: 'shards: the shard of a customer changes from one version to the next',
    file: ROW_CHOICE,
    find: `readUInt32BE(0)`,
    replace: `readUInt32LE(0)`,
    tests: inShard,
    only: 'the shard of a customer',
  },
  {
    name: 'shards: ids that are spelt otherwise are other customers',
    file: ROW_CHOICE,
    find: `shardOf(parseTenantId(cells[at] ?? ''), shard.count)`,
    replace: `shardOf(cells[at] ?? '', shard.count)`,
    tests: inShard,
    only: 'the rows of a shard',
  },
  {
    name: 'shards: rows of no id are in every shard',
    file: ROW_CHOICE,
    find: `shardOf(parseTenantId(cells[at] ?? ''), shard.count) === shard.index`,
    replace: `(parseTenantId(cells[at] ?? '') === undefined ||
      shardOf(parseTenantId(cells[at] ?? ''), shard.count) === shard.index)`,
    tests: inShard,
    only: 'the rows of a shard',
  },
  {
    name: 'shards: every shard sends all rows',
    file: BEGIN_RUN,
    find: `readVerdicts(paths.input, survey, isOwn)`,
    replace: `readVerdicts(paths.input, survey)`,
    tests: onShards,
    only: 'that run at the same time',
  },
  {
    name: 'shards: going on takes the rows of other shards',
    file: RESUME,
    find: `isOwn(row) &&`,
    replace: ``,
    tests: onShards,
    only: 'is not merged before it was resumed',
  },
  {
    name: 'shards: an unfinished run hinders every other shard',
    file: 'src/journal/unfinished-run.ts',
    find: `!haveCommonRows(own, shard) ||`,
    replace: ``,
    tests: ['test/journal/unfinished-run.test.ts'],
  },
  {
    name: 'merge: a missing shard is not noticed',
    file: DECIDE_MERGE,
    find: `if (missing.length > 0) throw`,
    replace: `if (missing.length > count) throw`,
    tests: inDecideMerge,
  },
  {
    name: 'merge: a shard that is there twice is not noticed',
    file: DECIDE_MERGE,
    find: `if (same) throw twice(same, run);`,
    replace: ``,
    tests: inDecideMerge,
  },
  {
    name: 'merge: another input is not noticed',
    file: DECIDE_MERGE,
    find: `    ['the SHA-256 of the input', input.sha256],
`,
    replace: ``,
    tests: inDecideMerge,
  },
  {
    name: 'merge: another partner is not noticed',
    file: DECIDE_MERGE,
    find: `    ['the partner tenant', partnerTenant],
`,
    replace: ``,
    tests: inDecideMerge,
  },
  {
    name: 'merge: rows without an ending are not noticed',
    file: DECIDE_MERGE,
    find: `!isClosed || ended < rows`,
    replace: `!isClosed`,
    tests: inDecideMerge,
  },
  {
    name: 'merge: a shard that was cut off after its last row is not noticed',
    file: DECIDE_MERGE,
    find: `!isClosed || ended < rows`,
    replace: `ended < rows`,
    tests: inDecideMerge,
  },
  {
    name: 'merge: a row that two shards have is not noticed',
    file: PROVE_ROWS,
    find: `if (owner !== 0) twice ??=`,
    replace: `if (owner === shard) twice ??=`,
    tests: inProveRows,
  },
  {
    name: 'merge: a row that no shard has is not noticed',
    file: PROVE_ROWS,
    find: `owners.indexOf(0)`,
    replace: `owners.indexOf(0xffff)`,
    tests: inProveRows,
  },
];

/** How often a text stands in another. */
export const occurrences = (text, part) => text.split(part).length - 1;
