import { faultAnswer } from './answer.js';
import { deliver } from './delivery.js';
import { asIs, exchange } from './exchange.js';
import type { ExchangePorts, Reply } from './exchange.js';
import type { Identity } from './identity.js';
import type { OnRequest } from './listen.js';
import { toPayload } from './payload.js';
import type { Random } from './random.js';
import type { RequestCounter } from './request-counter.js';
import type { RecordedRequest } from './request-log.js';
import { parseRoute, routeTenant } from './route.js';

export interface ResponderOptions {
  readonly ports: ExchangePorts;
  readonly identity: Identity;
  readonly counter: RequestCounter;
  readonly record: (request: RecordedRequest) => void;
  readonly random: Random;
  readonly now: () => number;
  readonly bom: boolean;
  readonly latencyMs: number;
  readonly jitterMs: number;
}

/** Takes a request through the exchange, records it, and sends the answer when it is due. */
export function createResponder(options: ResponderOptions): OnRequest {
  const { ports, identity, counter, record, random, bom } = options;
  return (request, body, response) => {
    const { method = '', url: path = '', headers } = request;
    const at = options.now();
    const signIn = identity.answer({ method, path, body }, at);
    if (signIn) {
      response.writeHead(signIn.status, { ...signIn.headers, Date: new Date(at).toUTCString() });
      response.end(signIn.body);
      return;
    }
    const arrivedAt = performance.now();
    const route = parseRoute(path);
    const reply = orBroken(() => exchange(ports, { method, headers, body }, route, at));
    const { otherRequestId } = reply;
    const payload = toPayload(reply.answer, headers, { bom, otherRequestId, nowMs: at, random });

    counter.add(method, route, reply);
    const tenantId = routeTenant(route);
    record({
      at,
      method,
      path,
      ...(tenantId !== undefined && { tenantId }),
      headers,
      ...(body !== '' && { body }),
      status: isAnswered(reply) ? reply.answer.status : 0,
      requestId: payload.headers['MS-RequestId'] ?? '',
      ...(reply.fault !== undefined && { fault: reply.fault }),
    });

    const send = () => {
      deliver(response, payload, reply.delivery);
    };
    const holdMs = options.latencyMs + options.jitterMs * random() + reply.holdMs;
    if (holdMs > 0) sendWhenDue(send, arrivedAt + holdMs);
    else send();
  };
}

/**
 * A timer counts whole milliseconds and fires up to one and a half late; held against an ideal, a
 * latency has to be what was asked for. So it is set short, and the rest is waited out in turns of
 * the event loop. Never early.
 */
function sendWhenDue(send: () => void, dueAt: number): void {
  const leftMs = dueAt - performance.now();
  if (leftMs <= 0) send();
  else if (leftMs < 1) {
    setImmediate(() => {
      sendWhenDue(send, dueAt);
    });
  } else {
    // An answer that is still held back must not keep the process alive after `close`.
    setTimeout(() => {
      sendWhenDue(send, dueAt);
    }, leftMs - 1).unref();
  }
}

/** A state file that cannot be written: nothing was committed, and the client hears why. */
function orBroken(run: () => Reply): Reply {
  try {
    return run();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return asIs(faultAnswer(500, 800003, `The simulator failed: ${reason}`));
  }
}

function isAnswered(reply: Reply): boolean {
  return reply.delivery !== 'reset' && reply.delivery !== 'silence';
}
