/**
 * Loaded before the program (NODE_OPTIONS=--import=…): kills it with SIGKILL at the n-th time that
 * it comes to a step. CRASH_AT=STEP:N; without it nothing happens.
 */
import fs from 'node:fs';
import http from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import { basename } from 'node:path';

const [step, n] = (process.env.CRASH_AT ?? '').split(':');
let left = Number(n);

/** The process does not get beyond the n-th call. */
function reach(name) {
  if (name !== step) return;
  left -= 1;
  if (left === 0) process.kill(process.pid, 'SIGKILL');
}
const isNext = (name) => name === step && left === 1;

const handle = await fs.promises.open(new URL(import.meta.url));
const FileHandle = Object.getPrototypeOf(handle);
await handle.close();
const { write, writev, datasync, truncate } = FileHandle;

const ENTRY = /\{"type":"(open|intent|outcome|stop|close)"/g;
const HEADER = 'result_line';
let hasUnsyncedIntent = false;

/** @param whole what the call is to write, and `go` the call. */
async function watched(file, whole, go) {
  const text = whole.toString();
  const types = new Set(Array.from(text.matchAll(ENTRY), ([, type]) => type));
  if (text.includes(HEADER)) types.add('results');
  for (const type of types) {
    // What a disk may hold of a write that was under way.
    if (isNext(`${type}-torn`)) await write.call(file, whole.subarray(0, whole.length >> 1));
    reach(`${type}-torn`);
  }
  const written = await go();
  if (types.has('intent')) hasUnsyncedIntent = true;
  for (const type of types) reach(`${type}-written`);
  return written;
}
FileHandle.write = function (bytes, ...rest) {
  return watched(this, Buffer.from(bytes), () => write.call(this, bytes, ...rest));
};
FileHandle.writev = function (parts, ...rest) {
  return watched(this, Buffer.concat(parts), () => writev.call(this, parts, ...rest));
};
FileHandle.datasync = async function () {
  await datasync.call(this);
  if (hasUnsyncedIntent) reach('intent-synced');
  hasUnsyncedIntent = false;
};
FileHandle.truncate = async function (length) {
  await truncate.call(this, length);
  reach('truncated');
};

const { rename } = fs.promises;
fs.promises.rename = async (from, to) => {
  reach(`rename ${basename(to)}`);
  await rename(from, to);
  reach(`renamed ${basename(to)}`);
};

const { request } = http;
http.request = (...given) => {
  const sent = request(...given);
  const method = sent.method.toLowerCase();
  // Its last byte was handed to the system, which delivers it whatever becomes of the process.
  sent.once('finish', () => reach(`${method}-sent`));
  sent.once('response', (answer) => answer.once('end', () => reach(`${method}-answered`)));
  return sent;
};
syncBuiltinESMExports();
