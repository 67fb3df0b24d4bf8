/**
 * Preloaded with --import: the n-th operation on a file fails as on a full or broken disk. Counted
 * are writes, syncs, renames, links, truncations and what makes a new file or folder.
 *
 * FAILING_DISK_AT    which of them, from 1; none where it is missing
 * FAILING_DISK_CODE  ENOSPC, EFBIG or EIO
 * FAILING_DISK_LASTS 1: the disk stays so, as a full one does
 * FAILING_DISK_LOG   a file that gets a line for each operation
 * FAILING_DISK_NO_SYNC 1: data is never synced; shows that a test would see it
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const at = Number(process.env.FAILING_DISK_AT ?? Infinity);
const code = process.env.FAILING_DISK_CODE ?? 'EIO';
const lasts = process.env.FAILING_DISK_LASTS === '1';
const log = process.env.FAILING_DISK_LOG;

/** What goes on failing: a full disk still syncs and renames, a broken one does nothing any more. */
const LASTING = {
  ENOSPC: ['write', 'create', 'mkdir', 'link', 'copy'],
  EFBIG: ['write', 'copy'],
  EIO: ['write', 'create', 'mkdir', 'link', 'copy', 'sync', 'rename', 'truncate'],
};

const { appendFileSync, readlinkSync, writeSync } = fs;
let count = 0;

function fails(kind, name) {
  count += 1;
  const hit = count === at || (lasts && count > at && LASTING[code]?.includes(kind));
  if (log !== undefined) appendFileSync(log, `${count} ${kind} ${name}${hit ? ' FAILS' : ''}\n`);
  return hit;
}

function failure(kind) {
  return Object.assign(new Error(`${code}: injected, ${kind}`), { code, syscall: kind });
}

function nameOf(fd) {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return String(fd);
  }
}

const creates = (flags) => /[wa]/.test(String(flags ?? 'r'));
const halfOf = (bytes) => bytes.subarray(0, bytes.length >> 1);
/** A disk that fills up takes what it has room for. */
const tears = code !== 'EIO';

const promises = fs.promises;
const nothing = await promises.open('/dev/null');
const handles = Object.getPrototypeOf(nothing);
await nothing.close();

// What a failed sync leaves undone is gone: pages are dropped, not kept for the next sync.
const syncedSizes = new WeakMap();

const { write, writev, truncate } = handles;
handles.write = async function (buffer, offset, length, position) {
  if (!fails('write', nameOf(this.fd))) return write.call(this, buffer, offset, length, position);
  const begin = offset ?? 0;
  const bytes = Buffer.from(buffer).subarray(begin, begin + (length ?? Infinity));
  if (tears) await write.call(this, halfOf(bytes), 0, null, position ?? null);
  throw failure('write');
};
handles.writev = async function (buffers, position) {
  if (!fails('write', nameOf(this.fd))) return writev.call(this, buffers, position);
  if (tears) await write.call(this, halfOf(Buffer.concat(buffers)), 0, null, position ?? null);
  throw failure('write');
};
for (const name of ['sync', 'datasync']) {
  const original = handles[name];
  handles[name] = async function () {
    const failed = fails('sync', nameOf(this.fd));
    const status = await this.stat();
    if (failed) {
      if (status.isFile()) await truncate.call(this, syncedSizes.get(this) ?? 0);
      throw failure('sync');
    }
    await original.call(this);
    if (status.isFile()) syncedSizes.set(this, status.size);
  };
}
if (process.env.FAILING_DISK_NO_SYNC === '1') handles.datasync = async () => undefined;
handles.truncate = async function (length) {
  if (fails('truncate', nameOf(this.fd))) throw failure('truncate');
  await truncate.call(this, length);
  syncedSizes.set(this, Math.min(length ?? 0, syncedSizes.get(this) ?? 0));
};

const { open, writeFile } = promises;
promises.open = async (path, flags, mode) => {
  if (creates(flags) && fails('create', path)) throw failure('open');
  const handle = await open(path, flags, mode);
  syncedSizes.set(handle, (await handle.stat()).size);
  return handle;
};
promises.writeFile = async (path, data, options) => {
  if (!fails('write', path)) return writeFile(path, data, options);
  if (tears) await writeFile(path, halfOf(Buffer.from(data)), options);
  throw failure('write');
};
for (const [name, kind] of [
  ['rename', 'rename'],
  ['link', 'link'],
  ['mkdir', 'mkdir'],
  ['copyFile', 'copy'],
]) {
  const original = promises[name];
  promises[name] = async (...words) => {
    if (fails(kind, words.filter((word) => typeof word === 'string').join(' '))) {
      throw failure(name);
    }
    return original(...words);
  };
}

// What fs.createWriteStream uses.
const { open: openFd, write: writeFd, writev: writevFd, fsync } = fs;
fs.open = (path, flags, ...rest) => {
  if (creates(flags) && fails('create', path)) rest.at(-1)(failure('open'));
  else openFd(path, flags, ...rest);
};
fs.write = (fd, bytes, ...rest) => {
  if (!fails('write', nameOf(fd))) {
    writeFd(fd, bytes, ...rest);
    return;
  }
  if (tears) writeSync(fd, halfOf(bytes));
  rest.at(-1)(failure('write'));
};
fs.writev = (fd, buffers, ...rest) => {
  if (!fails('write', nameOf(fd))) {
    writevFd(fd, buffers, ...rest);
    return;
  }
  if (tears) writeSync(fd, halfOf(Buffer.concat(buffers)));
  rest.at(-1)(failure('write'));
};
fs.fsync = (fd, done) => {
  if (fails('sync', nameOf(fd))) done(failure('fsync'));
  else fsync(fd, done);
};

syncBuiltinESMExports();
