/** Runs the built program, as a user does. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterEach } from 'vitest';

export const ROOT = join(import.meta.dirname, '..', '..');
export const MAIN = join(ROOT, 'dist', 'main.js');
/** Looked for in everything that a run leaves behind. */
export const TOKEN = 'canary-token-7f3c0a52';

export interface Ran {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const folders: string[] = [];
const children = new Set<ChildProcess>();

afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A folder of its own, gone after the test. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'billpatch-test-'));
  folders.push(folder);
  return folder;
}

export function writeInput(folder: string, text: string | Buffer, name = 'in.csv'): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ran>;
}

export interface RunOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

export function start(words: readonly string[], { cwd, env, input }: RunOptions): Started {
  const child = spawn(process.execPath, [MAIN, ...words], {
    cwd,
    env: { PATH: process.env.PATH, PARTNER_CENTER_ACCESS_TOKEN: TOKEN, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  children.add(child);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.on('error', () => undefined);
  child.stdin.end(input ?? '');
  const ended = new Promise<Ran>((resolve) => {
    child.on('close', (exitCode) => {
      children.delete(child);
      resolve({ exitCode, stdout, stderr });
    });
  });
  return { child, ended };
}

export const billpatch = (words: readonly string[], options: RunOptions): Promise<Ran> =>
  start(words, options).ended;

export type Result = Readonly<Record<string, string>>;

export function readCsv(path: string): Result[] {
  const text = readFileSync(path, 'utf8');
  // Results have the delimiter of their input.
  const delimiter = (text.split('\n')[0] ?? '').includes(';') ? ';' : ',';
  return parse<Result>(text, { columns: true, bom: true, delimiter });
}
