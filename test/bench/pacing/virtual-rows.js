/**
 * Rows of a question and an update each, as a stage sends them, against one limit for all requests
 * and one for updates alone, on a clock that is only counted. Times in milliseconds.
 */
import { createAgenda } from './virtual-run.js';

/** As stages/connect.ts: no row begins while more than so many requests wait. */
const MOST_WAITING = 4;
/** The most urgent first, as pacing/throttle.ts. */
const URGENCIES = ['update', 'question'];

/**
 * @param paces those of the program, or any that ask no more of it
 * @param limitOf for each kind of request its limits: see tokenBucket
 * @param isChanged whether the next row has an update
 * @returns rows and updates that were done, refusals of each kind, and requests in all
 */
export function virtualRows({ paces, limitOf, isChanged, latencyMs, concurrency, endMs }) {
  const agenda = createAgenda();
  const underWay = { question: 0, update: 0 };
  const waiting = { question: [], update: [] };
  const result = { rows: 0, updates: 0, requests: 0, refused: { question: 0, update: 0 } };
  let now = 0;
  let open = 0;
  let allowedFrom = 0;
  let wake;

  const begin = () => {
    while (open < concurrency && waiting.question.length + waiting.update.length <= MOST_WAITING) {
      open += 1;
      waiting.question.push({ isChanged: isChanged() });
    }
  };
  const end = () => {
    open -= 1;
    result.rows += 1;
  };
  /** The time until the next may leave; 0: one has left. */
  const send = () => {
    let least = Infinity;
    for (const kind of URGENCIES) {
      if (waiting[kind].length === 0) continue;
      const wait = Math.max(allowedFrom - now, paces.next(now, underWay, kind));
      if (wait <= 0) {
        paces.noteSent(now, kind);
        underWay[kind] += 1;
        result.requests += 1;
        const row = waiting[kind].shift();
        agenda.add({ at: now + latencyMs / 2, step: 'arrival', kind, row, sentAt: now });
        return 0;
      }
      least = Math.min(least, wait);
    }
    return least;
  };
  const sendAll = () => {
    let wait = 0;
    while (wait <= 0) {
      begin();
      wait = send();
    }
    if (wait < Infinity && !(wake?.at <= now + wait && wake.at > now))
      agenda.add((wake = { at: now + wait, step: 'wake' }));
  };
  const answer = ({ kind, row, sentAt, askedMs }) => {
    underWay[kind] -= 1;
    if (askedMs > 0) {
      result.refused[kind] += 1;
      allowedFrom = Math.max(allowedFrom, now + askedMs);
      paces.noteRefused(sentAt, now, allowedFrom, kind);
      waiting[kind].unshift(row);
      return;
    }
    paces.noteAccepted(sentAt, now, kind);
    if (kind === 'update') result.updates += 1;
    if (kind === 'question' && row.isChanged) waiting.update.push(row);
    else end();
  };

  sendAll();
  for (let event; (event = agenda.next()) && event.at <= endMs;) {
    now = event.at;
    if (event.step === 'arrival') {
      const askedMs = limitOf[event.kind].reduce((asked, limit) => asked || limit(now), 0);
      agenda.add({ ...event, at: now + latencyMs / 2, step: 'answer', askedMs });
    } else if (event.step === 'answer') {
      answer(event);
    }
    sendAll();
  }
  return result;
}

/** One pace for both kinds, for comparison. */
export const together = (pace) => ({
  next: (now, { question, update }) => pace.next(now, question + update),
  noteSent: pace.noteSent,
  noteAccepted: pace.noteAccepted,
  noteRefused: pace.noteRefused,
});
