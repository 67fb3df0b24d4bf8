/** samples/scale-out: manifests that fit their schemas, and scripts that do what they say. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';

import { startSimulator } from '../../src/simulator/start-simulator.js';
import { crashRows, toCsv } from '../helpers/crash-run.js';
import { typeErrors } from '../helpers/type-errors.js';
import { billpatch, MAIN, newFolder, readCsv, ROOT, TOKEN, writeInput } from './billpatch.js';

const FOLDER = join(ROOT, 'samples', 'scale-out');
const read = (name: string): string => readFileSync(join(FOLDER, name), 'utf8');
const parsed = (name: string): unknown => parse(read(name));

/** With the values that are words of a list, of which the package only says that they are text. */
const JOB = `
import type { Job } from 'kubernetes-types/batch/v1.js';
interface Words {
  apiVersion: 'batch/v1';
  kind: 'Job';
  spec: {
    completionMode?: 'Indexed' | 'NonIndexed';
    podFailurePolicy?: {
      rules: {
        action: 'FailJob' | 'FailIndex' | 'Ignore' | 'Count';
        onExitCodes?: { operator: 'In' | 'NotIn' };
      }[];
    };
    template: { spec: { restartPolicy: 'Never' | 'OnFailure' } };
  };
}
type Checked = Job & Words;`;
const APP = `
import type { ContainerAppsJob } from './container-apps.js';
type Checked = ContainerAppsJob;`;

const errorsOf = (types: string, manifest: unknown): readonly string[] =>
  typeErrors(`${types}\nexport const manifest: Checked = ${JSON.stringify(manifest)};\n`);

const MANIFESTS = [
  ['kubernetes-job.yaml', JOB],
  ['kubernetes-merge.yaml', JOB],
  ['container-apps-job.yaml', APP],
] as const;

describe('manifests', () => {
  test.for(MANIFESTS)('%s fits its schema', { timeout: 60_000 }, ([name, types]) => {
    expect(errorsOf(types, parsed(name))).toEqual([]);
  });

  test.for([
    ['kubernetes-job.yaml', JOB, 'completions: 4', 'completion: 4'],
    ['kubernetes-job.yaml', JOB, 'completions: 4', 'completions: four'],
    ['kubernetes-job.yaml', JOB, 'completionMode: Indexed', 'completionMode: Index'],
    ['kubernetes-job.yaml', JOB, 'secretKeyRef:', 'secretRef:'],
    ['kubernetes-job.yaml', JOB, 'values: [2, 70]', "values: ['2']"],
    ['container-apps-job.yaml', APP, 'replicaTimeout: 14400', ''],
    ['container-apps-job.yaml', APP, 'storageType: AzureFile', 'storageType: AzureFiles'],
    ['container-apps-job.yaml', APP, 'secretRef:', 'secretref:'],
  ] as const)(
    '%s would not with another line: %#',
    { timeout: 60_000 },
    ([name, types, line, other]) => {
      const text = read(name);
      expect(text).toContain(line);
      expect(errorsOf(types, parse(text.replace(line, other)))).not.toEqual([]);
    },
  );

  test('name volumes, containers and secrets that they have', () => {
    for (const [name] of MANIFESTS) {
      const text = read(name);
      const named = (pattern: RegExp) => [...text.matchAll(pattern)].map(([, word]) => word);
      const names = named(/- name: (\S+)/g);
      for (const word of named(/(?:volumeName|containerName|secretRef): (\S+)/g))
        expect(names).toContain(word);
    }
  });
});

describe('scripts', () => {
  const scripts = readdirSync(FOLDER).filter((name) => name.endsWith('.sh'));

  test.for(scripts)('%s can be run by a shell', (name) => {
    expect(spawnSync('sh', ['-n', join(FOLDER, name)])).toMatchObject({ status: 0 });
    expect(read(name).startsWith('#!/bin/sh\n')).toBe(true);
  });

  test('have options that the program has', async () => {
    const calls = [...scripts, 'kubernetes-job.yaml', 'kubernetes-merge.yaml'].flatMap((name) =>
      [...read(name).matchAll(/(?:exec |- |" {2})billpatch (\w+)(.*)$/gm)].map(
        ([, command = '', rest = '']) => [command, rest.match(/--[a-z-]+/g) ?? []] as const,
      ),
    );
    expect(calls.length).toBeGreaterThan(5);
    for (const [command, options] of calls) {
      const { stdout } = await billpatch([command, '--help'], { cwd: newFolder() });
      expect(options.filter((option) => !stdout.includes(` ${option} `))).toEqual([]);
    }
  });

  test('the Dockerfile copies what is there', () => {
    const copied = [...read('Dockerfile').matchAll(/^COPY (?:--\S+ )*(samples\/\S+) /gm)];
    expect(copied.map(([, path = '']) => existsSync(join(ROOT, path)))).toEqual([true]);
  });

  test('container-apps.sh makes one job for each shard, and starts each', () => {
    const cwd = newFolder();
    const az =
      '#!/bin/sh\necho "$@" >>calls\n[ "$3" = show ] && exit 1\n' +
      'while [ $# -gt 0 ]; do [ "$1" = --yaml ] && cat "$2" >>"jobs"; shift; done\nexit 0\n';
    writeFileSync(join(cwd, 'az'), az, { mode: 0o755 });
    const env = { PATH: `${cwd}:${process.env.PATH ?? ''}` };
    const { status } = spawnSync(join(FOLDER, 'container-apps.sh'), ['3'], { cwd, env });
    expect(status).toBe(0);
    const calls = readFileSync(join(cwd, 'calls'), 'utf8');
    expect(calls.match(/job start --name billpatch-[123]-of-3/g)).toHaveLength(3);
    const shards = readFileSync(join(cwd, 'jobs'), 'utf8').match(/\/data\/november, \d\/\d\]/g);
    expect(shards).toEqual([1, 2, 3].map((number) => `/data/november, ${number}/3]`));
  });
});

/** Without it there is no output, whatever the types say. */
const { stdout: parallelVersion } = spawnSync('parallel', ['--version'], { encoding: 'utf8' }) as {
  readonly stdout: string | null;
};
const hasParallel = parallelVersion?.startsWith('GNU parallel') ?? false;

describe('parallel.sh', () => {
  if (!hasParallel) {
    test.skip('GNU parallel is not installed: test/full/install-servers.sh installs it', () =>
      undefined);
    return;
  }

  test('runs all shards, goes on where some stopped, and ends as one run', async () => {
    const cwd = newFolder();
    const rows = crashRows(24, 5);
    const simulator = await startSimulator({ anyTenant: true, token: TOKEN });
    onTestFinished(simulator.close);
    const file = writeInput(cwd, toCsv(rows), 'the november.csv');
    const shim = `#!/bin/sh\nexec ${process.execPath} ${MAIN} "$@"\n`;
    writeFileSync(join(cwd, 'billpatch'), shim, { mode: 0o755 });
    const job = (token: string) =>
      new Promise<readonly [number | null, string, string]>((resolve) => {
        const env = {
          PATH: `${cwd}:${process.env.PATH ?? ''}`,
          HOME: cwd,
          BILLPATCH_BASE_URL: simulator.url,
          PARTNER_CENTER_ACCESS_TOKEN: token,
        };
        const child = spawn(join(FOLDER, 'parallel.sh'), [file, 'november 2026', '3'], {
          cwd,
          env,
        });
        let [out, said] = ['', ''];
        child.stdout.on('data', (text: Buffer) => (out += text.toString()));
        child.stderr.on('data', (text: Buffer) => (said += text.toString()));
        child.on('close', (code) => {
          resolve([code, out, said]);
        });
      });

    // Refused as whoever it is: every shard stops, and there is nothing to merge.
    const [stopped, nothing, said] = await job('expired');
    expect([stopped, nothing]).toEqual([3, '']);
    expect(said).toContain('Shards have not come to their end.');

    const [code, out] = await job(TOKEN);
    expect([code, JSON.parse(out)]).toMatchObject([0, { command: 'merge', rows: rows.length }]);
    const wanted = rows.map(({ isChange }) => (isChange ? 'updated' : 'unchanged'));
    const found = readCsv(join(cwd, 'november 2026/all.run/results.csv'));
    expect(found.map((row) => row.result_status)).toEqual(wanted);
    for (const { tenantId, isChange } of rows)
      expect(simulator.history(tenantId)).toBe(isChange ? 1 : 0);

    const [again, same] = await job(TOKEN);
    expect([again, JSON.parse(same)]).toMatchObject([0, { command: 'resume', rows: rows.length }]);
  }, 120_000);
});
