/**
 * One client and one limit, on a clock that is only counted: hours of pacing in seconds. The pace is
 * the program's own (dist); nothing of it knows that time is not real. Times in milliseconds.
 */

/** Whole seconds, at least one: what a refusal asks to wait. */
const askFor = (ms) => Math.max(1, Math.ceil(ms / 1000)) * 1000;

/** @returns takes a time, gives 0 or the milliseconds that a refusal asks to wait. */
export function tokenBucket({ perMs, burst, refusedCount }) {
  const rateAt = typeof perMs === 'function' ? perMs : () => perMs;
  let level = burst;
  let filledAt = 0;
  return (at) => {
    const rate = rateAt(at);
    level = Math.min(burst, level + (at - filledAt) * rate);
    filledAt = at;
    if (level >= 1) {
      level -= 1;
      return 0;
    }
    if (refusedCount) level = Math.max(-burst, level - 1);
    return askFor((1 - level) / rate);
  };
}

/** So many in each window, as long as the rate makes it. */
export function fixedWindow({ perMs, burst }) {
  const windowMs = burst / perMs;
  let window = 0;
  let used = 0;
  return (at) => {
    const current = Math.floor(at / windowMs);
    if (current !== window) {
      window = current;
      used = 0;
    }
    if (used < burst) {
      used += 1;
      return 0;
    }
    return askFor((window + 1) * windowMs - at);
  };
}

/** Events in the order of their time. */
export function createAgenda() {
  const heap = [];
  const swap = (a, b) => ([heap[a], heap[b]] = [heap[b], heap[a]]);
  return {
    add(event) {
      let at = heap.push(event) - 1;
      for (; at > 0 && heap[(at - 1) >> 1].at > heap[at].at; at = (at - 1) >> 1)
        swap(at, (at - 1) >> 1);
    },
    next() {
      if (heap.length === 0) return undefined;
      swap(0, heap.length - 1);
      const event = heap.pop();
      for (let at = 0; ;) {
        const [left, right] = [2 * at + 1, 2 * at + 2];
        let least = at;
        if (left < heap.length && heap[left].at < heap[least].at) least = left;
        if (right < heap.length && heap[right].at < heap[least].at) least = right;
        if (least === at) return event;
        swap(at, least);
        at = least;
      }
    },
  };
}

/**
 * Sends until so many requests are accepted, or until the time is over.
 * @returns accepted and refused requests, those sent before the time a refusal named (early), the
 *   time of the last answer, and on request the times of all accepted ones
 */
export function virtualRun({
  pace,
  limit,
  latencyMs,
  jitter = 0,
  concurrency,
  requests = Infinity,
  endMs = Infinity,
  random = Math.random,
  onAnswer = () => undefined,
}) {
  const agenda = createAgenda();
  let now = 0;
  let underWay = 0;
  let unsent = requests;
  let allowedFrom = 0;
  let wake;
  const result = { accepted: 0, refused: 0, early: 0, lastMs: 0 };

  const send = () => {
    while (unsent > 0 && underWay < concurrency) {
      const wait = Math.max(allowedFrom - now, pace.next(now, underWay));
      if (wait > 0) {
        if (wait < Infinity && !(wake?.at <= now + wait && wake.at > now))
          agenda.add((wake = { at: now + wait, kind: 'wake' }));
        return;
      }
      if (now < allowedFrom) result.early += 1;
      pace.noteSent(now);
      underWay += 1;
      unsent -= 1;
      const half = (latencyMs * (1 + jitter * (2 * random() - 1))) / 2;
      agenda.add({ at: now + half, kind: 'arrival', sentAt: now, half });
    }
  };
  send();
  for (let event; result.accepted < requests && (event = agenda.next());) {
    now = event.at;
    if (now > endMs) break;
    if (event.kind === 'arrival') {
      agenda.add({ ...event, at: now + event.half, kind: 'answer', askedMs: limit(now) });
    } else if (event.kind === 'answer') {
      underWay -= 1;
      if (event.askedMs > 0) {
        result.refused += 1;
        unsent += 1;
        allowedFrom = Math.max(allowedFrom, now + event.askedMs);
        pace.noteRefused(event.sentAt, now, allowedFrom);
      } else {
        result.accepted += 1;
        result.lastMs = now;
        pace.noteAccepted(event.sentAt, now);
      }
      onAnswer(now, event.askedMs === 0);
    }
    send();
  }
  return result;
}

/** The same chance each time. */
export function seeded(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
