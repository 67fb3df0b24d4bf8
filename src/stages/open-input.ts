/** Where the rows come from. */
import { access, constants, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';

import { FileProblem } from '../rows/file-problem.js';

export type InputSource =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'stream'; readonly stream: Readable };

/** @param file a path, or `-` for standard input. Throws FileProblem where there is nothing to read. */
export async function openInput(file: string, stdin: Readable): Promise<InputSource> {
  if (file === '-') return { kind: 'stream', stream: stdin };
  const fail = (message: string): never => {
    throw new FileProblem('file-unreadable', message, 'Check the path and the rights of the file.');
  };
  const found = await stat(file).catch((error: unknown) => {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return fail(missing ? `There is no file ${file}.` : `The file ${file} cannot be read.`);
  });
  if (found.isDirectory()) fail(`${file} is a folder, not a CSV file.`);
  if (found.isCharacterDevice() || found.isBlockDevice())
    fail(`${file} is a device, not a CSV file.`);
  await access(file, constants.R_OK).catch(() => fail(`The file ${file} cannot be read.`));
  // A pipe can be read only once: it is taken as a stream, like standard input.
  if (!found.isFile()) {
    const { createReadStream } = await import('node:fs');
    return { kind: 'stream', stream: createReadStream(file) };
  }
  return { kind: 'file', path: file };
}
